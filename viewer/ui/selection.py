"""What is selected: one set of nodes for all panels, so that selecting anywhere selects everywhere."""

from __future__ import annotations

from collections.abc import Container, Iterable

from PySide6.QtCore import QObject, Signal

from viewer.base.ids import NodeId


class Selection(QObject):
    """The selected nodes in the order they were chosen; the last is the primary one. Main thread."""

    changed = Signal()
    """Other nodes are selected."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._ids: tuple[NodeId, ...] = ()

    @property
    def ids(self) -> tuple[NodeId, ...]:
        return self._ids

    @property
    def primary(self) -> NodeId | None:
        """The node the inspector speaks of."""
        return self._ids[-1] if self._ids else None

    def select(self, ids: Iterable[NodeId]) -> None:
        """Select exactly these; says nothing where they are selected already."""
        wanted = tuple(dict.fromkeys(ids))
        if wanted != self._ids:
            self._ids = wanted
            self.changed.emit()

    def toggle(self, node: NodeId) -> None:
        """Add a node, or take it out."""
        self.select([i for i in self._ids if i != node] if node in self._ids else [*self._ids, node])

    def clear(self) -> None:
        self.select(())

    def keep_only(self, known: Container[NodeId]) -> None:
        """Forget nodes that are no longer there."""
        self.select(i for i in self._ids if i in known)
