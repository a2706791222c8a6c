"""The form of a study, made from its declared parameters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from viewer.studies.contract import Parameter
from viewer.twin.model import Twin
from viewer.ui.studies.fields import ChoiceField, Field, FileField, FlagField, NumberField, TextField
from viewer.ui.studies.table import TableField


class StudyForm(QScrollArea):
    """One field per parameter, with its title; tables take the whole width. Main thread."""

    changed = Signal(str)
    """The name of the parameter that a person changed."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("panelScroll")
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumWidth(320)
        self.fields: dict[str, Field] = {}

    def show_parameters(self, parameters: Sequence[Parameter], twin: Twin) -> None:
        """Make the fields anew, showing the defaults."""
        self.fields = {parameter.name: _field(parameter, twin) for parameter in parameters}
        body = QWidget()
        body.setObjectName("panelBody")
        body.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        for row, parameter in enumerate(parameters):
            self._place(grid, 2 * row, parameter)
        column = QVBoxLayout(body)
        column.setContentsMargins(14, 12, 14, 12)
        column.addLayout(grid)
        column.addStretch(1)
        self.setWidget(body)
        self.show_values({parameter.name: parameter.default for parameter in parameters})

    def _place(self, grid: QGridLayout, row: int, parameter: Parameter) -> None:
        field = self.fields[parameter.name]
        field.changed.connect(lambda name=parameter.name: self.changed.emit(name))
        title = QLabel(parameter.title)
        title.setProperty("role", "soft")
        title.setToolTip(parameter.help)
        if parameter.kind == "table":
            grid.addWidget(title, row, 0, 1, 2)
            grid.addWidget(field, row + 1, 0, 1, 2)
        else:
            grid.addWidget(title, row, 0)
            grid.addWidget(field, row, 1)

    def values(self) -> dict[str, Any]:
        """What the fields show."""
        return {name: field.value() for name, field in self.fields.items()}

    def show_values(self, values: Mapping[str, Any]) -> None:
        """Show these values; nothing is told."""
        for name, value in values.items():
            if name in self.fields:
                self.fields[name].show_value(value)


def _field(parameter: Parameter, twin: Twin) -> Field:
    match parameter.kind:
        case "number" | "integer":
            return NumberField(parameter)
        case "flag":
            return FlagField(parameter)
        case "choice":
            return ChoiceField(parameter, [(one, one) for one in parameter.choices])
        case "station":
            return ChoiceField(parameter, _named((one.id, one.name) for one in twin.stations.values()))
        case "characteristic":
            return ChoiceField(parameter, _named((one.id, one.name) for one in twin.characteristics.values()))
        case "table":
            return TableField(parameter)
        case "file":
            return FileField(parameter)
        case "text" | "node":
            return TextField(parameter)


def _named(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(one, f"{name} · {one}" if name and name != one else one) for one, name in sorted(pairs)]
