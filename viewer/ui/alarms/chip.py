"""How many alarms of each priority stand, always in sight; it blinks slowly while some wait for somebody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFontMetrics, QMouseEvent, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from viewer.alarms.definitions import PRIORITIES, Priority
from viewer.alarms.states import HELD_BACK
from viewer.base.units import grouped
from viewer.ui.alarms.rows import Row
from viewer.ui.alarms.signs import TOKENS, WORDS, draw_sign
from viewer.ui.look import Look, application_font
from viewer.ui.painting import painting

_BLINK_MS = 900
_SIGN_PX, _GAP_PX = 15, 4


class AlarmChip(QWidget):
    """A pill of signs and counts. Main thread."""

    pressed = Signal()

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self.text = "No alarms"
        self._counts: list[tuple[Priority, int, int]] = []
        self._is_dim = self._is_still = self._is_told = False
        self._blink = QTimer(self, interval=_BLINK_MS)
        self._blink.timeout.connect(self._turn)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName("Alarms")
        look.changed.connect(self.update)

    @property
    def blinks(self) -> bool:
        return self._blink.isActive()

    def show_rows(self, rows: Sequence[Row], *, is_told: bool, note: str = "") -> None:
        """Count what is neither shelved, suppressed nor out of service; takes no room where nobody tells of alarms."""
        self._is_told = is_told
        open_ = [row for row in rows if row.alarm.state not in HELD_BACK]
        all_, unseen = Counter(r.alarm.priority for r in open_), Counter(r.alarm.priority for r in open_ if r.is_unseen)
        self._counts = [(one, all_[one], unseen[one]) for one in PRIORITIES if all_[one]]
        words = [f"{grouped(n)} {WORDS[p].lower()} ({grouped(u)} not acknowledged)" for p, n, u in self._counts]
        self.text = ", ".join(words) if words else "No alarms"
        self.setToolTip("\n".join(["Alarms" + (f" {note}" if note else ""), *(words or ["None"]), "Click for the list"]))
        self.setAccessibleDescription(self.text)
        self._let_blink()
        self.updateGeometry()
        self.update()

    def keep_still(self, is_still: bool) -> None:
        """Whether it may not blink."""
        self._is_still = is_still
        self._let_blink()

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(application_font(12))
        if not self._is_told:
            return QSize(0, 0)
        if not self._counts:
            return QSize(metrics.horizontalAdvance("No alarms") + 24, 28)
        widths = [_SIGN_PX + _GAP_PX + metrics.horizontalAdvance(grouped(n)) + 10 for _, n, _ in self._counts]
        return QSize(sum(widths) + 16, 28)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.pressed.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._is_told:
            return
        theme = self._look.theme
        loud = next((TOKENS[p] for p, _, unseen in self._counts if unseen), "")
        with painting(self) as painter:
            painter.setPen(theme.colour(loud or "border_strong", 0.7))
            painter.setBrush(theme.colour(loud or "raised", 0.18 if loud and not self._is_dim else 0.04))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 13, 13)
            painter.setFont(application_font(12))
            if not self._counts:
                painter.setPen(theme.colour("text_soft"))
                painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, "No alarms")
                return
            x, top = 11.0, (self.height() - _SIGN_PX) / 2
            for priority, number, unseen in self._counts:
                colour, where = theme.colour(TOKENS[priority]), QRectF(x, top, _SIGN_PX, _SIGN_PX)
                draw_sign(painter, priority, where, colour, is_filled=bool(unseen) and not self._is_dim)
                x += _SIGN_PX + _GAP_PX
                width = painter.fontMetrics().horizontalAdvance(grouped(number))
                painter.setPen(theme.colour("text"))
                painter.drawText(QRectF(x, 0, width + 2.0, self.height()), Qt.AlignmentFlag.AlignVCenter, grouped(number))
                x += width + 10

    def _let_blink(self) -> None:
        wanted = any(unseen for _, _, unseen in self._counts) and not self._is_still
        if wanted and not self._blink.isActive():
            self._blink.start()
        elif not wanted:
            self._blink.stop()
            self._is_dim = False
            self.update()

    def _turn(self) -> None:
        self._is_dim = not self._is_dim
        self.update()
