"""Which part's PMI the window speaks of, and which of its entries are chosen."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QObject, Signal

from viewer.base.ids import NodeId
from viewer.twin.model import Twin
from viewer.twin.parts import Part
from viewer.twin.pmi import PmiEntry


def part_of(twin: Twin, node: NodeId | None) -> Part | None:
    """The part a node shows; None where it shows none."""
    found = twin.nodes.get(node) if node is not None else None
    return None if found is None or found.part is None else twin.parts.get(found.part)


class PmiBoard(QObject):
    """Main thread."""

    changed = Signal()
    """Another node, other chosen entries, or labels on or off."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.node: NodeId | None = None
        self.part: Part | None = None
        self.chosen: frozenset[str] = frozenset()
        self.are_labels_shown = True

    @property
    def entries(self) -> tuple[PmiEntry, ...]:
        """Of the part in question."""
        return () if self.part is None else self.part.pmi

    def show(self, twin: Twin, node: NodeId | None) -> None:
        """Speak of this node's part; entries stay chosen as long as it is the same."""
        part = part_of(twin, node)
        node = node if part is not None and part.pmi else None
        part = part if node is not None else None
        if (node, part) != (self.node, self.part):
            self.chosen = self.chosen if node == self.node and part is not None else frozenset()
            self.node, self.part = node, part
            self.changed.emit()

    def choose(self, ids: Iterable[str]) -> None:
        """Choose exactly these entries; unknown ones are passed over."""
        chosen = frozenset(ids) & {entry.id for entry in self.entries}
        if chosen != self.chosen:
            self.chosen = chosen
            self.changed.emit()

    def toggle(self, entry: str, *, more: bool) -> None:
        """What a click on an entry does: choose it alone, or nothing where it was alone; with `more` add it or take it out."""
        if more:
            self.choose(self.chosen ^ {entry})
        else:
            self.choose([] if self.chosen == frozenset([entry]) else [entry])

    def choose_face(self, triangle: int) -> None:
        """Choose the entries that speak of the CAD face of a triangle of the part; none where none does."""
        faces = self.part.mesh.face_of_triangle if self.part is not None else None
        face = int(faces[triangle]) if faces is not None and 0 <= triangle < len(faces) else None
        self.choose(entry.id for entry in self.entries if face in entry.faces)

    def marked_faces(self) -> tuple[int, ...]:
        """The faces of all chosen entries, sorted."""
        return tuple(sorted({face for entry in self.entries if entry.id in self.chosen for face in entry.faces}))

    def show_labels(self, *, on: bool) -> None:
        """Labels at the faces, or none."""
        if on != self.are_labels_shown:
            self.are_labels_shown = on
            self.changed.emit()
