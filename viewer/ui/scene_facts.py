"""What a scene's overview tells, and which curves a newcomer sees first: chosen by general rules from the twin alone."""

from __future__ import annotations

import re
from dataclasses import dataclass

from viewer.base.ids import ChannelId, NodeId
from viewer.twin.channels import Channel
from viewer.twin.model import Twin
from viewer.twin.process import Station

MOST_HEADLINES = 6
MOST_FIRST_TRENDS = 3


@dataclass(frozen=True, slots=True)
class StationLine:
    """One station of the overview, with the channels that tell how it does; None where it has none of the kind."""

    number: str
    name: str
    node: NodeId
    cycle_s: float
    """Planned."""
    state: Channel | None
    cycle: Channel | None
    units: Channel | None


def headlines(twin: Twin) -> tuple[Channel, ...]:
    """The channels that speak of the whole line: on no node and of no station; counters last, else by id."""
    of_stations = {c for s in twin.stations.values() for c in s.channels}
    whole = [c for c in twin.channels.values() if c.node is None and c.id not in of_stations]
    return tuple(sorted(whole, key=lambda c: (c.kind == "counter", c.id))[:MOST_HEADLINES])


def station_lines(twin: Twin) -> tuple[StationLine, ...]:
    """All stations, by id."""
    return tuple(_line(twin, twin.stations[s], place) for place, s in enumerate(sorted(twin.stations), 1))


def _line(twin: Twin, station: Station, place: int) -> StationLine:
    named = {c: twin.channels[c] for c in station.channels if c in twin.channels}
    channels = [*named.values(), *(c for c in twin.channels_of([station.node]) if c.id not in named)]
    number = re.search(r"\d+", station.id)
    return StationLine(
        number.group() if number else str(place),
        station.name or station.id,
        station.node,
        station.cycle_s,
        next((c for c in channels if c.states), None),
        next((c for c in channels if c.unit == "s" and c.kind == "measurement"), None),
        next((c for c in channels if c.kind == "counter"), None),
    )


def first_trends(twin: Twin) -> tuple[ChannelId, ...]:
    """Curves for somebody who has chosen none: labelled in the scene and with limits, one of each unit.

    Those that colour their part too come first, for the scene cares most about them.
    """
    colouring = {b.channel for b in twin.bindings if b.kind == "colour"}
    labelled = {b.channel for b in twin.bindings if b.kind == "label"}
    limited = [twin.channels[c] for c in sorted(labelled) if c in twin.channels and has_limits(twin.channels[c])]
    of_unit: dict[str, ChannelId] = {}
    for channel in sorted(limited, key=lambda c: (c.id not in colouring, c.id)):
        of_unit.setdefault(channel.unit, channel.id)
    return tuple(of_unit.values())[:MOST_FIRST_TRENDS]


def has_limits(channel: Channel) -> bool:
    """Whether any alarm limit is set."""
    limits = channel.limits
    return any(v is not None for v in (limits.lolo, limits.lo, limits.hi, limits.hihi))


def state_names(twin: Twin) -> dict[ChannelId, str]:
    """What a lane of a state channel is called: its station's name where it has one."""
    names = {c: s.name or s.id for s in twin.stations.values() for c in s.channels}
    return {c.id: names.get(c.id, c.name) for c in twin.channels.values() if c.states}
