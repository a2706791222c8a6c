"""From a scene file's tables to the model's records; what TOML's types can't say is checked here."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import Any

from immutables import Map

from viewer.base.frames import IDENTITY, Pose
from viewer.base.ids import ChannelId, CharacteristicId, FlowId, NodeId, PathId, StationId
from viewer.base.units import check_unit
from viewer.twin import schema
from viewer.twin.channels import Binding, Channel, Limits, Path, StateLabel
from viewer.twin.edit_values import from_plain_value
from viewer.twin.limits import limits_in_order
from viewer.twin.parts import Rgb
from viewer.twin.process import Characteristic, Flow, Station, View
from viewer.twin.view_state import ViewState

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_COMMON_UNITS = frozenset(
    (
        *(
            "m",
            "mm",
            "cm",
            "um",
            "km",
            "inch",
            "deg",
            "rad",
            "s",
            "ms",
            "min",
            "h",
            "Hz",
            "kHz",
            "rpm",
            "1/min",
            "m/s",
            "mm/s",
            "m/min",
        ),
        *(
            "N",
            "kN",
            "N*m",
            "bar",
            "mbar",
            "Pa",
            "kPa",
            "Pa*m**3/s",
            "degC",
            "K",
            "g",
            "kg",
            "l/min",
            "ml/min",
            "percent",
            "dimensionless",
            "%",
        ),
        *("V", "mV", "kV", "A", "mA", "kA", "W", "kW", "ohm", "mohm", "Mohm", "mbar*l/s", "J", "kJ", "kWh"),
    )
)
"""Units that need no pint to be known, so that a scene opens without waiting for it."""


class Wrong(Exception):
    """A value that can't be: its key and the rest of the sentence; the caller adds file and line."""

    def __init__(self, key: str, sentence: str) -> None:
        super().__init__(sentence)
        self.key = key
        self.sentence = sentence


def colour(text: str, key: str = "colour") -> Rgb:
    """`#rrggbb` as three numbers."""
    if not _COLOUR.fullmatch(text):
        raise Wrong(key, f'has {key} = "{text}", expected a colour as in "#ffcc00"')
    return (int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16))


def optional_colour(text: str) -> Rgb | None:
    """`#rrggbb`, or `none` for the part's own."""
    return None if text == "none" else colour(text)


def pose(table: schema.PoseTable | None) -> Pose:
    """A pose table as a Pose; none is the identity."""
    if table is None:
        return IDENTITY
    if table.rows is not None:
        _finite("pose", table.rows)
        if table.xyz_m != (0.0, 0.0, 0.0) or table.rpy_deg != (0.0, 0.0, 0.0):
            raise Wrong("pose", "has a pose with rows and xyz_m or rpy_deg, expected the one or the other")
        return Pose(table.rows)
    pose = Pose.from_xyz_rpy(table.xyz_m, tuple(map(math.radians, table.rpy_deg)))
    _finite("pose", pose.rows)
    return pose


def channel(t: schema.ChannelTable) -> Channel:
    """A channel. Raises Wrong for limits out of order, a period that isn't positive, a unit nobody knows."""
    if not (t.period_s > 0.0 and math.isfinite(t.period_s)):
        raise Wrong("period_s", f"has period_s = {t.period_s}, expected more than 0")
    if t.low is not None and t.high is not None and not t.low < t.high:
        raise Wrong("low", f"has low = {t.low} and high = {t.high}, expected low < high")
    _unit(t.unit)
    return Channel(
        id=ChannelId(t.id),
        name=t.name or t.id,
        unit=t.unit,
        kind=t.kind,
        period_s=t.period_s,
        node=None if t.node is None else NodeId(t.node),
        low=t.low,
        high=t.high,
        limits=limits(t.limits),
        states=tuple(StateLabel(s.value, s.text, colour(s.colour, "states")) for s in t.states),
        properties=Map(t.properties),
    )


def limits(t: schema.LimitsTable | None) -> Limits:
    """Alarm limits in order lolo <= lo < hi <= hihi."""
    if t is None:
        return Limits()
    found = Limits(t.lolo, t.lo, t.hi, t.hihi)
    if not limits_in_order(found):
        raise Wrong("limits", f"has limits {_limits_text(found)}, expected lolo <= lo < hi <= hihi")
    return found


def binding(t: schema.BindingTable) -> Binding:
    """A binding; its axis is made a unit vector."""
    length = math.hypot(*t.axis)
    if not (length > 0.0 and math.isfinite(length)):
        raise Wrong("axis", f"has axis = {list(t.axis)}, expected a direction as in [0, 0, 1]")
    if (t.kind == "path") != (t.path is not None):
        wanted = "needs a path" if t.kind == "path" else f"is of kind {t.kind}, which takes no path"
        raise Wrong("path" if t.path is not None else "kind", f'{wanted}; write path = … with kind = "path" only')
    x, y, z = (v / length for v in t.axis)
    return Binding(
        kind=t.kind,
        channel=ChannelId(t.channel),
        node=NodeId(t.node),
        axis=(x, y, z),
        path=None if t.path is None else PathId(t.path),
        at_least=t.at_least,
        at_most=t.at_most,
        colour_map=t.colour_map,
        low=t.low,
        high=t.high,
        text=t.text,
    )


def path(t: schema.PathTable) -> Path:
    """A path of at least two different points."""
    for point in t.points_m:
        _finite("points_m", point)
    if len(set(t.points_m)) < 2:
        raise Wrong("points_m", "has fewer than two different points, expected at least two")
    if not 0.0 <= t.corner_radius_m < math.inf:
        raise Wrong("corner_radius_m", f"has corner_radius_m = {t.corner_radius_m}, expected 0 or more")
    return Path(PathId(t.id), t.points_m, t.closed, t.corner_radius_m)


def station(t: schema.StationTable) -> Station:
    """A station."""
    if not (t.cycle_s >= 0.0 and math.isfinite(t.cycle_s)):
        raise Wrong("cycle_s", f"has cycle_s = {t.cycle_s}, expected 0 or more")
    if t.capacity < 1:
        raise Wrong("capacity", f"has capacity = {t.capacity}, expected 1 or more")
    if min(t.footprint_m) < 0.0:
        raise Wrong("footprint_m", f"has footprint_m = {list(t.footprint_m)}, expected two lengths of 0 or more")
    channels = tuple(ChannelId(c) for c in t.channels)
    return Station(
        StationId(t.id),
        t.name or t.id,
        NodeId(t.node),
        t.process,
        t.cycle_s,
        t.capacity,
        t.footprint_m,
        channels,
        Map(t.properties),
    )


def flow(t: schema.FlowTable) -> Flow:
    """A flow between two stations."""
    for key in ("trips_per_h", "cost_per_m"):
        if not 0.0 <= getattr(t, key) < math.inf:
            raise Wrong(key, f"has {key} = {getattr(t, key)}, expected 0 or more")
    aisle = None if t.path is None else PathId(t.path)
    return Flow(FlowId(t.id), StationId(t.source), StationId(t.target), t.trips_per_h, t.cost_per_m, aisle, t.load)


def characteristic(t: schema.CharacteristicTable) -> Characteristic:
    """A characteristic with lower <= upper."""
    if not t.lower <= t.upper:
        raise Wrong("lower", f"has lower = {t.lower} and upper = {t.upper}, expected lower <= upper")
    _unit(t.unit)
    return Characteristic(
        id=CharacteristicId(t.id),
        name=t.name or t.id,
        nominal=t.nominal,
        lower=t.lower,
        upper=t.upper,
        unit=t.unit,
        kind=t.kind,
        node=None if t.node is None else NodeId(t.node),
        channel=None if t.channel is None else ChannelId(t.channel),
        properties=Map(t.properties),
    )


def view(t: schema.ViewTable) -> View:
    """A view."""
    if not 0.0 < t.angle_deg < 180.0:
        raise Wrong("angle_deg", f"has angle_deg = {t.angle_deg}, expected more than 0 and less than 180")
    return View(t.name, t.position_m, t.target_m, t.up, math.radians(t.angle_deg), t.parallel, _view_state(t.state))


def _view_state(plain: dict[str, Any] | None) -> ViewState | None:
    if plain is None:
        return None
    try:
        state: ViewState = from_plain_value(plain, ViewState)
    except ValueError as error:
        raise Wrong("state", f"has a state that cannot be read: {error}") from error
    if problem := state.problem():
        raise Wrong("state", f"has a state that {problem}")
    return state


def _unit(unit: str) -> None:
    if unit and unit not in _COMMON_UNITS:
        check_unit(unit)


def _finite(key: str, numbers: Iterable[float]) -> None:
    if not all(map(math.isfinite, numbers)):
        raise Wrong(key, f"has a number in {key} that is not finite")


def _limits_text(found: Limits) -> str:
    pairs = (("lolo", found.lolo), ("lo", found.lo), ("hi", found.hi), ("hihi", found.hihi))
    return ", ".join(f"{name} = {value}" for name, value in pairs if value is not None)
