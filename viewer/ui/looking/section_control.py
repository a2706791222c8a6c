"""The section of one window: carries what strip, handles and keys say to the view, and keeps it for each scene."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from viewer.base.units import grouped
from viewer.render.camera import STANDARD_VIEWS
from viewer.twin.view_state import Section
from viewer.ui.looking.section_model import FACE, SectionModel

if TYPE_CHECKING:
    from viewer.render.picking import Hit
    from viewer.ui.main_window import MainWindow

_SETTLED_MS = 180


class SectionControl(QObject):
    """Main thread."""

    changed = Signal()
    measured = Signal(str)
    """Words on the area of the selection's cut; empty where there is none."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._w = window
        self.model = SectionModel()
        self.bounds_m = np.array([[-1.0, -1.0, -1.0], [1.0, 1.0, 1.0]])
        """What the controls' limits come from: the scene's box when the section began."""
        self._timer = QTimer(self, singleShot=True, interval=_SETTLED_MS)
        self._timer.timeout.connect(self.measure)
        window.selection.changed.connect(lambda *_: self._timer.start())

    # -- commands

    @property
    def is_on(self) -> bool:
        """Whether something is cut."""
        return self.model.is_on

    def toggle(self) -> None:
        """Cut as the last time, or across x the first time; or stop cutting."""
        if self.model.is_on:
            self.model.is_on = False
        else:
            self._look_round()
            self.model.is_on = bool(self.model.planes) or self.model.box_m is not None
            if not self.model.is_on:
                self.choose(self._first_axis())
                return
        self._tell()

    def choose(self, name: str) -> None:
        """An axis or the box."""
        self._look_round()
        self.model.press(name, self.bounds_m, self._w.view3d.camera.forward)
        self._tell()

    def move_to(self, at_m: float) -> None:
        """The active plane."""
        self.model.move_to(at_m)
        self._tell()

    def nudge(self, steps: float) -> None:
        """The active plane by hundredths of its way."""
        low, high = self.model.limits_m(self.bounds_m)
        step = 10.0 ** np.floor(np.log10(max(high - low, 1e-9) / 50.0))
        self.move_to(float(np.round((self.model.at_m + steps * step) / (0.1 * step)) * 0.1 * step))

    def move_side(self, side: str, at_m: float) -> None:
        """One side of the box."""
        self.model.move_side(side, at_m)
        self._tell()

    def flip(self) -> None:
        """Keep the other side."""
        self.model.flip()
        self._tell()

    def set_corner(self, on: bool) -> None:
        """Cut away only where all planes meet."""
        self.model.corner = on
        self._tell()

    def box_to_selection(self) -> None:
        """The box around what is selected (or all)."""
        ids = self._w.selection.ids
        self.model.fit_box(self._w.view3d.scene.bounds(ids) if ids else self.bounds_m, 1.02 if ids else 0.75)
        self._tell()

    def align(self, hit: Hit) -> None:
        """A plane through a face that was clicked, which keeps what lies behind it."""
        self._look_round()
        inwards = -hit.normal
        just_below = 1e-5 * float(np.ptp(self.bounds_m, axis=0).max())  # in the face itself, rounding would decide
        self.model.put(FACE, inwards, float(inwards @ hit.point_in_world) + just_below, self._w.view3d.camera.forward)
        self._tell()

    def face_camera(self) -> None:
        """Look straight onto the active plane."""
        plane = self.model.plane
        if plane is None:
            return
        x, y, z = plane.normal
        view = self._w.view3d
        heading = float(np.arctan2(y, x)) if np.hypot(x, y) > 1e-6 else STANDARD_VIEWS["top"][0]
        view.look_along(heading, float(np.arctan2(z, np.hypot(x, y))))

    def reset(self) -> None:
        """No section, and none kept."""
        self.model.reset()
        self._tell()

    def take(self, section: Section) -> None:
        """Cut by a section that was kept with a view."""
        if section == self.model.section:
            return
        if section:
            self._look_round()
            self.model.take(section)
        self.model.is_on = bool(section)
        self._tell()

    # -- telling

    def _first_axis(self) -> str:
        """The level axis that the camera looks along most."""
        forward = self._w.view3d.camera.forward
        return "x" if abs(forward[0]) >= abs(forward[1]) else "y"

    def _look_round(self) -> None:
        if not self.model.is_on:
            self.bounds_m = self._w.view3d.scene.bounds()

    def _tell(self) -> None:
        self._w.view3d.set_section(self.model.section)
        self._timer.start()
        self.changed.emit()
        self._w.actions_.refresh()

    def measure(self) -> None:
        """Say how large the selection's cut is."""
        self.measured.emit(self._size_text())

    def _size_text(self) -> str:
        ids = self._w.selection.ids
        if not self.model.is_on or not ids:
            return ""
        size: Any = self._w.view3d.scene.slice_size(ids)
        if size is None:
            return "The selection is not cut"
        name = self._w.twin.nodes[ids[0]].name if len(ids) == 1 else f"{len(ids)} nodes"
        area = _area_text(size.area_m2) if size.area_m2 > 0.0 else "no area (an open surface)"
        return f"Cut of «{name}»: {area}, outline {_length_text(size.length_m)}"


def _area_text(area_m2: float) -> str:
    if area_m2 >= 0.1:
        return f"{grouped(area_m2, 3)} m²"
    return f"{area_m2 * 1e4:.2f} cm²" if area_m2 >= 1e-3 else f"{area_m2 * 1e6:.2f} mm²"


def _length_text(length_m: float) -> str:
    return f"{length_m:.3f} m" if length_m >= 1.0 else f"{length_m * 1e3:.1f} mm"
