"""A quiet line in the inspector of a part: which alarms stand at it or at what is below it."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from html import escape

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from viewer.base.ids import NodeId
from viewer.base.units import grouped
from viewer.twin.model import Twin
from viewer.ui.alarms.rows import Row

_MOST = 3


class AlarmLines:
    """Makes the inspector's section, and keeps the line of the one that is shown up to date. Main thread."""

    def __init__(self, rows: Callable[[], Sequence[Row]], shown: Callable[[], bool], chosen: Callable[[str], object]) -> None:
        """`rows` stand now; `shown`: whether there is anybody who could tell; `chosen` is given an alarm's id."""
        self._rows, self._is_told, self._choose = rows, shown, chosen
        self._label: weakref.ref[QLabel] | None = None
        self._below: frozenset[NodeId] = frozenset()

    def tell(self, twin: Twin, node: NodeId) -> tuple[str, QWidget] | None:
        """The section of a node that channels tell about; None of one that none can alarm about."""
        below = frozenset(twin.descendants(node)) | {node}
        if not self._is_told() or not twin.channels_of(below):
            return None
        label = QLabel()
        label.setWordWrap(True)
        label.setTextFormat(Qt.TextFormat.RichText)
        label.linkActivated.connect(self._choose)
        self._label, self._below = weakref.ref(label), below
        self.refresh()
        return "Alarms", label

    def refresh(self) -> None:
        """Other alarms stand."""
        label = self._label() if self._label is not None else None
        if label is not None:
            label.setText(self._text())

    def _text(self) -> str:
        here = [row for row in self._rows() if row.node in self._below]
        if not here:
            return "None stands."
        lines = [
            f"<a href='{escape(row.alarm.id)}'>{escape(row.name)}</a>, {row.alarm.priority}: {escape(row.state)}"
            for row in here[:_MOST]
        ]
        return "<br>".join([*lines, *([f"and {grouped(len(here) - _MOST)} more"] if len(here) > _MOST else [])])
