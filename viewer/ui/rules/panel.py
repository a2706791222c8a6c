"""The panel of rules: a form with feedback at once, what a trial on history found, and the rules that the gateway runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from viewer.alarms.definitions import PRIORITIES
from viewer.ui.rules.trying import Draft

if TYPE_CHECKING:
    from viewer.edge.rules.backtest import BacktestReport

SPANS_S = (
    ("the last 10 minutes", 600.0),
    ("the last hour", 3600.0),
    ("the last 8 hours", 8 * 3600.0),
    ("the last day", 86_400.0),
)
_HEADERS = ("Rule", "Expression", "Last trial")


class RulesPanel(QWidget):
    """Main thread. What it says is set by who works for it."""

    changed = Signal(object)
    """The form says something else: a `Draft`."""
    try_asked = Signal(object, float)
    """Draft and span, s."""
    cancel_asked = Signal()
    arm_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("panelBody")
        self.id, self.when = QLineEdit("my.rule"), QLineEdit()
        self.when.setPlaceholderText("a condition, such as mean(st030.bead_width, 10) < 7.5 and st030.state == 2")
        self.when.setToolTip("Channels, numbers, comparisons, and operators over time: docs/user/rules.md lists them")
        self.id.setToolTip("The rule's name, and the id of its channel")
        self.priority, self.span, self.delay = QComboBox(), QComboBox(), QDoubleSpinBox()
        self.priority.addItems(list(reversed(PRIORITIES)))
        for text, span_s in SPANS_S:
            self.span.addItem(text, span_s)
        self.delay.setRange(0.0, 86_400.0)
        self.delay.setSuffix(" s")
        self.delay.setToolTip("How long the condition must hold before the alarm is raised")
        self.said, self.found = QLabel("Write a condition"), QLabel()
        self.said.setProperty("role", "soft")
        for label in (self.said, self.found):
            label.setWordWrap(True)
        self.try_button, self.arm_button = QPushButton("Try on history"), QPushButton("Arm…")
        self.try_button.setProperty("primary", True)
        self.table = QTableWidget(0, len(_HEADERS))
        self.none = QLabel("This gateway runs no rules yet: [rules] of its configuration names their files")
        self.none.setWordWrap(True)
        self.none.setProperty("role", "faint")
        self._busy = self._is_right = False
        self._lay_out()
        self.show_right(False)
        self.allow_arming(False)
        self.id.textEdited.connect(self._edited)
        self.when.textEdited.connect(self._edited)
        self.priority.currentIndexChanged.connect(self._edited)
        self.delay.valueChanged.connect(self._edited)
        self.try_button.clicked.connect(self._press)
        self.arm_button.clicked.connect(self.arm_asked)

    @property
    def draft(self) -> Draft:
        """What stands in the form."""
        return Draft(self.id.text().strip(), self.when.text().strip(), self.priority.currentText(), self.delay.value())

    def show_read(self, sentence: str, *, is_right: bool) -> None:
        """What reading the form gave."""
        self.said.setText(sentence)
        self.said.setProperty("role", "soft" if is_right else "strong")
        self.said.style().polish(self.said)
        self.show_right(is_right)

    def show_right(self, is_right: bool) -> None:
        self._is_right = is_right
        self.try_button.setEnabled(is_right or self._busy)

    def show_busy(self, doing: str) -> None:
        """A trial goes on (then the button ends it), or none does (empty)."""
        self._busy = bool(doing)
        self.try_button.setText("Cancel" if doing else "Try on history")
        if doing:
            self.found.setText(doing)
        self.show_right(self._is_right)

    def show_report(self, report: BacktestReport) -> None:
        """What a trial found."""
        load = report.load.replace("_", " ")
        times = "once" if report.times == 1 else f"{report.times} times"
        head = (
            f"<b>{times}</b>, {report.per_day:.3g} a day, active {report.active_share:.1%} of the time. "
            f"Alone that is {load} for an operator (EEMUA 191), {report.peak_10min} in ten minutes at most."
        )
        self.found.setText("<br>".join([head, *report.findings[:3]]))

    def allow_arming(self, allowed: bool, why_not: str = "Try the rule as it stands first") -> None:
        """Whether the rule that stands there may be armed."""
        self.arm_button.setEnabled(allowed)
        self.arm_button.setToolTip("Record the trial, and write the rule into a file of rules" if allowed else why_not)

    def show_rules(self, rows: list[tuple[str, str, str]]) -> None:
        """Those that the gateway runs: id, expression, last trial."""
        self.table.setVisible(bool(rows))
        self.none.setVisible(not rows)
        self.table.setRowCount(len(rows))
        for number, row in enumerate(rows):
            for column, text in enumerate(row):
                item = QTableWidgetItem(text)
                item.setToolTip(text)
                self.table.setItem(number, column, item)
        self.table.resizeColumnToContents(0)

    def _lay_out(self) -> None:
        self.table.setHorizontalHeaderLabels(list(_HEADERS))
        self.table.verticalHeader().hide()
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.horizontalHeader().setStretchLastSection(True)
        first, second = QHBoxLayout(), QHBoxLayout()
        first.addWidget(self.id, 1)
        first.addWidget(self.when, 4)
        for text, widget in (("Priority", self.priority), ("On delay", self.delay), ("Over", self.span)):
            second.addWidget(QLabel(text))
            second.addWidget(widget)
        second.addStretch(1)
        second.addWidget(self.try_button)
        second.addWidget(self.arm_button)
        form = QVBoxLayout()
        form.addLayout(first)
        form.addWidget(self.said)
        form.addLayout(second)
        form.addWidget(self.found)
        form.addStretch(1)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(10, 6, 10, 4)
        whole.setSpacing(12)
        whole.addLayout(form, 3)
        whole.addWidget(self.none, 2, Qt.AlignmentFlag.AlignTop)
        whole.addWidget(self.table, 2)
        self.table.hide()

    def _edited(self) -> None:
        self.allow_arming(False)
        self.changed.emit(self.draft)

    def _press(self) -> None:
        if self._busy:
            self.cancel_asked.emit()
        else:
            self.try_asked.emit(self.draft, float(self.span.currentData()))
