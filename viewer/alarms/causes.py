"""Which abnormal channel probably led to an alarm: the one that moved first, in its station or upstream."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from viewer.alarms.definitions import AlarmDefinition
from viewer.alarms.words import Cause
from viewer.base.units import format_value
from viewer.twin.model import Twin

WINDOW_S = 1800.0
"""An alarm that moved earlier than this before another is not proposed as its cause."""


@dataclass(frozen=True, slots=True)
class Upstream:
    """Stations by channel, and for each station those from which material reaches it."""

    station_of: Mapping[str, str] = field(default_factory=dict)
    """By channel id; channels of no station are left out."""
    sources_of: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """By station: itself (0) and every station upstream with the least number of flows between them."""
    names: Mapping[str, str] = field(default_factory=dict)
    """Station names."""

    @staticmethod
    def of(twin: Twin) -> Upstream:
        """From a twin's stations and flows; a channel belongs to the station that lists it, else to the one its node lies in."""
        station_at = {station.node: id for id, station in twin.stations.items()}
        station_of: dict[str, str] = {}
        for id, channel in twin.channels.items():
            node = channel.node
            if node is not None and node in twin.nodes:
                above = next((one for one in (node, *twin.ancestors(node)) if one in station_at), None)
                if above is not None:
                    station_of[id] = station_at[above]
        for id, station in twin.stations.items():
            station_of.update(dict.fromkeys(station.channels, id))
        before: dict[str, list[str]] = {}
        for flow in twin.flows.values():
            before.setdefault(flow.target, []).append(flow.source)
        return Upstream(
            station_of,
            {id: _distances(id, before) for id in twin.stations},
            {id: station.name for id, station in twin.stations.items()},
        )


def _distances(station: str, before: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Breadth first against the flow; loops end where a station was seen."""
    found, waiting = {station: 0}, deque([station])
    while waiting:
        one = waiting.popleft()
        for source in before.get(one, ()):
            if source not in found:
                found[source] = found[one] + 1
                waiting.append(source)
    return found


class Causes:
    """Remembers which alarms are beyond their limits, and since when, station by station."""

    def __init__(self, definitions: Sequence[AlarmDefinition], upstream: Upstream) -> None:
        self._definitions, self._upstream = definitions, upstream
        self._abnormal: dict[str, list[tuple[int, int]]] = {}
        """By station: (since ns, alarm), ascending."""
        self._since_ns: dict[int, int] = {}

    def moved(self, alarm: int, since_ns: int) -> None:
        """An alarm became active; it has been beyond since then."""
        station = self._upstream.station_of.get(self._definitions[alarm].channel)
        if station is not None and alarm not in self._since_ns:
            self._since_ns[alarm] = since_ns
            insort(self._abnormal.setdefault(station, []), (since_ns, alarm))

    def returned(self, alarm: int) -> None:
        """An alarm became inactive."""
        since_ns = self._since_ns.pop(alarm, None)
        if since_ns is not None:
            ordered = self._abnormal[self._upstream.station_of[self._definitions[alarm].channel]]
            del ordered[bisect_left(ordered, (since_ns, alarm))]

    def of(self, alarm: int, since_ns: int) -> Cause | None:
        """What probably led to an alarm that has been beyond since then; None where nothing is known."""
        definition = self._definitions[alarm]
        if definition.cause:
            return Cause(definition.cause)
        station = self._upstream.station_of.get(definition.channel)
        if station is None:
            return None
        best: tuple[int, int, int] | None = None
        for source, distance in self._upstream.sources_of.get(station, {}).items():
            first = self._first(source, definition.channel, since_ns)
            if first is not None and (best is None or (first[0], -distance, first[1]) < best):
                best = (first[0], -distance, first[1])
        return None if best is None else self._told(best[2], best[0])

    def _first(self, station: str, channel: str, since_ns: int) -> tuple[int, int] | None:
        """(since, alarm) of the station's alarm that moved first before `since_ns`, on another channel."""
        ordered = self._abnormal.get(station, [])
        for at in range(bisect_left(ordered, (since_ns - round(1e9 * WINDOW_S), -1)), len(ordered)):
            moved_ns, alarm = ordered[at]
            if moved_ns >= since_ns:
                return None
            if self._definitions[alarm].channel != channel:
                return moved_ns, alarm
        return None

    def _told(self, alarm: int, since_ns: int) -> Cause:
        one = self._definitions[alarm]
        where = self._upstream.names.get(self._upstream.station_of[one.channel], "")
        text = f"{one.name or one.id} at {where} moved first" if where else f"{one.name or one.id} moved first"
        if one.kind in ("high", "low"):
            text += f" (limit {format_value(one.limit, one.unit)})"
        return Cause(text, one.id, one.channel, since_ns)
