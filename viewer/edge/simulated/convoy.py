"""Movers on one closed track that never pass one another: pallets on a conveyor, vehicles in an aisle.

Each mover heads for its own stop, or queues one spacing behind where the mover ahead will come to rest. All obey the same speed
and acceleration. A mover that is faster than the one ahead is sent on only where the gap allows for both: with c the top speed
and a the acceleration it closes by at most 3 c^2 / 4a before the one ahead is as fast, or has braked to rest; else it first
comes to rest where it was going. So the points where two neighbours could stop by braking at once, s + v^2 / 2a, never come
closer than the spacing. Positions are unwrapped: they grow for ever, one loop length per lap.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from viewer.edge.simulated.profiles import Leg, plan, state_at

_TOUCH_M = 1e-9


class Convoy:
    """Mover 0 leads; mover i follows i - 1, and mover 0 follows the last, one loop behind it."""

    def __init__(
        self, positions_m: Sequence[float], *, loop_m: float, spacing_m: float, speed_m_s: float, accel_m_s2: float
    ) -> None:
        self.loop_m, self.spacing_m, self.speed_m_s, self.accel_m_s2 = loop_m, spacing_m, speed_m_s, accel_m_s2
        self.stops_m = list(positions_m)
        """Where each one's owner wants it next."""
        self.goals_m = list(positions_m)
        """Where each one will come to rest as things stand."""
        self.halted = [False] * len(self.goals_m)
        self.plans = [0] * len(self.goals_m)
        """How often each one's motion was planned anew: tells an outdated arrival from a true one."""
        self.legs: list[list[Leg]] = [[Leg(0.0, one, 0.0, 0.0)] for one in positions_m]

        self._tables: dict[int, NDArray[np.float64]] = {}

    def table(self, mover: int) -> NDArray[np.float64]:
        """Its legs as rows (legs, 4): see `profiles.sampled`."""
        if mover not in self._tables:
            self._tables[mover] = np.array(self.legs[mover])
        return self._tables[mover]

    def __len__(self) -> int:
        return len(self.goals_m)

    def room_m(self, mover: int) -> float:
        """The farthest point it may head for without coming nearer than the spacing to the one ahead."""
        if len(self) == 1:
            return float("inf")
        ahead = self.goals_m[mover - 1] + (self.loop_m if mover == 0 else 0.0)
        return ahead - self.spacing_m

    def rest_s(self, mover: int) -> float:
        """When it comes to rest as planned."""
        return self.legs[mover][-1].t_s

    def settle(self, t_s: float) -> list[int]:
        """Plan anew whoever's goal differs now; the movers that were, so that their arrivals can be noted."""
        changed: list[int] = []
        calm = 0
        mover = 0
        while calm < len(self):
            if self._replanned(mover, t_s):
                changed.append(mover)
                calm = 0
            calm += 1
            mover = (mover + 1) % len(self)
        return changed

    def _replanned(self, mover: int, t_s: float) -> bool:
        halted = self.halted[mover]
        wanted = min(self.stops_m[mover], self.room_m(mover))
        if not halted and abs(wanted - self.goals_m[mover]) <= _TOUCH_M:
            return False
        s_m, v_m_s = state_at(self.legs[mover], t_s)
        if not halted and wanted > self.goals_m[mover] and not self._may_speed_up(mover, s_m, v_m_s, t_s):
            return False
        nearest = s_m + v_m_s * v_m_s / (2 * self.accel_m_s2)
        goal = nearest if halted else max(wanted, nearest)
        if abs(goal - self.goals_m[mover]) <= _TOUCH_M:
            return False
        legs = plan(t_s, s_m, v_m_s, goal, speed_m_s=self.speed_m_s, accel_m_s2=self.accel_m_s2)
        self.legs[mover] = [one for one in self.legs[mover] if one.t_s < t_s] + legs
        self.goals_m[mover] = legs[-1].s_m if halted else goal
        self.plans[mover] += 1
        self._tables.pop(mover, None)
        return True

    def _may_speed_up(self, mover: int, s_m: float, v_m_s: float, t_s: float) -> bool:
        """Whether a farther goal is safe now; where it is not, it is asked again when the mover has come to rest."""
        if len(self) == 1 or v_m_s == 0.0:
            return True
        ahead_m, ahead_m_s = state_at(self.legs[mover - 1], t_s)
        gap_m = ahead_m + (self.loop_m if mover == 0 else 0.0) - s_m - self.spacing_m
        return v_m_s <= ahead_m_s or gap_m >= self.speed_m_s**2 / self.accel_m_s2

    def forget_before(self, t_s: float) -> None:
        """Drop the legs that ended before a time."""
        for mover, legs in enumerate(self.legs):
            first = 0
            while first + 1 < len(legs) and legs[first + 1].t_s <= t_s:
                first += 1
            if first:
                self.legs[mover] = legs[first:]
                self._tables.pop(mover, None)
