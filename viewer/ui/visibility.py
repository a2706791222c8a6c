"""What this window hides, isolates and shows through: no part of the twin, so no edit."""

from __future__ import annotations

from collections.abc import Container, Iterable

from PySide6.QtCore import QObject, Signal

from viewer.base.ids import NodeId

OPACITY = 0.18
_SETS = ("hidden", "isolated", "x_rayed", "focus")


class Visibility(QObject):
    """Hidden, isolated, x-rayed and focused nodes of one window. Main thread."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.hidden: frozenset[NodeId] = frozenset()
        self.isolated: frozenset[NodeId] = frozenset()
        self.x_rayed: frozenset[NodeId] = frozenset()
        self.focus: frozenset[NodeId] = frozenset()
        """These solid and all else see-through; none: no focus."""
        self.opacity = OPACITY
        """Of what is see-through."""

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

    def toggle_focus(self, nodes: Iterable[NodeId]) -> None:
        """Make all but these see-through, or solid again where they are the focus."""
        wanted = frozenset(nodes)
        self._set(focus=frozenset() if wanted == self.focus else wanted)

    def set_opacity(self, opacity: float) -> None:
        """How much of what is see-through is seen: more than 0, at most 1."""
        if opacity != self.opacity:
            self.opacity = opacity
            self.changed.emit()

    def all_solid(self) -> None:
        """Nothing see-through any more."""
        self._set(x_rayed=frozenset(), focus=frozenset())

    def take(
        self, hidden: Iterable[NodeId], isolated: Iterable[NodeId], x_rayed: Iterable[NodeId], focus: Iterable[NodeId]
    ) -> None:
        """Exactly these, as a saved view has them."""
        self._set(hidden=frozenset(hidden), isolated=frozenset(isolated), x_rayed=frozenset(x_rayed), focus=frozenset(focus))

    def show_all(self) -> None:
        self._set(hidden=frozenset(), isolated=frozenset(), x_rayed=frozenset(), focus=frozenset())

    @property
    def is_plain(self) -> bool:
        """Whether nothing is hidden, isolated or see-through."""
        return not (self.hidden or self.isolated or self.x_rayed or self.focus)

    def keep_only(self, known: Container[NodeId]) -> None:
        """Forget nodes that are no longer there."""
        self._set(**{name: frozenset(n for n in getattr(self, name) if n in known) for name in _SETS})

    def _set(self, **sets: frozenset[NodeId]) -> None:
        before = [getattr(self, name) for name in _SETS]
        for name, value in sets.items():
            setattr(self, name, value)
        if before != [getattr(self, name) for name in _SETS]:
            self.changed.emit()
