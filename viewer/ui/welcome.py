"""What the middle of the window shows before there is a scene: how to get one."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from viewer.ui.icons import icon
from viewer.ui.look import Look


class Welcome(QWidget):
    """Open, recent scenes, and the hint that files can be dropped."""

    open_asked = Signal()
    path_asked = Signal(str)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.setObjectName("panelBody")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._look = look
        self._recent: list[str] = []
        self._column = QVBoxLayout()
        self._column.setSpacing(10)
        outer = QHBoxLayout(self)
        outer.addStretch(1)
        middle = QVBoxLayout()
        middle.addStretch(2)
        middle.addLayout(self._column)
        middle.addStretch(3)
        outer.addLayout(middle)
        outer.addStretch(1)
        look.changed.connect(self._build)
        self._build()

    def set_recent(self, paths: list[str]) -> None:
        """Show the scenes opened last; those that are gone are left out."""
        self._recent = [p for p in paths if Path(p).exists()]
        self._build()

    def _build(self) -> None:
        while (item := self._column.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        title, text = (
            QLabel("Genchi"),
            QLabel("Go to the plant, see the product. Open a scene, or drop a geometry file on this window."),
        )
        title.setProperty("role", "hero")
        text.setProperty("role", "soft")
        open_button = QPushButton("Open…")
        open_button.setProperty("primary", True)
        open_button.setFixedWidth(120)
        open_button.clicked.connect(self.open_asked)
        for widget in (title, text, open_button):
            self._column.addWidget(widget)
        if self._recent:
            line, heading = QFrame(), QLabel("Recent")
            line.setProperty("role", "line")
            heading.setProperty("role", "section")
            self._column.addSpacing(8)
            self._column.addWidget(line)
            self._column.addWidget(heading)
        for path in self._recent:
            self._column.addWidget(self._link(path))

    def _link(self, path: str) -> QPushButton:
        name = Path(path).parent.name if Path(path).name == "scene.toml" else Path(path).name
        button = QPushButton(icon("recent", self._look.theme), f"{name}     {path}")
        button.setProperty("role", "link")
        button.setCursor(Qt.CursorShape.PointingHandCursor)
        button.clicked.connect(lambda: self.path_asked.emit(path))
        return button
