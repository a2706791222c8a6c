"""The doctor in the window: the findings of `genchi doctor`, what is to be mended first, each with its mend."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHeaderView, QLabel, QProgressBar, QTreeWidget, QTreeWidgetItem, QWidget

from viewer.base.job import Job
from viewer.ui.background import BackgroundTask
from viewer.ui.icons import icon
from viewer.ui.look import Look
from viewer.ui.sources.float_panel import FloatPanel, button
from viewer.ui.value_text import counted

if TYPE_CHECKING:
    from viewer.live.doctor import Finding


class DoctorPanel(FloatPanel):
    """Looks when it opens and when asked again. Main thread; looking is done beside it."""

    def __init__(self, window: QWidget, look: Look, examine: Callable[[], Sequence[Finding]]) -> None:
        super().__init__(window, look, "Doctor", wanted_px=(980, 640))
        self._examine = examine
        self._task: BackgroundTask | None = None
        self.findings: tuple[Finding, ...] = ()
        self.said, self.list, self._doing = QLabel(), QTreeWidget(), QProgressBar()
        self.said.setProperty("role", "soft")
        self._doing.setRange(0, 0)
        self._doing.setTextVisible(False)
        self._doing.setFixedHeight(4)
        self.list.setHeaderLabels(["Looked at", "Found, and the mend"])
        self.list.setAccessibleName("Findings")
        self.list.setRootIsDecorated(False)
        self.list.setWordWrap(True)
        self.list.header().setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        self.list.header().setStretchLastSection(True)
        self.body.addWidget(self.said)
        self.body.addWidget(self._doing)
        self.body.addWidget(self.list, 1)
        self.again = button("Look again", "Examine everything once more", primary=True)
        self.copy = button("Copy as text", "For a message to whoever helps")
        self.again.clicked.connect(lambda _checked=False: self.look_again())
        self.copy.clicked.connect(lambda _checked=False: QGuiApplication.clipboard().setText(self.as_text()))
        self.foot.addWidget(self.copy)
        self.foot.addStretch(1)
        self.foot.addWidget(self.again)
        self.look_again()

    def look_again(self) -> None:
        """Examine everything, some seconds long."""
        if self._task is not None:
            return
        examine = self._examine

        def work(job: Job) -> tuple[Finding, ...]:
            return tuple(examine())

        task = self._task = BackgroundTask("Examining", work, self)
        task.finished.connect(self._show)
        task.mistaken.connect(self.said.setText)
        task.ended.connect(self._ended)
        self.said.setText("Looking at graphics, folders, keys, ports, gateways and their sources…")
        self._doing.show()
        self.again.setEnabled(False)
        task.start()

    def as_text(self) -> str:
        """The findings as `genchi doctor` prints them."""
        lines: list[str] = []
        for one in self.findings:
            lines.append(f"{'ok  ' if one['ok'] else 'MEND'}  {one['what']}: {one['found']}")
            lines += [] if one["ok"] else [f"      {one['mend']}"]
        return "\n".join(lines) + "\n"

    def _show(self, findings: tuple[Finding, ...]) -> None:
        self.findings = findings
        self.list.clear()
        theme = self.look.theme
        for one in sorted(findings, key=lambda one: one["ok"]):
            words = one["found"] if one["ok"] else f"{one['found']}\nMend: {one['mend']}"
            item = QTreeWidgetItem(self.list, [one["what"], words])
            well = one["ok"]
            item.setIcon(0, icon("good" if well else "warning", theme, "good" if well else "warning"))
            item.setForeground(1, theme.colour("text_soft" if well else "text"))
            item.setToolTip(1, words)
            item.setTextAlignment(0, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        ill = sum(not one["ok"] for one in findings)
        well = "All is well." if not ill else f"{counted(ill, 'thing')} to mend, at the top."
        self.said.setText(f"{counted(len(findings), 'thing')} looked at. {well}")

    def _ended(self) -> None:
        self._task = None
        self._doing.hide()
        self.again.setEnabled(True)
