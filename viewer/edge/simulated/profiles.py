"""Motion along a line in the least time: constant acceleration, cruise, constant braking.

Closed form (any text on motion control, e.g. Biagiotti and Melchiorri, Trajectory Planning, 2008, sec. 3.2): from speed v over a
distance d the peak is sqrt((2 a d + v^2) / 2), capped by the speed limit.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Leg(NamedTuple):
    """Motion with constant acceleration from a time on, until the next leg begins."""

    t_s: float
    s_m: float
    v_m_s: float
    a_m_s2: float


def plan(t_s: float, s_m: float, v_m_s: float, goal_m: float, *, speed_m_s: float, accel_m_s2: float) -> list[Leg]:
    """Legs that bring a mover from (s, v) to rest at the goal; the last one is the rest.

    A goal nearer than the braking distance is taken as the point where braking at once ends.
    """
    a = accel_m_s2
    way = max(goal_m - s_m, v_m_s * v_m_s / (2 * a))
    goal_m = s_m + way
    peak = min(speed_m_s, max(v_m_s, math.sqrt((2 * a * way + v_m_s * v_m_s) / 2)))
    rising_s, braking_s = (peak - v_m_s) / a, peak / a
    rising_m, braking_m = (peak * peak - v_m_s * v_m_s) / (2 * a), peak * peak / (2 * a)
    cruise_s = max(0.0, way - rising_m - braking_m) / peak if peak > 0 else 0.0
    legs: list[Leg] = []
    if rising_s > 0:
        legs.append(Leg(t_s, s_m, v_m_s, a))
    if cruise_s > 0:
        legs.append(Leg(t_s + rising_s, s_m + rising_m, peak, 0.0))
    if braking_s > 0:
        legs.append(Leg(t_s + rising_s + cruise_s, goal_m - braking_m, peak, -a))
    legs.append(Leg(t_s + rising_s + cruise_s + braking_s, goal_m, 0.0, 0.0))
    return legs


def state_at(legs: list[Leg], t_s: float) -> tuple[float, float]:
    """Position and speed at a time not before the first leg's."""
    leg = legs[max(0, bisect_right(legs, t_s, key=lambda one: one.t_s) - 1)]
    dt = t_s - leg.t_s
    return leg.s_m + leg.v_m_s * dt + 0.5 * leg.a_m_s2 * dt * dt, leg.v_m_s + leg.a_m_s2 * dt


def sampled(table: NDArray[np.float64], t_s: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Positions and speeds (n,) at times (n,), of legs as rows (legs, 4)."""
    row = table[np.maximum(np.searchsorted(table[:, 0], t_s, side="right") - 1, 0)]
    dt = t_s - row[:, 0]
    return row[:, 1] + row[:, 2] * dt + 0.5 * row[:, 3] * dt * dt, row[:, 2] + row[:, 3] * dt
