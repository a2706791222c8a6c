"""One chip for all sources, beside the chip of the line: what is live, what is not and since when; a click opens the panel."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy

from viewer.ui.icons import pixmap
from viewer.ui.look import Look, application_font
from viewer.ui.painting import painting
from viewer.ui.sources.line import SourceLine
from viewer.ui.sources.words import ICONS, TOKENS, about, summary, worst_of


class SourcesChip(QAbstractButton):
    """Nothing is seen of it where no source is known of. Main thread."""

    def __init__(self, look: Look, line: SourceLine) -> None:
        super().__init__()
        self._look, self._line, self.state = look, line, "unknown"
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName("Sources")
        line.changed.connect(self._tell)
        look.changed.connect(self.update)
        self._tell()

    def sizeHint(self) -> QSize:
        if not self.text():
            return QSize(0, 28)
        return QSize(QFontMetrics(application_font(12)).horizontalAdvance(self.text()) + 44, 28)

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self.text():
            return
        theme, token, filled = self._look.theme, TOKENS[self.state], self.state == "down"
        with painting(self) as painter:
            painter.setPen(theme.colour("accent" if self.hasFocus() else token, 1.0 if self.hasFocus() else 0.55))
            strength = 1.0 if filled else 0.22 if self.state == "stale" else 0.18 if self.underMouse() else 0.10
            painter.setBrush(theme.colour(token, strength))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 13, 13)
            painter.drawPixmap(11, (self.height() - 16) // 2, pixmap(ICONS[self.state], theme, "window" if filled else token, 16))
            painter.setFont(application_font(12))
            painter.setPen(theme.colour("window" if filled else "text_soft" if self.state == "unknown" else "text"))
            painter.drawText(self.rect().adjusted(33, 0, -8, 0), Qt.AlignmentFlag.AlignVCenter, self.text())

    def _tell(self) -> None:
        line = self._line
        self.state, text = worst_of(line.sources, line.status), summary(line.sources, line.status)
        tips = [about(one) for one in sorted(line.sources, key=lambda one: (one.state == "live", one.name))[:8]]
        self.setToolTip("\n\n".join([*tips, "Click to see them all"]) if tips else "")
        self.setAccessibleDescription(text)
        if text != self.text():
            self.setText(text)
            self.updateGeometry()
        self.setEnabled(bool(text))
        self.update()
