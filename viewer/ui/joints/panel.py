"""The section «Joints» of the inspector: a row for each joint of the selected robot, Home, and the form that binds channels."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from viewer.base.ids import NodeId
from viewer.twin.joints import Joint, followers
from viewer.twin.mechanisms import driver_of, joints_below, leading
from viewer.twin.model import Twin
from viewer.ui.joints.form import BindForm
from viewer.ui.joints.row import JointRow
from viewer.ui.live_updates import Snapshot
from viewer.ui.look import Look

MOST_ROWS = 40


class JointsPanel(QWidget):
    """Of one mechanism. Main thread."""

    home_asked = Signal(str)

    def __init__(self, twin: Twin, mechanism: NodeId, selected: NodeId, look: Look) -> None:
        super().__init__()
        self.mechanism = mechanism
        self.rows: dict[NodeId, JointRow] = {}
        self.form: BindForm | None = None
        self.home = QPushButton("Home")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        joints = leading(twin, joints_below(twin, mechanism))
        layout.addLayout(self._head(twin, mechanism, joints))
        for joint in joints[:MOST_ROWS]:
            layout.addWidget(self._row(twin, joint, selected, look))
        if len(joints) > MOST_ROWS:
            layout.addWidget(QLabel(f"and {len(joints) - MOST_ROWS} more; select a part below to see its own"))
        if twin.channels and joints:
            self.form = BindForm(twin, [one for one in joints if driver_of(twin, one) is None])
            self.form.setVisible(self.form.joint.count() > 0)
            layout.addWidget(self.form)

    def show_twin(self, twin: Twin) -> None:
        """Where the joints stand now."""
        for node, row in self.rows.items():
            if node in twin.joints:
                row.show_joint(twin.joints[node])

    def refresh(self, snapshot: Snapshot) -> None:
        """The newest values of the channels that drive joints."""
        for row in self.rows.values():
            if row.channel is not None:
                value, condition, _, _ = snapshot.of(row.channel.id)
                row.show_live(value, condition)

    def _head(self, twin: Twin, mechanism: NodeId, joints: tuple[Joint, ...]) -> QHBoxLayout:
        name = QLabel(twin.nodes[mechanism].name or mechanism)
        name.setProperty("role", "faint")
        free = [one for one in joints if driver_of(twin, one) is None]
        self.home.setEnabled(bool(free))
        self.home.setToolTip(
            "All joints to zero, or as near as their limits allow" if free else "Channels drive all joints of this robot"
        )
        self.home.clicked.connect(lambda: self.home_asked.emit(self.mechanism))
        head = QHBoxLayout()
        head.addWidget(name, 1)
        head.addWidget(self.home)
        return head

    def _row(self, twin: Twin, joint: Joint, selected: NodeId, look: Look) -> JointRow:
        also = tuple(twin.joints[one.node].name for one in followers(twin.joints, joint.node)[1:] if one.node in twin.joints)
        row = JointRow(joint, look, is_selected=joint.node == selected, followers=also)
        driver = driver_of(twin, joint)
        if driver is not None:
            row.lock(twin.channels[driver.channel])
        self.rows[joint.node] = row
        return row
