"""Puts the joints of a selected robot into the inspector, and homing into the menu."""

from __future__ import annotations

from typing import TYPE_CHECKING

import shiboken6
from PySide6.QtWidgets import QWidget

from viewer.base.ids import NodeId
from viewer.twin.channels import Binding
from viewer.twin.deltas import Delta
from viewer.twin.edits_joints import SetJoint
from viewer.twin.edits_process import BindChannel, UnbindChannel
from viewer.twin.mechanisms import driver_of, homing, joints_below, leading, mechanism_of
from viewer.twin.model import Twin
from viewer.ui.actions import ActionSpec
from viewer.ui.joints.panel import JointsPanel
from viewer.ui.live_updates import Snapshot

if TYPE_CHECKING:
    from viewer.ui.main_window import MainWindow


class JointsFeature:
    """Main thread."""

    def __init__(self, window: MainWindow) -> None:
        self._w = window
        self.panel: JointsPanel | None = None
        self._snapshot: Snapshot | None = None
        window.inspector.sections.insert(0, self._section)
        window.link.followers.append(self._follow)
        window.live.refreshed.connect(self._refresh)
        window.actions_.add(
            ActionSpec("joints.home", "Send Robot Home", self.home_selected, "Tools", enabled=self._has_joints, group="joints")
        )

    def home_selected(self) -> None:
        """All joints of the selected robot to zero."""
        mechanism = self._mechanism()
        if mechanism is not None:
            self._home(mechanism)

    def _section(self, twin: Twin, node: NodeId) -> tuple[str, QWidget] | None:
        self.panel = None
        mechanism = mechanism_of(twin, node) if twin.joints else None
        if mechanism is None:
            return None
        panel = self.panel = JointsPanel(twin, mechanism, node, self._w.look)
        panel.home_asked.connect(lambda one: self._home(NodeId(one)))
        for row in panel.rows.values():
            row.jogged.connect(self._jog)
            row.chosen.connect(self._set)
            row.unbind_asked.connect(self._unbind)
            row.mistaken.connect(lambda text: self._w.notifications.say(text, "warning"))
        if panel.form is not None:
            panel.form.bound.connect(self._bind)
        if self._snapshot is not None:
            panel.refresh(self._snapshot)
        return f"Joints · {len(leading(twin, joints_below(twin, mechanism)))}", panel

    def _shown(self) -> JointsPanel | None:
        """The panel, unless the inspector has thrown it away."""
        return self.panel if self.panel is not None and shiboken6.isValid(self.panel) else None

    def _follow(self, twin: Twin, _delta: Delta | None) -> None:
        panel = self._shown()
        if panel is not None:
            panel.show_twin(twin)

    def _refresh(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        panel = self._shown()
        if panel is not None and panel.isVisible():
            panel.refresh(snapshot)

    def _jog(self, node: str, value: float) -> None:
        document = self._w.services.document
        if document is not None:
            self._w.link.try_(lambda: document.preview(SetJoint(NodeId(node), value)))

    def _set(self, node: str, value: float) -> None:
        document = self._w.services.document
        if document is None:
            return
        if not self._w.edit(SetJoint(NodeId(node), value)):
            document.end_preview()
        self._follow(self._w.twin, None)

    def _home(self, mechanism: NodeId) -> None:
        self._w.edit(homing(self._w.twin, mechanism))

    def _bind(self, binding: Binding) -> None:
        self._w.edit(BindChannel(binding))

    def _unbind(self, node: str) -> None:
        twin = self._w.twin
        driver = driver_of(twin, twin.joints[NodeId(node)])
        if driver is not None:
            self._w.edit(UnbindChannel(driver))

    def _mechanism(self) -> NodeId | None:
        node = self._w.selection.primary
        return mechanism_of(self._w.twin, node) if node is not None and node in self._w.twin.nodes else None

    def _has_joints(self) -> bool:
        return bool(self._w.twin.joints) and self._mechanism() is not None


def install(window: MainWindow) -> JointsFeature:
    """See `viewer.ui.features`."""
    return JointsFeature(window)
