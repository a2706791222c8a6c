"""The source of kind `sparkplug`: a host application that hears edge nodes and gives each metric its channel."""

from __future__ import annotations

import logging
from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Final

import msgspec

from viewer.base.clock import Clock
from viewer.edge.gathering import Gathering
from viewer.edge.mqtt.broker import Will, open_password
from viewer.edge.mqtt.connection import Connection, Publish
from viewer.edge.mqtt.host import NAMESPACE, REBIRTH, Host, Known, Node, read_topic
from viewer.edge.mqtt.payload import DataType, Metric, Payload, decoded, encoded
from viewer.edge.mqtt.sparkplug import SparkplugConfig, state_topic
from viewer.edge.mqtt.values import TEXTS, NoNumber, refused, sparkplug_number
from viewer.edge.mqtt.wire import Malformed
from viewer.edge.tags import Tag
from viewer.edge.threaded import ThreadedSource
from viewer.edge.written_units import proposed_unit
from viewer.twin.catalogue import ChannelInfo
from viewer.twin.channels import ChannelKind

_logger = logging.getLogger(__name__)
_MOST_FOUND: Final = 50_000
_LONGEST_ID: Final = 200
_MOST_REFUSED: Final = 1_000
_TOLD_EVERY_NS: Final = 10_000_000_000


def state_payload(stamp_ms: int, *, online: bool) -> bytes:
    """What it tells there."""
    return msgspec.json.encode({"online": online, "timestamp": stamp_ms})


def tag_of(known: Known) -> str:
    """A metric's tag: GROUP/NODE#METRIC, or GROUP/NODE/DEVICE#METRIC."""
    return f"{known.group}/{known.node}{'/' + known.device if known.device else ''}#{known.name}"


class SparkplugSource(ThreadedSource):
    """All below `run` on the source's thread."""

    def __init__(self, config: SparkplugConfig, clock: Clock) -> None:
        super().__init__(config.name)
        self._config, self._clock = config, clock
        self._gathering = Gathering([*config.tags, *config.found], self.put)
        self._index = {one.tag: number for number, one in enumerate(self._gathering.tags)}
        self._states = [one.states for one in self._gathering.tags]
        self._host = Host(self, reorder_ns=round(1e9 * config.reorder_s))
        self._publish: Publish | None = None
        self._stamp_ms = 0
        self._left_ns: int | None = None
        self._last: dict[int, float] = {}
        self._refused: set[str] = set()
        self._malformed = 0
        self._why = ""
        self._malformed_since_ns = self._sentence_ns = 0

    @property
    def host(self) -> Host:
        """What is known of the nodes."""
        return self._host

    def newest(self, known: Known) -> float | None:
        """The newest value of a metric that has a channel."""
        return None if known.channel is None else self._last.get(known.channel)

    def channels(self) -> tuple[ChannelInfo, ...]:
        """Of the tags, then of metrics in the order of their births."""
        return self._gathering.channels

    def tags(self) -> tuple[Tag, ...]:
        """One for each channel."""
        return self._gathering.tags

    def run(self) -> None:
        """Hear the broker until it is stopped."""
        Connection(self.name, self._config.broker, self, self._clock, self.stopping).run()
        self._gathering.flush(self._clock.now_ns())

    def subscriptions(self) -> list[tuple[str, int]]:
        """Messages of all kinds that tell something."""
        return self._config.filters()

    def will(self, now_ns: int) -> Will | None:
        """A primary host's: offline, with the time stamp that its birth will have."""
        self._stamp_ms = now_ns // 1_000_000
        if not self._config.host_id:
            return None
        return Will(state_topic(self._config.host_id), state_payload(self._stamp_ms, online=False))

    def up(self, publish: Publish, now_ns: int) -> None:
        """Connected: tell our state, and ask whom we know to tell everything again."""
        self._publish = publish
        if self._left_ns is not None:
            self.lost(0, self._left_ns, now_ns, f"{self._config.broker.called} was not there")
            self._left_ns = None
        self._tell_state(online=True)
        self._host.ask_all(now_ns)
        self._tell(now_ns)

    def leaving(self) -> None:
        """A primary host says that it goes."""
        self._tell_state(online=False)

    def down(self, reason: str, now_ns: int) -> None:
        """Nothing is known of any node."""
        self._publish, self._left_ns = None, now_ns
        self._host.cut(now_ns)
        self._gathering.flush(now_ns)
        self.told("down", f"{self._config.broker.called} is not there and is tried again: {reason}")

    def turn(self, now_ns: int) -> None:
        """Give up what is missing too long, hand over, and tell how it is."""
        self._host.turn(now_ns)
        if self._gathering.due(now_ns):
            self._gathering.flush(now_ns)
        self._gathering.stand(now_ns)
        complete_ns = self._gathering.complete_ns(now_ns)
        if complete_ns is not None:
            self.complete_until(complete_ns)
        if now_ns - self._sentence_ns > 1_000_000_000:
            self._tell(now_ns)

    def heard(self, topic: str, payload: bytes, now_ns: int, *, retained: bool) -> None:
        """A message; a retained one of a node is old, and against the specification."""
        if self._config.host_id and topic == state_topic(self._config.host_id):
            self._state_heard(payload)
            return
        address = read_topic(topic)
        if address is None or retained or not self._wanted(address.group, address.node):
            return
        try:
            message = decoded(payload)
        except Malformed as error:
            self._not_read(f"{topic}: {error}", now_ns)
            return
        self._host.message(address, message, now_ns)
        if self._gathering.due(now_ns):
            self._gathering.flush(now_ns)

    def born(self, metrics: list[Known]) -> None:
        """Give each metric its channel: of its tag, of an earlier birth, or a new one."""
        new: list[Known] = []
        for known in metrics:
            known.channel = self._index.get(tag_of(known))
            if known.channel is None:
                if self._config.discover and self._fit(known, states=False):
                    new.append(known)
            elif not self._fit(known, states=bool(self._states[known.channel])):
                known.channel = None
        if new:
            self._grow(new)

    def sample(self, known: Known, metric: Metric, t_ns: int, *, good: bool) -> None:
        """A value; null, or of bad quality by the node's own word, is bad."""
        if known.channel is None:
            return
        try:
            value = sparkplug_number(metric.value, known.datatype, self._states[known.channel])
        except NoNumber as error:
            value = float("nan")
            if not metric.null:
                self._not_read(f"{tag_of(known)}: {error}", t_ns)
        self._gathering.sample(known.channel, t_ns, value, bad=not good or value != value)
        if not metric.historical:
            self._last[known.channel] = value

    def stale(self, known: Known, t_ns: int) -> None:
        """Its last value is of bad quality from now on."""
        if known.channel is not None and known.channel in self._last:
            self._gathering.sample(known.channel, t_ns, self._last[known.channel], bad=True)

    def missing(self, node: Node, t0_ns: int, t1_ns: int, cause: str) -> None:
        """Messages are missing: how many samples they had is not known."""
        self.lost(0, t0_ns, t1_ns, cause)
        _logger.warning("%s: %s", self.name, cause)

    def rebirth(self, node: Node, why: str) -> None:
        """Ask the node, where the site allows it."""
        group, name = node
        if self._publish is None or not self._config.rebirth:
            return
        _logger.info("%s: %s/%s is asked to tell everything again: %s", self.name, group, name, why)
        now_ms = self._clock.now_ns() // 1_000_000
        command = Metric(name=REBIRTH, timestamp_ms=now_ms, datatype=DataType.BOOLEAN, value=True)
        self._publish(f"{NAMESPACE}/{group}/NCMD/{name}", encoded(Payload(now_ms, (command,))), 0, False)

    def _wanted(self, group: str, node: str) -> bool:
        return any(fnmatchcase(f"{group}/{node}", pattern) for pattern in self._config.nodes)

    def _fit(self, known: Known, *, states: bool) -> bool:
        reason = refused(known.datatype, states=states)
        if reason:
            self._refuse(f"{tag_of(known)}: {reason}")
        return not reason

    def _grow(self, metrics: list[Known]) -> None:
        taken = {one.channel for one in self._gathering.tags}
        tags: list[Tag] = []
        for known in metrics:
            tag = self._proposed(known)
            fits = tag.channel.isprintable() and len(tag.channel) <= _LONGEST_ID and tag.channel not in taken
            if not fits or len(self._config.found) + len(tags) >= _MOST_FOUND:
                self._refuse(f"{tag.tag}: its channel's id is taken or too long, or there are too many")
                continue
            taken.add(tag.channel)
            tags.append(tag)
        first = self._gathering.grow(tags)
        self._config.found.extend(tags)
        self._states += [()] * len(tags)
        self._index |= {one.tag: first + number for number, one in enumerate(tags)}
        for known in metrics:
            known.channel = self._index.get(tag_of(known))

    def _refuse(self, what: str) -> None:
        if len(self._refused) < _MOST_REFUSED:
            self._refused.add(what)

    def _proposed(self, known: Known) -> Tag:
        words = [word for word in (known.group, known.node, known.device) if word]
        return Tag(
            tag_of(known),
            self._config.prefix + ".".join([*words, known.name.replace("/", ".")]),
            proposed_metric_unit(known),
            proposed_kind(known.datatype),
            self._config.period_s,
        )

    def _tell_state(self, *, online: bool) -> None:
        if self._publish is not None and self._config.host_id:
            payload = state_payload(self._stamp_ms if online else self._clock.now_ns() // 1_000_000, online=online)
            self._publish(state_topic(self._config.host_id), payload, 1, True)

    def _state_heard(self, payload: bytes) -> None:
        """Somebody (an old last will) says that we are offline: say that we are not (Sparkplug 3.0.0, 5.2)."""
        try:
            state: object = msgspec.json.decode(payload)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return
        if isinstance(state, dict) and state.get("online") is False and not self.stopping.is_set():
            self._tell_state(online=True)

    def _not_read(self, why: str, now_ns: int) -> None:
        if not self._malformed:
            self._malformed_since_ns = now_ns
        self._malformed += 1
        self._why = why

    def _tell(self, now_ns: int) -> None:
        self._sentence_ns = now_ns
        if self._malformed and now_ns - self._malformed_since_ns > _TOLD_EVERY_NS:
            self.lost(self._malformed, self._malformed_since_ns, now_ns, f"could not be read: {self._why}")
            _logger.warning("%s: %d could not be read, the last: %s", self.name, self._malformed, self._why)
            self._malformed = 0
        alive, known = self._host.nodes
        parts = [
            f"hears {self._config.broker.called}{open_password(self._config.broker)}; {alive} of {known} edge nodes are alive"
        ]
        if self._refused:
            parts.append(f"{len(self._refused)} metrics are no channels, such as {min(self._refused)}")
        if self._why:
            parts.append(f"the last that could not be read: {self._why}")
        self.told("stale" if known and not alive else "live", "; ".join(parts))


def proposed_kind(datatype: DataType) -> ChannelKind:
    """What a metric's type suggests."""
    return "state" if datatype == DataType.BOOLEAN or datatype in TEXTS else "measurement"


def proposed_metric_unit(known: Known) -> str:
    """From the metric's property engUnit (as Ignition and others name it), as pint reads it."""
    if known.datatype == DataType.DATETIME:
        return "s"
    found: Callable[[str], object] = known.properties.get
    text = next((found(key) for key in ("engUnit", "EngUnit", "engineeringUnits", "unit") if found(key)), "")
    return proposed_unit(text) if isinstance(text, str) else ""
