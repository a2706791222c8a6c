"""The faults that the simulated plant can have: their names, their parameters, and when each was active."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence

import msgspec

from viewer.base.errors import UserMistake
from viewer.edge.simulated.tables import SimulationTable
from viewer.twin.catalogue import FaultInfo, FaultParameter

_Number = tuple[str, str, float, float, float]
"""Name, unit, default, low, high."""


def _fault(name: str, title: str, description: str, *numbers: _Number) -> FaultInfo:
    return FaultInfo(name, title, description, tuple(FaultParameter(*one) for one in numbers))


def _process_faults() -> list[FaultInfo]:
    return [
        _fault(
            "adhesive_heater_fails",
            "Adhesive heater fails",
            "The heater gives only a part of its power: the adhesive cools and stiffens, and the bead gets narrow.",
            ("power", "%", 0.0, 0.0, 90.0),
        ),
        _fault(
            "adhesive_batch_stiff",
            "A batch of adhesive is stiff",
            "The batch flows worse: the bead gets narrow at the same temperature, and a warmer hose makes up for it.",
            ("stiffness", "%", 5.0, 0.5, 60.0),
        ),
        _fault(
            "tightening_cross_thread",
            "Bolts are cross-threaded",
            "Bolts at st080 bind on their way down: torque rises far too early, the angle stays short; the pack is scrap.",
            ("share", "%", 100.0, 1.0, 100.0),
        ),
        _fault(
            "leak_seal_damaged",
            "A test bell's seal is damaged",
            "From the next test on pressure at st050 and st120 falls quickly, the leak rate is too high; the pack is scrap.",
            ("leak_factor", "", 20.0, 1.5, 500.0),
        ),
        _fault(
            "tool_wear_fast",
            "The welding tool wears fast",
            "Tool wear at st040 grows many times faster; weld depth falls, the locating pin at st060 drifts, then the lid gap.",
            ("factor", "", 25.0, 1.0, 500.0),
        ),
        _fault(
            "weld_current_low",
            "Weld current is low",
            "The current of the welding laser at st040 drops; the welds get shallow, below their limit the pack is scrap.",
            ("current", "%", 75.0, 30.0, 99.0),
        ),
    ]


def _plant_faults(table: SimulationTable) -> list[FaultInfo]:
    numbers = [one.number for one in table.station]
    robots = [one.station for one in table.robot]
    default = next((one.number for one in table.station if one.id in robots[-2:]), numbers[0])
    vehicles = len(table.vehicles.ids) if table.vehicles is not None else 0
    found = [
        _fault(
            "robot_stops",
            "A robot stops",
            "The robot stands still where it is: its station is in fault, pallets queue before it.",
            ("station", "", float(default), float(min(numbers)), float(max(numbers))),
        ),
        _fault(
            "conveyor_jam",
            "The conveyor jams",
            "All pallets between stations brake and stand; stations finish their work, then are blocked or starve.",
        ),
    ]
    if vehicles:
        found.append(
            _fault(
                "vehicle_blocked",
                "A vehicle is blocked",
                "Something stands in a vehicle's way: it brakes and waits, and those behind it queue.",
                ("vehicle", "", 1.0, 1.0, float(vehicles)),
            )
        )
    return found


def _sensor_faults(channels: Sequence[str]) -> list[FaultInfo]:
    """Each acts on one channel, named by its place in the source's list."""
    default = float(next((i for i, one in enumerate(channels) if one.endswith("adhesive_temp")), 0))
    channel = ("channel", "", default, 0.0, float(max(0, len(channels) - 1)))
    return [
        _fault("sensor_stuck", "A sensor is stuck", "The channel goes on sending its last value.", channel),
        _fault(
            "sensor_noisy",
            "A sensor is noisy",
            "Noise is added to the channel's values.",
            channel,
            ("noise", "%", 10.0, 0.1, 100.0),
        ),
        _fault("sensor_silent", "A sensor goes silent", "The channel sends nothing more and becomes stale.", channel),
        _fault("sensor_bad", "A sensor calls its values bad", "The channel's samples come with bad quality.", channel),
    ]


class Faults:
    """What can fail, and since when it does. Times are seconds since the plant's epoch."""

    def __init__(self, table: SimulationTable, channels: Sequence[str]) -> None:
        known = _process_faults() + _plant_faults(table) + _sensor_faults(channels)
        self._known = {one.name: one for one in known}
        self._stations = {float(one.number) for one in table.station}
        self._history: dict[str, list[tuple[float, dict[str, float] | None]]] = {one: [] for one in self._known}

    def infos(self) -> tuple[FaultInfo, ...]:
        """All of them, with what is active now."""
        return tuple(msgspec.structs.replace(one, active=self.active(one.name)) for one in self._known.values())

    def inject(self, name: str, parameters: Mapping[str, float], t_s: float) -> None:
        """Let one begin. Raises UserMistake for an unknown name or parameter, or a value out of bounds."""
        info = self._info(name)
        values = {one.name: one.default for one in info.parameters}
        for key, value in parameters.items():
            bounds = next((one for one in info.parameters if one.name == key), None)
            if bounds is None:
                known = ", ".join(values) or "none"
                raise UserMistake(f"fault {name} has no parameter «{key}» (it has: {known})")
            if not bounds.low <= value <= bounds.high:
                raise UserMistake(f"{key} of fault {name} must lie between {bounds.low:g} and {bounds.high:g}, not {value:g}")
            if key in ("channel", "vehicle", "station") and value != int(value):
                raise UserMistake(f"{key} of fault {name} must be a whole number, not {value:g}")
            values[key] = float(value)
        if name == "robot_stops" and values["station"] not in self._stations:
            numbers = ", ".join(f"{one:g}" for one in sorted(self._stations))
            raise UserMistake(f"there is no station {values['station']:g}: choose one of {numbers}")
        self._history[name].append((t_s, values))

    def clear(self, name: str, t_s: float) -> None:
        """Let one end; nothing happens where it is not active. Raises UserMistake for an unknown name."""
        self._info(name)
        if self.active(name):
            self._history[name].append((t_s, None))

    def active(self, name: str, t_s: float = float("inf")) -> bool:
        """Whether it is active at a time; without one, now."""
        return self._at(name, t_s) is not None

    def parameter(self, name: str, parameter: str, t_s: float = float("inf")) -> float:
        """A parameter's value while it is active, its default while it is not. Raises KeyError."""
        values = self._at(name, t_s)
        if values is not None:
            return values[parameter]
        return next(one.default for one in self._known[name].parameters if one.name == parameter)

    def effect(self, name: str, parameter: str, t_s: float, *, otherwise: float) -> float:
        """A parameter's value where the fault is active at a time, and `otherwise` where it is not."""
        values = self._at(name, t_s)
        return otherwise if values is None else values[parameter]

    def _at(self, name: str, t_s: float) -> dict[str, float] | None:
        records = self._history[name]
        found = bisect_right(records, t_s, key=lambda one: one[0])
        return records[found - 1][1] if found else None

    def _info(self, name: str) -> FaultInfo:
        if name not in self._known:
            raise UserMistake(f"there is no fault «{name}»: choose one of {', '.join(self._known)}")
        return self._known[name]
