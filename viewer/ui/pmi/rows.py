"""The list of a part's PMI in the inspector."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QEnterEvent, QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from viewer.base.units import grouped
from viewer.twin.pmi import PmiEntry
from viewer.ui.look import Look, application_font
from viewer.ui.painting import painting
from viewer.ui.pmi.board import PmiBoard
from viewer.ui.pmi.frame import frame_width, paint_frame

_HEIGHT = 28
_MOST = 400
"""Rows shown at once."""
_KINDS = (("dimension", "Dimensions"), ("tolerance", "Geometric tolerances"), ("datum", "Datums"))


def told_in_full(entry: PmiEntry) -> str:
    """Everything about an entry, a line for each thing: a tooltip."""
    lines = [f"{entry.type}: {entry.text}" + (f" ({entry.unit})" if entry.unit != "deg" else "")]
    lines += [entry.name] if entry.name else []
    lines += [", ".join(entry.modifiers)] if entry.modifiers else []
    lines += [f"datums {', '.join(entry.datums)}"] if entry.datums and entry.kind == "tolerance" else []
    lines.append(faces_text(len(entry.faces)))
    return "\n".join(lines)


def faces_text(count: int) -> str:
    """«3 faces»; entries without a face are told as such."""
    return "no face of its own" if not count else f"{count} face{'s' if count > 1 else ''}"


class PmiRow(QWidget):
    """One entry; a click chooses it, with Ctrl or Shift also others."""

    clicked = Signal(str, bool)

    def __init__(self, entry: PmiEntry, board: PmiBoard, look: Look) -> None:
        super().__init__()
        self.entry = entry
        self._board, self._look = board, look
        self._font, self._small = application_font(13), application_font(11)
        self._is_under_mouse = False
        self.setToolTip(told_in_full(entry))
        self.setAccessibleName(f"{entry.type} {entry.text}, {faces_text(len(entry.faces))}")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFixedHeight(_HEIGHT)

    def sizeHint(self) -> QSize:
        return QSize(200, _HEIGHT)

    def enterEvent(self, event: QEnterEvent) -> None:
        self._is_under_mouse = True
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self._is_under_mouse = False
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            more = event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
            self.clicked.emit(self.entry.id, bool(more))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.clicked.emit(self.entry.id, False)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, box = self._look.theme, QRectF(self.rect()).adjusted(0.0, 1.0, 0.0, -1.0)
        is_chosen = self.entry.id in self._board.chosen
        with painting(self) as painter:
            painter.setPen(Qt.PenStyle.NoPen)
            if is_chosen or self._is_under_mouse or self.hasFocus():
                painter.setBrush(theme.colour("accent", 0.18) if is_chosen else theme.colour("hover"))
                painter.drawRoundedRect(box, 4.0, 4.0)
            if is_chosen:
                painter.setBrush(theme.colour("accent"))
                painter.drawRoundedRect(QRectF(0.0, 4.0, 3.0, box.height() - 6.0), 1.5, 1.5)
            self._paint_words(painter, box)

    def _paint_words(self, painter: QPainter, box: QRectF) -> None:
        theme, middle = self._look.theme, box.center().y()
        paint_frame(painter, 10.0, middle, self.entry, self._font, theme.colour("text"), theme.colour("border_strong"))
        left = 20.0 + frame_width(self.entry, self._font)
        room = QRectF(left, box.top(), max(box.right() - left - 6.0, 0.0), box.height())
        words = self.entry.type if self.entry.faces else f"{self.entry.type}, no face"
        painter.setFont(self._small)
        painter.setPen(theme.colour("text_faint"))
        text = QFontMetricsF(self._small).elidedText(words, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight), text)


class PmiRows(QWidget):
    """All entries of the board's part, by kind, under a line that says how much of the file's PMI was read."""

    def __init__(self, board: PmiBoard, look: Look, read: str) -> None:
        super().__init__()
        self._rows: list[PmiRow] = []
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        if read:
            layout.addWidget(_faint(f"{read} read from the file"))
        for kind, title in _KINDS:
            own = [entry for entry in board.entries if entry.kind == kind]
            if own:
                layout.addSpacing(8)
                layout.addWidget(_faint(f"{title} · {len(own)}"))
                layout.addSpacing(2)
            for entry in own[:_MOST]:
                row = PmiRow(entry, board, look)
                row.clicked.connect(lambda entry_id, more: board.toggle(entry_id, more=more))
                self._rows.append(row)
                layout.addWidget(row)
            if len(own) > _MOST:
                layout.addWidget(_faint(f"and {grouped(len(own) - _MOST)} more"))
        board.changed.connect(self._show_chosen)

    def rows(self) -> list[PmiRow]:
        """The rows, in their order."""
        return list(self._rows)

    def _show_chosen(self) -> None:
        for row in self._rows:
            row.update()


def _faint(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("role", "faint")
    label.setWordWrap(True)
    return label
