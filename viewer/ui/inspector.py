"""The inspector: all that is known about the selected node, live and typed."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QScrollArea, QStackedLayout, QVBoxLayout, QWidget

from viewer.base.frames import Pose
from viewer.base.ids import NodeId
from viewer.base.units import grouped, pretty_unit
from viewer.twin.channels import Channel, Condition
from viewer.twin.edits_nodes import MoveNode
from viewer.twin.model import Twin
from viewer.twin.process import Characteristic
from viewer.ui.elided import Elided, has_long_word
from viewer.ui.empty_state import EmptyState
from viewer.ui.icons import pixmap
from viewer.ui.live_row import LiveRow
from viewer.ui.live_updates import Snapshot
from viewer.ui.look import Look
from viewer.ui.node_facts import characteristics_of, identity_facts, link_facts, title_of
from viewer.ui.overview import Overview
from viewer.ui.pose_fields import PoseFields
from viewer.ui.section import Section, facts_grid
from viewer.ui.selection import Selection
from viewer.ui.services import FeedLike
from viewer.ui.studies.tolerance_bar import ToleranceBar, is_within

_MOST_ROWS = 12
"""Live channels shown at once; a hall has thousands below it."""
_CURVE_S = 60.0


class Inspector(QWidget):
    """Speaks of the primary selected node. Main thread."""

    edit_asked = Signal(object)
    mistaken = Signal(str)
    trend_asked = Signal(str)
    nodes_asked = Signal(object)
    """list of NodeId that the overview was asked to show."""

    def __init__(self, selection: Selection, look: Look) -> None:
        super().__init__()
        self.setObjectName("panelBody")
        self._selection, self._look = selection, look
        self._twin, self._feed = Twin(), None
        self._folded: set[str] = set()
        self._rows: list[LiveRow] = []
        self._bars: list[tuple[Characteristic, ToleranceBar, QLabel]] = []
        self.sections: list[Callable[[Twin, NodeId], tuple[str, QWidget] | None]] = []
        """What features tell of a node: a title and a body, or None where they have nothing to tell."""
        self._snapshot: Snapshot | None = None
        self._curves_ns = 0
        self.pose: PoseFields | None = None
        self._empty = EmptyState("inspector", "No scene", "Open a scene to see what is known about it and its parts.", look)
        self.overview = Overview(look)
        self.overview.trend_asked.connect(self.trend_asked)
        self.overview.nodes_asked.connect(self.nodes_asked)
        self._scroll = QScrollArea()
        self._scroll.setObjectName("panelScroll")
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self._scroll)
        self._stack.addWidget(self.overview)
        selection.changed.connect(self._build)
        look.changed.connect(self._build)

    def set_feed(self, feed: FeedLike | None) -> None:
        self._feed = feed

    def set_twin(self, twin: Twin, moved: frozenset[NodeId] | None = None) -> None:
        """Speak of another twin; where only poses changed, only the pose is shown anew."""
        self._twin = twin
        node = self._selection.primary
        if moved is not None and self.pose is not None and node is not None and node in twin.nodes:
            if node in moved:
                self.pose.set_pose(twin.nodes[node].parent_from_node)
            return
        if moved is None:
            self.overview.set_twin(twin)
        self._build()

    def refresh(self, snapshot: Snapshot) -> None:
        """Show the newest values; curves twice a second."""
        self._snapshot = snapshot
        if not self.isVisible():
            return
        if self._stack.currentWidget() is self.overview:
            self.overview.refresh(snapshot)
            return
        for row in self._rows:
            value, condition, status, t_ns = snapshot.of(row.channel.id)
            row.show_value(value, condition, status, max(0.0, (snapshot.t_ns - t_ns) / 1e9))
        for characteristic, bar, label in self._bars:
            self._show_measured(characteristic, bar, label, snapshot)
        if abs(snapshot.t_ns - self._curves_ns) >= 0.5e9:
            self._curves_ns = snapshot.t_ns
            self._draw_curves(snapshot.t_ns)

    def _build(self) -> None:
        node = self._selection.primary
        self._rows, self._bars, self.pose = [], [], None
        if node is None or node not in self._twin.nodes:
            self._stack.setCurrentWidget(self.overview if self._twin.nodes else self._empty)
            self._scroll.setWidget(QWidget())
            if self._snapshot is not None and self._twin.nodes:
                self.overview.refresh(self._snapshot)
            return
        body = QWidget()
        body.setObjectName("panelBody")
        layout = QVBoxLayout(body)
        layout.setContentsMargins(0, 0, 0, 12)
        layout.setSpacing(0)
        for widget in (
            self._heading(node),
            self._live_section(node),
            self._pose_section(node),
            self._tolerance_section(node),
            *(self._added_section(tell, node) for tell in self.sections),
            self._facts_section("Links", link_facts(self._twin, node)),
        ):
            if widget is not None:
                layout.addWidget(widget)
        layout.addStretch(1)
        at = self._scroll.verticalScrollBar().value()
        self._scroll.setWidget(body)
        self._scroll.verticalScrollBar().setValue(at)
        self._stack.setCurrentWidget(self._scroll)
        self._curves_ns = 0
        if self._snapshot is not None:
            self.refresh(self._snapshot)

    def _heading(self, node_id: NodeId) -> QWidget:
        node, more = self._twin.nodes[node_id], len(self._selection.ids) - 1
        box, mark, text = QWidget(), QLabel(), title_of(self._twin, node_id)
        title = Elided(text, text) if has_long_word(text) else QLabel(text)
        title.setProperty("role", "title")
        if not isinstance(title, Elided):
            title.setWordWrap(True)
            title.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        name = f"kind.{node.kind}"
        mark.setPixmap(pixmap(name if name in _known_icons() else "node", self._look.theme, "accent", 20))
        grid = QGridLayout(box)
        grid.setContentsMargins(14, 14, 14, 12)
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        grid.addWidget(mark, 0, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(title, 0, 1)
        if more:
            note = QLabel(f"and {grouped(more)} more selected")
            note.setProperty("role", "faint")
            grid.addWidget(note, 1, 1)
        grid.addWidget(facts_grid(identity_facts(self._twin, node_id)), 2, 0, 1, 2)
        return box

    def _section(self, title: str) -> Section:
        key = title.split(" · ")[0]
        section = Section(title, self._look, is_folded=key in self._folded)
        section.folded.connect(lambda folded: self._folded.add(key) if folded else self._folded.discard(key))
        return section

    def _live_section(self, node: NodeId) -> QWidget | None:
        if not self._twin.channels:
            return None  # a file of geometry: nothing lives in it
        channels = self._channels_at(node)
        section = self._section(f"Live values · {len(channels)}" if channels else "Live values")
        for channel in channels[:_MOST_ROWS]:
            row = LiveRow(channel, self._look)
            row.trend_asked.connect(self.trend_asked)
            self._rows.append(row)
            section.rows.addWidget(row)
        if len(channels) > _MOST_ROWS:
            section.rows.addWidget(_faint(f"and {len(channels) - _MOST_ROWS} more; select a part below to see its own"))
        if not channels:
            section.rows.addWidget(
                _faint("No channel tells about this node. A [[channel]] with its id as node in the scene file would.")
            )
        return section

    def _channels_at(self, node: NodeId) -> list[Channel]:
        own = self._twin.channels_of([node])
        return own or self._twin.channels_of(self._twin.descendants(node))

    def _pose_section(self, node: NodeId) -> QWidget:
        section = self._section("Pose in parent")
        self.pose = PoseFields()
        self.pose.set_pose(self._twin.nodes[node].parent_from_node)
        self.pose.edited.connect(lambda pose: self._move(node, pose))
        self.pose.mistaken.connect(self.mistaken)
        section.rows.addWidget(self.pose)
        return section

    def _move(self, node: NodeId, pose: Pose) -> None:
        self.edit_asked.emit(MoveNode(node, pose))

    def _tolerance_section(self, node: NodeId) -> QWidget | None:
        characteristics = characteristics_of(self._twin, self._twin.descendants(node))
        if not characteristics:
            return None
        section = self._section(f"Dimensions and tolerances · {len(characteristics)}")
        for characteristic in characteristics[:_MOST_ROWS]:
            section.rows.addWidget(self._tolerance_row(characteristic))
        if len(characteristics) > _MOST_ROWS:
            section.rows.addWidget(_faint(f"and {len(characteristics) - _MOST_ROWS} more"))
        return section

    def _tolerance_row(self, characteristic: Characteristic) -> QWidget:
        box, bar, measured = QWidget(), ToleranceBar(characteristic, self._look), QLabel("not measured")
        unit = pretty_unit(characteristic.unit)
        wanted = QLabel(f"{characteristic.nominal:g} {_deviation(characteristic)} {unit}")
        wanted.setProperty("role", "soft")
        measured.setProperty("role", "faint")
        grid = QGridLayout(box)
        grid.setContentsMargins(0, 2, 0, 4)
        grid.setVerticalSpacing(2)
        grid.addWidget(QLabel(characteristic.name), 0, 0)
        grid.addWidget(wanted, 0, 1, Qt.AlignmentFlag.AlignRight)
        grid.addWidget(bar, 1, 0)
        grid.addWidget(measured, 1, 1, Qt.AlignmentFlag.AlignRight)
        grid.setColumnStretch(0, 1)
        box.setToolTip(characteristic.id)
        self._bars.append((characteristic, bar, measured))
        return box

    def _show_measured(self, characteristic: Characteristic, bar: ToleranceBar, label: QLabel, snapshot: Snapshot) -> None:
        if characteristic.channel is None:
            return
        value, condition, _, _ = snapshot.of(characteristic.channel)
        bar.set_measured(math.nan if condition == Condition.MISSING else value)
        if condition == Condition.MISSING:
            label.setText("not measured")
            return
        inside = is_within(characteristic, value)
        verdict = "stale" if condition != Condition.NORMAL else "in tolerance" if inside else "out of tolerance"
        label.setText(f"{grouped(value, 3)} {pretty_unit(characteristic.unit)} · {verdict}")
        token = "text_faint" if condition != Condition.NORMAL else "text" if inside else "alarm"
        label.setStyleSheet(f"color: {self._look.theme.colours[token]};")

    def _facts_section(self, title: str, facts: list[tuple[str, str]]) -> QWidget | None:
        if not facts:
            return None
        section = self._section(title)
        section.rows.addWidget(facts_grid(facts))
        return section

    def _added_section(self, tell: Callable[[Twin, NodeId], tuple[str, QWidget] | None], node: NodeId) -> QWidget | None:
        told = tell(self._twin, node)
        if told is None:
            return None
        section = self._section(told[0])
        section.rows.addWidget(told[1])
        return section

    def _draw_curves(self, now_ns: int) -> None:
        if self._feed is None:
            return
        for row in self._rows:
            t_ns, values = self._feed.store.range(row.channel.id, now_ns - round(_CURVE_S * 1e9), now_ns)
            row.show_curve((t_ns - now_ns).astype(np.float64) / 1e9, values)


def _faint(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("role", "faint")
    label.setWordWrap(True)
    return label


def _deviation(characteristic: Characteristic) -> str:
    if characteristic.lower == -characteristic.upper:
        return f"± {characteristic.upper:g}"
    return f"{characteristic.upper:+g} / {characteristic.lower:+g}".replace("-", "\u2212")


def _known_icons() -> frozenset[str]:
    from viewer.ui.icons import NAMES

    return frozenset(NAMES)
