"""The form that says what a source is, where it is, and which file it is written into."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QFileDialog, QHBoxLayout, QLabel, QLineEdit, QToolButton, QVBoxLayout, QWidget

from viewer.ui.icons import icon
from viewer.ui.look import Look
from viewer.ui.sources.kinds import Asked, SourceForm, keys_of, known_forms

_FILTER = "Gateway configuration (*.toml)"


class SourceFormView(QWidget):
    """Main thread."""

    changed = Signal()

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._forms = known_forms()
        self.kind, self.file, self.named = QComboBox(), QLineEdit(), QLineEdit()
        self.fields: dict[str, QLineEdit | QComboBox] = {}
        self._rows = QVBoxLayout(self)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(4)
        self.kind.addItems([one.title for one in self._forms])
        self.kind.setAccessibleName("Kind of source")
        self._row("What it is", self.kind)
        self._middle = QWidget()
        self._rows.addWidget(self._middle)
        self.named.setPlaceholderText("what people see, such as press-3")
        self._row("Its name", self.named)
        self.file.setPlaceholderText("gateway.toml: new, or one that is there")
        self._row("The gateway's file", self.file, self._button("open", "Choose the file, or name a new one", self._choose))
        self.kind.currentIndexChanged.connect(self._show_fields)
        for one in (self.named, self.file):
            one.textChanged.connect(self.changed)
        self._show_fields()

    @property
    def form(self) -> SourceForm | None:
        """The kind that is chosen."""
        at = self.kind.currentIndex()
        return self._forms[at] if 0 <= at < len(self._forms) else None

    def answers(self) -> dict[str, str]:
        """What was written, by key."""
        return {key: one.currentText() if isinstance(one, QComboBox) else one.text() for key, one in self.fields.items()}

    def keys(self, folder: Path) -> dict[str, str]:
        """The keys of the [[source]] table."""
        return keys_of(self.form, self.answers(), folder) if self.form is not None else {}

    def name(self) -> str:
        """Of the source: as written, else its kind."""
        return self.named.text().strip() or (self.form.kind if self.form is not None else "")

    def path(self) -> Path | None:
        """Of the gateway's file; None where none is named."""
        text = self.file.text().strip()
        if not text:
            return None
        path = Path(text).expanduser().absolute()
        return path if path.suffix else path.with_suffix(".toml")

    def missing(self) -> str:
        """What is still to be said; empty where all is there."""
        answers = self.answers()
        for one in self.form.asked if self.form is not None else ():
            if one.needed and not answers.get(one.key, "").strip():
                return f"{one.label} is still to be written: {one.like}"
        return "" if self.path() is not None else "name the gateway's file: a new one, or one that is there"

    def choose_kind(self, kind: str) -> None:
        """Take another kind."""
        at = next((at for at, one in enumerate(self._forms) if one.kind == kind), None)
        if at is not None:
            self.kind.setCurrentIndex(at)

    def write(self, key: str, text: str) -> None:
        """Fill a field."""
        field = self.fields[key]
        if isinstance(field, QComboBox):
            field.setCurrentText(text)
        else:
            field.setText(text)

    def _show_fields(self) -> None:
        fresh = QWidget()
        rows = QVBoxLayout(fresh)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(4)
        self.fields = {}
        for one in self.form.asked if self.form is not None else ():
            field = self._field(one)
            self.fields[one.key] = field
            extra = self._button("open", "Choose the file", lambda key=one.key: self._choose_for(key)) if one.is_file else None
            rows.addWidget(_label(one.label if one.needed else f"{one.label} (may be empty)"))
            rows.addLayout(_beside(field, extra))
        self._rows.replaceWidget(self._middle, fresh)
        self._middle.deleteLater()
        self._middle = fresh
        self.changed.emit()

    def _field(self, one: Asked) -> QLineEdit | QComboBox:
        if one.choices:
            choice = QComboBox()
            choice.addItems(list(one.choices))
            choice.setAccessibleName(one.label)
            return choice
        field = QLineEdit()
        field.setPlaceholderText(one.like)
        field.setToolTip(one.like)
        field.setAccessibleName(one.label)
        field.textChanged.connect(self.changed)
        return field

    def _row(self, label: str, field: QWidget, extra: QWidget | None = None) -> None:
        self._rows.addWidget(_label(label))
        self._rows.addLayout(_beside(field, extra))

    def _button(self, picture: str, tip: str, run: Callable[[], object]) -> QToolButton:
        made = QToolButton()
        made.setIcon(icon(picture, self._look.theme))
        made.setToolTip(tip)
        made.setAccessibleName(tip)

        made.clicked.connect(lambda _checked=False: run())
        return made

    def _choose(self) -> None:
        name, _ = QFileDialog.getSaveFileName(
            self, "The gateway's file", self.file.text(), _FILTER, options=QFileDialog.Option.DontConfirmOverwrite
        )
        if name:
            self.file.setText(name)

    def _choose_for(self, key: str) -> None:
        name, _ = QFileDialog.getOpenFileName(self, "Choose a file", self.answers().get(key, ""))
        if name:
            self.write(key, name)


def _label(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("role", "soft")
    label.setContentsMargins(0, 6, 0, 0)
    return label


def _beside(field: QWidget, extra: QWidget | None) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(4)
    row.addWidget(field, 1)
    if extra is not None:
        row.addWidget(extra)
    return row
