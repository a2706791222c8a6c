"""The panel of the simulated plant's faults: what each does, its parameters, and a button that injects or clears it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDoubleSpinBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from viewer.base.units import pretty_unit
from viewer.twin.catalogue import FaultInfo, FaultParameter
from viewer.ui.faults import Faults
from viewer.ui.look import Look
from viewer.ui.status import Status, status_pixmap


class FaultsPanel(QDialog):
    """Stays open beside the window and blocks nothing. Main thread."""

    def __init__(self, window: QWidget, faults: Faults, look: Look) -> None:
        super().__init__(window)
        self.setWindowTitle("Faults of the simulated plant")
        self.setModal(False)
        self.resize(560, min(720, max(360, window.height() - 120)))
        self._faults, self._look = faults, look
        self.rows: dict[str, FaultRow] = {}
        self._list = QScrollArea()
        self._list.setObjectName("panelScroll")
        self._list.setWidgetResizable(True)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        words = QLabel("Let something go wrong and watch what follows. Faults last until they are cleared.")
        words.setProperty("role", "soft")
        words.setWordWrap(True)
        self._clear = QPushButton("Clear all")
        self._clear.clicked.connect(faults.clear_all)
        top = QHBoxLayout()
        top.addWidget(words, 1)
        top.addWidget(self._clear)
        layout = QVBoxLayout(self)
        layout.addLayout(top)
        layout.addWidget(self._list, 1)
        faults.changed.connect(self._show)
        look.changed.connect(self._build)
        self._build()

    def _show(self) -> None:
        """Mark what is active; made anew only where other faults are offered."""
        infos = self._faults.infos
        if [i.name for i in infos] != list(self.rows):
            self._build()
        self._mark_active()

    def _build(self) -> None:
        body = QWidget()
        body.setObjectName("panelBody")
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 6, 0)
        column.setSpacing(8)
        self.rows = {info.name: FaultRow(info, self._faults, self._look) for info in self._faults.infos}
        for row in self.rows.values():
            column.addWidget(row)
        column.addStretch(1)
        self._list.setWidget(body)
        self._mark_active()

    def _mark_active(self) -> None:
        for info in self._faults.infos:
            self.rows[info.name].show_active(is_active=info.active)
        self._clear.setEnabled(any(info.active for info in self._faults.infos))


class FaultRow(QFrame):
    """One fault."""

    def __init__(self, info: FaultInfo, faults: Faults, look: Look) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self._info, self._faults, self._look = info, faults, look
        self._is_active = False
        self._mark, self.button = QLabel(), QPushButton("Inject")
        self.button.setAccessibleName(f"Inject or clear: {info.title}")
        title, description = QLabel(info.title), QLabel(info.description)
        title.setProperty("role", "strong")
        description.setProperty("role", "soft")
        description.setWordWrap(True)
        self._mark.setFixedWidth(16)
        self.button.setFixedWidth(84)
        self.button.clicked.connect(self._pressed)
        grid = QGridLayout(self)
        grid.setContentsMargins(12, 9, 10, 10)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        grid.addWidget(self._mark, 0, 0)
        grid.addWidget(title, 0, 1)
        grid.addWidget(self.button, 0, 2)
        grid.addWidget(description, 1, 1, 1, 2)
        self.fields = {p.name: _field(p, faults.channels) for p in info.parameters}
        if self.fields:
            grid.addLayout(self._parameters(), 2, 1, 1, 2)

    def values(self) -> dict[str, float]:
        """The parameters as they stand in the fields."""
        return {name: _value_of(field) for name, field in self.fields.items()}

    def show_active(self, *, is_active: bool) -> None:
        """Mark it, and let the button do the other thing."""
        self._is_active = is_active
        self.button.setText("Clear" if is_active else "Inject")
        self._mark.setPixmap(status_pixmap(Status.ALARM if is_active else Status.NONE, self._look.theme, 16))
        self._mark.setToolTip("Active" if is_active else "")
        for field in self.fields.values():
            field.setEnabled(not is_active)

    def _parameters(self) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setSpacing(8)
        for parameter in self._info.parameters:
            label = QLabel(parameter.name.replace("_", " "))
            label.setProperty("role", "faint")
            line.addWidget(label)
            line.addWidget(self.fields[parameter.name])
        line.addStretch(1)
        return line

    def _pressed(self) -> None:
        if self._is_active:
            self._faults.clear(self._info.name)
        else:
            self._faults.inject(self._info.name, self.values())


def _field(parameter: FaultParameter, channels: Sequence[str]) -> QComboBox | QDoubleSpinBox:
    """A number within its bounds; a channel's place is chosen by the channel's id."""
    if parameter.name == "channel" and len(channels) == round(parameter.high) + 1:
        choice = QComboBox()
        choice.addItems(list(channels))
        choice.setCurrentIndex(round(parameter.default))
        choice.setMaxVisibleItems(16)
        choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        choice.setMinimumContentsLength(20)
        return choice
    number = QDoubleSpinBox()
    number.setDecimals(0 if parameter.unit == "" and parameter.low.is_integer() else 1)
    number.setRange(parameter.low, parameter.high)
    number.setValue(parameter.default)
    number.setSuffix(f" {pretty_unit(parameter.unit)}" if parameter.unit else "")
    number.setToolTip(f"{parameter.low:g} to {parameter.high:g} {pretty_unit(parameter.unit)}".rstrip())
    return number


def _value_of(field: QComboBox | QDoubleSpinBox) -> float:
    return float(field.currentIndex()) if isinstance(field, QComboBox) else field.value()
