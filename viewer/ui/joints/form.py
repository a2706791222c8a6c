"""The small form that binds a channel to a joint."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QCompleter, QGridLayout, QLabel, QPushButton, QWidget

from viewer.base.units import pretty_unit
from viewer.twin.channels import Binding, Channel
from viewer.twin.joints import Joint
from viewer.twin.mechanisms import channels_for
from viewer.twin.model import Twin

_MOST = 2000


class BindForm(QWidget):
    """Choose a joint and a channel that measures what it does."""

    bound = Signal(object)
    """The Binding that was asked for."""

    def __init__(self, twin: Twin, joints: Sequence[Joint]) -> None:
        super().__init__()
        self._twin = twin
        self._joints = tuple(joints)
        self._channels: list[Channel] = []
        self.joint, self.channel, self.button = QComboBox(), QComboBox(), QPushButton("Bind")
        for one in self._joints:
            self.joint.addItem(one.name, one.node)
        self.joint.setAccessibleName("Joint")
        self.channel.setAccessibleName("Channel")
        self.channel.setEditable(True)
        self.channel.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.channel.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.channel.setMinimumContentsLength(12)
        self._note = QLabel("Drive a joint by a channel")
        self._note.setProperty("role", "faint")
        self._note.setWordWrap(True)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 8, 0, 0)
        grid.setHorizontalSpacing(6)
        grid.setVerticalSpacing(4)
        grid.addWidget(self._note, 0, 0, 1, 3)
        for column, widget in enumerate((self.joint, self.channel, self.button)):
            grid.addWidget(widget, 1, column)
        grid.setColumnStretch(1, 1)
        self.joint.currentIndexChanged.connect(self._fill)
        self.button.clicked.connect(self._bind)
        self._fill()

    def choose(self, node: str, channel: str) -> None:
        """Show a joint and a channel as chosen."""
        self.joint.setCurrentIndex(self.joint.findData(node))
        self.channel.setCurrentIndex(self.channel.findData(channel))

    def _fill(self) -> None:
        """The channels that fit the chosen joint."""
        self.channel.clear()
        at = self.joint.currentIndex()
        self._channels = channels_for(self._twin, self._joints[at])[:_MOST] if at >= 0 else []
        for one in self._channels:
            self.channel.addItem(f"{one.id} ({pretty_unit(one.unit)})", one.id)
        completer = QCompleter(self.channel.model(), self.channel)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.channel.setCompleter(completer)
        has = bool(self._channels)
        for widget in (self.channel, self.button):
            widget.setEnabled(has)
        wanted = "an angle" if at >= 0 and self._joints[at].kind == "revolute" else "a length"
        self._note.setText("Drive a joint by a channel" if has else f"No channel of the scene measures {wanted} for this joint")

    def _bind(self) -> None:
        joint, text = self.joint.currentData(), self.channel.currentText()
        at = self.channel.findText(text)
        if joint is not None and at >= 0:
            self.bound.emit(Binding("joint", self.channel.itemData(at), joint))
