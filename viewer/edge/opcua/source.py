"""An OPC UA server as a source: it connects, subscribes, and after each outage brings what was missed or says that it is gone."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final

from viewer.base.errors import Fault, GenchiError, UserMistake
from viewer.edge.opcua import past
from viewer.edge.opcua.connecting import ANSWER_S, SESSION_MS, Link, Refused
from viewer.edge.opcua.intake import Intake
from viewer.edge.opcua.kind import OpcUaConfig
from viewer.edge.opcua.nodes import Book, Description, describe, read
from viewer.edge.opcua.results import ResultChannels
from viewer.edge.opcua.stack import UaClientState, ua
from viewer.edge.opcua.subscription import Item, Subscription
from viewer.edge.opcua.units import objection
from viewer.edge.opcua.values import time_ns
from viewer.edge.tags import Tag
from viewer.edge.threaded import ThreadedSource
from viewer.live.device_words import Waveform
from viewer.twin.catalogue import ChannelInfo

_logger = logging.getLogger(__name__)
_TURN_S: Final = 0.1
_FIRST_PAUSE_S: Final = 0.5
_LONGEST_PAUSE_S: Final = 30.0
_AFTER_REFUSAL_S: Final = 60.0
"""Pause after a refused user or certificate: servers lock accounts that try too often."""
_MOST_TOLD: Final = 3


class OpcUaSource(ThreadedSource):
    """`channels`, `tags` and what ThreadedSource has on the gateway's thread; everything else on the source's own."""

    def __init__(self, config: OpcUaConfig, now_ns: Callable[[], int] = time.time_ns) -> None:
        super().__init__(config.name)
        self._config = config
        self._now_ns = now_ns
        self._tags = config.tags
        self._intake = Intake(config.tags, self.put, self.lost, uncertain_is_good=config.uncertain_is_good, repeat=config.repeat)
        self._results = ResultChannels(len(config.tags), self.put)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop = asyncio.Event()
        self._down_since_s: float | None = None
        self._last_seen_ns = 0
        self._sentence = self._refused = ""

    def channels(self) -> tuple[ChannelInfo, ...]:
        """One for each tag, then those that results have brought."""
        return self._intake.map.channels + self._results.channels

    def tags(self) -> tuple[Tag, ...]:
        """The tags, with the texts of their states once the server has told them."""
        return self._tags + self._results.tags

    def take_waveforms(self) -> list[Waveform]:
        """Curves of results since the last call, as wholes; their samples come through `step` too."""
        found: list[Waveform] = []
        with suppress(IndexError):
            while True:
                found.append(self._results.waveforms.popleft())
        return found

    def close(self) -> None:
        """Let the thread end; returns at once."""
        super().close()
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._stop.set)

    def run(self) -> None:
        """Live on a loop of its own."""
        asyncio.run(self._live_on())

    async def _live_on(self) -> None:
        self._loop = asyncio.get_running_loop()
        attempt = 0
        while not self.stopping.is_set():
            link = Link(self._config)
            try:
                await link.open()
                subscription = await self._subscribed(link)
                attempt = 0
                await self._watched(link, subscription)
            except (GenchiError, ua.UaError, OSError, TimeoutError) as error:
                self._went_down(_sentence(error))
                pause_s = _AFTER_REFUSAL_S if isinstance(error, Refused) else min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2**attempt)
                attempt = min(attempt + 1, 10)
                await link.drop()
                await self._pause(pause_s)
            finally:
                await (link.close() if self.stopping.is_set() else link.drop())

    # --- A new session ---------------------------------------------------------------------------------------------

    async def _subscribed(self, link: Link) -> Subscription:
        """Find the tags, subscribe, fill what was missed, and only then let new values through."""
        items, refused, history = await self._items(link)
        items += await self._result_items(link)
        self._intake.renewed()
        subscription = Subscription(
            link.session, self._config, self._intake, self._now_ns, self._missed_messages, self._took_result
        )
        refused |= {tag: f"the server refuses it ({name})" for tag, name in (await subscription.open(items)).items()}
        if len(refused) == len(self._tags) + len(self._config.results) and refused:
            raise UserMistake(f"none of the {len(refused)} tags can be read: {self._told(refused)}")
        await self._recovered(link, history)
        await subscription.release()
        count = len(self._tags) + len(self._config.results)
        self._sentence = f"{count - len(refused)} of {count} tags" if refused else f"{count} tag{'s' if count != 1 else ''}"
        if refused:
            told = self._told(refused)
            self._sentence += f"; {told}"
            if told != self._refused:
                _logger.warning("%s: %s", self.name, told)
        self._refused = self._told(refused)
        self._came_up()
        return subscription

    async def _items(self, link: Link) -> tuple[list[Item], dict[int, str], dict[int, Any]]:
        """What to monitor; why tags are refused; and the nodes of tags with a history, by tag."""
        book = await Book.of(link.session)
        nodes: dict[int, Any] = {}
        refused: dict[int, str] = {}
        for number, tag in enumerate(self._config.tags):
            try:
                nodes[number] = await book.find(tag.tag)
            except UserMistake as mistake:
                refused[number] = str(mistake)
        items: list[Item] = []
        history: dict[int, Any] = {}
        tags = list(self._config.tags)
        for number, one in zip(nodes, await describe(link.session, list(nodes.values())), strict=True):
            tag = tags[number]
            _take_states(one, tag)
            why = one.refusal or _wrong_unit(one, tag)
            if why:
                refused[number] = why
                continue
            items.append(Item(number, one.node, tag.dead_band / abs(tag.scale) if tag.scale else 0.0))
            self._intake.texts[number] = one.texts or None
            tags[number] = _with_states(tag, one)
            if one.has_history:
                history[number] = one.node
        self._tags = tuple(tags)
        return items, refused, history

    async def _result_items(self, link: Link) -> list[Item]:
        """Joining systems: their events, or the variable that holds a result. Raises UserMistake where one isn't there."""
        if not self._config.results:
            return []
        await link.client.load_data_type_definitions()
        book = await Book.of(link.session)
        items: list[Item] = []
        for number, one in enumerate(self._config.results, len(self._config.tags)):
            node = await book.find(one.path)
            (node_class,) = await read(link.session, [node], ua.AttributeIds.NodeClass)
            fields = () if node_class == ua.NodeClass.Variable else (await book.result_field(),)
            items.append(Item(number, node, fields=fields))
        return items

    def _took_result(self, number: int, value: Any, now_ns: int) -> None:
        self._results.take(self._config.results[number], value, now_ns)

    async def _recovered(self, link: Link, history: dict[int, Any]) -> None:
        """Bring what was missed since the last word of the server, or tell the gap."""
        missed = [tag for tag in range(len(self._tags)) if self._intake.last_ns[tag] > 0]
        if not self._last_seen_ns or not missed:
            return
        now_ns = self._now_ns()
        whole = set[int]()
        if self._config.history:
            for tag in (tag for tag in missed if tag in history):
                values = await past.raw(link.session, history[tag], int(self._intake.last_ns[tag]), now_ns)
                if values is not None:
                    self._intake.fill(tag, values, now_ns)
                    self._intake.flush()
                    whole.add(tag)
        (begun,) = await read(link.session, [ua.NodeId(ua.ObjectIds.Server_ServerStatus_StartTime)], ua.AttributeIds.Value)
        begun_ns = time_ns(begun) or 0
        left = len(missed) - len(whole)
        if begun_ns > self._last_seen_ns:
            self.lost(0, self._last_seen_ns, now_ns, f"the server was started again{_filled(len(whole), len(missed))}")
        elif left:
            self.lost(0, self._last_seen_ns, now_ns, f"the connection was lost{_filled(len(whole), len(missed))}")

    def _missed_messages(self, first: int, number: int, since_ns: int) -> None:
        """Messages that the server has no more: the gap is told, up to now."""
        cause = f"messages {first} to {number - 1} were lost, and the server no longer has them"
        self.lost(0, since_ns or self._last_seen_ns, self._now_ns(), cause)

    # --- While it lives --------------------------------------------------------------------------------------------

    async def _watched(self, link: Link, subscription: Subscription) -> None:
        """Until the stop. Raises Fault where the connection is lost and the session can't be taken up again."""
        while not self.stopping.is_set():
            await self._pause(_TURN_S)
            self._last_seen_ns = max(self._last_seen_ns, subscription.published_ns)
            if subscription.ended:
                raise Fault(f"the subscription has ended: {subscription.ended}")
            broken = link.client.state is not UaClientState.CONNECTED
            if broken or subscription.is_silent:
                why = "the connection was lost" if broken else f"the server was silent for {subscription.silence_s:.0f} s"
                if not await self._resumed(link, why):
                    raise Fault(f"{why}, and the server no longer knows the session")
                subscription.resumed()
                self._came_up()
                continue
            self._stands(subscription)

    async def _resumed(self, link: Link, why: str) -> bool:
        """Take the session up again for as long as the server keeps it; False where it doesn't know it any more."""
        self._went_down(why)
        until_s = time.monotonic() + SESSION_MS / 1_000.0
        pause_s = _FIRST_PAUSE_S
        while not self.stopping.is_set() and time.monotonic() < until_s:
            try:
                return await link.resume()
            except (GenchiError, ua.UaError, OSError, TimeoutError) as error:
                self.told("down", f"{why}; {_sentence(error)}")
            await self._pause(pause_s)
            pause_s = min(2.0 * pause_s, 10.0)
        return False

    def _stands(self, subscription: Subscription) -> None:
        """What the server said last is true up to its newest message."""
        now_ns = self._now_ns()
        margin_ns = round(1e6 * max(self._config.sampling_ms, self._config.publishing_ms)) + self._intake.delay_ns
        until_ns = min(subscription.published_ns, now_ns) - margin_ns
        if until_ns > 0:
            self._intake.still_stands(until_ns)
            self.complete_until(until_ns)
        remark = "; ".join(one for one in (self._intake.remark(), self._results.remark) if one)
        self.told("live", f"{self._sentence}; {remark}" if remark else self._sentence)

    def _went_down(self, sentence: str) -> None:
        self.told("down", sentence)
        if self._down_since_s is None:
            self._down_since_s = time.monotonic()
            _logger.warning("%s is down: %s", self.name, sentence)

    def _came_up(self) -> None:
        self.told("live", self._sentence)
        if self._down_since_s is not None:
            _logger.warning("%s is back after %.1f s", self.name, time.monotonic() - self._down_since_s)
            self._down_since_s = None

    async def _pause(self, seconds: float) -> None:
        """Wait; ends at once when stopping."""
        try:
            await asyncio.wait_for(self._stop.wait(), seconds)
        except TimeoutError:
            return

    def _told(self, refused: dict[int, str]) -> str:
        names = [*(one.tag for one in self._config.tags), *(one.path for one in self._config.results)]
        some = [f"{names[tag]}: {why}" for tag, why in sorted(refused.items())[:_MOST_TOLD]]
        more = f"; and {len(refused) - _MOST_TOLD} more" if len(refused) > _MOST_TOLD else ""
        return "; ".join(some) + more


def _wrong_unit(one: Description, tag: Tag) -> str:
    return "" if one.unit is None else objection(one.unit, tag.unit, tag.scale, tag.offset)


def _take_states(one: Description, tag: Tag) -> None:
    """The numbers that a tag gives to the texts of its node."""
    if one.is_text and tag.states:
        one.texts = {text.strip().casefold(): float(number) for number, text in enumerate(tag.states)}
        one.states, one.refusal = dict(enumerate(tag.states)), ""


def _with_states(tag: Tag, one: Description) -> Tag:
    if not one.states or tag.definition:
        return tag
    return replace(tag, definition=", ".join(f"{number} = {text}" for number, text in sorted(one.states.items()))[:1900])


def _filled(whole: int, missed: int) -> str:
    if not whole:
        return ""
    return f"; the server's history has filled {whole} of {missed} tags"


def _sentence(error: BaseException) -> str:
    if isinstance(error, GenchiError):
        return str(error)
    if isinstance(error, TimeoutError):
        return f"the server does not answer within {ANSWER_S:.0f} s"
    return f"{type(error).__name__}: {error}"[:300]
