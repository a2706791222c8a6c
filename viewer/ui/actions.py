"""Every action of the window in one registry, from which menus, toolbar, palette and the help on shortcuts are made."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from viewer.ui.icons import icon
from viewer.ui.look import Look


def _always() -> bool:
    return True


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """What one action is, before it is a QAction."""

    id: str
    text: str
    """Imperative; the menu's and the palette's text."""
    run: Callable[[], object]
    menu: str = ""
    """Name of its menu; empty: only in the palette."""
    icon: str = ""
    shortcut: str = ""
    enabled: Callable[[], bool] = field(default=_always)
    checked: Callable[[], bool] | None = None
    """For actions that are on or off."""
    title: Callable[[], str] | None = None
    """A text that changes, such as «Undo Move st080»."""
    group: str = ""
    """Actions of one group stand together in the menu."""


class Actions(QObject):
    """The registry. `refresh` brings texts, ticks and enabled states up to date; call it when something changed. Main thread."""

    def __init__(self, window: QWidget, look: Look) -> None:
        super().__init__(window)
        self._window, self._look = window, look
        self._specs: dict[str, ActionSpec] = {}
        self._actions: dict[str, QAction] = {}
        look.changed.connect(self._redraw)

    def add(self, spec: ActionSpec) -> QAction:
        """Register an action. Raises ValueError where its id or shortcut is taken."""
        if spec.id in self._specs:
            raise ValueError(f"there is already an action {spec.id!r}")
        taken = next((s.id for s in self._specs.values() if spec.shortcut and s.shortcut == spec.shortcut), None)
        if taken:
            raise ValueError(f"{spec.shortcut} is already the shortcut of {taken!r}")
        action = QAction(spec.text, self._window)
        action.setObjectName(spec.id)
        action.setCheckable(spec.checked is not None)
        if spec.shortcut:
            action.setShortcut(QKeySequence(spec.shortcut))
            action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        action.triggered.connect(lambda _checked=False, s=spec: self.trigger(s.id))
        self._specs[spec.id], self._actions[spec.id] = spec, action
        self._window.addAction(action)
        self._dress(spec, action)
        return action

    def __getitem__(self, action_id: str) -> QAction:
        return self._actions[action_id]

    def specs(self) -> Iterator[ActionSpec]:
        """All, in the order they were added."""
        yield from self._specs.values()

    def text_of(self, spec: ActionSpec) -> str:
        return spec.title() if spec.title else spec.text

    def trigger(self, action_id: str) -> bool:
        """Run an action where it is enabled; returns whether it ran."""
        spec = self._specs[action_id]
        if not spec.enabled():
            return False
        spec.run()
        self.refresh()
        return True

    def refresh(self) -> None:
        """Bring every QAction up to date with what it stands for."""
        for action_id, spec in self._specs.items():
            action = self._actions[action_id]
            action.setEnabled(spec.enabled())
            action.setText(self.text_of(spec))
            if spec.checked is not None:
                action.setChecked(spec.checked())
            self._tell_shortcut(spec, action)

    def _redraw(self) -> None:
        for action_id, spec in self._specs.items():
            self._dress(spec, self._actions[action_id])

    def _dress(self, spec: ActionSpec, action: QAction) -> None:
        if spec.icon:
            action.setIcon(icon(spec.icon, self._look.theme))
        self._tell_shortcut(spec, action)

    def _tell_shortcut(self, spec: ActionSpec, action: QAction) -> None:
        keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        action.setToolTip(f"{self.text_of(spec)}  ({keys})" if keys else self.text_of(spec))
