"""The editable table of bindings: what stands in its cells, what is wrong with each, and what it would write."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal

from viewer.base.ids import ChannelId, NodeId
from viewer.twin.model import Twin
from viewer.ui.look import Look
from viewer.ui.sources.binding_rows import BindingRow, mistakes, number, twice

HEADERS: Final = {
    "tag": "Source tag",
    "value": "Seen",
    "score": "Score",
    "channel": "Channel",
    "unit": "Unit",
    "kind": "Kind",
    "scale": "Scale",
    "offset": "Offset",
    "dead_band": "Dead band",
    "period_s": "Period s",
    "node": "Node",
}
_TIPS: Final = {
    "tag": "As the source names it: a node id, a topic, a column",
    "value": "What the source said when it was looked into",
    "score": "How well the names agree, 0 to 1; unit and kind count too",
    "channel": "Id of the channel that it becomes",
    "unit": "Of the channel: mm, N*m, degC, 1/min, bar …",
    "kind": "measurement, state, position, counter or setpoint",
    "scale": "value of the channel = scale × value of the tag + offset",
    "offset": "value of the channel = scale × value of the tag + offset",
    "dead_band": "In the channel's unit: less than that is not news",
    "period_s": "Longest regular time between two samples",
    "node": "The node of the scene that it tells about; empty: none",
}
_EDITED: Final = ("tag", "channel", "unit", "kind", "scale", "offset", "dead_band", "period_s", "node")
_RIGHT: Final = ("score", "scale", "offset", "dead_band", "period_s", "value")
_Index = QModelIndex | QPersistentModelIndex


class BindingModel(QAbstractTableModel):
    """Rows with `columns` of HEADERS; with a tick where `ticked`. Main thread."""

    changed = Signal()
    """What would be written is another, or what is wrong with it."""

    def __init__(self, look: Look, *, proposals: bool = False) -> None:
        super().__init__()
        self._look, self._twin, self._ticked = look, Twin(), proposals
        self.columns = tuple(one for one in HEADERS if proposals or one not in ("value", "score"))
        self.rows: list[BindingRow] = []
        self.wrong: dict[int, dict[str, str]] = {}
        """One sentence by row and field."""

    def show(self, rows: Iterable[BindingRow], twin: Twin) -> None:
        """Show these rows."""
        self.beginResetModel()
        self.rows, self._twin = list(rows), twin
        self._judge()
        self.endResetModel()
        self.changed.emit()

    def add(self, row: BindingRow | None = None) -> QModelIndex:
        """A further row; its first cell."""
        at = len(self.rows)
        self.beginInsertRows(QModelIndex(), at, at)
        self.rows.append(row or BindingRow())
        self._judge()
        self.endInsertRows()
        self.changed.emit()
        return self.index(at, 0)

    def remove(self, numbers: Sequence[int]) -> None:
        """Take these rows out."""
        self.beginResetModel()
        gone = set(numbers)
        self.rows = [row for at, row in enumerate(self.rows) if at not in gone]
        self._judge()
        self.endResetModel()
        self.changed.emit()

    def tick(self, numbers: Iterable[int], *, taken: bool) -> None:
        """Take these rows, or leave them out."""
        for at in numbers:
            self.rows[at] = replace(self.rows[at], taken=taken)
        self._judged()

    def show_values(self, values: Mapping[str, str]) -> None:
        """The newest values that were seen, by tag."""
        self.rows = [replace(row, value=values[row.tag]) if row.tag in values else row for row in self.rows]
        if self.rows and "value" in self.columns:
            column = self.columns.index("value")
            self.dataChanged.emit(self.index(0, column), self.index(len(self.rows) - 1, column))

    def first_mistake(self) -> tuple[int, str, str] | None:
        """Row, field and sentence of the first cell that is wrong in a row that is to be written."""
        for at in sorted(self.wrong):
            for field in self.columns:
                if field in self.wrong[at]:
                    return at, field, self.wrong[at][field]
        return None

    def taken(self) -> list[BindingRow]:
        """The rows that are to be written."""
        return [row for row in self.rows if row.taken]

    def rowCount(self, parent: _Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    def columnCount(self, parent: _Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        field = self.columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return HEADERS[field]
        return _TIPS[field] if role == Qt.ItemDataRole.ToolTipRole else None

    def flags(self, index: _Index) -> Qt.ItemFlag:
        flags = Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEnabled
        if self.columns[index.column()] in _EDITED:
            flags |= Qt.ItemFlag.ItemIsEditable
        if self._ticked and index.column() == 0:
            flags |= Qt.ItemFlag.ItemIsUserCheckable
            flags &= ~Qt.ItemFlag.ItemIsEditable
        return flags

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        at, field = index.row(), self.columns[index.column()]
        row, wrong = self.rows[at], self.wrong.get(at, {}).get(field, "")
        match role:
            case Qt.ItemDataRole.DisplayRole if field in ("scale", "offset") and row.taken and not wrong:
                return f"{number(getattr(row, field)):.6g}"
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.EditRole:
                return self._text(row, field)
            case Qt.ItemDataRole.CheckStateRole if self._ticked and index.column() == 0:
                return Qt.CheckState.Checked if row.taken else Qt.CheckState.Unchecked
            case Qt.ItemDataRole.ToolTipRole:
                return wrong or (row.why if field in ("score", "channel") and row.why else f"{row.tag}\n{_TIPS[field]}")
            case Qt.ItemDataRole.TextAlignmentRole if field in _RIGHT:
                return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            case Qt.ItemDataRole.BackgroundRole if wrong:
                return self._look.theme.colour("alarm", 0.22)
            case Qt.ItemDataRole.ForegroundRole if not row.taken or field in ("value", "score"):
                return self._look.theme.colour("text_faint" if not row.taken else "text_soft")
            case _:
                return None

    def setData(self, index: _Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        at, field = index.row(), self.columns[index.column()]
        if role == Qt.ItemDataRole.CheckStateRole:
            self.rows[at] = replace(self.rows[at], taken=Qt.CheckState(value) == Qt.CheckState.Checked)
        elif role == Qt.ItemDataRole.EditRole and field in _EDITED:
            self.rows[at] = self._written(self.rows[at], field, str(value).strip())
        else:
            return False
        self._judged()
        return True

    def _written(self, row: BindingRow, field: str, text: str) -> BindingRow:
        """The row with another text in a cell; a channel that the scene knows brings its unit, kind and node along."""
        changes = {field: text}
        known = self._twin.channels.get(ChannelId(text)) if field == "channel" else None
        if known is not None:
            changes |= {"kind": known.kind, "node": str(known.node or row.node)}
            changes |= {} if row.unit else {"unit": known.unit}
        if field == "node" and text not in self._twin.nodes:
            by_name = [node.id for node in self._twin.nodes.values() if node.name == text]
            changes |= {"node": str(by_name[0])} if len(by_name) == 1 else {}
        return replace(row, **changes)

    def _text(self, row: BindingRow, field: str) -> str:
        if field == "score":
            return "" if math.isnan(row.score) else "new" if row.score == 0 else f"{row.score:.2f}"
        return getattr(row, field)

    def _judged(self) -> None:
        self._judge()
        if self.rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.rows) - 1, len(self.columns) - 1))
        self.changed.emit()

    def _judge(self) -> None:
        found = {at: mistakes(row, self._is_node) for at, row in enumerate(self.rows) if row.taken}
        for at, more in twice(self.rows).items():
            found[at] = {**more, **found.get(at, {})}
        self.wrong = {at: one for at, one in found.items() if one}

    def _is_node(self, node: str) -> bool:
        return NodeId(node) in self._twin.nodes
