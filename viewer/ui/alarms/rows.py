"""What a row of the alarm list says, in which order rows stand, and which of them a filter keeps. No Qt."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from viewer.alarms.definitions import PRIORITIES
from viewer.alarms.states import ANNOUNCED, HELD_BACK, LATCHED, UNSEEN, State
from viewer.alarms.words import Alarm
from viewer.base.ids import ChannelId, NodeId
from viewer.base.units import grouped, pretty_unit
from viewer.twin.model import Twin
from viewer.ui.time.scale import moment_text
from viewer.ui.value_text import value_text

Filter = Literal["all", "unacknowledged", "shelved", "held"]
FILTERS: tuple[tuple[Filter, str], ...] = (
    ("all", "All"),
    ("unacknowledged", "Unacknowledged"),
    ("shelved", "Shelved"),
    ("held", "Suppressed, out of service"),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One alarm, in the words of the list."""

    alarm: Alarm
    name: str
    place: str
    """Part and station."""
    node: NodeId | None
    """Where a click flies to; None where the scene has no part for it."""
    state: str
    value: str
    """Value against limit, with the unit."""
    since: str
    searched: str
    """All that a search looks through, in lower case."""

    @property
    def is_unseen(self) -> bool:
        return self.alarm.state in UNSEEN

    @property
    def rank(self) -> int:
        """0 most urgent."""
        return PRIORITIES.index(self.alarm.priority)


def rows_of(alarms: Iterable[Alarm], twin: Twin, now_ns: int) -> tuple[Row, ...]:
    """All of them: unacknowledged first, what is held back last; then by priority; then the newest first."""
    stations = {station.node: station.name or station.id for station in twin.stations.values()}
    rows = [_row(one, twin, stations, now_ns) for one in alarms]
    return tuple(sorted(rows, key=_order))


def _order(row: Row) -> tuple[int, int, int, str]:
    place = 0 if row.is_unseen else 2 if row.alarm.state in HELD_BACK else 1
    return place, row.rank, -(row.alarm.raised_ns or row.alarm.changed_ns), row.alarm.id


def kept(rows: Sequence[Row], chosen: Filter, search: str) -> tuple[Row, ...]:
    """The rows of a filter in which every word of the search is found."""
    words = search.lower().split()
    return tuple(row for row in rows if _fits(row, chosen) and all(word in row.searched for word in words))


def counts(rows: Iterable[Row]) -> dict[Filter, int]:
    """How many rows each filter keeps."""
    found: dict[Filter, int] = {key: 0 for key, _ in FILTERS}
    for row in rows:
        for key in found:
            found[key] += _fits(row, key)
    return found


def _fits(row: Row, chosen: Filter) -> bool:
    match chosen:
        case "all":
            return True
        case "unacknowledged":
            return row.is_unseen
        case "shelved":
            return row.alarm.state == State.SHELVED
        case "held":
            return row.alarm.state in (State.SUPPRESSED, State.OUT_OF_SERVICE)


def node_of(alarm: Alarm, twin: Twin) -> NodeId | None:
    """The part that an alarm tells about: its own, or its channel's."""
    if NodeId(alarm.node) in twin.nodes:
        return NodeId(alarm.node)
    channel = twin.channels.get(ChannelId(alarm.channel))
    return channel.node if channel is not None and channel.node in twin.nodes else None


def state_text(alarm: Alarm, now_ns: int) -> str:
    """The state in plain words."""
    who, why = (f" by {alarm.user}" if alarm.user else ""), (f": {alarm.reason}" if alarm.reason else "")
    match alarm.state:
        case State.UNACKNOWLEDGED:
            return "Active, not acknowledged"
        case State.ACKNOWLEDGED:
            return f"Active, acknowledged{who}"
        case State.RETURNED:
            return "Gone, not acknowledged"
        case State.LATCHED_UNACKNOWLEDGED:
            return "Gone, held; not acknowledged"
        case State.LATCHED_ACKNOWLEDGED:
            return "Gone, held until reset"
        case State.SHELVED:
            return f"Shelved until {moment_text(alarm.until_ns, now_ns)}{who}{why}"
        case State.SUPPRESSED:
            return f"Suppressed{who}{why}" if alarm.reason else "Suppressed by design"
        case State.OUT_OF_SERVICE:
            return f"Out of service{who}{why}"
        case State.NORMAL:
            return "Normal"


def can(alarm: Alarm) -> frozenset[str]:
    """What its state lets a person do with it; whether the person's role may, the gateway says."""
    state = alarm.state
    found = {"acknowledge"} if state in UNSEEN else set[str]()
    if state in LATCHED:
        found.add("reset")
    found |= {State.SHELVED: {"unshelve"}, State.OUT_OF_SERVICE: {"return"}}.get(state, set[str]())
    if state == State.SUPPRESSED and alarm.reason:
        found.add("unsuppress")
    if state not in HELD_BACK:
        found |= {"shelve", "suppress"}
    if state != State.OUT_OF_SERVICE:
        found.add("remove")
    return frozenset(found)


def is_active(alarm: Alarm) -> bool:
    """Whether it is announced and there now."""
    return alarm.state in ANNOUNCED


def _row(alarm: Alarm, twin: Twin, stations: dict[NodeId, str], now_ns: int) -> Row:
    node = node_of(alarm, twin)
    channel = twin.channels.get(ChannelId(alarm.channel))
    name = alarm.name or (channel.name if channel is not None else "") or alarm.id
    place = _place(node, twin, stations)
    state, since_ns = state_text(alarm, now_ns), alarm.raised_ns or alarm.changed_ns
    searched = " ".join((name, place, state, alarm.id, alarm.channel, alarm.node, alarm.priority)).lower()
    since = moment_text(since_ns, now_ns) if since_ns else "before"
    return Row(alarm, name, place, node, state, value_against_limit(alarm, twin), since, searched)


def _place(node: NodeId | None, twin: Twin, stations: dict[NodeId, str]) -> str:
    if node is None:
        return ""
    own = twin.nodes[node].name or node
    station = next((stations[one] for one in (node, *twin.ancestors(node)) if one in stations), "")
    return own if station in ("", own) else f"{own} · {station}"


def value_against_limit(alarm: Alarm, twin: Twin) -> str:
    """«61.2 > 55 N·m»; a state's words where the channel has states; the limit alone where there was no value."""
    channel = twin.channels.get(ChannelId(alarm.channel))
    unit = pretty_unit(alarm.unit)
    if channel is not None and channel.states and alarm.value is not None:
        return value_text(channel, alarm.value)[0]
    limit = _number(alarm.limit)
    if alarm.value is None:
        return f"limit {limit} {unit}".rstrip()
    sign = ">" if alarm.value > alarm.limit else "<" if alarm.value < alarm.limit else "="
    return f"{_number(alarm.value)} {sign} {limit} {unit}".rstrip()


def _number(value: float) -> str:
    """Four digits, in groups where it is large."""
    if abs(value) >= 10_000.0:
        return grouped(value)
    return f"{value:.4g}".replace("-", "\u2212")
