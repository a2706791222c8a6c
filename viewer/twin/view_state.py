"""How a scene is looked at beside the viewpoint: section, explode, what is hidden or see-through. No part of plant or product."""

from __future__ import annotations

import math
from dataclasses import dataclass

from viewer.base.ids import NodeId

Triple = tuple[float, float, float]

MOST_PLANES = 3
"""Single planes of a section; a box has six more of its own."""


@dataclass(frozen=True, slots=True)
class CutPlane:
    """Keeps the points p of the world with `normal` · p >= `offset_m`; what is on the other side is cut away."""

    normal: Triple
    """Unit vector in the world, into what is kept."""
    offset_m: float

    @property
    def flipped(self) -> CutPlane:
        """The same plane that keeps the other side."""
        x, y, z = self.normal
        return CutPlane((-x, -y, -z), -self.offset_m)


@dataclass(frozen=True, slots=True)
class Section:
    """What is cut away: all that any plane or the box leaves out."""

    planes: tuple[CutPlane, ...] = ()
    box_m: tuple[Triple, Triple] | None = None
    """Lowest and highest corner, in the world, of the box outside which all is cut away."""
    corner: bool = False
    """Cut away only what all planes (with the box: all of its sides) leave out together: a corner, where they meet."""

    def __bool__(self) -> bool:
        """Whether it cuts anything."""
        return bool(self.planes) or self.box_m is not None

    @property
    def cuts(self) -> tuple[CutPlane, ...]:
        """The planes, those of the box included."""
        if self.box_m is None:
            return self.planes
        low, high = self.box_m
        axes: tuple[Triple, ...] = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
        lower = (CutPlane(axis, at) for axis, at in zip(axes, low, strict=True))
        upper = (CutPlane(axis, at).flipped for axis, at in zip(axes, high, strict=True))
        return (*self.planes, *lower, *upper)

    def problem(self) -> str:
        """What is wrong with it, as «has …»; empty where it is sound."""
        if len(self.planes) > MOST_PLANES:
            return f"has {len(self.planes)} planes, expected at most {MOST_PLANES}"
        numbers = [n for plane in self.planes for n in (*plane.normal, plane.offset_m)]
        if self.box_m is not None:
            numbers += [*self.box_m[0], *self.box_m[1]]
            if not all(low < high for low, high in zip(*self.box_m, strict=True)):
                return "has a box whose lowest corner is not below its highest"
        if not all(math.isfinite(n) for n in numbers):
            return "has a number that is not finite"
        if any(abs(math.hypot(*plane.normal) - 1.0) > 1e-6 for plane in self.planes):
            return "has a plane whose normal is not of length 1"
        return ""


NO_SECTION = Section()


@dataclass(frozen=True, slots=True)
class Explode:
    """How far parts stand apart: 0 together, 1 as far as it goes, away from the middle of each assembly down to a level."""

    share: float = 0.0
    level: int = 1
    """How many levels of the tree move by themselves; below that, things stay together."""


@dataclass(frozen=True, slots=True)
class ViewState:
    """What one window shows of a scene, to be kept with a saved view."""

    section: Section = NO_SECTION
    explode: Explode = Explode()
    hidden: tuple[NodeId, ...] = ()
    isolated: tuple[NodeId, ...] = ()
    x_rayed: tuple[NodeId, ...] = ()
    focus: tuple[NodeId, ...] = ()
    """These solid, everything else see-through; none: no focus."""
    x_ray_opacity: float = 0.18
    colour_by: str = ""
    """`scene`, `states`, `none`, or `channels:` and a glob; empty: left as it is."""

    def problem(self) -> str:
        """What is wrong with it, as «has …»; empty where it is sound."""
        if not 0.0 <= self.explode.share <= 1.0 or self.explode.level < 1:
            return "explodes by a share outside 0 to 1, or a level under 1"
        if not 0.0 < self.x_ray_opacity <= 1.0:
            return f"has x_ray_opacity = {self.x_ray_opacity:g}, expected more than 0 and at most 1"
        return self.section.problem()
