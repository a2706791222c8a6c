"""Time as it really comes: late, twice, backwards, from the future; and asked by many threads at once."""

import threading
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.history.test_store import T0, Begin, S, begin, columns
from viewer.base.clock import ManualClock
from viewer.base.ids import ChannelId
from viewer.history.mover import Mover
from viewer.history.records import Batch
from viewer.history.store import History
from viewer.twin.catalogue import ChannelInfo
from viewer.twin.channels import Condition
from viewer.twin.samples import Columns, in_runs

__all__ = ["begin"]
NOW = T0 + 10**6 * S


class Plain:
    """What the history must answer, the slow way: all samples in the order in which they arrived."""

    def __init__(self, channels: int) -> None:
        self.t_ns = [np.empty(0, np.int64) for _ in range(channels)]
        self.values = [np.empty(0) for _ in range(channels)]

    def add(self, block: Columns) -> None:
        ends = np.cumsum(block.counts)
        for channel, end, count in zip(block.channels.tolist(), ends.tolist(), block.counts.tolist(), strict=True):
            self.t_ns[channel] = np.concatenate([self.t_ns[channel], block.t_ns[end - count : end]])
            self.values[channel] = np.concatenate([self.values[channel], block.values[end - count : end]])

    def range(self, channel: int, t0: int, t1: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        order = np.argsort(self.t_ns[channel], kind="stable")
        t_ns, values = self.t_ns[channel][order], self.values[channel][order]
        inside = (t_ns >= t0) & (t_ns <= t1)
        return t_ns[inside], values[inside]


def check(history: History, plain: Plain, rng: np.random.Generator, times: int) -> None:
    n = len(plain.t_ns)
    ids = [ChannelId(f"c{i}") for i in range(n)]
    everything = np.concatenate(plain.t_ns)
    for _ in range(times):
        t0, t1 = sorted(rng.choice(everything, 2).tolist())
        t1 += int(rng.integers(0, S))
        channel = int(rng.integers(n))
        t_ns, values = plain.range(channel, t0, t1)
        got_t, got = history.range(ids[channel], t0, t1)
        assert got_t.tolist() == t_ns.tolist() and got.tolist() == values.tolist()
        envelope = history.envelope(ids[channel], t0, t1, int(rng.integers(1, 400)))
        assert int(envelope.counts.sum()) == len(t_ns)
        if len(t_ns):
            assert envelope.low.min() == values.min() and envelope.high.max() == values.max()
        latest = history.latest_at(ids, t1)
        for one in range(n):
            before_t, before = plain.range(one, -(1 << 62), t1)
            if len(before):
                assert (latest.t_ns[one], latest.values[one]) == (before_t[-1], before[-1])
            else:
                assert latest.condition[one] == Condition.MISSING


@pytest.mark.parametrize("seed", [1, 2])
def test_that_late_double_and_backward_samples_are_all_kept_in_their_order(begin: Begin, seed: int) -> None:
    rng = np.random.default_rng(seed)
    channels = 40
    plain = Plain(channels)
    with begin() as history:
        history.declare([ChannelInfo(f"c{i}") for i in range(channels)])
        t = T0
        for sequence in range(1, 31):
            t += int(rng.integers(1, 400)) * S
            k = 300
            times = t + np.sort(rng.integers(0, 400, k)) * S // 2
            times[: k // 10] -= int(rng.integers(0, 5 * 86400)) * S
            if sequence % 10 == 5:
                times[:] = T0 - 400 * 86400 * S
            if sequence % 10 == 7:
                times[:2] = NOW + 400 * 86400 * S
            # A few channels speak once in a while only, two are fast.
            channel = np.where(rng.random(k) < 0.5, rng.integers(0, 2, k), rng.integers(0, 38 if sequence > 2 else 40, k))
            block = in_runs(channel, times, np.round(rng.normal(size=k), 2), np.zeros(k, np.uint8))
            history.append([Batch("d", "e", sequence, block)])
            plain.add(block)
            if sequence % 4 == 0:
                history.move()
                check(history, plain, rng, 4)
        check(history, plain, rng, 10)
        history.move()
        check(history, plain, rng, 10)
        assert history.verify() == ()
    with begin() as history:
        check(history, plain, rng, 5)


def test_that_a_value_is_stale_after_two_periods_as_of_the_time_asked(begin: Begin) -> None:
    with begin() as history:
        history.declare([ChannelInfo("a", period_s=10.0), ChannelInfo("b")])
        history.append([Batch("d", "e", 1, columns(0, np.array([T0]), np.array([1.5])))])
        for moved in (False, True):
            if moved:
                history.move()
            fresh, old = (history.latest_at([ChannelId("a"), ChannelId("b")], T0 + age) for age in (20 * S, 21 * S))
            assert fresh.condition.tolist() == [Condition.NORMAL, Condition.MISSING]
            assert old.condition.tolist() == [Condition.STALE, Condition.MISSING]
            assert old.values[0] == 1.5


def test_that_a_move_hides_nothing_between_its_commit_and_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The journal is left by then; who reads just now must find the blocks, also those of a channel's first move."""
    seen: list[int] = []
    after = Mover._after

    def read() -> None:
        seen.append(len(history.range(ChannelId("a"), 0, 1 << 62)[0]))

    def reading_first(mover: Mover, move: object) -> None:
        reader = threading.Thread(target=read)
        reader.start()
        reader.join()
        after(mover, move)

    monkeypatch.setattr(Mover, "_after", reading_first)
    history = History(tmp_path, ManualClock(NOW), ballast_bytes=0)
    history.declare([ChannelInfo("a"), ChannelInfo("b")])
    for sequence in (1, 2):
        index = np.arange(1000 * (sequence - 1), 1000 * sequence)
        history.append([Batch("d", "e", sequence, columns(0, T0 + index * S, index.astype(np.float64)))])
        history.move()
    history.close()
    assert seen == [1000, 2000]


def test_that_readers_on_other_threads_always_see_each_sample_once(tmp_path: Path) -> None:
    """While one appends and blocks are moved, every answer is a whole beginning of what was appended."""
    history = History(tmp_path, ManualClock(NOW), ballast_bytes=0, move_at=20_000)
    history.declare([ChannelInfo("a"), ChannelInfo("b")])
    total, step = 200_000, 1_000
    trouble: list[str] = []
    ended = threading.Event()

    def read() -> None:
        seen = 0
        while not ended.is_set():
            t_ns, values = history.range(ChannelId("a"), 0, 1 << 62)
            envelope = history.envelope(ChannelId("a"), T0, T0 + total * S, 50)
            latest = history.latest_at([ChannelId("a")], 1 << 62)
            right = len(values) >= seen and len(values) % step == 0 and (values == np.arange(len(values))).all()
            if not right or int(envelope.counts.sum()) < len(t_ns) or (len(values) and latest.values[0] < len(values) - 1):
                trouble.append(f"{seen} {len(values)} {envelope.counts.sum()} {latest.values}")
                return
            seen = len(values)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for sequence, first in enumerate(range(0, total, step)):
        index = np.arange(first, first + step)
        history.append([Batch("d", "e", sequence + 1, columns(0, T0 + index * S, index.astype(np.float64)))])
    ended.set()
    for reader in readers:
        reader.join()
    history.close()
    assert trouble == []
