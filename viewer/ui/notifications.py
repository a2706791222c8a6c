"""One-sentence messages: a toast that goes by itself, and the Messages panel that keeps them. Never modal."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QStackedLayout,
    QToolButton,
    QWidget,
)

from viewer.base.clock import Clock
from viewer.ui.empty_state import EmptyState
from viewer.ui.icons import icon, pixmap
from viewer.ui.look import Look

Severity = Literal["info", "good", "warning", "alarm"]
_MOST = 500
_SHOWN_MS = {"info": 5000, "good": 5000, "warning": 9000, "alarm": 14000}


@dataclass(frozen=True, slots=True)
class Message:
    """One sentence for the user."""

    t_ns: int
    severity: Severity
    text: str
    offer: tuple[str, Callable[[], object]] | None = None
    """A button on the toast, such as «Undo», and what it does."""
    toast: bool = True
    """Whether it comes up over the view; else it is only kept in the Messages panel."""


class Notifications(QObject):
    """Where every part of the window says what the user should know. Main thread."""

    added = Signal(object)

    def __init__(self, clock: Clock, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._clock = clock
        self.messages: list[Message] = []

    def say(
        self,
        text: str,
        severity: Severity = "info",
        *,
        offer: tuple[str, Callable[[], object]] | None = None,
        toast: bool = True,
    ) -> None:
        """Show a sentence and keep it; without `toast`, only keep it."""
        message = Message(self._clock.now_ns(), severity, _begun(text), offer, toast)
        self.messages = [*self.messages[-_MOST + 1 :], message]
        self.added.emit(message)

    def note(self, sentences: Iterable[str]) -> str:
        """Keep what a file's reader noticed in the Messages panel; gives «; 3 notes on it in Messages» for what is shown."""
        kept = list(sentences)
        for sentence in kept:
            self.say(sentence, "info", toast=False)
        return f"; {len(kept)} note{'s' * (len(kept) != 1)} on it in Messages" if kept else ""


class Toasts(QObject):
    """Shows each new message over the lower right of a widget for a while; newest lowest, `keep_free_px` left free below."""

    def __init__(self, over: QWidget, notifications: Notifications, look: Look, keep_free_px: Callable[[], int]) -> None:
        super().__init__(over)
        self._over, self._look, self._keep_free_px = over, look, keep_free_px
        self._shown: list[_Toast] = []
        notifications.added.connect(self._show)
        over.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)

    def _show(self, message: Message) -> None:
        if not message.toast:
            return
        toast = _Toast(message, self._look, self._over)
        toast.closed.connect(lambda: self._drop(toast))
        self._shown.append(toast)
        for old in self._shown[:-4]:
            self._drop(old)
        toast.show()
        self._place()

    def _drop(self, toast: _Toast) -> None:
        if toast in self._shown:
            self._shown.remove(toast)
            toast.hide()
            toast.deleteLater()
            self._place()

    def _place(self) -> None:
        bottom = self._over.height() - 14 - self._keep_free_px()
        for toast in reversed(self._shown):
            width = min(420, max(240, self._over.width() - 28))
            toast.setFixedSize(width, toast.heightForWidth(width))
            bottom -= toast.height()
            toast.move(self._over.width() - toast.width() - 14, bottom)
            toast.raise_()
            bottom -= 8


class _Toast(QFrame):
    closed = Signal()

    def __init__(self, message: Message, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("role", "float")
        mark, text, close = QLabel(), QLabel(message.text), QToolButton()
        mark.setPixmap(pixmap(message.severity, look.theme, _token(message.severity), 18))
        text.setWordWrap(True)
        text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        close.setIcon(icon("close", look.theme))
        close.setToolTip("Dismiss")
        close.clicked.connect(self.closed)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 8, 6, 8)
        layout.setSpacing(10)
        layout.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(text, 1, Qt.AlignmentFlag.AlignVCenter)
        if message.offer is not None:
            label, run = message.offer
            button = QPushButton(label)
            button.clicked.connect(lambda: (self.closed.emit(), run()))
            layout.addWidget(button)
        layout.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.timeout.connect(self.closed)
        timer.start(_SHOWN_MS[message.severity])


class MessagesPanel(QWidget):
    """All messages of this run, newest first."""

    def __init__(self, notifications: Notifications, look: Look) -> None:
        super().__init__()
        self.setObjectName("panelBody")
        self._look = look
        self._list = QListWidget()
        self._list.setWordWrap(True)
        self._list.setIconSize(QSize(16, 16))
        empty = EmptyState("messages", "No messages", "Warnings, errors and results of this session are kept here.", look)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(empty)
        self._stack.addWidget(self._list)
        for message in notifications.messages:
            self._add(message)
        notifications.added.connect(self._add)

    def _add(self, message: Message) -> None:
        when = time.strftime("%H:%M:%S", time.localtime(message.t_ns / 1e9))
        item = QListWidgetItem(icon(message.severity, self._look.theme, _token(message.severity)), f"{when}   {message.text}")
        item.setToolTip(message.text)
        self._list.insertItem(0, item)
        self._list.takeItem(_MOST)
        self._stack.setCurrentIndex(1)


def _begun(text: str) -> str:
    """With a capital letter, unless it begins with a file's name or a number."""
    word = text.partition(" ")[0]
    return text[:1].upper() + text[1:] if word.strip(",:;").isalpha() else text


def _token(severity: Severity) -> str:
    return "accent" if severity == "info" else severity
