"""The section's strip: which planes cut, where they stand, and what else can be done with them."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QLineEdit, QSlider

from viewer.base.errors import UserMistake
from viewer.ui.look import Look
from viewer.ui.looking.section_control import SectionControl
from viewer.ui.looking.section_model import AXES, BOX, FACE, read_length_m
from viewer.ui.looking.strip import Strip

_STEPS = 2000
_SMALL_M = 3.0
"""Scenes smaller than this are cut in millimetres."""


class SectionStrip(Strip):
    """Shown while something is cut. Main thread."""

    align_asked = Signal()
    mistaken = Signal(str)

    def __init__(self, control: SectionControl, look: Look) -> None:
        super().__init__(look)
        self._control = control
        self._filling = False
        tips = {name: f"Cut across {name}; again: take this plane away" for name in AXES}
        self._names = {
            name: self.add_button(name.upper(), "", tip, lambda n=name: control.choose(n), checkable=True)
            for name, tip in tips.items()
        }
        self._names[BOX] = self.add_button("Box", "box", "Keep what is in a box", lambda: control.choose(BOX), checkable=True)
        self._names[FACE] = self.add_button(
            "Face", "align", "Cut along a face: click it in the view", self.align_asked.emit, checkable=True
        )
        self.add_line()
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, _STEPS)
        self.slider.setFixedWidth(190)
        self.slider.setToolTip("Where the plane stands (Page up, Page down; with Shift: finely)")
        self.slider.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.slider.valueChanged.connect(self._slid)
        self.row.addWidget(self.slider)
        self.offset = QLineEdit()
        self.offset.setFixedWidth(104)
        self.offset.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.offset.setToolTip("Where the plane stands along its axis; type a number, with m or mm")
        self.offset.editingFinished.connect(self._typed)
        self.row.addWidget(self.offset)
        self.flip = self.add_button("", "flip", "Keep the other side", control.flip)
        self.fit = self.add_button("", "isolate", "The box around the selection", control.box_to_selection)
        self.corner = self.add_button(
            "", "corner", "Cut away only the corner where all planes meet", lambda: control.set_corner(self.corner.isChecked()),
            checkable=True,
        )  # fmt: skip
        self.face = self.add_button("", "view", "Look straight onto the plane", control.face_camera)
        self.add_line()
        self.add_button("", "undo", "No section, and forget its planes", control.reset)
        self.add_button("", "close", "Stop cutting; the planes are kept", control.toggle)
        self.size_words = QLabel()
        self.size_words.setProperty("role", "soft")
        self.size_words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.rows.addWidget(self.size_words)
        self.size_words.hide()
        control.changed.connect(self.refresh)
        control.measured.connect(self._show_size)
        self.refresh()

    @property
    def unit(self) -> str:
        """Of the offset's field."""
        bounds = self._control.bounds_m
        return "mm" if float((bounds[1] - bounds[0]).max()) < _SMALL_M else "m"

    def refresh(self) -> None:
        """Follow the section."""
        control, model = self._control, self._control.model
        self.setVisible(control.is_on)
        if not control.is_on:
            return
        self._filling = True
        for name, button in self._names.items():
            button.setChecked(name in model.planes or (name == BOX and model.box_m is not None))
            font = button.font()
            font.setBold(name == model.active)
            button.setFont(font)
        is_plane = model.plane is not None
        for part in (self.slider, self.offset, self.flip, self.face):
            part.setVisible(is_plane)
        self.fit.setVisible(not is_plane)
        self.corner.setEnabled(len(model.section.cuts) > 1)
        self.corner.setChecked(model.corner)
        if is_plane:
            low, high = model.limits_m(control.bounds_m)
            self.slider.setValue(round((model.at_m - low) / max(high - low, 1e-12) * _STEPS))
            mm = self.unit == "mm"
            self.offset.setText(f"{model.at_m * 1000.0:.2f} mm" if mm else f"{model.at_m:.3f} m")
        self._filling = False

    def _slid(self, step: int) -> None:
        if not self._filling:
            low, high = self._control.model.limits_m(self._control.bounds_m)
            self._control.move_to(low + (high - low) * step / _STEPS)

    def _typed(self) -> None:
        if self._filling or not self.offset.isModified():
            return
        try:
            self._control.move_to(read_length_m(self.offset.text(), self.unit))
        except UserMistake as mistake:
            self.mistaken.emit(str(mistake))
        self.refresh()

    def _show_size(self, words: str) -> None:
        self.size_words.setText(words)
        self.size_words.setVisible(bool(words))
