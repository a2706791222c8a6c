"""One joint in the inspector: its name, a slider between its limits, its value as a field that can be typed into."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QObject, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QLineEdit, QSlider, QToolButton, QWidget

from viewer.base.errors import UserMistake
from viewer.base.units import grouped, pretty_unit
from viewer.twin.channels import Channel, Condition
from viewer.twin.joints import Joint
from viewer.twin.mechanisms import value_from
from viewer.ui.icons import icon
from viewer.ui.look import Look
from viewer.ui.pose_fields import number_in

_STEPS = 2000
_REACH_M = 1.0
"""How far a slider goes where a shifting joint has no limits."""


class _Slider(QSlider):
    """A slider that leaves the wheel to the panel it scrolls in."""

    def wheelEvent(self, e: QWheelEvent) -> None:
        e.ignore()


class JointRow(QWidget):
    """A joint that can be set, or that a channel drives."""

    jogged = Signal(str, float)
    """Node and value while the slider is dragged."""
    chosen = Signal(str, float)
    """Node and value when it is let go, stepped or typed."""
    mistaken = Signal(str)
    unbind_asked = Signal(str)

    def __init__(self, joint: Joint, look: Look, *, is_selected: bool = False, followers: tuple[str, ...] = ()) -> None:
        super().__init__()
        self.joint, self.channel = joint, None
        self._look = look
        self._low, self._high = _range(joint)
        self._name, self._note = QLabel(joint.name), QLabel()
        self.slider, self.field = _Slider(Qt.Orientation.Horizontal), QLineEdit()
        self._unbind = QToolButton()
        self._build(is_selected, followers)
        self.show_joint(joint)

    def show_joint(self, joint: Joint) -> None:
        """Where it stands now."""
        self.joint = joint
        if self.channel is None:
            self._show(joint.value)

    def lock(self, channel: Channel) -> None:
        """A channel drives it: only its live value is shown."""
        self.channel = channel
        self.slider.setEnabled(False)
        self.field.setReadOnly(True)
        self._unbind.setVisible(True)
        self._say(f"driven by {channel.name or channel.id}", "accent")
        self.setToolTip(f"The channel {channel.id} drives this joint; unbind it to set it by hand")

    def show_live(self, value: float, condition: Condition) -> None:
        """The driving channel's newest value, also beyond the limits."""
        if self.channel is None:
            return
        name = self.channel.name or self.channel.id
        if math.isnan(value) or condition == Condition.MISSING:
            self._say(f"driven by {name}, never seen", "text_faint")
            return
        own = value_from(self.joint, self.channel, value)
        self._show(own)
        if condition != Condition.NORMAL:
            self._say(f"driven by {name}, {'stale' if condition == Condition.STALE else 'source says bad'}", "text_faint")
        elif not self.joint.is_outside(own):
            self._say(f"driven by {name}", "accent")

    def note(self) -> str:
        """What is said beside the name: who drives it, or that it is beyond its limits."""
        return self._note.text()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        escape = isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Escape
        if escape and watched is self.field and self.field.isModified():
            self.field.setModified(False)
            self.show_joint(self.joint)
            self.field.selectAll()
            return True
        return super().eventFilter(watched, event)

    def _show(self, value: float) -> None:
        people = _for_people(self.joint, value)
        if not (self.field.hasFocus() and self.field.isModified()):
            self.field.setText(grouped(people, 1 if self.joint.kind == "revolute" else 4))
            self.field.setCursorPosition(0)
        if not self.slider.isSliderDown():
            with QSignalBlocker(self.slider):
                self.slider.setValue(round((value - self._low) / (self._high - self._low) * _STEPS))
        if self.joint.is_outside(value):
            self._say("outside its limits", "alarm")
        elif self.channel is None:
            self._say("", "text_faint")

    def _say(self, text: str, token: str) -> None:
        if self._note.text() != text:
            self._note.setText(text)
        self._note.setStyleSheet(f"color: {self._look.theme.colours[token]}; font-size: 11px;")

    def _value_of(self, place: int) -> float:
        return self._low + (self._high - self._low) * place / _STEPS

    def _slid(self, place: int) -> None:
        value = self._value_of(place)
        if self.slider.isSliderDown():
            self.jogged.emit(self.joint.node, value)
        else:
            self.chosen.emit(self.joint.node, value)

    def _released(self) -> None:
        self.chosen.emit(self.joint.node, self._value_of(self.slider.value()))

    def _typed(self) -> None:
        if not self.field.isModified():
            return
        self.field.setModified(False)
        try:
            number = number_in(self.field.text(), self.joint.unit)
        except UserMistake as mistake:
            self.mistaken.emit(str(mistake))
            self.show_joint(self.joint)
            return
        self.chosen.emit(self.joint.node, math.radians(number) if self.joint.kind == "revolute" else number)

    def _build(self, is_selected: bool, followers: tuple[str, ...]) -> None:
        unit, joint = pretty_unit(self.joint.unit), self.joint
        self._name.setProperty("role", "title2" if is_selected else "soft")
        if is_selected:
            font = self._name.font()
            font.setBold(True)
            self._name.setFont(font)
        self.slider.setRange(0, _STEPS)
        self.slider.setSingleStep(_STEPS // 200)
        self.slider.setPageStep(_STEPS // 20)
        self.slider.setAccessibleName(joint.name)
        self.slider.valueChanged.connect(self._slid)
        self.slider.sliderReleased.connect(self._released)
        self.field.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.field.setFixedWidth(76)
        self.field.setAccessibleName(f"{joint.name} in {unit}")
        self.field.setToolTip(f"{joint.name} in {unit}; another unit may be typed, such as {_example(joint)}")
        self.field.installEventFilter(self)
        self.field.editingFinished.connect(self._typed)
        self._unbind.setIcon(icon("close", self._look.theme, "text_faint"))
        self._unbind.setToolTip("Unbind the channel from this joint")
        self._unbind.setVisible(False)
        self._unbind.clicked.connect(lambda: self.unbind_asked.emit(self.joint.node))
        low, high = (QLabel(_limit(joint, value)) for value in (joint.low, joint.high))
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 2, 0, 4)
        grid.setHorizontalSpacing(6)
        grid.setVerticalSpacing(1)
        grid.addWidget(self._name, 0, 0, 1, 2)
        grid.addWidget(self._note, 0, 2, Qt.AlignmentFlag.AlignRight)
        grid.addWidget(self._unbind, 0, 3)
        grid.addWidget(self.field, 0, 4)
        mark = QLabel(unit)
        mark.setProperty("role", "faint")
        mark.setMinimumWidth(12)
        grid.addWidget(mark, 0, 5)
        for label, column, side in ((low, 0, Qt.AlignmentFlag.AlignRight), (high, 4, Qt.AlignmentFlag.AlignLeft)):
            label.setProperty("role", "faint")
            label.setMinimumWidth(46)
            grid.addWidget(label, 1, column, side)
        grid.addWidget(self.slider, 1, 1, 1, 3)
        if followers:
            also = QLabel(f"moves too: {', '.join(followers[:6])}{' …' if len(followers) > 6 else ''}")
            also.setProperty("role", "faint")
            also.setWordWrap(True)
            grid.addWidget(also, 2, 0, 1, 6)
        grid.setColumnStretch(2, 1)


def _range(joint: Joint) -> tuple[float, float]:
    """What the slider spans: the limits; a full turn or a metre where there are none."""
    reach = math.pi if joint.kind == "revolute" else _REACH_M
    low = -reach if joint.low is None else joint.low
    high = reach if joint.high is None else joint.high
    return (low, high) if high > low else (low, low + 1e-6)


def _for_people(joint: Joint, value: float) -> float:
    return math.degrees(value) if joint.kind == "revolute" else value


def _limit(joint: Joint, value: float | None) -> str:
    if value is None:
        return "endless"
    if joint.kind == "revolute":
        return f"{grouped(math.degrees(value), 0)}°"
    return f"{grouped(value, 3)}"


def _example(joint: Joint) -> str:
    return "0.5 rad" if joint.kind == "revolute" else "250 mm"
