"""What a row of the alarm list says, in which order rows stand, and which of them a filter keeps. No Qt."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from viewer.alarms.definitions import PRIORITIES
from viewer.alarms.states import HELD_BACK, LATCHED, UNSEEN, State
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
class Around:
    """What the words of all rows are made with."""

    twin: Twin
    stations: dict[NodeId, str]
    now_ns: int


@dataclass(frozen=True, slots=True)
class Row:
    """One alarm, in the words of the list: made when they are read, for of thousands of rows some twenty are in sight."""

    alarm: Alarm
    around: Around

    @property
    def is_unseen(self) -> bool:
        return self.alarm.state in UNSEEN

    @property
    def rank(self) -> int:
        """0 most urgent."""
        return PRIORITIES.index(self.alarm.priority)

    @property
    def name(self) -> str:
        channel = self.around.twin.channels.get(ChannelId(self.alarm.channel))
        return self.alarm.name or (channel.name if channel is not None else "") or self.alarm.id

    @property
    def node(self) -> NodeId | None:
        """Where a click flies to; None where the scene has no part for it."""
        return node_of(self.alarm, self.around.twin)

    @property
    def place(self) -> str:
        """Station and part."""
        return _place(self.node, self.around.twin, self.around.stations)

    @property
    def state(self) -> str:
        return state_text(self.alarm, self.around.now_ns)

    @property
    def value(self) -> str:
        """Value against limit, with the unit."""
        return value_against_limit(self.alarm, self.around.twin)

    @property
    def since(self) -> str:
        since_ns = self.alarm.raised_ns or self.alarm.changed_ns
        return moment_text(since_ns, self.around.now_ns) if since_ns else "before"

    @property
    def searched(self) -> str:
        """All that a search looks through, in lower case."""
        alarm = self.alarm
        return " ".join((self.name, self.place, self.state, alarm.id, alarm.channel, alarm.node, alarm.priority)).lower()


def rows_of(alarms: Iterable[Alarm], twin: Twin, now_ns: int) -> tuple[Row, ...]:
    """All of them: unacknowledged first, what is held back last; then by priority; then the newest first."""
    stations = {station.node: station.name or station.id for station in twin.stations.values()}
    around = Around(twin, stations, now_ns)
    return tuple(Row(one, around) for one in sorted(alarms, key=_order))


def _order(alarm: Alarm) -> tuple[int, int, int, str]:
    place = 0 if alarm.state in UNSEEN else 2 if alarm.state in HELD_BACK else 1
    return place, PRIORITIES.index(alarm.priority), -(alarm.raised_ns or alarm.changed_ns), alarm.id


def kept(rows: Sequence[Row], chosen: Filter, search: str) -> tuple[Row, ...]:
    """The rows of a filter in which every word of the search is found."""
    words = search.lower().split()
    fitting = [row for row in rows if _fits(row.alarm.state, chosen)]
    return tuple(row for row in fitting if all(word in row.searched for word in words)) if words else tuple(fitting)


def counts(rows: Iterable[Row]) -> dict[Filter, int]:
    """How many rows each filter keeps."""
    of_state = Counter(row.alarm.state for row in rows)
    return {key: sum(n for state, n in of_state.items() if _fits(state, key)) for key, _ in FILTERS}


def _fits(state: State, chosen: Filter) -> bool:
    match chosen:
        case "all":
            return True
        case "unacknowledged":
            return state in UNSEEN
        case "shelved":
            return state == State.SHELVED
        case "held":
            return state in (State.SUPPRESSED, State.OUT_OF_SERVICE)


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


def _place(node: NodeId | None, twin: Twin, stations: dict[NodeId, str]) -> str:
    if node is None:
        return ""
    own = twin.nodes[node].name or node
    station = next((stations[one] for one in (node, *twin.ancestors(node)) if one in stations), "")
    return own if station in ("", own) else f"{station} · {own}"


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
