"""How things stand, in one word per channel and node: worst of condition and limits, with a shape for each word."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap, QPolygonF

from viewer.base.ids import ChannelId, NodeId
from viewer.twin.channels import Channel, Condition
from viewer.twin.model import Twin
from viewer.ui.painting import painting
from viewer.ui.theme import Theme


class Status(IntEnum):
    """From nothing to say to worst."""

    NONE = 0
    GOOD = 1
    STALE = 2
    WARNING = 3
    BAD = 4
    ALARM = 5


TEXTS = {
    Status.NONE: "No live value",
    Status.GOOD: "Normal",
    Status.STALE: "Stale: nothing new for two periods",
    Status.WARNING: "Outside its warning limits",
    Status.BAD: "Bad: the source itself does not trust it",
    Status.ALARM: "Outside its alarm limits",
}
TOKENS = {
    Status.NONE: "text_faint",
    Status.GOOD: "good",
    Status.STALE: "stale",
    Status.WARNING: "warning",
    Status.BAD: "bad",
    Status.ALARM: "alarm",
}
ICONS = {
    Status.NONE: "missing",
    Status.GOOD: "good",
    Status.STALE: "stale",
    Status.WARNING: "warning",
    Status.BAD: "bad",
    Status.ALARM: "alarm",
}


class StatusTable:
    """Judges all channels of a twin at once, and carries the worst up the tree. Made once per twin."""

    def __init__(self, twin: Twin) -> None:
        self.channels: tuple[ChannelId, ...] = tuple(sorted(twin.channels))
        records = [twin.channels[c] for c in self.channels]
        self._bounds = np.array([_bounds(c) for c in records]).reshape(-1, 4)
        pairs = [(i, node) for i, c in enumerate(records) for node in _nodes_above(twin, c)]
        self.nodes: tuple[NodeId, ...] = tuple(dict.fromkeys(node for _, node in pairs))
        row = {node: k for k, node in enumerate(self.nodes)}
        self._channel_of_pair = np.array([i for i, _ in pairs], dtype=np.intp)
        self._node_of_pair = np.array([row[node] for _, node in pairs], dtype=np.intp)

    def of_channels(self, values: NDArray[np.float64], condition: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """(channels,) `Status` of each, from values and conditions in this table's order."""
        lolo, lo, hi, hihi = self._bounds.T
        status = np.full(len(self.channels), Status.GOOD, dtype=np.uint8)
        status[(values < lo) | (values > hi)] = Status.WARNING
        status[(values < lolo) | (values > hihi)] = Status.ALARM
        status[condition == Condition.STALE] = Status.STALE
        status[condition == Condition.BAD] = Status.BAD
        status[condition == Condition.MISSING] = Status.NONE
        return status

    def of_nodes(self, of_channels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """(nodes,) the worst of the channels at or below each node of `nodes`."""
        worst = np.zeros(len(self.nodes), dtype=np.uint8)
        np.maximum.at(worst, self._node_of_pair, of_channels[self._channel_of_pair])
        return worst


def status_of(channel: Channel, value: float, condition: int) -> Status:
    """The status of one channel's value."""
    table = StatusTable(Twin().with_(channels=Twin().channels.set(channel.id, channel)))
    return Status(int(table.of_channels(np.array([value]), np.array([condition], np.uint8))[0]))


def draw_status(painter: QPainter, status: Status, box: QRectF, theme: Theme) -> None:
    """A mark whose shape tells as much as its colour: dot, hollow dot, triangle, crossed dot, square."""
    colour = theme.colour(TOKENS[status])
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(colour, 1.6))
    painter.setBrush(colour if status in (Status.GOOD, Status.WARNING, Status.ALARM) else Qt.BrushStyle.NoBrush)
    if status == Status.NONE:
        return
    if status == Status.WARNING:
        painter.drawPolygon(QPolygonF([QPointF(box.center().x(), box.top()), box.bottomRight(), box.bottomLeft()]))
    elif status == Status.ALARM:
        painter.drawRect(box)
    else:
        painter.drawEllipse(box)
        if status == Status.BAD:
            painter.drawLine(box.topLeft(), box.bottomRight())


def status_pixmap(status: Status, theme: Theme, size_px: int = 16, ratio: float = 2.0) -> QPixmap:
    """The mark as a picture."""
    picture = QPixmap(round(size_px * ratio), round(size_px * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(QColor(0, 0, 0, 0))
    with painting(picture) as painter:
        inset = size_px * 0.28
        draw_status(painter, status, QRectF(0, 0, size_px, size_px).adjusted(inset, inset, -inset, -inset), theme)
    return picture


def _bounds(channel: Channel) -> Sequence[float]:
    limits, inf = channel.limits, float("inf")
    return (
        -inf if limits.lolo is None else limits.lolo,
        -inf if limits.lo is None else limits.lo,
        inf if limits.hi is None else limits.hi,
        inf if limits.hihi is None else limits.hihi,
    )


def _nodes_above(twin: Twin, channel: Channel) -> Sequence[NodeId]:
    if channel.node is None or channel.node not in twin.nodes:
        return ()
    return (channel.node, *twin.ancestors(channel.node))
