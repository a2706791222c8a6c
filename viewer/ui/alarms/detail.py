"""What is known of the chosen alarm, its trend with limits, its likely cause, and what can be done with it."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from viewer.base.ids import ChannelId
from viewer.twin.channels import Channel
from viewer.twin.model import Twin
from viewer.ui.alarms.curve import AlarmCurve
from viewer.ui.alarms.rows import Row, can
from viewer.ui.look import Look

ACTIONS: tuple[tuple[str, str], ...] = (
    ("acknowledge", "Acknowledge"),
    ("reset", "Reset"),
    ("unshelve", "Unshelve"),
    ("unsuppress", "Unsuppress"),
    ("return", "Return to service"),
    ("shelve", "Shelve…"),
    ("remove", "Out of service…"),
)


class AlarmDetail(QWidget):
    """Words left, curve right, buttons below. Main thread."""

    action_asked = Signal(str)
    """An action's kind, for the alarm shown."""
    cause_asked = Signal(str)
    """The id of the alarm that probably came before this one."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.setObjectName("panelBody")
        self._look = look
        self.row: Row | None = None
        self.channel: Channel | None = None
        self.curve = AlarmCurve(look)
        self._title, self._facts = QLabel(), QLabel()
        self._title.setProperty("role", "title")
        self._title.setWordWrap(True)
        self._facts.setWordWrap(True)
        self._facts.setTextFormat(Qt.TextFormat.RichText)
        self._facts.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._facts.linkActivated.connect(self.cause_asked)
        self.buttons = {kind: QPushButton(text) for kind, text in ACTIONS}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 6, 10, 6)
        layout.setSpacing(4)
        layout.addWidget(self._title)
        self._middle = QHBoxLayout()
        scroll = QScrollArea()
        scroll.setObjectName("panelScroll")
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(self._facts)
        self._middle.addWidget(scroll, 1)
        self._middle.addWidget(self.curve, 1)
        layout.addLayout(self._middle, 1)
        row = QHBoxLayout()
        for kind, button in self.buttons.items():
            button.setProperty("primary", kind == "acknowledge")
            button.clicked.connect(lambda _checked=False, k=kind: self.action_asked.emit(k))
            row.addWidget(button)
        row.addStretch(1)
        layout.addLayout(row)
        self.show_row(None, Twin(), can_act=False)

    def show_row(self, row: Row | None, twin: Twin, *, can_act: bool) -> None:
        """Show an alarm, or that none is chosen."""
        self.row = row
        self._title.setText(row.name if row is not None else "No alarm chosen")
        self._facts.setText(_told(row, self._look) if row is not None else "Choose one to see its part, trend and likely cause.")
        found = can(row.alarm) if row is not None else frozenset[str]()
        for kind, button in self.buttons.items():
            button.setVisible(kind in found)
            button.setEnabled(can_act)
            button.setToolTip("" if can_act else "The past can't be acted on: go live first")
        self.channel = twin.channels.get(ChannelId(row.alarm.channel)) if row is not None else None
        self.curve.setVisible(self.channel is not None)
        if self.channel is None or self.curve.curve is None or self.curve.curve.channel != self.channel:
            self.curve.show_curve(None)


def _told(row: Row, look: Look) -> str:
    alarm, faint = row.alarm, look.theme.colours["text_faint"]
    since = f"since {row.since}" if row.since != "before" else "since before what is recorded here"
    cause = ""
    if alarm.cause is not None:
        cause = escape(alarm.cause.text)
        if alarm.cause.alarm:
            cause += f" <a href='{escape(alarm.cause.alarm)}' style='color:{look.theme.colours['accent']}'>Show it</a>"
    facts = [
        ("State", escape(f"{row.state}, {since}")),
        ("Value", escape(row.value)),
        ("Part", escape(row.place)),
        ("Likely cause", cause),
        ("First out", "The first of its group" if alarm.first_out else ""),
        ("What to do", f"<b>{escape(alarm.response)}</b>" if alarm.response else ""),
        ("Otherwise", escape(alarm.consequence)),
        ("Goes to", escape(alarm.operator)),
    ]
    lines = "".join(
        f"<tr><td style='color:{faint};padding-right:10px;white-space:nowrap'>{name}</td><td>{text}</td></tr>"
        for name, text in facts
        if text
    )
    return f"<table cellspacing='2'>{lines}</table>"
