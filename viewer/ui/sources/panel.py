"""The panel of sources: how each fares, and of the chosen one its channels with tag, value, age and place in the scene."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QSortFilterProxyModel, Qt, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QSplitter,
    QStackedLayout,
    QTableView,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from viewer.base.clock import Clock
from viewer.base.ids import NodeId
from viewer.base.units import grouped
from viewer.live.past_words import SourceInfo
from viewer.twin.model import Twin
from viewer.ui.empty_state import EmptyState
from viewer.ui.icons import icon
from viewer.ui.look import Look
from viewer.ui.sources.channel_model import ChannelModel
from viewer.ui.sources.line import SourceLine
from viewer.ui.sources.words import ICONS, TOKENS, about, latency_text, summary
from viewer.ui.value_text import clock_text, counted

_HEADERS = ("Source", "State", "Since", "Samples/s", "Latency", "Lost", "Outages", "Kind")
_NUMBERS = range(3, 7)
_MOST_SELECTED = 500
"""Rows that follow a selection in the scene; more would only be noise."""


class SourcesPanel(QWidget):
    """Main thread."""

    nodes_asked = Signal(list)
    trend_asked = Signal(list)

    def __init__(self, look: Look, line: SourceLine, clock: Clock) -> None:
        super().__init__()
        self.setObjectName("panelBody")
        self._look, self._line = look, line
        self._twin, self._selecting = Twin(), False
        self.model = ChannelModel(look, clock)
        self.list, self.table, self.filter = QTreeWidget(), QTableView(), QLineEdit()
        self.said, self._sentence, self._count = QLabel(), QLabel(), QLabel()
        self.buttons = QHBoxLayout()
        self._sorted = QSortFilterProxyModel(self)
        self._empty = EmptyState("live", "No source yet", _none(), look)
        self._stack = QStackedLayout()
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self._both())
        rows = QVBoxLayout(self)
        rows.setContentsMargins(10, 6, 10, 4)
        rows.setSpacing(6)
        rows.addLayout(self._bar())
        rows.addLayout(self._stack, 1)
        line.changed.connect(self._tell)
        line.origins_changed.connect(self._fill)
        look.changed.connect(self._tell)
        self._tell()

    @property
    def chosen(self) -> str:
        """Name of the source whose channels are shown; empty: of all."""
        item = self.list.currentItem()
        return item.text(0) if item is not None and item.isSelected() else ""

    def set_twin(self, twin: Twin) -> None:
        """Say what is bound to this scene."""
        if (twin.channels, twin.bindings) != (self._twin.channels, self._twin.bindings) or twin.nodes is not self._twin.nodes:
            self._twin = twin
            self._fill()

    def add_button(self, text: str, tip: str, run: Callable[[], object]) -> QPushButton:
        """A further button at the right of the bar."""
        button = QPushButton(text)
        button.setToolTip(tip)
        button.clicked.connect(lambda _checked=False: run())
        self.buttons.addWidget(button)
        return button

    def choose(self, source: str) -> None:
        """Show the channels of this source."""
        for row in range(self.list.topLevelItemCount()):
            item = self.list.topLevelItem(row)
            if item is not None and item.text(0) == source:
                self.list.setCurrentItem(item)

    def show_selection(self, nodes: Sequence[NodeId]) -> None:
        """Select the rows of what is selected in the scene."""
        if self._selecting or not self.isVisible():
            return
        wanted = set(nodes)
        rows = (
            [row for row in range(len(self.model.rows)) if self.model.node_of(row) in wanted][:_MOST_SELECTED] if wanted else []
        )
        chosen = QItemSelection()
        for row in rows:
            at = self._sorted.mapFromSource(self.model.index(row, 0))
            if at.isValid():
                chosen.select(at, at)
        how = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
        self._selecting = True
        self.table.selectionModel().select(chosen, how)
        self._selecting = False
        if chosen.indexes():
            self.table.scrollTo(chosen.indexes()[0])

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._line.watch(watched=True)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._line.watch(watched=False)

    def _bar(self) -> QHBoxLayout:
        bar = QHBoxLayout()
        self.said.setProperty("role", "strong")
        bar.addWidget(self.said)
        bar.addWidget(self._sentence, 1)
        self._sentence.setProperty("role", "soft")
        bar.addLayout(self.buttons)
        return bar

    def _both(self) -> QWidget:
        right = QWidget()
        column = QVBoxLayout(right)
        column.setContentsMargins(8, 0, 0, 0)
        column.setSpacing(4)
        head = QHBoxLayout()
        self.filter.setPlaceholderText("Filter by channel, tag or node")
        self.filter.setClearButtonEnabled(True)
        self.filter.setAccessibleName("Filter channels")
        self._count.setProperty("role", "faint")
        head.addWidget(self.filter, 1)
        head.addWidget(self._count)
        column.addLayout(head)
        column.addWidget(self._channels(), 1)
        both = QSplitter(Qt.Orientation.Horizontal)
        both.setChildrenCollapsible(False)
        both.addWidget(self._sources())
        both.addWidget(right)
        both.setStretchFactor(0, 1)
        both.setStretchFactor(1, 1)
        both.setSizes([640, 600])
        return both

    def _sources(self) -> QTreeWidget:
        tree = self.list
        tree.setAccessibleName("Sources")
        tree.setHeaderLabels(list(_HEADERS))
        tree.setRootIsDecorated(False)
        tree.setUniformRowHeights(True)
        for column in _NUMBERS:
            tree.headerItem().setTextAlignment(column, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        for column, width in enumerate((110, 92, 82, 92, 78, 54, 82, 90)):
            tree.header().resizeSection(column, width)
        tree.header().setStretchLastSection(False)
        tree.header().setSectionResizeMode(7, QHeaderView.ResizeMode.Stretch)
        tree.header().setMinimumSectionSize(40)
        tree.itemSelectionChanged.connect(self._fill)
        return tree

    def _channels(self) -> QTableView:
        table = self.table
        self._sorted.setSourceModel(self.model)
        self._sorted.setFilterKeyColumn(-1)
        self._sorted.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.filter.textChanged.connect(self._sorted.setFilterFixedString)
        self.filter.textChanged.connect(lambda _text: self._say_count())
        table.setModel(self._sorted)
        table.setAccessibleName("Channels of the source")
        table.setSortingEnabled(True)
        table.sortByColumn(0, Qt.SortOrder.AscendingOrder)
        table.setShowGrid(False)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(24)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setWordWrap(False)
        for column, width in enumerate((160, 84, 62, 56, 130, 150, 96)):
            table.horizontalHeader().resizeSection(column, width)
        table.horizontalHeader().setStretchLastSection(True)
        table.horizontalHeader().setHighlightSections(False)
        table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        table.selectionModel().selectionChanged.connect(self._chosen)
        table.doubleClicked.connect(lambda at: self.trend_asked.emit([self.model.rows[self._sorted.mapToSource(at).row()].id]))
        return table

    def _tell(self) -> None:
        line = self._line
        self.said.setText(summary(line.sources, line.status))
        self._stack.setCurrentIndex(1 if line.sources else 0)
        if not line.sources:
            self._empty.say("No source yet", _none() if line.feed is None else _silent(line))
        for item, one in zip(self._items([one.name for one in line.sources]), line.sources, strict=True):
            self._show(item, one)
        self._say_sentence()
        if line.feed is not None and self.isVisible():
            self.model.refresh(line.feed.store)

    def _items(self, names: list[str]) -> list[QTreeWidgetItem]:
        """A row for each name; those there are stay, with what is selected."""
        items = [item for row in range(self.list.topLevelItemCount()) if (item := self.list.topLevelItem(row)) is not None]
        if [item.text(0) for item in items] == names:
            return items
        chosen = self.chosen
        self.list.clear()
        items = [QTreeWidgetItem(self.list, [name]) for name in names]
        self.choose(chosen)
        return items

    def _show(self, item: QTreeWidgetItem, one: SourceInfo) -> None:
        heard = self._line.status is None or self._line.status.state not in ("lost", "stale")
        state = one.state if heard else "unknown"
        texts = [one.name, state, clock_text(one.since_ns), grouped(one.samples_per_s), latency_text(one)]
        texts += [grouped(one.lost_samples), grouped(one.outages), one.kind]
        theme = self._look.theme
        for column, text in enumerate(texts):
            if item.text(column) != text:
                item.setText(column, text)
            item.setToolTip(column, about(one))
            if column in _NUMBERS:
                item.setTextAlignment(column, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        item.setIcon(1, icon(ICONS[state], theme, TOKENS[state]))
        loud = state in ("down", "stale")
        for column in (0, 1, 2):
            item.setForeground(column, theme.colour(TOKENS[state] if loud else "text_soft" if column == 2 else "text"))

    def _say_sentence(self) -> None:
        """Of the chosen source, else of the worst one."""
        order = {"down": 0, "stale": 1, "connecting": 2, "live": 3}
        some = [one for one in self._line.sources if one.name == self.chosen] or sorted(
            self._line.sources, key=lambda one: (order[one.state], one.name)
        )
        one = next(iter(some), None)
        text = "" if one is None or (not self.chosen and one.state == "live") else f"{one.name}: {one.sentence}"
        self._sentence.setText(text if one is not None and one.sentence else "")
        self._sentence.setToolTip(text)

    def _fill(self) -> None:
        chosen = self.chosen
        self.model.show([one for one in self._line.origins if not chosen or one.source == chosen], self._twin)
        self._say_sentence()
        self._say_count()
        if self._line.feed is not None:
            self.model.refresh(self._line.feed.store)

    def _say_count(self) -> None:
        shown, of = self._sorted.rowCount(), self.model.rowCount()
        of_all = f"{grouped(shown)} of " if shown != of else ""
        self._count.setText(
            self._line.trouble or f"{of_all}{counted(of, 'channel')}{f' of {self.chosen}' if self.chosen else ''}"
        )

    def _chosen(self) -> None:
        rows = [self._sorted.mapToSource(at).row() for at in self.table.selectionModel().selectedRows()]
        nodes = list(dict.fromkeys(node for row in rows if (node := self.model.node_of(row)) is not None))
        if nodes and not self._selecting:
            self._selecting = True
            self.nodes_asked.emit(nodes)
            self._selecting = False


def _none() -> str:
    return (
        "This window has no gateway. Open the scene with --connect ENDPOINT, or add a source with the button above: "
        "it writes the gateway's file and says how to start it."
    )


def _silent(line: SourceLine) -> str:
    state = "" if line.status is None else line.status.sentence
    return f"The gateway has not said what its sources are. {state}".strip()
