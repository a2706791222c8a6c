"""The scene's tree as Qt's item model, straight over the twin: no item objects, nothing copied."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, Qt, Signal
from PySide6.QtGui import QColor, QPixmap

from viewer.base.ids import ROOT, NodeId
from viewer.twin.deltas import Delta
from viewer.twin.model import Twin
from viewer.ui.icons import icon, kind_icon
from viewer.ui.indices import TOP, Index
from viewer.ui.look import Look
from viewer.ui.node_facts import title_of
from viewer.ui.scene_filter import SceneFilter
from viewer.ui.status import TEXTS, Status, status_pixmap

NAME, STATUS, EYE = range(3)
_ROLE = Qt.ItemDataRole


class SceneModel(QAbstractItemModel):
    """Rows are nodes; an index carries the number of its node. Main thread."""

    renamed = Signal(str, str)
    """A name was typed: node id, new name."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look, self.twin = look, Twin()
        self._ids: list[NodeId] = []
        self._numbers: dict[NodeId, int] = {}
        self._rows: dict[NodeId, int] = {}
        self._above: list[QModelIndex] = []
        """By a node's number the row of its parent."""
        self._children: Any = {}
        self._filter = SceneFilter(self.twin)
        self._wanted = ""
        self._titles: dict[NodeId, str] = {}
        self.matches: list[NodeId] = []
        self._hidden: frozenset[NodeId] = frozenset()
        self._status: dict[NodeId, int] = {}
        self._pictures: dict[Status, QPixmap] = {}
        look.changed.connect(self._redraw)

    def set_twin(self, twin: Twin, delta: Delta | None = None) -> None:
        """Show another twin; with a delta only what changed is drawn anew where the tree itself is the same."""
        if delta is None or delta.scene_replaced or delta.added or delta.removed:
            self._rebuild(twin)
            return
        self.twin = twin
        if delta.restyled:
            self._filter = SceneFilter(twin)
            self._titles = {n: title_of(twin, n) for n in self._titles}
            self._tell(delta.restyled)

    def filter(self, wanted: str) -> int:
        """Show only what matches and what is above it; returns the number of matches. Empty: all."""
        self.beginResetModel()
        self._wanted = wanted.strip()
        self._arrange()
        self.endResetModel()
        return len(self.matches)

    def set_hidden(self, hidden: Iterable[NodeId]) -> None:
        """Which nodes the window hides: their eye is closed, what is below them is faint."""
        before, self._hidden = self._hidden, frozenset(hidden)
        last = self.rowCount() - 1
        if before != self._hidden and last >= 0:
            # Views paint anew what is in sight; a change of layout has them go through all selected rows (1.3 s of 5,000).
            self.dataChanged.emit(self.index(0, NAME), self.index(last, EYE))

    def set_status(self, nodes: tuple[NodeId, ...], status: NDArray[np.uint8]) -> None:
        """The worst status at or below each node; only rows that changed are drawn anew."""
        new = dict(zip(nodes, status.tolist(), strict=True))
        different = [n for n, s in new.items() if self._status.get(n, 0) != s]
        different += [n for n in self._status if n not in new]
        self._status = new
        for node in different:
            index = self.index_of(node, STATUS)
            if index.isValid():
                self.dataChanged.emit(index, index, [_ROLE.DecorationRole])

    def status_of(self, node: NodeId) -> Status:
        return Status(self._status.get(node, 0))

    def node_of(self, index: Index) -> NodeId | None:
        """The node of a row."""
        return self._ids[index.internalId()] if index.isValid() else None

    def index_of(self, node: NodeId, column: int = NAME) -> QModelIndex:
        """The row of a node; invalid where it is not shown."""
        row = self._rows.get(node)
        return QModelIndex() if row is None else self.createIndex(row, column, self._numbers[node])

    def runs_of(self, nodes: Iterable[NodeId]) -> list[tuple[QModelIndex, QModelIndex]]:
        """First name and last eye of each run of neighbouring rows that these nodes take; what is not shown is passed over."""
        places: dict[NodeId, list[int]] = {}
        for node in dict.fromkeys(nodes):
            if (row := self._rows.get(node)) is not None:
                places.setdefault(self.twin.nodes[node].parent, []).append(row)
        runs: list[tuple[QModelIndex, QModelIndex]] = []
        for parent, rows in places.items():
            ordered, siblings = np.sort(np.array(rows)), self._children[parent]
            for run in np.split(ordered, np.flatnonzero(np.diff(ordered) > 1) + 1):
                first, last = siblings[int(run[0])], siblings[int(run[-1])]
                runs.append((self.index_of(first), self.index_of(last, EYE)))
        return runs

    def rowCount(self, parent: Index = TOP) -> int:
        if parent.isValid() and parent.column() != NAME:
            return 0
        return len(self._children.get(self._key(parent), ()))

    def columnCount(self, parent: Index = TOP) -> int:
        return 3

    def hasChildren(self, parent: Index = TOP) -> bool:
        return self._key(parent) in self._children and parent.column() <= NAME

    def index(self, row: int, column: int, parent: Index = TOP) -> QModelIndex:
        children = self._children.get(self._key(parent), ())
        if not 0 <= row < len(children):
            return QModelIndex()
        return self.createIndex(row, column, self._numbers[children[row]])

    @overload
    def parent(self) -> QObject | None: ...

    @overload
    def parent(self, child: Index) -> QModelIndex: ...

    def parent(self, child: Index | None = None) -> QModelIndex | QObject | None:
        """The index above; without one, as QObject has it, who owns the model."""
        if child is None:
            return super().parent()
        return self._above[child.internalId()] if child.isValid() else QModelIndex()

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return flags | Qt.ItemFlag.ItemIsEditable if index.column() == NAME else flags

    def data(self, index: Index, role: int = _ROLE.DisplayRole) -> Any:
        node_id = self.node_of(index)
        if node_id is None:
            return None
        if index.column() == NAME:
            return self._name_data(node_id, role)
        if index.column() == STATUS:
            return self._status_data(node_id, role)
        return self._eye_data(node_id, role)

    def setData(self, index: Index, value: Any, role: int = _ROLE.EditRole) -> bool:
        node = self.node_of(index)
        if node is None or role != _ROLE.EditRole or value == self.twin.nodes[node].name:
            return False
        self.renamed.emit(node, str(value))
        return True

    def _name_data(self, node_id: NodeId, role: int) -> Any:
        node = self.twin.nodes[node_id]
        if role == _ROLE.EditRole:
            return node.name or node_id
        if role == _ROLE.DisplayRole:
            return self._titles.get(node_id) or node.name or node_id
        if role == _ROLE.DecorationRole:
            return kind_icon(node.kind, self._look.theme, has_children=node_id in self.twin.children)
        if role == _ROLE.ToolTipRole:
            return f"{node.name}\n{node_id}" + (f"\n{node.kind}" if node.kind else "")
        if role == _ROLE.ForegroundRole and (self._is_hidden(node_id) or not node.visible):
            return QColor(self._look.theme.colours["text_faint"])
        return None

    def _status_data(self, node_id: NodeId, role: int) -> Any:
        status = self.status_of(node_id)
        if role == _ROLE.DecorationRole and status != Status.NONE:
            return self._pictures.setdefault(status, status_pixmap(status, self._look.theme))
        if role in (_ROLE.ToolTipRole, _ROLE.AccessibleTextRole):
            return TEXTS[status]
        return None

    def _eye_data(self, node_id: NodeId, role: int) -> Any:
        hidden = node_id in self._hidden
        if role == _ROLE.DecorationRole:
            return icon("hide" if hidden else "show", self._look.theme, "text_soft" if hidden else "border_strong")
        if role in (_ROLE.ToolTipRole, _ROLE.AccessibleTextRole):
            return "Hidden: click to show" if hidden else "Shown: click to hide"
        return None

    def _is_hidden(self, node: NodeId) -> bool:
        return bool(self._hidden) and (node in self._hidden or any(a in self._hidden for a in self.twin.ancestors(node)))

    def _key(self, index: Index) -> NodeId:
        return self._ids[index.internalId()] if index.isValid() else ROOT

    def _rebuild(self, twin: Twin) -> None:
        self.beginResetModel()
        self.twin, self._filter = twin, SceneFilter(twin)
        self._titles = {s.node: title_of(twin, s.node) for s in twin.stations.values() if s.node in twin.nodes}
        self._ids = list(twin.nodes)
        self._numbers = {node: i for i, node in enumerate(self._ids)}
        self._status = {n: s for n, s in self._status.items() if n in twin.nodes}
        self._arrange()
        self.endResetModel()

    def _arrange(self) -> None:
        self.matches = self._filter.matches(self._wanted) if self._wanted else []
        self._children = self._filter.shown(self.matches) if self._wanted else self.twin.children
        self._rows = {node: row for children in self._children.values() for row, node in enumerate(children)}
        # Qt asks for rows' parents tens of thousands of times where thousands are selected
        nodes, top = self.twin.nodes, QModelIndex()
        parents = [nodes[node].parent for node in self._ids]
        indices = {parent: top if parent == ROOT else self.index_of(parent) for parent in dict.fromkeys(parents)}
        self._above = [indices[parent] for parent in parents]

    def _tell(self, nodes: Iterable[NodeId]) -> None:
        for node in nodes:
            first, last = self.index_of(node), self.index_of(node, EYE)
            if first.isValid():
                self.dataChanged.emit(first, last)

    def _redraw(self) -> None:
        self._pictures.clear()
        self.layoutChanged.emit()
