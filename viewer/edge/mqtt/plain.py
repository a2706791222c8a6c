"""The kind `mqtt` of a source: plain topics whose messages are JSON or a single value, as channels by their tags."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from typing import Final, cast

import msgspec

from viewer.base.clock import Clock, SystemClock
from viewer.base.errors import UserMistake
from viewer.edge.browsing import BrowseNode
from viewer.edge.gathering import Gathering
from viewer.edge.kind import Place, SourceConfig, common
from viewer.edge.mqtt.broker import Broker, Will, open_password, read_broker
from viewer.edge.mqtt.connection import MOST_BYTES, Connection, Publish
from viewer.edge.mqtt.topics import Steps, TopicTag, at_steps, read_tag
from viewer.edge.mqtt.values import NoNumber, number
from viewer.edge.recently import Recently
from viewer.edge.stamps import FORMATS, TimeFormat, stamp_ns
from viewer.edge.tables import Table
from viewer.edge.tags import Tag, read_tags
from viewer.edge.threaded import ThreadedSource
from viewer.twin.catalogue import ChannelInfo

_logger = logging.getLogger(__name__)
_MOST_TOPICS: Final = 20_000
"""Topics that one source takes up through wildcards."""
_MOST_REMEMBERED: Final = 100_000
_TOLD_EVERY_NS: Final = 10_000_000_000
_LONGEST_ID: Final = 200
_LONGEST_TEXT: Final = 1_000


@dataclass(frozen=True, kw_only=True)
class MqttConfig(SourceConfig):
    """Plain topics of one broker."""

    kind: str = "mqtt"
    name: str = "mqtt"
    broker: Broker
    topics: tuple[TopicTag, ...] = ()
    qos: int = 1
    time: Steps | None = None
    """Where a message's time stamp stands; None takes the time of arrival."""
    time_format: TimeFormat = "iso8601"
    retained: bool = True
    """Whether messages that the broker has kept are taken when we come."""
    found: list[Tag] = field(default_factory=list[Tag], compare=False)
    """What wildcards have found so far, for the next source that is made."""
    looked: Recently[dict[str, bytes]] = field(default_factory=Recently[dict[str, bytes]], compare=False)

    def make(self) -> MqttSource:
        """A source on the system's clock. Raises UserMistake for a missing extra, a password, a certificate, or tags."""
        if not self.topics:
            raise UserMistake(f"the source {self.name} of MQTT needs [[source.tag]] with a topic as its tag")
        self.broker.check()
        return MqttSource(self, SystemClock())

    def browse(self, path: tuple[str, ...] = ()) -> tuple[BrowseNode, ...]:
        """What is heard below a topic within two seconds. Waits; not on the gateway's loop."""
        from viewer.edge.mqtt.listening import listen, topics_below

        return topics_below(self.looked.get(lambda: listen(self.broker, ["#"])), path)


def read(table: Table, place: Place) -> SourceConfig:
    """Keys: those of the broker, qos, time, time_format, retained, tag."""
    kind, name = common(table)
    tags = read_tags(table)
    form = cast(TimeFormat, table.choice("time_format", FORMATS, "iso8601"))
    where = table.text("time", "", pattern=r"(/.+)?", like="a JSON pointer such as /time")
    if table.has("time_format") and not where:
        raise table.wrong("time", "needed with time_format: a JSON pointer such as /time")
    return MqttConfig(
        kind=kind,
        name=name,
        tags=tags,
        broker=read_broker(table),
        topics=tuple(read_tag(one, table.where) for one in tags),
        qos=table.whole("qos", 1, high=2),
        time=tuple(one.replace("~1", "/").replace("~0", "~") for one in where[1:].split("/")) if where else None,
        time_format=form,
        retained=table.flag("retained", True),
    )


@dataclass(frozen=True, slots=True)
class _Wanted:
    channel: int
    steps: Steps
    states: tuple[str, ...]


class MqttSource(ThreadedSource):
    """Plain topics. Everything below `run` on the source's thread."""

    def __init__(self, config: MqttConfig, clock: Clock) -> None:
        super().__init__(config.name)
        self._config, self._clock = config, clock
        fixed = [one for one in config.topics if not one.wild]
        self._wild = [one for one in config.topics if one.wild]
        self._gathering = Gathering([*(one.tag for one in fixed), *config.found], self.put)
        self._index = {one.channel: at for at, one in enumerate(self._gathering.tags)}
        self._fixed: dict[str, list[_Wanted]] = {}
        self._resolved: dict[str, list[_Wanted]] = {}
        for at, one in enumerate(fixed):
            self._fixed.setdefault(one.filter, []).append(_Wanted(at, one.steps, one.tag.states))
        self._unread = 0
        self._why = ""
        self._unread_since_ns = 0
        self._left_ns: int | None = None

    def channels(self) -> tuple[ChannelInfo, ...]:
        """Of the tags, and of what wildcards have found."""
        return self._gathering.channels

    def tags(self) -> tuple[Tag, ...]:
        """One for each channel."""
        return self._gathering.tags

    def run(self) -> None:
        """Hear the broker until it is stopped."""
        Connection(self.name, self._config.broker, self, self._clock, self.stopping).run()
        self._gathering.flush(self._clock.now_ns())

    def subscriptions(self) -> list[tuple[str, int]]:
        """Each filter once."""
        return [(one, self._config.qos) for one in dict.fromkeys(one.filter for one in self._config.topics)]

    def will(self, now_ns: int) -> Will | None:
        """As configured."""
        return None

    def up(self, publish: Publish, now_ns: int) -> None:
        """Connected: what was sent meanwhile is missing, unless the broker kept it."""
        if self._left_ns is not None and not (self._config.broker.keep_session and self._config.qos):
            self.lost(0, self._left_ns, now_ns, f"{self._config.broker.called} was not there")
        self._left_ns = None
        self.told("live", self._sentence())

    def down(self, reason: str, now_ns: int) -> None:
        """Not connected."""
        self._gathering.flush(now_ns)
        self._left_ns = now_ns
        self.told("down", f"{self._config.broker.called} is not there and is tried again: {reason}")

    def leaving(self) -> None:
        """Nothing to say."""

    def turn(self, now_ns: int) -> None:
        """Hand over what was heard, and tell what could not be read."""
        if self._gathering.due(now_ns):
            self._gathering.flush(now_ns)
        complete_ns = self._gathering.complete_ns(now_ns)
        if complete_ns is not None:
            self.complete_until(complete_ns)
        if self._unread and now_ns - self._unread_since_ns > _TOLD_EVERY_NS:
            self._tell_unread(now_ns)

    def heard(self, topic: str, payload: bytes, now_ns: int, *, retained: bool) -> None:
        """A message."""
        if retained and not self._config.retained:
            return
        wanted = self._resolve(topic)
        if not wanted:
            return
        if len(payload) > MOST_BYTES:
            self._not_read(f"a message of {topic} has more than {MOST_BYTES} bytes", now_ns)
            return
        try:
            document = _document(payload)
            t_ns = self._time_ns(document, now_ns)
        except (ValueError, RecursionError) as error:
            self._not_read(f"{topic}: {error}", now_ns)
            return
        for one in wanted:
            try:
                self._take(one, document, t_ns)
            except NoNumber as error:
                self._gathering.sample(one.channel, t_ns, float("nan"), bad=True)
                self._not_read(f"{topic}: {error}", now_ns)
        if self._gathering.due(now_ns):
            self._gathering.flush(now_ns)

    def _take(self, one: _Wanted, document: object, t_ns: int) -> None:
        try:
            value = at_steps(document, one.steps)
        except KeyError:
            raise NoNumber(f"it has nothing at /{'/'.join(one.steps)}") from None
        if value is None:
            self._gathering.sample(one.channel, t_ns, float("nan"), bad=True)
        else:
            self._gathering.sample(one.channel, t_ns, number(value, one.states))

    def _time_ns(self, document: object, now_ns: int) -> int:
        if self._config.time is None:
            return now_ns
        try:
            value = at_steps(document, self._config.time)
        except KeyError:
            raise ValueError(f"it has no time stamp at /{'/'.join(self._config.time)}") from None
        return stamp_ns(value, self._config.time_format)

    def _resolve(self, topic: str) -> list[_Wanted]:
        """What is wanted of a topic; a new one that a wildcard finds becomes a channel."""
        wanted = self._resolved.get(topic)
        if wanted is None:
            if len(self._resolved) >= _MOST_REMEMBERED:
                self._resolved.clear()
            levels = tuple(topic.split("/"))
            wanted = self._resolved[topic] = list(self._fixed.get(topic, ()))
            for one in self._wild:
                matched = one.matched(levels)
                channel = None if matched is None else self._channel(one, one.channel(matched), topic)
                if channel is not None:
                    wanted.append(_Wanted(channel, one.steps, one.tag.states))
        return wanted

    def _channel(self, one: TopicTag, channel: str, topic: str) -> int | None:
        """The number of the channel of that id, which may be new; None where there is no room for it."""
        known = self._index.get(channel)
        if known is None and len(self._config.found) < _MOST_TOPICS and 0 < len(channel) <= _LONGEST_ID and channel.isprintable():
            path = "".join(f"/{step}" for step in one.steps)
            tag = replace(one.tag, tag=f"{topic}#{path}" if path else topic, channel=channel)
            known = self._index[channel] = self._gathering.grow([tag])
            self._config.found.append(tag)
        if known is None:
            self._not_read(
                f"the topic {topic[:80]} became no channel: there are too many, or its name is too long", self._clock.now_ns()
            )
        return known

    def _not_read(self, why: str, now_ns: int) -> None:
        if not self._unread:
            self._unread_since_ns = now_ns
        self._unread += 1
        self._why = why

    def _tell_unread(self, now_ns: int) -> None:
        self.lost(self._unread, self._unread_since_ns, now_ns, f"could not be read: {self._why}")
        _logger.warning("%s: %d values could not be read, the last: %s", self.name, self._unread, self._why)
        self._unread = 0
        self.told("live", self._sentence())

    def _sentence(self) -> str:
        times = "the messages' own" if self._config.time is not None else "those of arrival"
        trouble = f"; the last that could not be read: {self._why}" if self._why else ""
        return f"hears {self._config.broker.called}{open_password(self._config.broker)}; times are {times}{trouble}"


def _document(payload: bytes) -> object:
    """JSON, or else the text that it is."""
    if not payload:
        raise ValueError("the message is empty")
    try:
        return msgspec.json.decode(payload)
    except msgspec.DecodeError:
        if len(payload) > _LONGEST_TEXT:
            raise ValueError("the message is no JSON") from None
        return payload.decode("utf-8")
