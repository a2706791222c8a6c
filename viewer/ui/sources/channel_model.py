"""The channels of one source as a table: tag, scale, unit, newest value, its age, and what it is bound to in the scene."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from viewer.base.clock import Clock
from viewer.base.ids import ChannelId, NodeId
from viewer.base.units import format_value, pretty_unit
from viewer.live.past_words import ChannelOrigin
from viewer.twin.channels import Condition
from viewer.twin.model import Twin
from viewer.ui.look import Look
from viewer.ui.services import StoreLike
from viewer.ui.sources.words import age_text
from viewer.ui.status import Status, status_pixmap
from viewer.ui.value_text import value_text

COLUMNS: Final = ("Channel", "Value", "Unit", "Age", "In the scene", "Tag", "Scale", "Dead band")
VALUE, AGE = 1, 3
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_STATUS: Final = {
    Condition.NORMAL: Status.GOOD,
    Condition.STALE: Status.STALE,
    Condition.BAD: Status.BAD,
    Condition.MISSING: Status.NONE,
}
_SAID: Final = {Condition.STALE: "stale", Condition.BAD: "bad", Condition.MISSING: "never seen"}
_Index = QModelIndex | QPersistentModelIndex


class ChannelModel(QAbstractTableModel):
    """Values are read for all rows at once; texts are made for the rows that are seen. Main thread."""

    def __init__(self, look: Look, clock: Clock) -> None:
        super().__init__()
        self._look, self._clock = look, clock
        self._twin = Twin()
        self.rows: tuple[ChannelOrigin, ...] = ()
        self._bound: dict[str, str] = {}
        self._empty()

    def show(self, rows: Sequence[ChannelOrigin], twin: Twin) -> None:
        """Show these channels; the twin says what each is bound to."""
        self.beginResetModel()
        self.rows, self._twin = tuple(rows), twin
        self._bound = _bound(twin)
        self._empty()
        self.endResetModel()

    def refresh(self, store: StoreLike) -> None:
        """Read the newest samples."""
        if not self.rows:
            return
        latest = store.latest([ChannelId(one.id) for one in self.rows])
        self._values, self._t_ns, self._condition = latest.values, latest.t_ns, latest.condition
        self.dataChanged.emit(self.index(0, VALUE), self.index(len(self.rows) - 1, AGE))

    def node_of(self, row: int) -> NodeId | None:
        """The node that a row's channel tells about."""
        channel = self._twin.channels.get(ChannelId(self.rows[row].id)) if 0 <= row < len(self.rows) else None
        if channel is None:
            return None
        if channel.node is not None:
            return channel.node
        return next((one.node for one in self._twin.bindings if one.channel == channel.id), None)

    def rowCount(self, parent: _Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    def columnCount(self, parent: _Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal:
            return COLUMNS[section]
        if role == Qt.ItemDataRole.TextAlignmentRole and section in (VALUE, AGE):
            return _RIGHT
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row, column = index.row(), index.column()
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._text(row, column)
            case Qt.ItemDataRole.ToolTipRole:
                return self._tip(row)
            case Qt.ItemDataRole.TextAlignmentRole if column in (VALUE, AGE):
                return _RIGHT
            case Qt.ItemDataRole.DecorationRole if column == 0:
                return status_pixmap(_STATUS[Condition(int(self._condition[row]))], self._look.theme)
            case Qt.ItemDataRole.ForegroundRole if column not in (0, VALUE):
                return self._look.theme.colour("text_soft")
            case _:
                return None

    def _text(self, row: int, column: int) -> str:
        one = self.rows[row]
        if column == VALUE:
            return self._value(row)
        if column == AGE:
            return age_text((self._clock.now_ns() - int(self._t_ns[row])) / 1e9 if self._condition[row] != 3 else float("nan"))
        dead = f"{one.dead_band:g}" if one.dead_band else ""
        scene = self._bound.get(one.id, "not in it")
        return (one.id, "", pretty_unit(one.unit), "", scene, one.tag, _scale(one), dead)[column]

    def _value(self, row: int) -> str:
        one, value = self.rows[row], float(self._values[row])
        condition = Condition(int(self._condition[row]))
        channel = self._twin.channels.get(ChannelId(one.id))
        if condition == Condition.MISSING:
            return _SAID[condition]
        text = format_value(value) if channel is None else value_text(channel, value)[0]
        return f"{text}  ({_SAID[condition]})" if condition in _SAID else text

    def _tip(self, row: int) -> str:
        one = self.rows[row]
        lines = [f"{one.id} from {one.source} ({one.kind})", f"tag {one.tag}" if one.tag else "", one.definition]
        return "\n".join(line for line in (*lines, f"value = {_scale(one) or 'tag'}") if line)

    def _empty(self) -> None:
        count = len(self.rows)
        self._values, self._t_ns = np.full(count, np.nan), np.zeros(count, np.int64)
        self._condition = np.full(count, Condition.MISSING, np.uint8)


def _scale(one: ChannelOrigin) -> str:
    """«0.1 × tag − 40»; empty where the value is the tag's own."""
    if one.scale == 1.0 and one.offset == 0.0:
        return ""
    text = "tag" if one.scale == 1.0 else f"{one.scale:g} × tag"
    return text if one.offset == 0.0 else f"{text} {'+' if one.offset > 0 else '−'} {abs(one.offset):g}"


def _bound(twin: Twin) -> dict[str, str]:
    """What people are told of each channel: its node and how it shows there."""
    found: dict[str, str] = {}
    for channel in twin.channels.values():
        node = twin.nodes.get(channel.node) if channel.node is not None else None
        found[channel.id] = node.name or str(node.id) if node is not None else "no node"
    for one in twin.bindings:
        node = twin.nodes.get(one.node)
        if node is not None:
            before = found.get(one.channel, "")
            how = f"{node.name or node.id} ({one.kind})"
            found[one.channel] = how if before in ("", "no node", node.name, node.id) else f"{before}, {how}"
    return found
