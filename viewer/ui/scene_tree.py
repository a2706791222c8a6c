"""The scene tree: search, visibility, status, and selection shared with all other panels."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QItemSelection, QItemSelectionModel, QModelIndex, QObject, QPoint, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHeaderView, QLabel, QLineEdit, QMenu, QStackedWidget, QTreeView, QVBoxLayout, QWidget

from viewer.base.ids import ROOT, NodeId
from viewer.base.units import grouped
from viewer.twin.deltas import Delta
from viewer.twin.model import Twin
from viewer.ui.empty_state import EmptyState
from viewer.ui.icons import icon
from viewer.ui.look import Look
from viewer.ui.scene_model import EYE, NAME, STATUS, SceneModel
from viewer.ui.selection import Selection
from viewer.ui.visibility import Visibility

_EXPANDED_MATCHES = 200
"""So many matches of a search are unfolded; more would only be scrolled past."""


class SceneTree(QWidget):
    """The tree with its search field. Main thread."""

    fly_to_asked = Signal(str)
    renamed = Signal(str, str)

    def __init__(self, selection: Selection, visibility: Visibility, look: Look) -> None:
        super().__init__()
        self.setObjectName("panelBody")
        self._selection, self._visibility, self._look = selection, visibility, look
        self.model = SceneModel(look)
        self.menu_of_node: QMenu | None = None
        self._echo = False
        self.search, self.view, self._count = QLineEdit(), QTreeView(), QLabel()
        self._build_search()
        self._build_view()
        self._empty = EmptyState("tree", "No scene", "Open a scene or drop a geometry file on the window.", look)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self.view)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        top = QWidget()
        top_layout = QVBoxLayout(top)
        top_layout.setContentsMargins(10, 8, 10, 8)
        top_layout.addWidget(self.search)
        layout.addWidget(top)
        layout.addWidget(self._stack, 1)
        self._count.setProperty("role", "faint")
        self._count.setContentsMargins(12, 5, 12, 6)
        layout.addWidget(self._count)
        selection.changed.connect(self._show_selection)
        visibility.changed.connect(lambda: self.model.set_hidden(visibility.hidden))
        self.model.renamed.connect(self.renamed)

    def set_twin(self, twin: Twin, delta: Delta | None = None) -> None:
        """Show a twin; what was unfolded stays so."""
        if delta is not None and not (delta.scene_replaced or delta.added or delta.removed):
            self.model.set_twin(twin, delta)  # the same rows: what is unfolded and selected stays without being asked for
            return
        unfolded = self._unfolded()
        self.model.set_twin(twin, delta)
        self._stack.setCurrentIndex(1 if twin.nodes else 0)
        self._unfold(unfolded)
        if not unfolded and len(twin.children_of(ROOT)) == 1:
            self.view.expandToDepth(0)
        self._count_nodes()
        self._show_selection()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.search and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Return):
                self.view.setFocus()
                if not self.view.currentIndex().isValid():
                    self.view.setCurrentIndex(self.model.index(0, NAME))
                return True
            if event.key() == Qt.Key.Key_Escape:
                self.search.clear()
                return True
        return super().eventFilter(watched, event)

    def _build_search(self) -> None:
        self.search.setPlaceholderText("Search name, id, kind, property")
        self.search.setClearButtonEnabled(True)
        self._search_mark = self.search.addAction(icon("search", self._look.theme), QLineEdit.ActionPosition.LeadingPosition)
        self._look.changed.connect(lambda: self._search_mark.setIcon(icon("search", self._look.theme)))
        self.search.installEventFilter(self)
        delay = QTimer(self)
        delay.setSingleShot(True)
        delay.setInterval(60)
        delay.timeout.connect(self._filter)
        self.search.textChanged.connect(lambda _: delay.start())

    def _build_view(self) -> None:
        view = self.view
        view.setModel(self.model)
        view.setHeaderHidden(True)
        view.setUniformRowHeights(True)
        view.setIndentation(16)
        view.setIconSize(QSize(16, 16))
        view.setSelectionMode(QTreeView.SelectionMode.ExtendedSelection)
        view.setEditTriggers(QTreeView.EditTrigger.EditKeyPressed)
        view.setExpandsOnDoubleClick(False)
        view.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        header = view.header()
        header.setMinimumSectionSize(26)
        header.setStretchLastSection(False)
        header.setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
        for column in (STATUS, EYE):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
            view.setColumnWidth(column, 28)
        view.selectionModel().selectionChanged.connect(self._selected)
        view.clicked.connect(self._clicked)
        view.doubleClicked.connect(self._fly_to)
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.customContextMenuRequested.connect(self._context)

    def _clicked(self, index: QModelIndex) -> None:
        node = self.model.node_of(index)
        if node is not None and index.column() == EYE:
            self._visibility.toggle_hidden([node])

    def _fly_to(self, index: QModelIndex) -> None:
        node = self.model.node_of(index)
        if node is not None:
            self.fly_to_asked.emit(node)

    def _context(self, where: QPoint) -> None:
        if self.menu_of_node is not None and self.view.indexAt(where).isValid():
            self.menu_of_node.popup(self.view.viewport().mapToGlobal(where))

    def rename(self, node: NodeId) -> None:
        """Let somebody type another name."""
        index = self.model.index_of(node)
        if index.isValid():
            self.view.scrollTo(index)
            self.view.edit(index)

    def _filter(self) -> None:
        unfolded = [] if self.search.text().strip() else self._unfolded()
        self.model.filter(self.search.text())
        self._unfold([a for node in self.model.matches[:_EXPANDED_MATCHES] for a in self.model.twin.ancestors(node)])
        self._unfold(unfolded)
        self._count_nodes()
        self._show_selection()

    def _count_nodes(self) -> None:
        total, wanted = len(self.model.twin.nodes), self.search.text().strip()
        if wanted:
            found = len(self.model.matches)
            self._count.setText(
                f"{grouped(found)} of {grouped(total)} nodes match" if found else "Nothing matches. Esc clears the search"
            )
        self._count.setVisible(bool(wanted))

    def _selected(self, _new: QItemSelection, _old: QItemSelection) -> None:
        if self._echo:
            return
        rows = self.view.selectionModel().selectedRows(NAME)
        chosen = [node for index in rows if (node := self.model.node_of(index)) is not None]
        current = self.model.node_of(self.view.currentIndex())
        if current is not None and current in chosen:  # the primary one comes last
            chosen = [*(n for n in chosen if n != current), current]
        self._echo = True
        self._selection.select(chosen)
        self._echo = False

    def _show_selection(self) -> None:
        if self._echo:
            return
        self._echo = True
        wanted = QItemSelection()
        for first, last in self.model.runs_of(self._selection.ids):  # a range per row would take seconds of thousands
            wanted.select(first, last)
        model, flag = self.view.selectionModel(), QItemSelectionModel.SelectionFlag
        model.select(wanted, flag.ClearAndSelect)
        primary = self._selection.primary
        index = self.model.index_of(primary) if primary is not None else QModelIndex()
        if index.isValid():
            model.setCurrentIndex(index, flag.NoUpdate)
            self.view.scrollTo(index)
        self._echo = False

    def _unfolded(self) -> list[NodeId]:
        model, found = self.model, list[NodeId]()
        stack = [QModelIndex()]
        while stack:
            above = stack.pop()
            for row in range(model.rowCount(above)):
                index = model.index(row, NAME, above)
                if self.view.isExpanded(index):
                    node = model.node_of(index)
                    if node is not None:
                        found.append(node)
                    stack.append(index)
        return found

    def _unfold(self, nodes: list[NodeId]) -> None:
        for node in dict.fromkeys(nodes):
            index = self.model.index_of(node)
            if index.isValid():
                self.view.expand(index)
