"""The strip of what is see-through: how much, and back to solid."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QSlider

from viewer.ui.look import Look
from viewer.ui.looking.strip import Strip

if TYPE_CHECKING:
    from viewer.ui.main_window import MainWindow


class GhostStrip(Strip):
    """Shown while something is see-through. Main thread."""

    def __init__(self, window: MainWindow, look: Look) -> None:
        super().__init__(look)
        self._w = window
        seen = window.visibility
        self._title = QLabel()
        self._title.setProperty("role", "strong")
        self.row.addWidget(self._title)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(2, 80)
        self.slider.setFixedWidth(180)
        self.slider.setToolTip("How much of what is see-through is seen")
        self.slider.setValue(round(100 * seen.opacity))
        self.slider.valueChanged.connect(lambda percent: seen.set_opacity(percent / 100.0))
        self.row.addWidget(self.slider)
        self._percent = QLabel()
        self._percent.setFixedWidth(40)
        self.row.addWidget(self._percent)
        self.add_button("", "close", "Everything solid again", seen.all_solid)
        seen.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Follow what is see-through."""
        seen = self._w.visibility
        self.setVisible(bool(seen.focus or seen.x_rayed))
        self._title.setText("Everything else" if seen.focus else "See-through")
        self._percent.setText(f"{seen.opacity * 100:.0f} %")
        self.slider.setValue(round(100 * seen.opacity))
