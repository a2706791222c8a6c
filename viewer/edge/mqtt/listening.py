"""Looking into a broker for the source browser: what is heard there within a few seconds, as a tree."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Final

import msgspec

from viewer.base.clock import Clock, SystemClock
from viewer.base.errors import UserMistake
from viewer.base.units import format_number
from viewer.edge.browsing import BrowseNode
from viewer.edge.mqtt.broker import Broker, Will
from viewer.edge.mqtt.connection import Connection, Publish, without_session
from viewer.edge.mqtt.host import NAMESPACE
from viewer.edge.mqtt.values import NoNumber, number

HEARD_FOR_S: Final = 2.0
_MOST_TOPICS: Final = 5_000
_MOST_SHOWN: Final = 60
_DEEPEST: Final = 8
_MOST_LEAVES: Final = 500


@dataclass
class _Ear:
    """A `viewer.edge.mqtt.connection.Listener` that remembers the newest message of each topic."""

    filters: list[str]
    clock: Clock
    stopping: threading.Event
    for_ns: int
    heard_last: dict[str, bytes] = field(default_factory=dict[str, bytes])
    until_ns: int | None = None
    trouble: str = ""

    def subscriptions(self) -> list[tuple[str, int]]:
        return [(one, 0) for one in self.filters]

    def will(self, now_ns: int) -> Will | None:
        return None

    def up(self, publish: Publish, now_ns: int) -> None:
        self.until_ns = now_ns + self.for_ns

    def heard(self, topic: str, payload: bytes, now_ns: int, *, retained: bool) -> None:
        if topic in self.heard_last or len(self.heard_last) < _MOST_TOPICS:
            self.heard_last[topic] = payload

    def turn(self, now_ns: int) -> None:
        if self.until_ns is not None and now_ns >= self.until_ns:
            self.stopping.set()

    def leaving(self) -> None:
        """Nothing to say."""

    def down(self, reason: str, now_ns: int) -> None:
        self.trouble = reason
        self.stopping.set()


def listen(broker: Broker, filters: list[str], *, for_s: float = HEARD_FOR_S) -> dict[str, bytes]:
    """Topic and newest message of what comes within that time. Waits. Raises UserMistake where the broker isn't there."""
    broker.check()
    stopping, clock = threading.Event(), SystemClock()
    ear = _Ear(filters, clock, stopping, round(1e9 * for_s))
    Connection("browser", without_session(broker), ear, clock, stopping).run()
    if ear.trouble:
        raise UserMistake(f"{broker.called} can't be browsed: {ear.trouble}")
    return ear.heard_last


def topics_below(heard: dict[str, bytes], path: tuple[str, ...]) -> tuple[BrowseNode, ...]:
    """The next level below a topic, and the members of messages that stand exactly there."""
    below = "/".join(path)
    depth = len(path)
    nodes: dict[str, BrowseNode] = {}
    for topic, payload in sorted(heard.items()):
        levels = topic.split("/")
        if levels[0] == NAMESPACE:
            continue  # Sparkplug's: a source of that kind shows what they hold
        if topic == below:
            nodes |= {one.address: one for one in _members(topic, payload)}
        elif len(levels) > depth and tuple(levels[:depth]) == path:
            name, here = levels[depth], "/".join(levels[: depth + 1])
            leaf = len(levels) == depth + 1
            single = leaf and not _is_composed(payload)
            deeper = not leaf or not single or (here in nodes and nodes[here].has_children)
            value = _shown(payload) if single else nodes[here].value if here in nodes else ""
            kind = nodes[here].kind if here in nodes else ""
            nodes[here] = BrowseNode(name, here, _kind(_read(payload)) if single else kind, "", value, deeper)
    return tuple(nodes.values())


def _members(topic: str, payload: bytes) -> list[BrowseNode]:
    """The single values in a message, each with the address that a tag takes."""
    found: list[BrowseNode] = []

    def walk(document: object, steps: tuple[str, ...]) -> None:
        if len(found) >= _MOST_LEAVES or len(steps) > _DEEPEST:
            return
        if isinstance(document, dict | list):
            inner = document.items() if isinstance(document, dict) else enumerate(document)
            for key, value in inner:
                walk(value, (*steps, str(key)))
            return
        pointer = "".join(f"/{one.replace('~', '~0').replace('/', '~1')}" for one in steps)
        text = format_number(float(document)) if isinstance(document, float) else str(document)[:_MOST_SHOWN]
        found.append(
            BrowseNode(".".join(steps) or topic, f"{topic}#{pointer}" if steps else topic, _kind(document), "", text, False)
        )

    walk(_read(payload), ())
    return found


def _kind(document: object) -> str:
    """What a single value suggests; a text of a number is one."""
    if isinstance(document, str):
        try:
            number(document)
        except NoNumber:
            return "state"
        return "measurement"
    return "state" if isinstance(document, bool) or document is None else "measurement"


def _read(payload: bytes) -> object:
    try:
        return msgspec.json.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return payload.decode("utf-8", "replace")


def _is_composed(payload: bytes) -> bool:
    return payload.lstrip()[:1] in (b"{", b"[") and isinstance(_read(payload), dict | list)


def _shown(payload: bytes) -> str:
    return str(_read(payload))[:_MOST_SHOWN]
