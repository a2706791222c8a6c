"""The search with its result list: a query typed, what it finds in a table, and what can be done with all of it."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractTableModel, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCompleter,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from viewer.base.errors import UserMistake
from viewer.base.ids import NodeId
from viewer.base.job import Job
from viewer.base.units import grouped
from viewer.twin.model import Twin
from viewer.twin.search import Found, SearchIndex
from viewer.ui.background import BackgroundTask
from viewer.ui.icons import icon, kind_icon
from viewer.ui.indices import TOP, Index
from viewer.ui.look import Look
from viewer.ui.node_facts import title_of

_COLUMNS = ("Name", "Where", "Kind", "What matches")
_DELAY_MS = 60
_AT_ONCE = 3_000
"""Nodes of a twin whose index is made at once."""
_ROLE = Qt.ItemDataRole
HELP = """<table cellspacing="0" cellpadding="3">
<tr><td><b>bolt m8</b></td><td>both words, in name, id, kind, part or a property</td></tr>
<tr><td><b>"left door" or hood</b></td><td>a phrase; one or the other; brackets group</td></tr>
<tr><td><b>name:bolt* &nbsp; kind:robot &nbsp; path:st080</b></td>
<td>one field (name, id, kind, part, path, file); * and ? stand for any</td></tr>
<tr><td><b>not kind:fence &nbsp; -fence</b></td><td>without</td></tr>
<tr><td><b>FireRating=EI60 &nbsp; !=&nbsp; ~</b></td><td>a property is, is not, contains; =* has it at all</td></tr>
<tr><td><b>mass&gt;2.5kg &nbsp; &lt; &lt;= &gt;=</b></td><td>a number with its unit</td></tr>
<tr><td><b>triangles&gt;10000 &nbsp; size&gt;2m</b></td><td>known of every part: triangles, size, area, volume</td></tr>
</table>"""


class ResultModel(QAbstractTableModel):
    """What was found, straight over the answer; paths are made for rows that are looked at. Main thread."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self.index_: SearchIndex | None = None
        self.found = Found((), ())

    def show_found(self, index: SearchIndex | None, found: Found) -> None:
        """Show another answer."""
        self.beginResetModel()
        self.index_, self.found = index, found
        self.endResetModel()

    def rowCount(self, parent: Index = TOP) -> int:
        return 0 if parent.isValid() else len(self.found.nodes)

    def columnCount(self, parent: Index = TOP) -> int:
        return len(_COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = _ROLE.DisplayRole) -> Any:
        return _COLUMNS[section] if orientation is Qt.Orientation.Horizontal and role == _ROLE.DisplayRole else None

    def data(self, index: Index, role: int = _ROLE.DisplayRole) -> Any:
        if self.index_ is None or role not in (_ROLE.DisplayRole, _ROLE.ToolTipRole, _ROLE.DecorationRole):
            return None
        node_id = self.found.nodes[index.row()]
        node = self.index_.twin.nodes[node_id]
        if role == _ROLE.DecorationRole:
            has_children = node_id in self.index_.twin.children
            return kind_icon(node.kind, self._look.theme, has_children=has_children) if index.column() == 0 else None
        if role == _ROLE.ToolTipRole and index.column() == 0:
            return node_id
        return self.cells(index.row())[index.column()]

    def cells(self, row: int) -> tuple[str, str, str, str]:
        """One row's texts."""
        if self.index_ is None:
            return ("", "", "", "")
        node_id = self.found.nodes[row]
        twin = self.index_.twin
        return (title_of(twin, node_id), self.index_.path(node_id), twin.nodes[node_id].kind, self.found.why[row])


class SearchPanel(QWidget):
    """Answers while one types. Main thread; the index of a large scene is made in the background."""

    selected = Signal(object)
    """list of NodeId that the user chose in the table."""
    select_all_asked = Signal(object)
    fly_asked = Signal(object)
    isolate_asked = Signal(object)
    colour_asked = Signal(object, str)
    """The nodes found and the query, to be coloured."""
    said = Signal(str, str)

    def __init__(self, look: Look, recent: list[str]) -> None:
        super().__init__()
        self.setObjectName("panelBody")
        self._look = look
        self._twin, self._index, self._task = Twin(), None, None
        self._is_old = True
        self.recent = recent
        self.field, self.mistake, self.count = QLineEdit(), QLabel(), QLabel()
        self.model = ResultModel(look)
        self.table = QTableView()
        self._buttons: list[QPushButton] = []
        self._echo = False
        self._help = self._help_box()
        self._delay = QTimer(self, singleShot=True, interval=_DELAY_MS)
        self._delay.timeout.connect(self.run)
        self._build()

    def set_twin(self, twin: Twin) -> None:
        """Search another twin from now on; its index is made when something is asked."""
        self._twin, self._is_old = twin, True
        if self.isVisible() and self.field.text().strip():
            self._delay.start()
        elif not self.field.text().strip():
            self.model.show_found(None, Found((), ()))

    def ask(self, text: str) -> None:
        """Search for this."""
        self.field.setText(text)
        self.run()

    @property
    def nodes(self) -> list[NodeId]:
        """What was found and is still there."""
        return [node for node in self.model.found.nodes if node in self._twin.nodes]

    def run(self) -> None:
        """Answer what is typed."""
        if not self.field.text().strip():
            self._tell("", "")
            self.model.show_found(None, Found((), ()))
            self._refresh()
            return
        if self._index is None or self._is_old:
            self._make_index()
            return
        try:
            found = self._index.find(self.field.text())
        except UserMistake as mistake:
            text = str(mistake)
            self._tell(text[0].upper() + text[1:], "")
            return
        self.model.show_found(self._index, found)
        self._tell("", f"{grouped(len(found.nodes))} of {grouped(len(self._twin.nodes))}")
        self._refresh()

    def _make_index(self) -> None:
        twin = self._twin
        if len(twin.nodes) <= _AT_ONCE:
            self._made(SearchIndex(twin))
            return
        if self._task is not None:
            return
        self._tell("", "reading the scene …")

        def work(_job: Job) -> SearchIndex:
            return SearchIndex(twin)

        task = self._task = BackgroundTask("Index the scene", work, self)
        task.finished.connect(self._made)
        task.ended.connect(self._ended)
        task.ended.connect(task.deleteLater)
        task.start()

    def _ended(self) -> None:
        self._task = None

    def _made(self, index: SearchIndex) -> None:
        self._task = None
        self._index, self._is_old = index, index.twin is not self._twin
        self.run()

    def _tell(self, mistake: str, count: str) -> None:
        self.mistake.setText(mistake)
        self.mistake.setVisible(bool(mistake))
        self.field.setProperty("wrong", bool(mistake))
        self.field.style().unpolish(self.field)
        self.field.style().polish(self.field)
        if not mistake:
            self.count.setText(count)

    def _refresh(self) -> None:
        for button in self._buttons:
            button.setEnabled(bool(self.model.found.nodes))

    def remember(self) -> None:
        """Keep the query among the recent ones."""
        text = self.field.text().strip()
        if text and not self.mistake.text():
            self.recent[:] = [text, *(one for one in self.recent if one != text)][:12]
            self._complete()

    def export(self, path: Path) -> None:
        """Write the results as CSV; says where that fails."""
        sheet = io.StringIO()
        writer = csv.writer(sheet)
        writer.writerow(["id", "name", "path", "kind", "match"])
        for row, node in enumerate(self.model.found.nodes):
            writer.writerow([node, *self.model.cells(row)])
        try:
            path.write_text(sheet.getvalue(), encoding="utf-8", newline="")
        except OSError as error:
            self.said.emit(f"The results could not be written ({error.strerror}): {path}", "warning")
            return
        self.said.emit(f"{grouped(len(self.model.found.nodes))} results written to {path.name}", "good")

    # -- building

    def _build(self) -> None:
        self.field.setPlaceholderText("Search: bolt m8   kind:robot   FireRating=EI60   mass>2kg   (help: ?)")
        self.field.setMinimumWidth(150)
        self.field.setClearButtonEnabled(True)
        mark = self.field.addAction(icon("search", self._look.theme), QLineEdit.ActionPosition.LeadingPosition)
        self._look.changed.connect(lambda: mark.setIcon(icon("search", self._look.theme)))
        self.field.textEdited.connect(lambda _: self._delay.start())
        self.field.textChanged.connect(lambda text: self._delay.start() if not text else None)
        self.field.returnPressed.connect(self._entered)
        self.mistake.setStyleSheet(f"color: {self._look.theme.colours['alarm']}")
        self.mistake.setWordWrap(True)
        self.mistake.hide()
        self.count.setProperty("role", "soft")
        top = QHBoxLayout()
        top.setSpacing(6)
        top.addWidget(self.field, 1)
        questions = QToolButton()
        questions.setText("?")
        questions.setCheckable(True)
        questions.setToolTip("How to write a search")
        questions.toggled.connect(self._help.setVisible)
        top.addWidget(questions)
        top.addWidget(self.count)
        for text, act in (
            ("Select all", lambda: self.select_all_asked.emit(self.nodes)),
            ("Fly there", lambda: self.fly_asked.emit(self.nodes)),
            ("Isolate", lambda: self.isolate_asked.emit(self.nodes)),
            ("Colour", lambda: self.colour_asked.emit(self.nodes, self.field.text().strip())),
            ("Export CSV…", self._ask_file),
        ):
            button = QPushButton(text)
            button.clicked.connect(self.remember)
            button.clicked.connect(act)
            button.setEnabled(False)
            self._buttons.append(button)
            top.addWidget(button)
        self._make_table()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 8, 10, 0)
        layout.setSpacing(5)
        layout.addLayout(top)
        layout.addWidget(self.mistake)
        layout.addWidget(self._help)
        layout.addWidget(self.table, 1)
        self._complete()

    def _make_table(self) -> None:
        table = self.table
        table.setModel(self.model)
        table.setShowGrid(False)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(26)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        table.setColumnWidth(0, 260)
        table.setColumnWidth(2, 110)
        table.horizontalHeader().setMinimumSectionSize(70)
        table.horizontalHeader().setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        table.horizontalHeader().setSectionResizeMode(3, QHeaderView.ResizeMode.Stretch)
        table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        table.selectionModel().selectionChanged.connect(lambda *_: self._chosen())
        table.doubleClicked.connect(lambda index: self.fly_asked.emit([self.model.found.nodes[index.row()]]))

    def _help_box(self) -> QFrame:
        box = QFrame()
        box.setProperty("role", "card")
        words = QLabel(HELP)
        words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        layout = QVBoxLayout(box)
        layout.addWidget(words)
        box.hide()
        return box

    def _complete(self) -> None:
        completer = QCompleter(self.recent, self.field)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.activated.connect(self.ask)
        self.field.setCompleter(completer)

    def _entered(self) -> None:
        self.run()
        self.remember()
        if self.nodes:
            self.select_all_asked.emit(self.nodes)

    def _chosen(self) -> None:
        rows = sorted({index.row() for index in self.table.selectionModel().selectedRows()})
        if rows:
            self.selected.emit([self.model.found.nodes[row] for row in rows])

    def _ask_file(self) -> None:
        dialog = QFileDialog(self, "Export the results")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("csv")
        dialog.setNameFilter("Table (*.csv)")
        dialog.fileSelected.connect(lambda path: self.export(Path(path)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
