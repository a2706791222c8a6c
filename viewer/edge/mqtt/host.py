"""What a Sparkplug host application knows of its edge nodes: births, aliases, sequence numbers and deaths; and what it asks for.

Source: Sparkplug Specification 3.0.0, chapters 4, 5 and 6. No sockets and no clock in it: times come with each call.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Protocol

from viewer.edge.mqtt.payload import DataType, Metric, Payload

NAMESPACE: Final = "spBv1.0"
REBIRTH: Final = "Node Control/Rebirth"
_BD_SEQ: Final = "bdSeq"
_AHEAD: Final = 64
"""Messages so far ahead of what is due are held back for what is missing; further ones are a new counting."""
_AGAIN_NS: Final = 5_000_000_000
_LONGEST_AGAIN_NS: Final = 300_000_000_000
_MOST_NODES: Final = 2_000
_MOST_METRICS: Final = 100_000
_GOOD_QUALITY: Final = 192

Node = tuple[str, str]
"""Group and edge node."""


@dataclass(frozen=True, slots=True)
class Address:
    """What a topic says of a message."""

    kind: str
    group: str
    node: str
    device: str = ""


def read_topic(topic: str) -> Address | None:
    """The parts of spBv1.0/group/TYPE/node[/device]; None for another topic."""
    parts = topic.split("/")
    if len(parts) not in (4, 5) or parts[0] != NAMESPACE or not all(parts):
        return None
    kind, device = parts[2], parts[4] if len(parts) == 5 else ""
    if kind not in ("NBIRTH", "NDATA", "NDEATH", "DBIRTH", "DDATA", "DDEATH") or (kind[0] == "D") != bool(device):
        return None
    return Address(kind, parts[1], parts[3], device)


@dataclass(slots=True)
class Known:
    """One metric as its birth told it."""

    group: str
    node: str
    device: str
    name: str
    datatype: DataType
    properties: dict[str, int | float | bool | str]
    channel: int | None = None
    """Where its samples go; None where nobody wants them."""


class Listener(Protocol):
    """What comes of it."""

    def born(self, metrics: list[Known]) -> None:
        """A birth has named these, again or for the first time: give each its channel."""
        ...

    def sample(self, known: Known, metric: Metric, t_ns: int, *, good: bool) -> None:
        """A value, of a metric that has a channel."""
        ...

    def stale(self, known: Known, t_ns: int) -> None:
        """Nothing is known of it from now on."""
        ...

    def missing(self, node: Node, t0_ns: int, t1_ns: int, cause: str) -> None:
        """Messages are missing."""
        ...

    def rebirth(self, node: Node, why: str) -> None:
        """The node should tell everything again."""
        ...


@dataclass(slots=True)
class _Device:
    """A device of a node, or (named "") the node itself."""

    alive: bool = False
    awaited_ns: int | None = None
    """Since when its birth is awaited: its node was born again, so it must be too."""
    metrics: dict[str, Known] = field(default_factory=dict[str, Known])


@dataclass(slots=True)
class _Node:
    born: bool = False
    bd_seq: int | None = None
    due: int = 0
    """The sequence number that comes next."""
    devices: dict[str, _Device] = field(default_factory=dict[str, _Device])
    aliases: dict[int, Known] = field(default_factory=dict[int, Known])
    held: dict[int, tuple[Address, Payload, int]] = field(default_factory=dict[int, tuple[Address, Payload, int]])
    held_since_ns: int = 0
    heard_ns: int = 0
    asked_ns: int | None = None
    pause_ns: int = _AGAIN_NS


class Host:
    """All calls on one thread."""

    def __init__(self, listener: Listener, *, reorder_ns: int) -> None:
        """`reorder_ns`: how long messages are held back for one that is missing."""
        self._listener, self._reorder_ns = listener, reorder_ns
        self._nodes: dict[Node, _Node] = {}
        self._metrics = 0
        self.refused = 0
        """Messages of nodes beyond the bound, and metrics."""

    @property
    def nodes(self) -> tuple[int, int]:
        """How many are alive, and how many are known."""
        return sum(one.born for one in self._nodes.values()), len(self._nodes)

    def known(self) -> Iterator[Known]:
        """Every metric that a birth has named."""
        for node in self._nodes.values():
            for device in node.devices.values():
                yield from device.metrics.values()

    def message(self, address: Address, payload: Payload, now_ns: int) -> None:
        """A message that came now."""
        key = (address.group, address.node)
        node = self._nodes.get(key)
        if node is None:
            if len(self._nodes) >= _MOST_NODES:
                self.refused += 1
                return
            node = self._nodes[key] = _Node()
        if address.kind == "NBIRTH":
            self._node_born(key, node, payload, now_ns)
        elif address.kind == "NDEATH":
            self._node_dead(node, payload, now_ns)
        elif not node.born:
            self._ask(key, node, now_ns, "its birth was not heard")
        else:
            self._in_turn(key, node, address, payload, now_ns)

    def turn(self, now_ns: int) -> None:
        """Give up waiting for what is missing too long."""
        for key, node in self._nodes.items():
            if node.held and now_ns - node.held_since_ns >= self._reorder_ns:
                first = min(node.held, key=lambda seq: (seq - node.due) % 256)
                self._skip(key, node, first, now_ns)
            for device in node.devices.values():
                if device.awaited_ns is not None and now_ns - device.awaited_ns >= self._reorder_ns:
                    self._stale(device, now_ns)

    def cut(self, now_ns: int) -> None:
        """The connection to the broker is gone: nothing is known of any node until it tells all again."""
        for node in self._nodes.values():
            self._die(node, now_ns)

    def ask_all(self, now_ns: int) -> None:
        """Ask each known node that is not born to tell all again."""
        for key, node in self._nodes.items():
            if not node.born:
                self._ask(key, node, now_ns, "the connection to the broker was gone")

    def _node_born(self, key: Node, node: _Node, payload: Payload, now_ns: int) -> None:
        number = next((one.value for one in payload.metrics if one.name == _BD_SEQ), None)
        for name, device in node.devices.items():
            if name and device.alive:
                device.awaited_ns = now_ns
        node.born, node.bd_seq = True, number if isinstance(number, int) else None
        node.due = ((payload.seq or 0) + 1) % 256
        node.heard_ns, node.asked_ns, node.pause_ns = now_ns, None, _AGAIN_NS
        node.held.clear()
        node.aliases.clear()
        self._told(key, node, "", payload, now_ns)

    def _node_dead(self, node: _Node, payload: Payload, now_ns: int) -> None:
        number = next((one.value for one in payload.metrics if one.name == _BD_SEQ), None)
        if node.bd_seq is not None and isinstance(number, int) and number != node.bd_seq:
            return  # the last will of an earlier connection of the node, which has been born again since
        self._die(node, now_ns)

    def _die(self, node: _Node, now_ns: int) -> None:
        node.born = False
        node.held.clear()
        for device in node.devices.values():
            self._stale(device, now_ns)

    def _stale(self, device: _Device, now_ns: int) -> None:
        device.awaited_ns = None
        if device.alive:
            device.alive = False
            for known in device.metrics.values():
                self._listener.stale(known, now_ns)

    def _in_turn(self, key: Node, node: _Node, address: Address, payload: Payload, now_ns: int) -> None:
        """Messages in the order of their numbers; one that comes too early waits for those before it."""
        if payload.seq is None:
            self._take(key, node, address, payload, now_ns)
            return
        seq = payload.seq % 256
        ahead = (seq - node.due) % 256
        if ahead >= 256 - _AHEAD:
            return  # a second copy of one that was taken, or one that was given up
        if ahead == 0:
            self._take(key, node, address, payload, now_ns)
            node.due = (seq + 1) % 256
            self._release(key, node, now_ns)
            return
        if not node.held:
            node.held_since_ns = now_ns
        node.held[seq] = (address, payload, now_ns)
        if ahead > _AHEAD or len(node.held) > _AHEAD:
            first = min(node.held, key=lambda one: (one - node.due) % 256)
            self._skip(key, node, first, now_ns)

    def _release(self, key: Node, node: _Node, now_ns: int) -> None:
        while node.due in node.held:
            address, payload, came_ns = node.held.pop(node.due)
            node.due = (node.due + 1) % 256
            self._take(key, node, address, payload, came_ns)
        if node.held:
            node.held_since_ns = now_ns

    def _skip(self, key: Node, node: _Node, first: int, now_ns: int) -> None:
        missing = (first - node.due) % 256
        last = (first - 1) % 256
        numbers = f"number {last} is" if missing == 1 else f"numbers {node.due} to {last} are"
        where = "/".join(key)
        self._listener.missing(key, node.heard_ns, node.held[first][2], f"messages of {where}: {numbers} missing")
        node.due = first
        self._release(key, node, now_ns)
        self._ask(key, node, now_ns, "messages are missing")

    def _take(self, key: Node, node: _Node, address: Address, payload: Payload, now_ns: int) -> None:
        node.heard_ns = now_ns
        if address.kind == "DBIRTH":
            self._told(key, node, address.device, payload, now_ns)
        elif address.kind == "DDEATH":
            device = node.devices.get(address.device)
            if device is not None:
                self._stale(device, _time_ns(payload.timestamp_ms, now_ns))
        else:
            self._data(key, node, address, payload, now_ns)

    def _told(self, key: Node, node: _Node, name: str, payload: Payload, now_ns: int) -> None:
        """A birth: its metrics, their aliases and first values. What it does not name any more is stale."""
        device = node.devices.setdefault(name, _Device())
        before, device.metrics = device.metrics, {}
        values: list[tuple[Known, Metric]] = []
        for metric in payload.metrics:
            if metric.name is None or metric.name == _BD_SEQ or metric.name.startswith("Node Control/"):
                continue
            if self._metrics >= _MOST_METRICS and metric.name not in before:
                self.refused += 1
                continue
            known = Known(*key, name, metric.name, metric.datatype, dict(metric.properties))
            self._metrics += metric.name not in before and metric.name not in device.metrics
            device.metrics[metric.name] = known
            if metric.alias is not None:
                node.aliases[metric.alias] = known
            values.append((known, metric))
        for gone in before.keys() - device.metrics.keys():
            self._metrics -= 1
            if device.alive:
                self._listener.stale(before[gone], now_ns)
        device.alive, device.awaited_ns = True, None
        self._listener.born(list(device.metrics.values()))
        for known, metric in values:
            self._sample(known, metric, payload, now_ns)

    def _data(self, key: Node, node: _Node, address: Address, payload: Payload, now_ns: int) -> None:
        device = node.devices.get(address.device)
        if device is None or not device.alive or device.awaited_ns is not None:
            self._ask(key, node, now_ns, f"the device {address.device} sends, but its birth was not heard")
            return
        for metric in payload.metrics:
            if metric.name is not None:
                known = device.metrics.get(metric.name)
            else:
                known = node.aliases.get(-1 if metric.alias is None else metric.alias)
            if known is None:
                what = f"the metric {metric.name}" if metric.name is not None else f"the alias {metric.alias}"
                self._ask(key, node, now_ns, f"it sends {what}, which no birth has named")
            else:
                self._sample(known, metric, payload, now_ns)

    def _sample(self, known: Known, metric: Metric, payload: Payload, now_ns: int) -> None:
        if known.channel is None:
            return
        quality = metric.properties.get("Quality")
        good = not metric.null and (not isinstance(quality, int) or quality == _GOOD_QUALITY)
        stamp_ms = payload.timestamp_ms if metric.timestamp_ms is None else metric.timestamp_ms
        self._listener.sample(known, metric, _time_ns(stamp_ms, now_ns), good=good)

    def _ask(self, key: Node, node: _Node, now_ns: int, why: str) -> None:
        """Not sooner than `pause_ns` after the last time, which doubles while nothing comes of it."""
        if node.asked_ns is not None:
            if now_ns - node.asked_ns < node.pause_ns:
                return
            node.pause_ns = min(2 * node.pause_ns, _LONGEST_AGAIN_NS)
        node.asked_ns = now_ns
        self._listener.rebirth(key, why)


def _time_ns(stamp_ms: int | None, now_ns: int) -> int:
    """A stamp beyond what a time can be is the time of arrival."""
    return stamp_ms * 1_000_000 if stamp_ms and stamp_ms < 2**63 // 1_000_000 else now_ns
