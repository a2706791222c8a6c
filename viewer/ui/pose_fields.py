"""Typed values of a node's pose: position in metres and rotation in degrees, in its parent's frame."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QLineEdit, QWidget

from viewer.base.errors import UserMistake
from viewer.base.frames import Pose
from viewer.base.units import convert, without_groups

_AXES = ("X", "Y", "Z")
_LARGEST = 1e8
"""Metres, or degrees: farther out double precision is coarser than what is measured here, and a scene can't be drawn."""
_SHOWN = 40
"""Letters of what was typed that a sentence repeats."""


def number_in(text: str, unit: str) -> float:
    """A typed number, with or without a unit of its own (`2.5`, `2500 mm`, `0,5`), in `unit`. Raises UserMistake."""
    compact = without_groups(text.strip()).replace(",", ".").replace("°", " deg")
    number, _, own = compact.partition(" ")
    if not own:
        cut = next((i for i, letter in enumerate(compact) if letter.isalpha() and letter not in "eE"), len(compact))
        number, own = compact[:cut], compact[cut:]
    try:
        value = float(number)
    except ValueError:
        raise UserMistake(f"{_shown(text)} is no number; type one such as 2.5 or 2500 mm") from None
    own = own.strip()
    value = convert(value, own, unit) if own else value
    if not math.isfinite(value) or abs(value) > _LARGEST:
        raise UserMistake(f"{_shown(text)} is no number that a place or an angle can have; type one such as 2.5 or 2500 mm")
    return value


def _shown(text: str) -> str:
    short = text.strip()
    return repr(short if len(short) <= _SHOWN else f"{short[:_SHOWN]}…")


class PoseFields(QWidget):
    """Six fields. `edited` carries the new pose; nothing is changed here before the twin has changed."""

    edited = Signal(object)
    mistaken = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._pose = Pose()
        self._fields: list[QLineEdit] = []
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(6)
        grid.setVerticalSpacing(6)
        for row, (title, unit) in enumerate((("Position", "m"), ("Rotation", "°"))):
            label = QLabel(title)
            label.setProperty("role", "faint")
            grid.addWidget(label, row, 0)
            for column, axis in enumerate(_AXES):
                grid.addWidget(self._field(axis, title, unit), row, column + 1)
            unit_label = QLabel(unit)
            unit_label.setProperty("role", "faint")
            unit_label.setMinimumWidth(12)
            grid.addWidget(unit_label, row, 4)

    @property
    def fields(self) -> tuple[QLineEdit, ...]:
        """x, y, z, roll, pitch, yaw."""
        return tuple(self._fields)

    def set_pose(self, pose: Pose) -> None:
        """Show a pose; a field in which somebody is typing keeps its text."""
        self._pose = pose
        numbers = (*pose.xyz_m, *(math.degrees(a) for a in pose.rpy_rad()))
        for field, number, decimals in zip(self._fields, numbers, (4, 4, 4, 2, 2, 2), strict=True):
            if not (field.hasFocus() and field.isModified()):
                self._put(field, _written(number, decimals))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        escape = isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Escape
        if escape and isinstance(watched, QLineEdit):
            watched.setModified(False)
            self.set_pose(self._pose)
            watched.selectAll()
            return True
        return super().eventFilter(watched, event)

    def _field(self, axis: str, title: str, unit: str) -> QLineEdit:
        field = QLineEdit()
        field.setAccessibleName(f"{title} {axis}")
        field.setToolTip(
            f"{title} {axis} in {unit}, in the frame of its parent. Another unit may be typed, such as 250 mm or 0.5 rad"
        )
        field.setAlignment(Qt.AlignmentFlag.AlignRight)
        field.setMinimumWidth(52)
        field.installEventFilter(self)
        field.editingFinished.connect(lambda: self._finished(field))
        self._fields.append(field)
        return field

    def _finished(self, field: QLineEdit) -> None:
        if not field.isModified():
            return
        field.setModified(False)
        try:
            pose = self._typed(self._fields.index(field), field.text())
        except UserMistake as mistake:
            self.mistaken.emit(str(mistake))
            self.set_pose(self._pose)
            return
        self.edited.emit(pose)

    def _typed(self, which: int, text: str) -> Pose:
        if which < 3:
            xyz_m = list(self._pose.xyz_m)
            xyz_m[which] = number_in(text, "m")
            return self._pose.moved_to(xyz_m)
        angles = list(self._pose.rpy_rad())
        angles[which - 3] = math.radians(number_in(text, "deg"))
        return _rotated(self._pose, angles)

    def _put(self, field: QLineEdit, text: str) -> None:
        if field.text() != text:
            field.setText(text)
            field.setCursorPosition(0)
        field.setModified(False)


def _written(number: float, decimals: int) -> str:
    """As many decimals as it needs, so that a position in a long hall fits too."""
    text = f"{number:.{decimals}f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def _rotated(pose: Pose, rpy_rad: list[float]) -> Pose:
    """Another rotation at the same place; a scale that the pose has stays."""
    matrix = Pose.from_xyz_rpy(pose.xyz_m, rpy_rad).matrix()
    old = pose.matrix()[:3, :3]
    matrix[:3, :3] *= (old**2).sum(axis=0) ** 0.5
    return Pose.from_matrix(matrix)
