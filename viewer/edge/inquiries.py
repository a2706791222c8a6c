"""Answers to what viewers ask beyond the newest values: the past, where channels come from, how sources fare, alarms, audit."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec
import numpy as np

from viewer.access.roles import may
from viewer.alarms.words import AlarmAction
from viewer.base.clock import Clock
from viewer.base.errors import UserMistake
from viewer.base.ids import ChannelId
from viewer.edge.alarm_desk import AlarmDesk
from viewer.edge.collector import Collector
from viewer.edge.command_desk import CommandDesk
from viewer.edge.historian import Historian
from viewer.edge.session import Outlet, Session, matching_mask
from viewer.edge.tags import TaggedSource
from viewer.edge.uplink import Uplink
from viewer.edge.witness import Witness
from viewer.history.store import History
from viewer.live import past_words as words
from viewer.live import wire
from viewer.live.columns import pack
from viewer.twin.channels import Condition
from viewer.twin.samples import Columns, Envelope, Latest, split

_MOST_OPEN = 64
"""Questions of one viewer that are not answered yet."""
_PAGE_BYTES = 512_000
_PAGE_SAMPLES = wire.MAX_BLOCK_SAMPLES
_T = TypeVar("_T")
_ACTIONS = {"acknowledge": "acknowledge", "shelve": "shelve", "unshelve": "shelve", "reset": "reset_latch"}
"""What a role needs for an alarm's action; suppression and out of service need `suppress`."""


class Inquiries:
    """On the gateway's loop; what needs the disk is read on the historian's reading thread and sent when it is there."""

    def __init__(
        self,
        collector: Collector,
        historian: Historian | None,
        alarms: AlarmDesk,
        commands: CommandDesk,
        audit: Witness,
        clock: Clock,
        outlet: Outlet,
        catalogue: Callable[[], str],
        uplink: Uplink | None = None,
    ) -> None:
        self._uplink = uplink
        self._collector, self._historian, self._alarms = collector, historian, alarms
        self._commands = commands
        self._audit, self._clock, self._outlet, self._catalogue = audit, clock, outlet, catalogue

    def answer(self, session: Session, asked: wire.Asked) -> None:
        """Answer, now or later; a question that can't be answered is told why."""
        try:
            self._answer(session, asked)
        except (UserMistake, OSError) as error:
            self._refuse(session, asked.request, str(error))

    def _answer(self, session: Session, asked: wire.Asked) -> None:
        match asked:
            case words.LatestAtRequest():
                self._latest_at(session, asked)
            case words.RangeRequest():
                self._range(session, asked)
            case words.EnvelopeRequest():
                self._envelope(session, asked)
            case words.SpanRequest():
                self._from_history(session, asked.request, _span, lambda span: words.Span(asked.request, *span))
            case words.GapsRequest():
                self._gaps(session, asked)
            case words.MetadataRequest():
                self._metadata(session, asked)
            case words.SourcesRequest():
                self._collector.look(self._clock.now_ns())
                told = sources(self._collector) + ([self._uplink.info()] if self._uplink is not None else [])
                self._pages(session, told, lambda last, page: words.Sources(asked.request, last, page))
            case words.AlarmsRequest():
                self._alarm_items(session, asked)
            case words.AlarmActionRequest():
                self._act(session, asked)
            case words.AuditRequest():
                self._audit_page(session, asked)
            case words.CommandRequest():
                answer = self._commands.answer(asked, session.person, self._clock.now_ns())
                self._outlet.send(session.route, answer)

    def _latest_at(self, session: Session, asked: words.LatestAtRequest) -> None:
        if asked.catalogue != self._catalogue():
            raise UserMistake("the catalogue has changed: ask again")
        index = np.frombuffer(asked.channels[: len(asked.channels) // 4 * 4], "<u4").astype(np.int64)
        if not len(index):
            index = np.arange(len(self._collector.channels))
        if int(index.max(initial=0)) >= len(self._collector.channels):
            raise UserMistake(f"there are {len(self._collector.channels)} channels: ask for those")
        index = np.unique(index)
        ids = [ChannelId(self._collector.channels[i].id) for i in index.tolist()]

        def pages(latest: Latest) -> list[wire.FromGateway]:
            parts = list(split(_found(index, latest), _PAGE_SAMPLES)) or [_found(index[:0], _none())]
            return [words.LatestAt(asked.request, part is parts[-1], pack(part)) for part in parts]

        self._from_history(session, asked.request, lambda history: history.latest_at(ids, asked.t_ns), pages)

    def _range(self, session: Session, asked: words.RangeRequest) -> None:
        self._from_history(session, asked.request, lambda history: _page_of(history, asked), lambda page: page)

    def _envelope(self, session: Session, asked: words.EnvelopeRequest) -> None:
        def ask(history: History) -> Envelope:
            return history.envelope(ChannelId(asked.channel), asked.t0_ns, asked.t1_ns, asked.buckets)

        def told(found: Envelope) -> wire.FromGateway:
            columns = (found.t_ns.astype("<i8"), found.low.astype("<f8"), found.high.astype("<f8"), found.counts.astype("<i8"))
            return words.EnvelopeAnswer(asked.request, *(memoryview(one.tobytes()) for one in columns))

        self._from_history(session, asked.request, ask, told)

    def _gaps(self, session: Session, asked: words.GapsRequest) -> None:
        def ask(history: History) -> list[words.GapInfo]:
            found = history.gaps(asked.t0_ns, asked.t1_ns)
            return [words.GapInfo(g.device, g.epoch, g.first, g.last, g.t0_ns, g.t1_ns, g.cause) for g in found]

        def pages(found: list[words.GapInfo]) -> list[wire.FromGateway]:
            return [words.Gaps(asked.request, last, page) for last, page in _paged(found)]

        self._from_history(session, asked.request, ask, pages)

    def _metadata(self, session: Session, asked: words.MetadataRequest) -> None:
        wanted = matching_mask([one.id for one in self._collector.channels], asked.globs)
        found = [one for one, is_wanted in zip(origins(self._collector), wanted.tolist(), strict=True) if is_wanted]
        self._pages(session, found, lambda last, page: words.Metadata(asked.request, last, page))

    def _alarm_items(self, session: Session, asked: words.AlarmsRequest) -> None:
        if asked.what == "standing":
            self._items(session, asked, [msgspec.msgpack.encode(one) for one in self._alarms.standing()])
        elif asked.what == "definitions":
            self._items(session, asked, [msgspec.msgpack.encode(one) for one in self._alarms.definitions])
        else:
            kind = "alarm" if asked.what == "events" else "waveform"

            def ask(history: History) -> list[bytes]:
                return [event.payload for event in history.events(kind, asked.t0_ns, asked.t1_ns)]

            self._from_history(session, asked.request, ask, lambda items: _item_pages(asked, items))

    def _items(self, session: Session, asked: words.AlarmsRequest, items: Sequence[bytes]) -> None:
        for message in _item_pages(asked, items):
            self._outlet.send(session.route, message)

    def _act(self, session: Session, asked: words.AlarmActionRequest) -> None:
        try:
            action = msgspec.msgpack.decode(asked.action, type=AlarmAction)
        except (msgspec.MsgspecError, ValueError) as error:
            raise UserMistake(f"this is no action on an alarm: {error}") from error
        person = session.person
        needed = _ACTIONS.get(action.kind, "suppress")
        if not _may(person.role, needed):
            self._audit.count("alarm action refused", person.user, user=person.user, alarm=action.alarm, action=action.kind)
            raise UserMistake(f"the role {person.role} may not {action.kind} an alarm")
        self._audit.note("alarm action", user=person.user, alarm=action.alarm, action=action.kind, reason=action.reason)
        self._alarms.act(
            action,
            user=person.user,
            role=person.role,
            t_ns=self._clock.now_ns(),
            done=lambda event: _send(
                self._outlet, session, words.Alarms(asked.request, "events", True, [msgspec.msgpack.encode(event)])
            ),
        )

    def _audit_page(self, session: Session, asked: words.AuditRequest) -> None:
        if not may(session.person.role, "read_audit"):
            raise UserMistake(f"the role {session.person.role} may not read the audit")
        path = self._audit.path

        def told(page: tuple[int, list[bytes]]) -> wire.FromGateway:
            return words.AuditPage(asked.request, asked.first, *page)

        self._from_history(session, asked.request, lambda _: _lines(path, asked.first, asked.most), told)

    def _from_history(
        self,
        session: Session,
        request: int,
        ask: Callable[[History], _T],
        told: Callable[[_T], wire.FromGateway | Iterable[wire.FromGateway]],
    ) -> None:
        """Ask on the reading thread, where the answer is also packed; send when it is there."""
        if self._historian is None:
            raise UserMistake("this gateway keeps no history: give it a [history]")
        if session.asking >= _MOST_OPEN:
            raise UserMistake(f"{_MOST_OPEN} questions wait for their answers: ask less at once")

        def question(history: History) -> list[bytes]:
            answer = told(ask(history))
            messages = [answer] if isinstance(answer, msgspec.Struct) else list(answer)
            return [wire.encode(one) for one in messages]

        def send(answer: list[bytes] | Exception) -> None:
            session.asking -= 1
            if isinstance(answer, Exception):
                self._refuse(session, request, str(answer))
                return
            for frame in answer:
                if not self._outlet.send_frame(session.route, frame):
                    self._refuse(session, request, "the answer found no room: ask again, or for less")
                    return

        if not self._historian.ask(question, send):
            raise UserMistake("the gateway has too many questions to answer: ask again")
        session.asking += 1

    def _pages(self, session: Session, found: Sequence[_T], told: Callable[[bool, list[_T]], wire.FromGateway]) -> None:
        for last, page in _paged(found):
            self._outlet.send(session.route, told(last, page))

    def _refuse(self, session: Session, request: int, sentence: str) -> None:
        self._outlet.send(session.route, wire.Error(request, sentence[:2000]))


def sources(collector: Collector) -> list[words.SourceInfo]:
    """How each source fares."""
    return [
        words.SourceInfo(
            name=one.state.name,
            kind=one.state.kind,
            state=one.state.state,
            since_ns=max(0, one.state.since_ns),
            sentence=one.state.sentence[:2000],
            channels=len(one.index),
            latency_ms=None if math.isnan(one.state.latency_ms) else one.state.latency_ms,
            samples_per_s=one.state.samples_per_s,
            samples=one.state.samples,
            lost_samples=one.state.lost_samples,
            outages=one.state.outages,
        )
        for one in collector.fed
    ]


def origins(collector: Collector) -> list[words.ChannelOrigin]:
    """Where each channel of the catalogue comes from."""
    found: list[words.ChannelOrigin | None] = [None] * len(collector.channels)
    for fed in collector.fed:
        tags = fed.source.tags() if isinstance(fed.source, TaggedSource) else ()
        for number, at in enumerate(fed.index.tolist()):
            info, name, kind = collector.channels[at], fed.state.name, fed.state.kind
            if number < len(tags):
                tag = tags[number]
                found[at] = words.ChannelOrigin(
                    info.id, name, kind, tag.tag[:200], info.unit, tag.scale, tag.offset, tag.dead_band, tag.definition[:2000]
                )
            else:
                found[at] = words.ChannelOrigin(info.id, name, kind, info.id, info.unit)
    return [one for one in found if one is not None]


def _may(role: str, action: str) -> bool:
    match action:
        case "acknowledge" | "shelve" | "reset_latch" | "suppress":
            return may(role, action)
        case _:
            return False


def _send(outlet: Outlet, session: Session, message: wire.FromGateway) -> None:
    outlet.send(session.route, message)


def _paged(found: Sequence[_T]) -> Iterator[tuple[bool, list[_T]]]:
    for first in range(0, max(len(found), 1), wire.CATALOGUE_PAGE):
        yield first + wire.CATALOGUE_PAGE >= len(found), list(found[first : first + wire.CATALOGUE_PAGE])


def _item_pages(asked: words.AlarmsRequest, items: Sequence[bytes]) -> list[wire.FromGateway]:
    pages: list[list[bytes]] = [[]]
    size = 0
    for item in items:
        if size + len(item) > _PAGE_BYTES:
            pages.append([])
            size = 0
        pages[-1].append(item)
        size += len(item)
    return [words.Alarms(asked.request, asked.what, page is pages[-1], page) for page in pages]


def _found(index: np.ndarray, latest: Latest) -> Columns:
    there = latest.condition != Condition.MISSING
    values = latest.values[there]
    bad = (latest.condition[there] == Condition.BAD) | ~np.isfinite(values)
    at = index[there]
    return Columns(at, np.ones(len(at), np.int64), latest.t_ns[there], values, bad.astype(np.uint8))


def _none() -> Latest:
    return Latest(np.empty(0), np.empty(0, np.int64), np.empty(0, np.uint8))


def _page_of(history: History, asked: words.RangeRequest) -> words.Range:
    """One page of a range: as far as a page's samples reach, told where to go on."""
    channel = ChannelId(asked.channel)
    t1_ns = _reach(history.envelope(channel, asked.t0_ns, asked.t1_ns, 1024), asked)
    t_ns, values = history.range(channel, asked.t0_ns, t1_ns)
    t_ns, values = t_ns[asked.skip :], values[asked.skip :]
    whole = len(t_ns) <= _PAGE_SAMPLES
    t_ns, values = t_ns[:_PAGE_SAMPLES], values[:_PAGE_SAMPLES]
    if whole:
        more, next_ns, skip = t1_ns < asked.t1_ns, min(t1_ns + 1, asked.t1_ns), 0
    else:
        more, next_ns = True, int(t_ns[-1])
        again = int((t_ns == next_ns).sum())
        skip = again + asked.skip if int(t_ns[0]) == next_ns == asked.t0_ns else again
    bad = (~np.isfinite(values)).astype(np.uint8)
    runs = np.zeros(1 if len(t_ns) else 0, np.int64)
    columns = Columns(runs, np.full(len(runs), len(t_ns), np.int64), t_ns, values, bad)
    return words.Range(asked.request, pack(columns), more, next_ns, skip)


def _reach(envelope: Envelope, asked: words.RangeRequest) -> int:
    """An end at which there are some pages' samples but not millions."""
    counts = np.cumsum(envelope.counts)
    beyond = np.flatnonzero(counts > asked.skip + 4 * _PAGE_SAMPLES)
    if not len(beyond):
        return asked.t1_ns
    return max(asked.t0_ns, min(asked.t1_ns, int(envelope.t_ns[beyond[0]])))


def _span(history: History) -> tuple[int, int]:
    return history.bounds() or (0, 0)


def _lines(path: Path, first: int, most: int) -> tuple[int, list[bytes]]:
    """How many lines the audit has, and some of them from number `first` (1 is the oldest)."""
    total, size, found = 0, 0, list[bytes]()
    with path.open("rb") as file:
        for line in file:
            total += 1
            if total >= max(first, 1) and len(found) < most and size < _PAGE_BYTES:
                found.append(line.rstrip(b"\n")[: wire.MAX_ITEM_BYTES])
                size += len(found[-1])
    return total, found
