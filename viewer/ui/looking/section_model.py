"""The section as a person sets it: planes by name, a box, and which of them the controls move."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from viewer.base.errors import UserMistake
from viewer.base.units import grouped, without_groups
from viewer.twin.view_state import MOST_PLANES, NO_SECTION, CutPlane, Section, Triple

Vector = NDArray[np.float64]
AXES: dict[str, Triple] = {"x": (1.0, 0.0, 0.0), "y": (0.0, 1.0, 0.0), "z": (0.0, 0.0, 1.0)}
BOX, FACE = "box", "face"
SIDES = ("x-", "x+", "y-", "y+", "z-", "z+")
"""Names of a box's sides."""
_FARTHEST_M = 1e8
"""Beyond it double precision is coarser than a hundredth of a micrometre, and sums of places may overflow single precision."""
_LENGTH = re.compile(r"^\s*([+-]?\d+(?:[.,]\d+)?)\s*(m|mm|cm)?\s*$")
_METRES = {"m": 1.0, "cm": 0.01, "mm": 0.001}


class SectionModel:
    """Switched off it keeps its planes for the next time. No Qt."""

    def __init__(self) -> None:
        self.is_on = False
        self.planes: dict[str, CutPlane] = {}
        self.box_m: tuple[Triple, Triple] | None = None
        self.active = ""
        """Name of the plane that slider and keys move, or `box`."""
        self.corner = False

    @property
    def section(self) -> Section:
        """What is cut away now."""
        return Section(tuple(self.planes.values()), self.box_m, self.corner) if self.is_on else NO_SECTION

    def take(self, section: Section) -> None:
        """Take up a section that was kept."""
        self.planes = {self._name_of(plane, number): plane for number, plane in enumerate(section.planes)}
        self.box_m, self.corner, self.is_on = section.box_m, section.corner, bool(section)
        self.active = next(iter(self.planes), BOX if self.box_m is not None else "")

    def _name_of(self, plane: CutPlane, number: int) -> str:
        along = next((name for name, axis in AXES.items() if abs(float(np.dot(axis, plane.normal))) > 1.0 - 1e-9), FACE)
        return along if along != FACE or number == 0 else f"{FACE}{number}"

    def press(self, name: str, bounds_m: Vector, forward: Vector) -> None:
        """An axis or the box was chosen: it comes, becomes the active one, or (chosen again) goes."""
        held = name in self.planes or (name == BOX and self.box_m is not None)
        if held and self.active == name:
            self.planes.pop(name, None)
            self.box_m = None if name == BOX else self.box_m
            self.active = next(iter(self.planes), BOX if self.box_m is not None else "")
        elif name == BOX and not held:
            self.fit_box(bounds_m)
        elif not held:
            self.put(name, np.array(AXES[name]), float(bounds_m.mean(axis=0) @ AXES[name]), forward)
        else:
            self.active = name
        self.is_on = bool(self.planes) or self.box_m is not None

    def put(self, name: str, axis: Vector, at_m: float, forward: Vector) -> None:
        """A plane across an axis, which keeps what lies behind it as seen from the camera."""
        if name not in self.planes and len(self.planes) >= MOST_PLANES:
            self.planes.pop(self.active if self.active in self.planes else next(iter(self.planes)))
        sign = 1.0 if float(axis @ forward) >= 0.0 else -1.0
        x, y, z = (sign * axis).tolist()
        self.planes[name] = CutPlane((x, y, z), sign * at_m)
        self.active, self.is_on = name, True

    def fit_box(self, bounds_m: Vector, share: float = 0.75) -> None:
        """The box around the middle of some bounds, that share of their size."""
        middle, half = bounds_m.mean(axis=0), np.maximum(np.ptp(bounds_m, axis=0) / 2.0, 1e-6) * share
        low, high = (middle - half).tolist(), (middle + half).tolist()
        self.box_m = ((low[0], low[1], low[2]), (high[0], high[1], high[2]))
        self.active, self.is_on = BOX, True

    @property
    def plane(self) -> CutPlane | None:
        """The active plane; None while the box is."""
        return self.planes.get(self.active)

    def axis(self) -> Vector:
        """(3,) the way in which the active plane's offset is counted: its normal, or against it, whichever points up the axes."""
        normal = np.array(self.plane.normal if self.plane is not None else (1.0, 0.0, 0.0))
        return normal if normal[np.abs(normal).argmax()] > 0.0 else -normal

    @property
    def at_m(self) -> float:
        """Where the active plane stands along its axis."""
        plane = self.plane
        return 0.0 if plane is None else plane.offset_m * float(np.sign(self.axis() @ plane.normal))

    def move_to(self, at_m: float) -> None:
        """Put the active plane there along its axis."""
        plane = self.plane
        if plane is not None:
            self.planes[self.active] = CutPlane(plane.normal, at_m * float(np.sign(self.axis() @ plane.normal)))

    def flip(self) -> None:
        """Keep the other side of the active plane; of the box, its outside."""
        plane = self.plane
        if plane is not None:
            self.planes[self.active] = plane.flipped

    def limits_m(self, bounds_m: Vector) -> tuple[float, float]:
        """Lowest and highest place of the active plane that still cuts some bounds."""
        axis, middle, half = self.axis(), bounds_m.mean(axis=0), np.ptp(bounds_m, axis=0) / 2.0
        reach = float(np.abs(axis) @ half)
        return float(axis @ middle) - reach, float(axis @ middle) + reach

    def move_side(self, side: str, at_m: float) -> None:
        """Shift one side of the box; it stops short of the opposite one."""
        if self.box_m is None:
            return
        corners = [list(self.box_m[0]), list(self.box_m[1])]
        axis, upper = "xyz".index(side[0]), side[1] == "+"
        other = corners[0 if upper else 1][axis]
        least = 1e-4 * max(abs(b - a) for a, b in zip(*self.box_m, strict=True))
        corners[int(upper)][axis] = max(at_m, other + least) if upper else min(at_m, other - least)
        low, high = corners
        self.box_m = ((low[0], low[1], low[2]), (high[0], high[1], high[2]))

    def reset(self) -> None:
        """No section, and none kept."""
        self.__init__()


def read_length_m(text: str, unit: str) -> float:
    """Metres of a typed length; `unit` where none is typed. Raises UserMistake."""
    found = _LENGTH.match(without_groups(text))
    if found is None:
        raise UserMistake(f"«{text.strip()[:40]}» is no length; type a number, with m, cm or mm")
    metres = float(found[1].replace(",", ".")) * _METRES[found[2] or unit]
    if abs(metres) > _FARTHEST_M:
        raise UserMistake(f"that is farther than {grouped(_FARTHEST_M / 1e3)} km; type a place within the scene")
    return metres
