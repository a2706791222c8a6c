"""How many messages came since the Messages panel was last looked at: told by its tab."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QDockWidget

from viewer.ui.notifications import Message, Notifications

if TYPE_CHECKING:
    from viewer.ui.main_window import MainWindow


class UnseenMessages(QObject):
    """Counts what was kept without a toast, and warnings, while the panel is not in front. Main thread."""

    def __init__(self, dock: QDockWidget, notifications: Notifications) -> None:
        super().__init__(dock)
        self._dock, self._title = dock, dock.windowTitle()
        self.count = 0
        notifications.added.connect(self._came)
        dock.visibilityChanged.connect(self._looked)

    def _came(self, message: Message) -> None:
        if (message.toast and message.severity in ("info", "good")) or self._is_seen():
            return
        self._show(self.count + 1)

    def _looked(self, is_seen: bool) -> None:
        if is_seen and self._is_seen():
            self._show(0)

    def _is_seen(self) -> bool:
        return self._dock.isVisible() and not self._dock.visibleRegion().isEmpty()

    def _show(self, count: int) -> None:
        self.count = count
        self._dock.setWindowTitle(f"{self._title} ({count})" if count else self._title)


def install(window: MainWindow) -> UnseenMessages:
    """Let the tab of the Messages panel tell it."""
    return UnseenMessages(window.docks.all["messages"], window.notifications)
