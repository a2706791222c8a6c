"""One reader for live and past: rings where they are whole, the gateway's history beyond, and no wait where it can't answer."""

from collections.abc import Sequence
from concurrent.futures import Future

import numpy as np

from viewer.base.clock import ManualClock
from viewer.base.errors import Fault
from viewer.base.ids import ChannelId
from viewer.live.rings import SampleStore
from viewer.live.time_reader import TimeReader
from viewer.twin.catalogue import ChannelInfo
from viewer.twin.samples import Envelope, Latest, envelope_of, in_runs

S = 1_000_000_000
A, B = ChannelId("a"), ChannelId("b")
PAST = np.arange(0, 200 * S, S)
"""The history has a sample each second, its value the second."""


class Gateway:
    """A feed with rings from 100 s on, and a history of everything that answers, or is gone."""

    def __init__(self) -> None:
        self.clock = ManualClock(200 * S)
        self.store = SampleStore(self.clock)
        self.store.declare([ChannelInfo(A, period_s=1.0), ChannelInfo(B, period_s=1.0)])
        self.store.set_live(True)
        self.whole_since_ns = 0
        self.asked: list[str] = []
        self.there = True
        times = PAST[100:]
        self.store.write(in_runs(np.zeros(100, np.int64), times, times / S, np.zeros(100, np.uint8)))

    def request_latest_at(self, channels: Sequence[ChannelId], t_ns: int) -> Future[Latest]:
        known = np.array([one == A for one in channels])
        times = np.where(known, t_ns // S * S, -1)
        return self.answer("at", Latest(np.where(known, times / S, np.nan), times, np.where(known, 0, 3).astype(np.uint8)))

    def request_range(self, channel: ChannelId, t0_ns: int, t1_ns: int) -> Future[tuple[np.ndarray, np.ndarray]]:
        times = PAST[(t0_ns <= PAST) & (t1_ns >= PAST)]
        return self.answer("range", (times, times / S))

    def request_envelope(self, channel: ChannelId, t0_ns: int, t1_ns: int, buckets: int) -> Future[Envelope]:
        times = PAST[(t0_ns <= PAST) & (t1_ns >= PAST)]
        return self.answer("envelope", envelope_of(times, times / S, t0_ns, t1_ns, buckets))

    def answer(self, what: str, answer: object) -> Future:
        self.asked.append(what)
        future: Future = Future()
        if self.there:
            future.set_result(answer)
        else:
            future.set_exception(Fault("gone"))
        return future


def reader() -> tuple[TimeReader, Gateway]:
    gateway = Gateway()
    return TimeReader(gateway, gateway.clock), gateway


def test_that_what_the_rings_have_whole_asks_nobody() -> None:
    one, gateway = reader()
    assert one.latest_at([A], 150 * S).values.tolist() == [150.0]
    assert one.range(A, 120 * S, 130 * S)[1].tolist() == [*map(float, range(120, 131))]
    assert len(one.envelope(A, 120 * S, 130 * S, 5)) == 5
    assert gateway.asked == []


def test_that_a_span_over_the_edge_has_each_sample_once_in_order() -> None:
    one, _ = reader()
    t_ns, values = one.range(A, 95 * S, 105 * S)
    assert values.tolist() == [*map(float, range(95, 106))] and (np.diff(t_ns) == S).all()
    drawn = one.envelope(A, 0, 199 * S, 100)
    assert drawn.counts.sum() == 200 and (drawn.low.min(), drawn.high.max()) == (0.0, 199.0)
    assert (np.diff(drawn.t_ns) > 0).all() and len(drawn) <= 101


def test_that_the_past_is_asked_once_and_kept() -> None:
    one, gateway = reader()
    for _ in range(3):
        assert one.latest_at([A, B], 50 * S).values[0] == 50.0
        assert one.range(A, 10 * S, 20 * S)[0][0] == 10 * S
    assert gateway.asked == ["at", "range"]
    gateway.clock.advance(120.0)
    one.range(A, 10 * S, 20 * S)
    assert gateway.asked == ["at", "range", "range"]


def test_that_after_an_outage_the_rings_are_not_believed_where_they_may_have_holes() -> None:
    one, gateway = reader()
    gateway.whole_since_ns = 180 * S
    assert one.range(A, 120 * S, 190 * S)[1].tolist() == [*map(float, range(120, 191))]
    assert one.latest_at([A], 150 * S).values.tolist() == [150.0]
    assert gateway.asked == ["range", "at"]
    one.latest_at([A], 190 * S)
    assert gateway.asked == ["range", "at"]


def test_that_where_the_gateway_is_gone_the_rings_answer() -> None:
    one, gateway = reader()
    gateway.there = False
    assert one.range(A, 50 * S, 102 * S)[1].tolist() == [100.0, 101.0, 102.0]
    assert one.latest_at([A, B], 150 * S).condition.tolist() == [0, 3]
    assert one.latest_at([A], 50 * S).condition.tolist() == [3]
    assert one.envelope(A, 0, 199 * S, 10).counts.sum() == 100
