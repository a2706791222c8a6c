"""What this window hides, isolates and shows through: no part of the twin, so no edit."""

from __future__ import annotations

from collections.abc import Container, Iterable

from PySide6.QtCore import QObject, Signal

from viewer.base.ids import NodeId


class Visibility(QObject):
    """Hidden, isolated and x-rayed nodes of one window. Main thread."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.hidden: frozenset[NodeId] = frozenset()
        self.isolated: frozenset[NodeId] = frozenset()
        self.x_rayed: frozenset[NodeId] = frozenset()

    def toggle_hidden(self, nodes: Iterable[NodeId]) -> None:
        """Hide what is shown, or show all of them where each is hidden already."""
        wanted = frozenset(nodes)
        self._set(hidden=self.hidden - wanted if wanted <= self.hidden else self.hidden | wanted)

    def toggle_isolated(self, nodes: Iterable[NodeId]) -> None:
        """Show only these, or all again where they are the isolated ones."""
        wanted = frozenset(nodes)
        self._set(isolated=frozenset() if wanted == self.isolated else wanted)

    def toggle_x_ray(self, nodes: Iterable[NodeId]) -> None:
        """Make these see-through, or solid again."""
        wanted = frozenset(nodes)
        self._set(x_rayed=self.x_rayed - wanted if wanted <= self.x_rayed else self.x_rayed | wanted)

    def show_all(self) -> None:
        self._set(hidden=frozenset(), isolated=frozenset(), x_rayed=frozenset())

    @property
    def is_plain(self) -> bool:
        """Whether nothing is hidden, isolated or see-through."""
        return not (self.hidden or self.isolated or self.x_rayed)

    def keep_only(self, known: Container[NodeId]) -> None:
        """Forget nodes that are no longer there."""
        self._set(**{name: frozenset(n for n in getattr(self, name) if n in known) for name in ("hidden", "isolated", "x_rayed")})

    def _set(self, **sets: frozenset[NodeId]) -> None:
        before = (self.hidden, self.isolated, self.x_rayed)
        for name, value in sets.items():
            setattr(self, name, value)
        if before != (self.hidden, self.isolated, self.x_rayed):
            self.changed.emit()
