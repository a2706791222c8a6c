"""The table in which bindings are edited, and the sentence below it that says what is wrong and where."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QPersistentModelIndex, QSize, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QCompleter,
    QLineEdit,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from viewer.twin.model import Twin
from viewer.ui.sources.binding_model import BindingModel
from viewer.ui.sources.binding_rows import KINDS

_WIDTHS = {
    "tag": 230, "value": 84, "score": 56, "channel": 190, "unit": 72, "kind": 112, "scale": 74, "offset": 74, "dead_band": 82,
    "period_s": 70, "node": 150,
}  # fmt: skip
_Index = QModelIndex | QPersistentModelIndex


class BindingTable(QTableView):
    """Return or typing edits a cell, Del takes rows out, Space ticks. Main thread."""

    def __init__(self, model: BindingModel) -> None:
        super().__init__()
        self.bindings = model
        self.setModel(model)
        self._delegate = _Delegate(model, self)
        self.setItemDelegate(self._delegate)
        self.setAccessibleName("Bindings of tags to channels")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectItems)
        self.setEditTriggers(
            QAbstractItemView.EditTrigger.DoubleClicked
            | QAbstractItemView.EditTrigger.EditKeyPressed
            | QAbstractItemView.EditTrigger.AnyKeyPressed
        )
        self.verticalHeader().setDefaultSectionSize(26)
        self.verticalHeader().hide()
        self.setWordWrap(False)
        self.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setStretchLastSection(True)
        for column, field in enumerate(model.columns):
            self.horizontalHeader().resizeSection(column, _WIDTHS[field])

    def set_twin(self, twin: Twin) -> None:
        """Offer this scene's channels and nodes while somebody types."""
        self._delegate.offer(
            {
                "channel": sorted(twin.channels),
                "unit": sorted({one.unit for one in twin.channels.values() if one.unit}),
                "node": sorted(twin.nodes),
            }
        )

    def chosen_rows(self) -> list[int]:
        """Numbers of the rows in which something is selected."""
        return sorted({at.row() for at in self.selectionModel().selectedIndexes()})

    def show_mistake(self) -> None:
        """Go to the first cell that is wrong."""
        found = self.bindings.first_mistake()
        if found is not None:
            at = self.bindings.index(found[0], self.bindings.columns.index(found[1]))
            self.setCurrentIndex(at)
            self.scrollTo(at)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Delete and self.chosen_rows():
            self.bindings.remove(self.chosen_rows())
        else:
            super().keyPressEvent(event)


class _Delegate(QStyledItemDelegate):
    """Fields with proposals; kinds from a list."""

    def __init__(self, model: BindingModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model
        self._offered: dict[str, Sequence[str]] = {}

    def offer(self, words: dict[str, Sequence[str]]) -> None:
        """What may be typed, by field."""
        self._offered = words

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: _Index) -> QWidget:
        field = self._model.columns[index.column()]
        if field == "kind":
            choice = QComboBox(parent)
            choice.addItems(list(KINDS))
            return choice
        editor = QLineEdit(parent)
        if field in self._offered:
            completer = QCompleter(list(self._offered[field]), editor)
            completer.setFilterMode(Qt.MatchFlag.MatchContains)
            completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
            completer.setMaxVisibleItems(12)
            editor.setCompleter(completer)
        return editor

    def setEditorData(self, editor: QWidget, index: _Index) -> None:
        text = str(index.data(Qt.ItemDataRole.EditRole))
        if isinstance(editor, QComboBox):
            editor.setCurrentText(text)
        elif isinstance(editor, QLineEdit):
            editor.setText(text)

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: _Index) -> None:
        if isinstance(editor, QComboBox):
            model.setData(index, editor.currentText())
        elif isinstance(editor, QLineEdit):
            model.setData(index, editor.text())

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return QSize(80, 26)
