"""Puts PMI into the window: a section of the inspector, labels over the view, marked faces, and the action that hides labels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QWidget

from viewer.base.ids import NodeId
from viewer.twin.model import Twin
from viewer.ui.actions import ActionSpec
from viewer.ui.pmi.board import PmiBoard, part_of
from viewer.ui.pmi.labels import PmiLabels
from viewer.ui.pmi.rows import PmiRows

if TYPE_CHECKING:
    from viewer.ui.main_window import MainWindow

READ = "PMI"
"""The part's property that says how much of the file's PMI was read."""


class PmiFeature:
    """All of it, for one window. Main thread."""

    def __init__(self, window: MainWindow) -> None:
        self._w = window
        self.board = PmiBoard(window)
        self.board.are_labels_shown = window.state.text("pmi_labels", "on") != "off"
        self.labels = PmiLabels(window.view3d, self.board)
        window.view3d.add_overlay(self.labels)
        window.inspector.sections.append(self._section)
        window.selection.changed.connect(self._follow)
        window.view3d.hit.connect(self._hit)
        self.board.changed.connect(self._mark)
        window.actions_.add(
            ActionSpec(
                "view.pmi",
                "Show PMI of the selected part",
                self._toggle,
                "View",
                "pmi",
                "Shift+P",
                lambda: bool(self.board.entries),
                lambda: self.board.are_labels_shown,
                group="pmi",
            )
        )

    def _follow(self) -> None:
        self.board.show(self._w.twin, self._w.selection.primary)

    def _section(self, twin: Twin, node: NodeId) -> tuple[str, QWidget] | None:
        """Asked whenever the inspector is built anew, also after the twin changed."""
        self.board.show(twin, node)
        if not self.board.entries:
            return None
        part = part_of(twin, node)
        read = "" if part is None else part.properties.get(READ, "")
        return f"PMI · {len(self.board.entries)}", PmiRows(self.board, self._w.look, read)

    def _hit(self, hit: Any) -> None:
        """A click on a face of the part chooses its entries; what was selected before by the same click has none chosen yet."""
        if hit.node == self.board.node:
            self.board.choose_face(hit.triangle)

    def _mark(self) -> None:
        faces = self.board.marked_faces()
        self._w.view3d.mark_faces(self.board.node if faces else None, faces)
        self._w.actions_.refresh()

    def _toggle(self) -> None:
        self.board.show_labels(on=not self.board.are_labels_shown)
        self._w.state.set("pmi_labels", "on" if self.board.are_labels_shown else "off")


def install(window: MainWindow) -> PmiFeature:
    """See `viewer.ui.features`."""
    return PmiFeature(window)
