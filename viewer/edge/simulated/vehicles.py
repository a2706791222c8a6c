"""Driverless vehicles: they load at a dock, drive to a drop point, and back, keeping their distance on one loop."""

from __future__ import annotations

import heapq
import math

from viewer.edge.simulated.chance import generator
from viewer.edge.simulated.convoy import Convoy
from viewer.edge.simulated.profiles import state_at
from viewer.edge.simulated.tables import VehiclesTable


class Fleet:
    """All vehicles of one path. Time is seconds since the plant's epoch; `advance` goes forward only."""

    def __init__(self, table: VehiclesTable, *, loop_m: float, seed: int) -> None:
        self.table, self.seed, self.loop_m = table, seed, loop_m
        count = len(table.ids)
        self.convoy = Convoy(
            [loop_m * (1 - (i + 1) / count) + loop_m / (2 * count) for i in range(count)],
            loop_m=loop_m,
            spacing_m=table.length_m,
            speed_m_s=table.speed_m_s,
            accel_m_s2=table.accel_m_s2,
        )
        self.trips = [0] * count
        self.charge = [[(0.0, 96.0 - 9.0 * i, 0.0, self.convoy.goals_m[i])] for i in range(count)]
        """(time, battery %, charging rate % a second, position) at each stop and departure of each vehicle."""
        self._events: list[tuple[float, int, str, int, int]] = []
        self._count = 0
        for i in range(count):
            self._send(i)
        self._settle(0.0)

    def advance(self, until_s: float) -> None:
        """Let everything happen that happens until then."""
        while self._events and self._events[0][0] <= until_s:
            t_s, _, what, who, plan = heapq.heappop(self._events)
            if what == "go":
                self._note(who, t_s, 0.0)
                self._send(who)
            elif plan == self.convoy.plans[who] and not self.convoy.halted[who]:
                self._arrive(who, t_s)
            self._settle(t_s)

    def block(self, vehicle: int, t_s: float, *, blocked: bool) -> None:
        """Something stands in its way, or no longer: it brakes, and those behind it queue."""
        self.convoy.halted[vehicle] = blocked
        self._settle(t_s)

    def battery_percent(self, vehicle: int, t_s: float) -> float:
        """State of charge: falls with the way driven, rises at a constant rate while it stands at a dock."""
        since_s, level, rate, from_m = next(
            one for one in reversed(self.charge[vehicle]) if one[0] <= t_s or one is self.charge[vehicle][0]
        )
        driven_m = state_at(self.convoy.legs[vehicle], t_s)[0] - from_m
        return max(0.0, min(100.0, level + rate * (t_s - since_s) - self.table.drain_percent_per_m * driven_m))

    def forget_before(self, t_s: float) -> None:
        """Drop what nobody will ask for any more."""
        self.convoy.forget_before(t_s)
        for records in self.charge:
            while len(records) > 1 and records[1][0] <= t_s:
                del records[0]

    def _send(self, vehicle: int) -> None:
        """Choose the next stop: drops and docks by turns."""
        trip = self.trips[vehicle]
        self.trips[vehicle] += 1
        places = self.table.docks_m if trip % 2 else self.table.drops_m
        chance = generator(self.seed, "trip", self.table.ids[vehicle], trip)
        place_m = float(places[int(chance.integers(len(places)))])
        laps = math.ceil((self.convoy.stops_m[vehicle] - place_m) / self.loop_m + 1e-9)
        self.convoy.stops_m[vehicle] = place_m + laps * self.loop_m

    def _arrive(self, vehicle: int, t_s: float) -> None:
        if abs(self.convoy.goals_m[vehicle] - self.convoy.stops_m[vehicle]) > 1e-6:
            return
        at_dock = self.trips[vehicle] % 2 == 0
        self._note(vehicle, t_s, self.table.charge_percent_per_s if at_dock else 0.0)
        chance = generator(self.seed, "dwell", self.table.ids[vehicle], self.trips[vehicle])
        self._later(t_s + self.table.dwell_s * float(chance.uniform(0.7, 1.5)), "go", vehicle, 0)

    def _note(self, vehicle: int, t_s: float, rate: float) -> None:
        here_m = state_at(self.convoy.legs[vehicle], t_s)[0]
        self.charge[vehicle].append((t_s, self.battery_percent(vehicle, t_s), rate, here_m))

    def _later(self, t_s: float, what: str, who: int, plan: int) -> None:
        self._count += 1
        heapq.heappush(self._events, (t_s, self._count, what, who, plan))

    def _settle(self, t_s: float) -> None:
        for vehicle in self.convoy.settle(t_s):
            self._later(self.convoy.rest_s(vehicle), "arrive", vehicle, self.convoy.plans[vehicle])
