"""Walking: a person of upright spheres that slides along walls, climbs steps, stands on floors and falls; time is passed in."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from viewer.render.surroundings import Surroundings, heights_at, nearest_points

Floats = NDArray[np.float64]
EYE_M = 1.7
STEP_M = 0.3
"""Highest step that one walks up."""
RADIUS_M = 0.25
_SPHERES_M = (STEP_M + RADIUS_M, 1.02, 1.49)
"""Heights of the body's spheres over the foot; what is lower than a step is walked over."""
_FEET_M = (0.0, 0.12)
"""The floor is felt at the middle and this far from it, on four sides."""
_LONGEST_M = 0.4 * RADIUS_M
"""Of a move at once: far less than the radius, so that no sheet is passed, however thin."""
_STEEPEST = math.cos(math.radians(50.0))
_GRAVITY_MPS2 = 9.81
_FASTEST_FALL_MPS = 15.0
_TRIES = 6
_RINGS_M = (0.8, 2.0, 4.5)
"""How far around a place somewhere to stand is looked for."""
_CLEAR_M = 1e-4


@dataclass(frozen=True, slots=True)
class Person:
    """Where somebody stands: the point between the feet, and how fast it falls."""

    foot_m: tuple[float, float, float]
    fall_mps: float = 0.0

    @property
    def eye_m(self) -> Floats:
        """Where the eyes are."""
        x, y, z = self.foot_m
        return np.array([x, y, z + EYE_M])


def walked(person: Person, around: Surroundings, velocity_mps: Floats, dt_s: float) -> Person:
    """The person after a time of walking with a level velocity (2,): walls stop, floors carry, without a floor one falls."""
    way = np.asarray(velocity_mps, dtype=np.float64) * dt_s
    count = max(1, math.ceil(float(np.hypot(*way)) / _LONGEST_M))
    for _ in range(count):
        if np.hypot(*way) > 0.0:
            person = _moved(person, around, way / count)
        person = _settled(person, around, dt_s / count)
    return person


def standing_below(around: Surroundings, point_m: Floats) -> Person | None:
    """Somebody on the highest floor under a point; None where there is none."""
    heights = heights_at(point_m[:2], around.column(point_m[:2], float(point_m[2])), steepest=_STEEPEST)
    heights = heights[heights <= point_m[2] + 1e-6]
    return Person((float(point_m[0]), float(point_m[1]), float(heights.max()))) if len(heights) else None


def standing_near(around: Surroundings, point_m: Floats) -> Person | None:
    """Somebody near a place (3,) with room for the body, on the lowest floor thereabouts: beside a table, not on it."""
    turns = np.arange(8) * math.pi / 4.0
    ring = np.stack([np.cos(turns), np.sin(turns)], axis=1)
    found: list[Person] = []
    for place in point_m[:2] + np.concatenate([np.zeros((1, 2)), *(radius * ring for radius in _RINGS_M)]):
        heights = np.unique(heights_at(place, around.column(place, float(point_m[2])), steepest=_STEEPEST))
        free = (z for z in heights.tolist() if _deepest(np.array([*place, z]), around) <= _CLEAR_M)
        lowest = next(free, None)
        if lowest is not None:  # a slab has an underside too: one stands on what is within a step above
            floor = float(heights[heights <= lowest + STEP_M].max())
            found.append(Person((float(place[0]), float(place[1]), floor)))
    least = min((one.foot_m[2] for one in found), default=0.0)
    return next((one for one in found if one.foot_m[2] <= least + STEP_M), None)


def _moved(person: Person, around: Surroundings, way: Floats) -> Person:
    """A short move, pushed off walls; not made where there is no room."""
    start = np.array(person.foot_m)
    before = _deepest(start, around)
    foot = start + np.array([way[0], way[1], 0.0])
    for _ in range(_TRIES):
        push, depth = _push(foot, around)
        if depth <= _CLEAR_M:
            return replace(person, foot_m=_tuple(foot))
        foot[:2] += push
    # No room there. Somebody who stands in something already may go wherever it is no deeper.
    depth = _deepest(foot, around)
    return replace(person, foot_m=_tuple(foot)) if depth <= max(_CLEAR_M, before - 1e-6) else person


def _push(foot: Floats, around: Surroundings) -> tuple[Floats, float]:
    """(2,) the way out of the wall that reaches deepest into the body, and how deep that is."""
    triangles = _touched(foot, around)
    worst, out = 0.0, np.zeros(2)
    for height in _SPHERES_M if len(triangles) else ():
        middle = foot + np.array([0.0, 0.0, height])
        away = middle - nearest_points(middle, triangles)
        far = np.sqrt((away**2).sum(axis=1))
        row = int(far.argmin())
        depth = RADIUS_M - float(far[row])
        if depth <= worst:
            continue
        worst = depth
        level = float(np.hypot(*away[row, :2]))
        # Out of the sphere along the level: to where the nearest point is just a radius away.
        needed = math.sqrt(max(RADIUS_M**2 - float(away[row, 2]) ** 2, 0.0)) - level
        out = away[row, :2] / level * (needed + _CLEAR_M) if level > 1e-6 else np.zeros(2)
    return out, worst


def _deepest(foot: Floats, around: Surroundings) -> float:
    return _push(foot, around)[1]


def _touched(foot: Floats, around: Surroundings) -> Floats:
    low = np.array([-RADIUS_M, -RADIUS_M, _SPHERES_M[0] - RADIUS_M])
    high = np.array([RADIUS_M, RADIUS_M, _SPHERES_M[-1] + RADIUS_M])
    return around.near(foot + low, foot + high)


def _settled(person: Person, around: Surroundings, dt_s: float) -> Person:
    """On the floor under the feet, up a step or down; in the air, falling."""
    x, y, z = person.foot_m
    floor = _floor(np.array([x, y]), z, around)
    if floor is not None and floor >= z - STEP_M and person.fall_mps == 0.0:
        lifted = replace(person, foot_m=(x, y, floor))
        fits = floor <= z or _deepest(np.array(lifted.foot_m), around) <= max(_CLEAR_M, _deepest(np.array(person.foot_m), around))
        return lifted if fits else person
    if floor is None:
        below = standing_below(around, np.array([x, y, z]))
        if below is None:
            return replace(person, fall_mps=0.0)  # nothing below, anywhere: one stands on what is not drawn
        floor = below.foot_m[2]
    speed = min(person.fall_mps + _GRAVITY_MPS2 * dt_s, _FASTEST_FALL_MPS)
    lower = z - speed * dt_s
    return Person((x, y, floor), 0.0) if lower <= floor else Person((x, y, lower), speed)


def _floor(at: Floats, z: float, around: Surroundings) -> float | None:
    """The highest floor under any of the feet that is no higher than a step, of those within reach."""
    reach = np.array([_FEET_M[1], _FEET_M[1], 0.0])
    here = np.array([at[0], at[1], z])
    triangles = around.near(here - reach - [0.0, 0.0, 2.0 * STEP_M], here + reach + [0.0, 0.0, STEP_M])
    if not len(triangles):
        return None
    places = [at, *(at + way for way in _FEET_M[1] * np.array([[1, 0], [-1, 0], [0, 1], [0, -1]]))]
    found = np.concatenate([heights_at(place, triangles, steepest=_STEEPEST) for place in places])
    found = found[(found <= z + STEP_M + 1e-6) & (found >= z - 2.0 * STEP_M)]
    return float(found.max()) if len(found) else None


def _tuple(foot: Floats) -> tuple[float, float, float]:
    return (float(foot[0]), float(foot[1]), float(foot[2]))
