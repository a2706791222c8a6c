"""The fields of a study's form: one small widget per kind of parameter, each with a value and a word when it changes."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QLocale, QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QSlider,
    QToolButton,
    QWidget,
)

from viewer.base.units import pretty_unit
from viewer.studies.contract import Parameter
from viewer.studies.parameters import may_be_none

STEPS = 400
"""Places of a slider."""
FAR = 1e12
"""Bound of a number that has none."""


class Field(QWidget):
    """One parameter's widget."""

    changed = Signal()

    def __init__(self, parameter: Parameter) -> None:
        super().__init__()
        self.parameter = parameter
        self.line = QHBoxLayout(self)
        self.line.setContentsMargins(0, 0, 0, 0)
        self.line.setSpacing(8)
        self.setToolTip(parameter.help)

    def value(self) -> Any:
        """As the study takes it."""
        raise AssertionError(type(self).__name__)

    def show_value(self, value: Any) -> None:
        """Show a value without telling that it changed."""
        raise AssertionError(type(self).__name__)


class NumberSpin(QDoubleSpinBox):
    """A number with as many digits as it needs; at its very minimum it may stand for none."""

    def __init__(self, *, optional: bool = False, whole: bool = False) -> None:
        super().__init__()
        self._optional = optional
        self._whole = whole
        self.setLocale(QLocale.c())
        self.setDecimals(0 if whole else 9)
        self.setKeyboardTracking(False)
        self.setMinimumWidth(104)
        self.setRange(-FAR, FAR)
        if optional:
            self.setSpecialValueText("none")

    def textFromValue(self, val: float) -> str:
        return f"{val:.0f}" if self._whole else f"{val:.7g}"

    def number(self) -> float:
        """The number, NaN for none."""
        return math.nan if self._optional and self.value() <= self.minimum() else self.value()

    def show_number(self, value: float) -> None:
        """Show without telling."""
        with QSignalBlocker(self):
            self.setValue(self.minimum() if math.isnan(value) else value)


class NumberField(Field):
    """A spin box with unit and bounds, and a slider where both bounds are known."""

    def __init__(self, parameter: Parameter) -> None:
        super().__init__(parameter)
        self._whole = parameter.kind == "integer"
        optional = may_be_none(parameter)
        self.spin = NumberSpin(optional=optional, whole=self._whole)
        self.slider: QSlider | None = None
        low, high = parameter.lower, parameter.upper
        if not optional:
            self.spin.setRange(-FAR if low is None else low, FAR if high is None else high)
        if parameter.unit:
            unit = pretty_unit(parameter.unit)
            self.spin.setSuffix(unit if unit in ("°", "%") else f" {unit}")
        if low is not None and high is not None and high > low:
            self._low, self._high = float(low), float(high)
            self.slider = QSlider(Qt.Orientation.Horizontal)
            self.slider.setRange(0, STEPS)
            self.slider.setAccessibleName(parameter.title)
            self.slider.valueChanged.connect(self._slid)
            self.spin.setSingleStep(_round_step((self._high - self._low) / 100.0))
            self.line.addWidget(self.slider, 1)
        self.spin.setAccessibleName(parameter.title)
        self.spin.valueChanged.connect(self._typed)
        self.line.addWidget(self.spin, 0 if self.slider is not None else 1)

    def value(self) -> float | int:
        number = self.spin.number()
        return int(number) if self._whole else number

    def show_value(self, value: Any) -> None:
        self.spin.show_number(float(value))
        self._follow(float(value))

    def _slid(self, place: int) -> None:
        value = self._low + (self._high - self._low) * place / STEPS
        step = _round_step((self._high - self._low) / STEPS)
        self.spin.show_number(float(round(value)) if self._whole else round(value / step) * step)
        self.changed.emit()

    def _typed(self) -> None:
        self._follow(self.spin.number())
        self.changed.emit()

    def _follow(self, value: float) -> None:
        if self.slider is not None and not math.isnan(value):
            with QSignalBlocker(self.slider):
                self.slider.setValue(round((value - self._low) / (self._high - self._low) * STEPS))


class FlagField(Field):
    """A check box."""

    def __init__(self, parameter: Parameter) -> None:
        super().__init__(parameter)
        self._box = QCheckBox()
        self._box.setAccessibleName(parameter.title)
        self._box.toggled.connect(lambda _: self.changed.emit())
        self.line.addWidget(self._box, 1)

    def value(self) -> bool:
        return self._box.isChecked()

    def show_value(self, value: Any) -> None:
        with QSignalBlocker(self._box):
            self._box.setChecked(bool(value))


class ChoiceField(Field):
    """One of several."""

    def __init__(self, parameter: Parameter, choices: Sequence[tuple[str, str]]) -> None:
        super().__init__(parameter)
        self._box = QComboBox()
        self._box.setAccessibleName(parameter.title)
        self._box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        for value, shown in choices:
            self._box.addItem(shown, value)
        self._box.currentIndexChanged.connect(lambda _: self.changed.emit())
        self.line.addWidget(self._box, 1)

    def value(self) -> str:
        return str(self._box.currentData() or "")

    def show_value(self, value: Any) -> None:
        with QSignalBlocker(self._box):
            self._box.setCurrentIndex(self._box.findData(value))


class TextField(Field):
    """A line of text; told when it is done."""

    def __init__(self, parameter: Parameter) -> None:
        super().__init__(parameter)
        self.edit = QLineEdit()
        self.edit.setAccessibleName(parameter.title)
        self.edit.setCursorPosition(0)
        self.edit.editingFinished.connect(self._done)
        self._told = ""
        self.line.addWidget(self.edit, 1)

    def value(self) -> str:
        return self.edit.text()

    def show_value(self, value: Any) -> None:
        self._told = str(value)
        self.edit.setText(self._told)
        self.edit.setCursorPosition(0)

    def _done(self) -> None:
        if self.edit.text() != self._told:
            self._told = self.edit.text()
            self.changed.emit()


class FileField(TextField):
    """A path, typed or chosen."""

    def __init__(self, parameter: Parameter) -> None:
        super().__init__(parameter)
        button = QToolButton()
        button.setText("…")
        button.setToolTip("Choose a file")
        button.clicked.connect(self._choose)
        self.line.addWidget(button)

    def _choose(self) -> None:
        dialog = QFileDialog(self, self.parameter.title)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self._chosen)
        dialog.open()

    def _chosen(self, path: str) -> None:
        self.edit.setText(path)
        self._done()


FieldMaker = Callable[[Parameter], Field]


def _round_step(step: float) -> float:
    """The nearest of 1, 2, 5 times a power of ten that is not above the step."""
    power = 10.0 ** math.floor(math.log10(step))
    return max(factor * power for factor in (1.0, 2.0, 5.0) if factor * power <= step * 1.0001)
