"""The strip over the scene that tells what a station's move does: a verdict, the figures, and what can be done with it."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from viewer.base.units import format_value
from viewer.studies.contract import Headline
from viewer.ui.icons import icon
from viewer.ui.look import Look

Stage = Literal["stands", "dragging", "pending", "moved"]
_TOKENS = {"good": "good", "bad": "alarm", "neutral": "text"}
_SIGNS = {"good": "✓ ", "bad": "✕ ", "neutral": ""}
_CELL_PX = 196


def verdict_of(headlines: tuple[Headline, ...]) -> tuple[str, bool]:
    """What they come to in two words, and whether it may stay so. Money is no rule: it never forbids."""
    broken = [one for one in headlines if one.verdict == "bad" and "/" not in one.unit]
    if not broken:
        return "Fits", True
    return ("Clashes" if "clash" in broken[0].title.lower() else "Too close"), False


class MoveStrip(QFrame):
    """Keeps its widgets from result to result, so that a drag only changes words. Main thread."""

    keep_asked = Signal()
    apply_asked = Signal()
    back_asked = Signal()

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.setProperty("role", "float")
        self._look = look
        self.shown: tuple[Headline, ...] = ()
        """The figures on it."""
        self._mark, self._verdict, self._what, self._where, self._took = (QLabel() for _ in range(5))
        self._cells: list[_Cell] = []
        self.keep_button, self.apply_button, self.back_button = (
            QPushButton("Keep as scenario"),
            QPushButton("Move it"),
            QPushButton("Undo"),
        )
        self._figures = QHBoxLayout()
        self._make()
        look.changed.connect(self._dress)
        self.hide()

    def show_stage(self, what: str, where: str, stage: Stage) -> None:
        """Whose move it is, where it stands now, and which buttons that calls for."""
        self._what.setText(what)
        self._where.setText(where)
        self.keep_button.setVisible(stage in ("pending", "moved"))
        self.apply_button.setVisible(stage == "pending")
        self.back_button.setVisible(stage in ("pending", "moved"))
        self.back_button.setText("Discard" if stage == "pending" else "Undo")
        self.show()

    def show_figures(self, headlines: tuple[Headline, ...], took_ms: float) -> None:
        """What the study found, and how long after the question it is shown."""
        while len(self._cells) < len(headlines):
            self._cells.append(_Cell())
            self._figures.addWidget(self._cells[-1])
        for cell, headline in zip(self._cells, headlines, strict=False):
            cell.show_headline(headline, self._look)
        for cell in self._cells[len(headlines) :]:
            cell.hide()
        self._took.setText(f"{took_ms:.0f} ms")
        self.shown = headlines
        text, good = verdict_of(headlines)
        token = "good" if good else "alarm"
        self._mark.setPixmap(icon(token, self._look.theme, token).pixmap(QSize(18, 18)))
        self._verdict.setText(text)
        self._verdict.setStyleSheet(f"color: {self._look.theme.colour(token).name()}; font-weight: 600")

    def show_waiting(self) -> None:
        """Nothing is known yet."""
        self._verdict.setText("Computing …")
        self._verdict.setStyleSheet("")
        self._mark.clear()
        self._took.clear()

    def _make(self) -> None:
        self._what.setProperty("role", "strong")
        self._where.setProperty("role", "soft")
        self._took.setProperty("role", "faint")
        self._took.setToolTip("From the movement to these figures")
        self._verdict.setMinimumWidth(72)
        head = QHBoxLayout()
        head.setSpacing(8)
        for widget in (self._mark, self._verdict, self._what, self._where):
            head.addWidget(widget)
        head.addStretch(1)
        head.addWidget(self._took)
        for button, asked in (
            (self.back_button, self.back_asked),
            (self.apply_button, self.apply_asked),
            (self.keep_button, self.keep_asked),
        ):
            button.clicked.connect(asked)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.hide()
            head.addWidget(button)
        self._figures.setSpacing(18)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(14, 9, 14, 10)
        rows.setSpacing(7)
        rows.addLayout(head)
        rows.addLayout(self._figures)

    def _dress(self) -> None:
        if self.shown:
            self.show_figures(self.shown, float(self._took.text().split(" ")[0] or 0.0))


class _Cell(QWidget):
    """A title, a figure with sign and colour, and what it is measured by."""

    def __init__(self) -> None:
        super().__init__()
        self._title, self._value, self._note = QLabel(), QLabel(), QLabel()
        self._title.setProperty("role", "soft")
        self._note.setProperty("role", "faint")
        self.setFixedWidth(_CELL_PX)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(1)
        for label in (self._title, self._value, self._note):
            rows.addWidget(label)

    def show_headline(self, headline: Headline, look: Look) -> None:
        self._title.setText(headline.title)
        plus = "+" if "change" in headline.title and headline.value > 0.0 else ""
        self._value.setText(_SIGNS[headline.verdict] + plus + format_value(headline.value, headline.unit, digits=3))
        colour = look.theme.colour(_TOKENS[headline.verdict]).name()
        self._value.setStyleSheet(f"color: {colour}; font-size: 17px; font-weight: 600")
        metrics = self._note.fontMetrics()
        self._note.setText(metrics.elidedText(headline.note, Qt.TextElideMode.ElideRight, _CELL_PX))
        self.setToolTip(headline.note)
        self.show()
