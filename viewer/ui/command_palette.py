"""The command palette (Ctrl+K): every action, view, node and channel by a few letters, by keyboard alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QEvent, QObject, QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QGraphicsDropShadowEffect,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QVBoxLayout,
    QWidget,
)

from viewer.ui import fuzzy
from viewer.ui.icons import icon
from viewer.ui.look import Look, application_font

_MOST = 60
_ENTRY = Qt.ItemDataRole.UserRole
_ROW_PX, _WIDTH_PX = 36, 640


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing the palette can do."""

    key: str
    """Unique; how it is remembered as recent."""
    text: str
    detail: str
    """Where it belongs: a menu, a node's id, a unit."""
    icon: str
    run: Callable[[], object]
    shortcut: str = ""
    is_enabled: bool = True


class CommandPalette(QFrame):
    """Floats over the window while it is open. `entries` is asked each time it opens. Main thread."""

    ran = Signal(str)
    """The key of the entry that was run."""

    def __init__(
        self, window: QWidget, look: Look, entries: Callable[[], Iterable[Entry]], recent: Callable[[], list[str]]
    ) -> None:
        super().__init__(window)
        self.setProperty("role", "float")
        self._look, self._entries_of, self._recent = look, entries, recent
        self._entries: list[Entry] = []
        self.field, self.list = QLineEdit(), QListWidget()
        hint = QLabel("↑↓ choose    ↵ run    Esc close")
        hint.setProperty("role", "faint")
        self.field.setPlaceholderText("Search actions, parts, channels, views")
        self.field.setFrame(False)
        self.field.setFont(application_font(16))
        self.field.setStyleSheet("border: none; background: transparent; padding: 8px 6px; font-size: 16px;")
        self.list.setItemDelegate(_EntryDelegate(look, self.list))
        self.list.setStyleSheet("background: transparent;")
        self.list.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        line = QFrame()
        line.setProperty("role", "line")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 8, 10, 8)
        layout.setSpacing(6)
        for widget in (self.field, line, self.list, hint):
            layout.addWidget(widget)
        self._shadow()
        self.hide()
        self.field.textChanged.connect(self._search)
        self.field.installEventFilter(self)
        self.list.itemClicked.connect(lambda _item: self._run())
        window.installEventFilter(self)
        look.changed.connect(self._shadow)

    def open(self) -> None:
        """Show it with everything that can be done now, recent first."""
        self._entries = list(self._entries_of())
        self.field.clear()
        self._search("")
        self._place()
        self.show()
        self.raise_()
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def found(self) -> list[Entry]:
        """What is listed now, best first."""
        return [self.list.item(i).data(_ENTRY) for i in range(self.list.count())]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.parent() and event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        if watched is self.field and event.type() == QEvent.Type.FocusOut and self.isVisible():
            self.hide()
        if watched is self.field and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            return self._key(Qt.Key(event.key()))
        return super().eventFilter(watched, event)

    def _key(self, key: Qt.Key) -> bool:
        steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 8, Qt.Key.Key_PageUp: -8}
        if key in steps:
            last = self.list.count() - 1
            self.list.setCurrentRow(max(0, min(last, self.list.currentRow() + steps[key])))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._run()
        elif key == Qt.Key.Key_Escape:
            self._close()
        else:
            return False
        return True

    def _search(self, text: str) -> None:
        if text.strip():
            found = fuzzy.best(text, ((f"{e.text} {e.detail}".lower(), e) for e in self._entries), most=_MOST)
        else:
            recent = {key: place for place, key in enumerate(self._recent())}
            ordered = sorted(enumerate(self._entries), key=lambda p: (recent.get(p[1].key, len(recent)), p[0]))
            found = [entry for _, entry in ordered[:_MOST]]
        self.list.clear()
        for entry in found:
            item = QListWidgetItem(entry.text)
            item.setData(_ENTRY, entry)
            item.setSizeHint(QSize(100, _ROW_PX))
            self.list.addItem(item)
        if not found:
            item = QListWidgetItem("Nothing found")
            item.setFlags(Qt.ItemFlag.NoItemFlags)
            item.setData(_ENTRY, Entry("", "Nothing found", "other words?", "search", lambda: None, is_enabled=False))
            item.setSizeHint(QSize(100, _ROW_PX))
            self.list.addItem(item)
        self.list.setCurrentRow(0)

    def _run(self) -> None:
        entry: Entry | None = self.list.currentItem().data(_ENTRY) if self.list.currentRow() >= 0 else None
        if entry is None or not entry.is_enabled:
            return
        self._close()
        self.ran.emit(entry.key)
        entry.run()

    def _close(self) -> None:
        self.hide()
        window = self.parentWidget()
        if window is not None:
            window.setFocus()

    def _place(self) -> None:
        window = self.parentWidget()
        if window is None:
            return
        width = min(_WIDTH_PX, window.width() - 40)
        height = min(520, window.height() - 140)
        self.setGeometry((window.width() - width) // 2, 90, width, height)

    def _shadow(self) -> None:
        shadow = QGraphicsDropShadowEffect(self)
        shadow.setBlurRadius(48)
        shadow.setOffset(0, 12)
        shadow.setColor(self._look.theme.colour("shadow"))
        self.setGraphicsEffect(shadow)


class _EntryDelegate(QStyledItemDelegate):
    """Icon, text, where it belongs, and the shortcut at the right."""

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look

    def paint(self, painter: QPainter, option: Any, index: Any) -> None:
        entry: Entry = index.data(_ENTRY)
        theme, box = self._look.theme, QRect(option.rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("accent_soft"))
            painter.drawRoundedRect(box.adjusted(2, 1, -2, -1), 6, 6)
        icon(entry.icon, theme).paint(painter, QRect(box.left() + 12, box.top() + 10, 16, 16))
        painter.setFont(application_font(13))
        painter.setPen(theme.colour("text" if entry.is_enabled else "text_faint"))
        text_box = box.adjusted(40, 0, -150, 0)
        text = painter.fontMetrics().elidedText(entry.text, Qt.TextElideMode.ElideRight, text_box.width())
        painter.drawText(text_box, Qt.AlignmentFlag.AlignVCenter, text)
        used = painter.fontMetrics().horizontalAdvance(text)
        painter.setFont(application_font(12))
        painter.setPen(theme.colour("text_faint"))
        detail_box = text_box.adjusted(used + 12, 0, 0, 0)
        detail = painter.fontMetrics().elidedText(entry.detail, Qt.TextElideMode.ElideMiddle, max(0, detail_box.width()))
        painter.drawText(detail_box, Qt.AlignmentFlag.AlignVCenter, detail)
        painter.drawText(box.adjusted(0, 0, -14, 0), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, entry.shortcut)
        painter.restore()

    def sizeHint(self, option: Any, index: Any) -> QSize:
        return QSize(100, _ROW_PX)
