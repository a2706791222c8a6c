"""The sheets that ask why an alarm is put aside, and until when."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QDateTime, QTimer
from PySide6.QtWidgets import QDateTimeEdit, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from viewer.ui.sheet import Sheet

ENDS_S = ((900, "15 min"), (3_600, "1 h"), (28_800, "8 h"))
_CLOCKS_S = 30
"""The gateway's clock may lag behind ours: the longest shelf, one shift, must not be longer by its clock."""
Held = Callable[[str, int], object]
"""(reason, until in ns; 0 without an end)"""


class HoldSheet(Sheet):
    """Nothing can be chosen before a reason is given: who reads the list later must know why."""

    def __init__(self, window: QWidget, title: str, sentence: str, verb: str, held: Held, now_ns: int | None) -> None:
        """With `now_ns` an end is asked for: in 15 min, 1 h, 8 h, or at a time of one's own; else there is none."""
        self.reason, self.until = QLineEdit(), QDateTimeEdit()
        self._now_ns = now_ns

        def choice(seconds: int) -> tuple[str, Callable[[], object]]:
            until_ns = (now_ns or 0) + (seconds - _CLOCKS_S * (seconds == ENDS_S[-1][0])) * 10**9
            return next(text for s, text in ENDS_S if s == seconds), lambda: held(self.reason.text(), until_ns)

        own = ("Until…", lambda: held(self.reason.text(), self.until.dateTime().toMSecsSinceEpoch() * 10**6))
        ends = [*(choice(s) for s, _ in ENDS_S), own] if now_ns is not None else [(verb, lambda: held(self.reason.text(), 0))]
        super().__init__(window, title, sentence, [*ends, ("Cancel", lambda: None)])
        self._buttons = self.findChildren(QPushButton)[:-1]
        self._add_fields()
        self.reason.textChanged.connect(self._check)
        self._check()

    def _add_fields(self) -> None:
        row = QHBoxLayout()
        self.reason.setPlaceholderText("Reason, for example: being repaired")
        self.reason.setMaxLength(2000)
        row.addWidget(self.reason, 1)
        if self._now_ns is not None:
            soon = QDateTime.fromMSecsSinceEpoch(self._now_ns // 10**6 + 7_200_000)
            self.until.setDateTime(soon)
            self.until.setDisplayFormat("d MMM HH:mm")
            self.until.dateTimeChanged.connect(self._name_end)
            row.addWidget(QLabel("until"))
            row.addWidget(self.until)
            self._name_end()
        layout = self.layout()
        if isinstance(layout, QVBoxLayout):
            layout.insertLayout(2, row)
        QTimer.singleShot(0, self, self._settle)  # while it is made it has no size, and takes the focus itself

    def _settle(self) -> None:
        layout = self.layout()
        if layout is not None:
            layout.invalidate()
            layout.activate()
            self.resize(self.width(), layout.totalHeightForWidth(self.width()))
        self.reason.setFocus()

    def _name_end(self) -> None:
        at_s = self.until.dateTime().toSecsSinceEpoch()
        self._buttons[-1].setText(f"Until {time.strftime('%H:%M', time.localtime(at_s))}")

    def _check(self) -> None:
        for button in self._buttons:
            button.setEnabled(bool(self.reason.text().strip()))
