"""The alarm list's rows as a table: thousands of them, changed in place where the same alarms stand."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QAbstractTableModel, QObject, Qt
from PySide6.QtGui import QFont

from viewer.ui.alarms.rows import Row, can
from viewer.ui.alarms.signs import TOKENS, WORDS, first_sign, sign
from viewer.ui.icons import icon
from viewer.ui.indices import TOP, Index
from viewer.ui.look import Look, application_font

PRIORITY, NAME, PLACE, VALUE, SINCE, STATE, CAUSE, ACKNOWLEDGE = range(8)
HEADERS = ("Priority", "Alarm", "Part", "Value and limit", "Since", "State", "Likely cause", "")


class AlarmModel(QAbstractTableModel):
    """Shows the rows that it is given, in their order. Main thread."""

    def __init__(self, look: Look, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self.rows: Sequence[Row] = ()
        self.can_act = False
        look.changed.connect(self._redraw)

    def show(self, rows: Sequence[Row], *, can_act: bool) -> bool:
        """Show these; returns whether it was a new list, so that what is chosen must be chosen again."""
        is_same = [r.alarm.id for r in rows] == [r.alarm.id for r in self.rows]
        if is_same:
            self.rows, self.can_act = rows, can_act
            self._redraw()
            return False
        self.beginResetModel()
        self.rows, self.can_act = rows, can_act
        self.endResetModel()
        return True

    def row_of(self, alarm: str) -> int:
        """Where an alarm stands; -1 where it does not."""
        return next((place for place, row in enumerate(self.rows) if row.alarm.id == alarm), -1)

    def rowCount(self, parent: Index = TOP) -> int:
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = TOP) -> int:
        return 0 if parent.isValid() else len(HEADERS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return HEADERS[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row, column = self.rows[index.row()], index.column()
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._text(row, column)
            case Qt.ItemDataRole.DecorationRole:
                return self._picture(row, column)
            case Qt.ItemDataRole.ToolTipRole:
                return self._tip(row, column)
            case Qt.ItemDataRole.ForegroundRole:
                return self._colour(row, column)
            case Qt.ItemDataRole.FontRole:
                return application_font(13, QFont.Weight.DemiBold) if row.is_unseen and column == NAME else None
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{HEADERS[column]}: {self._text(row, column)}"
            case _:
                return None

    def can_acknowledge(self, row: Row) -> bool:
        return self.can_act and row.is_unseen

    def _redraw(self) -> None:
        if self.rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.rows) - 1, len(HEADERS) - 1))

    def _text(self, row: Row, column: int) -> str:
        texts = (
            WORDS[row.alarm.priority],
            row.name,
            row.place,
            row.value,
            row.since,
            row.state,
            row.alarm.cause.text if row.alarm.cause is not None else "",
            "Acknowledge" if self.can_acknowledge(row) else "",
        )
        return texts[column]

    def _picture(self, row: Row, column: int) -> object:
        theme = self._look.theme
        if column == PRIORITY:
            return sign(row.alarm.priority, theme, is_filled=row.is_unseen)
        if column == NAME and row.alarm.first_out:
            return first_sign(theme)
        if column == ACKNOWLEDGE and self.can_acknowledge(row):
            return icon("good", theme, "accent")
        return None

    def _colour(self, row: Row, column: int) -> object:
        theme = self._look.theme
        if column == PRIORITY:
            return theme.colour(TOKENS[row.alarm.priority])
        if column == ACKNOWLEDGE:
            return theme.colour("accent")
        return theme.colour("text" if row.is_unseen else "text_soft") if can(row.alarm) else None

    def _tip(self, row: Row, column: int) -> str:
        alarm = row.alarm
        if column == ACKNOWLEDGE and self.can_acknowledge(row):
            return "Acknowledge this alarm (A)"
        lines = [f"{row.name} ({alarm.id})", row.state, row.value]
        lines += ["First of its group"] * alarm.first_out
        lines += [f"Likely cause: {alarm.cause.text}"] if alarm.cause is not None else []
        lines += [f"If nothing is done: {alarm.consequence}"] if alarm.consequence else []
        lines += [f"What to do: {alarm.response}"] if alarm.response else []
        return "\n".join(lines)
