"""All properties of a node and of its part in the inspector: grouped, filtered, copied, and where to find their like."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QGridLayout, QLabel, QLineEdit, QMenu, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from viewer.base.ids import NodeId
from viewer.twin.model import Twin
from viewer.ui.elided import Elided
from viewer.ui.icons import icon
from viewer.ui.look import Look

_FILTERED_FROM = 10
"""So many properties get a field to filter them by."""
_SHARE = 0.44
"""Of the width, for the names."""
Row = tuple[str, str, str]
"""Name as shown, value, the whole key."""


def grouped(own: Mapping[str, str], of_part: Mapping[str, str]) -> dict[str, list[Row]]:
    """Properties by group: what stands before the last dot of a key; those of the part, where the node has not the same, last."""
    groups: dict[str, list[Row]] = {}
    for title, properties in (("", own), ("Part", of_part)):
        for key, value in sorted(properties.items()):
            if properties is of_part and key in own:
                continue
            group, _, name = key.rpartition(".")
            groups.setdefault(group or title, []).append((name or key, value, key))
    return dict(sorted(groups.items(), key=lambda one: (bool(one[0]), one[0].lower())))


class PropertiesView(QWidget):
    """The properties of one node. Main thread."""

    same_asked = Signal(str, str)
    """Key and value: select all nodes that have the same."""
    colour_asked = Signal(str)
    """Key: colour the parts by it."""
    search_asked = Signal(str)
    """A query for the search."""

    def __init__(self, twin: Twin, node: NodeId, look: Look) -> None:
        super().__init__()
        self._look = look
        record = twin.nodes[node]
        part = twin.parts.get(record.part) if record.part is not None else None
        self.groups = grouped(record.properties, {} if part is None else part.properties)
        self.count = sum(len(rows) for rows in self.groups.values())
        self._rows: list[tuple[str, QWidget, QWidget, int]] = []
        self._titles: list[QLabel] = []
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(4)
        if self.count >= _FILTERED_FROM:
            self._layout.addLayout(self._top())
        for number, (group, rows) in enumerate(self.groups.items()):
            self._add_group(number, group, rows)

    def filter(self, text: str) -> None:
        """Show only what has every word in its key or value."""
        words = text.lower().split()
        shown: set[int] = set()
        for haystack, name, value, group in self._rows:
            good = all(word in haystack for word in words)
            name.setVisible(good)
            value.setVisible(good)
            if good:
                shown.add(group)
        for number, title in enumerate(self._titles):
            title.setVisible(number in shown and bool(title.text()))

    def as_text(self) -> str:
        """All of them, a line each, for the clipboard."""
        return "\n".join(f"{key}\t{value}" for rows in self.groups.values() for _, value, key in rows)

    def _top(self) -> QGridLayout:
        field, copy = QLineEdit(), QToolButton()
        field.setPlaceholderText(f"Filter {self.count} properties")
        field.setClearButtonEnabled(True)
        field.textChanged.connect(self.filter)
        copy.setIcon(icon("copy", self._look.theme))
        copy.setToolTip("Copy all properties")
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.as_text()))
        row = QGridLayout()
        row.addWidget(field, 0, 0)
        row.addWidget(copy, 0, 1)
        return row

    def _add_group(self, number: int, group: str, rows: Iterable[Row]) -> None:
        title = QLabel(group)
        title.setProperty("role", "section")
        title.setVisible(bool(group))
        title.setToolTip(group)
        title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._titles.append(title)
        self._layout.addWidget(title)
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 4)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(0, round(100 * _SHARE))
        grid.setColumnStretch(1, round(100 * (1 - _SHARE)))
        for place, (name, value, key) in enumerate(rows):
            left, right = Elided(name, key), QLabel(value)
            left.setProperty("role", "faint")
            right.setWordWrap(True)
            right.setMinimumWidth(40)
            right.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            right.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            right.setToolTip(value if len(value) > 30 else "")
            for label in (left, right):
                label.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
                label.customContextMenuRequested.connect(partial(self._menu, label, key, value))
            grid.addWidget(left, place, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(right, place, 1)
            self._rows.append((f"{key} {value}".lower(), left, right, number))
        self._layout.addLayout(grid)

    def menu_of(self, key: str, value: str) -> QMenu:
        """What can be done with one property."""
        menu = QMenu(self)
        clipboard = QGuiApplication.clipboard()
        menu.addAction("Copy the value").triggered.connect(lambda: clipboard.setText(value))
        menu.addAction("Copy name and value").triggered.connect(lambda: clipboard.setText(f"{key} = {value}"))
        menu.addAction("Copy all properties").triggered.connect(lambda: clipboard.setText(self.as_text()))
        menu.addSeparator()
        menu.addAction("Select all with this value").triggered.connect(lambda: self.same_asked.emit(key, value))
        menu.addAction("Search for this value").triggered.connect(lambda: self.search_asked.emit(query_for(key, value)))
        menu.addAction("Colour by this property").triggered.connect(lambda: self.colour_asked.emit(key))
        return menu

    def _menu(self, label: QWidget, key: str, value: str, where: QPoint) -> None:
        menu = self.menu_of(key, value)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(label.mapToGlobal(where))


def query_for(key: str, value: str) -> str:
    """A search that finds this property with this value."""
    return f"{_quoted(key)}={_quoted(value)}"


def nodes_with(twin: Twin, key: str, value: str) -> list[NodeId]:
    """All nodes that have a property with exactly this value, themselves or by their part."""
    parts = {part.id for part in twin.parts.values() if part.properties.get(key) == value}
    return [n.id for n in twin.nodes.values() if n.properties.get(key) == value or (key not in n.properties and n.part in parts)]


def _quoted(text: str) -> str:
    quote = "'" if '"' in text else '"'
    return f"{quote}{text.replace(quote, '?')}{quote}"
