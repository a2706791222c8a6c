"""The state of the live line, always in sight: live with its delay and losses, or since when it is not."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from viewer.base.units import grouped
from viewer.live.status import FeedStatus
from viewer.ui.icons import pixmap
from viewer.ui.look import Look, application_font
from viewer.ui.painting import painting
from viewer.ui.value_text import clock_text

_TOKEN = {"live": "good", "connecting": "accent", "stale": "warning", "lost": "alarm", "none": "text_faint"}
_ICON = {"live": "live", "connecting": "connecting", "stale": "stale", "lost": "lost", "none": "missing"}


def chip_text(status: FeedStatus | None) -> str:
    """The words on the chip."""
    if status is None:
        return "No live source"
    if status.state == "connecting":
        return "Connecting…"
    if status.state in ("stale", "lost"):
        return f"{status.state.capitalize()} since {clock_text(status.since_ns)}"
    lost = f"{grouped(status.lost_samples)} lost"
    return f"Live · {status.latency_ms:.0f} ms · {lost}"


def chip_tip(status: FeedStatus | None) -> str:
    """What the chip tells when asked."""
    if status is None:
        return "This window has no live source. Start with --connect ENDPOINT, or run the demo."
    return (
        f"{status.endpoint}\n{status.state.capitalize()} since {clock_text(status.since_ns)}\n"
        f"{grouped(status.samples_per_s)} samples/s, {status.latency_ms:.1f} ms from sample to window\n"
        f"{grouped(status.gaps)} gaps, {grouped(status.lost_samples)} samples lost"
    )


class ConnectionChip(QWidget):
    """A pill with an icon and words; filled with the colour of alarm when the line is lost."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._state, self.text = "none", chip_text(None)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Live line")
        self.setToolTip(chip_tip(None))
        look.changed.connect(self.update)

    def show_status(self, status: FeedStatus | None) -> None:
        """Show how the line is."""
        self._state, text = ("none" if status is None else status.state), chip_text(status)
        self.setToolTip(chip_tip(status))
        self.setAccessibleDescription(text)
        if text != self.text:
            self.text = text
            self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(QFontMetrics(application_font(12)).horizontalAdvance(self.text) + 44, 28)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, token = self._look.theme, _TOKEN[self._state]
        loud = self._state in ("lost", "stale")
        with painting(self) as painter:
            painter.setPen(theme.colour(token, 0.55))
            painter.setBrush(theme.colour(token, 1.0 if self._state == "lost" else 0.22 if loud else 0.10))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 13, 13)
            ink = "window" if self._state == "lost" else token
            painter.drawPixmap(11, (self.height() - 16) // 2, pixmap(_ICON[self._state], theme, ink, 16))
            painter.setFont(application_font(12))
            painter.setPen(theme.colour("window" if self._state == "lost" else "text" if self._state != "none" else "text_soft"))
            painter.drawText(self.rect().adjusted(33, 0, -8, 0), Qt.AlignmentFlag.AlignVCenter, self.text)
