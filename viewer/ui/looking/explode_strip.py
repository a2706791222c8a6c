"""Exploding in one window: a strip with a slider and a level; parts go apart and come back smoothly."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEasingCurve, Qt, QVariantAnimation
from PySide6.QtWidgets import QComboBox, QLabel, QSlider

from viewer.base.ids import NodeId
from viewer.twin.view_state import Explode
from viewer.ui.look import Look
from viewer.ui.looking.strip import Strip

if TYPE_CHECKING:
    from viewer.ui.main_window import MainWindow

_STEPS = 1000
_OPENED = 0.5
_LEVELS = ("Assemblies", "2 levels", "3 levels", "All levels")


class ExplodeStrip(Strip):
    """Shown while parts stand apart. About the selection that there was when it began, or the whole scene. Main thread."""

    def __init__(self, window: MainWindow, look: Look) -> None:
        super().__init__(look)
        self._w = window
        self._about: tuple[NodeId, ...] = ()
        self._is_open = False
        self.explode = Explode()
        title = QLabel("Explode")
        title.setProperty("role", "strong")
        self.row.addWidget(title)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, _STEPS)
        self.slider.setFixedWidth(230)
        self.slider.setToolTip("How far parts stand apart")
        self.slider.valueChanged.connect(lambda step: self._apply(step / _STEPS))
        self.row.addWidget(self.slider)
        self._percent = QLabel("0 %")
        self._percent.setFixedWidth(44)
        self._percent.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.row.addWidget(self._percent)
        self.levels = QComboBox()
        self.levels.addItems(_LEVELS)
        self.levels.setToolTip("What goes apart: assemblies only, or their contents too")
        self.levels.currentIndexChanged.connect(lambda _n: self._apply(self.explode.share))
        self.row.addWidget(self.levels)
        self.about = QLabel()
        self.about.setProperty("role", "soft")
        self.row.addWidget(self.about)
        self.add_line()
        self.add_button("", "undo", "Together again", lambda: self.glide(0.0))
        self.add_button("", "close", "Together again, and end exploding (E)", self.toggle)
        self._motion = QVariantAnimation(self)
        self._motion.setDuration(450)
        self._motion.setEasingCurve(QEasingCurve.Type.InOutCubic)
        self._motion.valueChanged.connect(lambda value: self.slider.setValue(round(float(value))))

    @property
    def is_open(self) -> bool:
        """Whether parts are apart, or may be drawn apart by the slider."""
        return self._is_open

    def toggle(self) -> None:
        """Go apart, about the selection or all; or come together and end."""
        if self._is_open:
            self._is_open = False
            self.hide()
            self.glide(0.0)
        else:
            self._about = self._w.selection.ids
            self._open()
            self.glide(_OPENED)
        self._w.actions_.refresh()

    def _open(self) -> None:
        self._is_open = True
        names = [self._w.twin.nodes[node].name for node in self._about if node in self._w.twin.nodes]
        self.about.setText("the scene" if not names else names[0] if len(names) == 1 else f"{len(names)} nodes")
        self.show()

    def glide(self, share: float) -> None:
        """Go smoothly to a share of the way."""
        self._motion.stop()
        self._motion.setStartValue(float(self.slider.value()))
        self._motion.setEndValue(float(_STEPS * share))
        self._motion.start()

    def take(self, explode: Explode) -> None:
        """Go where a saved view says, about the whole scene."""
        if explode == self.explode:
            return
        self.levels.setCurrentIndex(min(explode.level, len(_LEVELS)) - 1)
        if explode.share > 0.0 and not self._is_open:
            self._about = ()
            self._open()
        elif explode.share == 0.0 and self._is_open:
            self._is_open = False
            self.hide()
        self.glide(explode.share)

    def stop(self) -> None:
        """Together at once: another scene is shown."""
        self._motion.stop()
        self._is_open, self._about = False, ()
        self.hide()
        self.slider.setValue(0)

    def _apply(self, share: float) -> None:
        level = self.levels.currentIndex() + 1
        self.explode = Explode(share, level if level < len(_LEVELS) else 6)
        self._percent.setText(f"{share * 100:.0f} %")
        self._w.view3d.set_explode(self.explode, self._about)
