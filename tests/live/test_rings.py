"""The sample store against a plain list of samples per channel."""

import queue
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from viewer.base.clock import ManualClock
from viewer.base.ids import ChannelId
from viewer.live.rings import GRACE_S, SampleStore
from viewer.twin.catalogue import ChannelInfo
from viewer.twin.channels import Condition
from viewer.twin.samples import Columns, in_runs

S = 1_000_000_000
T0 = 1_700_000_000 * S
IDS = [ChannelId(f"c{i}") for i in range(3)]


def store_of(periods_s: list[float], **limits: float) -> tuple[SampleStore, ManualClock]:
    clock = ManualClock(T0)
    store = SampleStore(clock, **limits)
    store.declare([ChannelInfo(f"c{i}", period_s=period_s) for i, period_s in enumerate(periods_s)])
    store.set_live(True)
    return store, clock


def block(rows: list[tuple[int, int, float]], bad: bool = False) -> Columns:
    channel, t_ns, values = (np.array([row[i] for row in rows]) for i in range(3))
    return in_runs(channel.astype(np.int64), t_ns.astype(np.int64), values.astype(float), np.full(len(rows), bad, np.uint8))


def test_that_an_unknown_and_an_unseen_channel_are_missing() -> None:
    store, _ = store_of([1.0])
    latest = store.latest([IDS[0], ChannelId("nobody")])
    assert latest.condition.tolist() == [Condition.MISSING, Condition.MISSING]
    assert np.isnan(latest.values).all() and latest.t_ns.tolist() == [-1, -1]
    assert store.range(ChannelId("nobody"), 0, T0)[0].size == 0


def test_that_a_value_is_stale_after_two_periods_and_not_before() -> None:
    store, clock = store_of([1.0])
    store.write(block([(0, T0, 7.0)]))
    clock.advance(2.0 + GRACE_S)
    assert store.latest(IDS[:1]).condition.tolist() == [Condition.NORMAL]
    assert store.next_stale_ns() == clock.t_ns + 1
    clock.t_ns += 1
    latest = store.latest(IDS[:1])
    assert latest.condition.tolist() == [Condition.STALE] and latest.values.tolist() == [7.0]
    assert store.next_stale_ns() is None


def test_that_everything_is_stale_while_the_feed_is_not_live() -> None:
    store, _ = store_of([1.0, 1.0])
    store.write(block([(0, T0, 7.0)]))
    store.set_live(False)
    assert store.latest(IDS[:2]).condition.tolist() == [Condition.STALE, Condition.MISSING]


def test_that_a_device_with_a_slow_clock_does_not_look_stale() -> None:
    store, _ = store_of([1.0])
    store.write(block([(0, T0 - 3600 * S, 7.0)]))
    assert store.latest(IDS[:1]).condition.tolist() == [Condition.NORMAL]


def test_that_bad_quality_shows_and_breaks_the_trend() -> None:
    store, _ = store_of([1.0])
    store.write(block([(0, T0, 7.0)]))
    store.write(block([(0, T0 + S, 8.0)], bad=True))
    latest = store.latest(IDS[:1])
    assert latest.condition.tolist() == [Condition.BAD] and latest.values.tolist() == [8.0]
    np.testing.assert_array_equal(store.range(IDS[0], 0, T0 + S)[1], [7.0, np.nan])


def test_that_samples_out_of_order_are_left_out_and_counted() -> None:
    store, _ = store_of([1.0, 1.0])
    store.write(block([(0, T0, 1.0), (1, T0, 1.0)]))
    assert store.write(block([(0, T0, 2.0), (0, T0 - 5, 3.0), (0, T0 + 9, 4.0), (0, T0 + 8, 5.0), (1, T0 + 1, 2.0)])) == 2
    assert store.out_of_order == 3
    assert store.range(IDS[0], 0, T0 * 2)[1].tolist() == [1.0, 4.0]


def test_that_a_clock_set_back_does_not_shut_its_channel_out() -> None:
    store, clock = store_of([1.0])
    store.write(block([(0, T0 + 3600 * S, 1.0)]))
    clock.advance(1.0)
    assert store.write(block([(0, T0 + S, 2.0)])) == 1
    assert store.latest(IDS[:1]).values.tolist() == [2.0]


def test_that_a_new_catalogue_keeps_what_is_known_of_the_channels_that_stay() -> None:
    store, _ = store_of([1.0, 1.0])
    store.write(block([(1, T0 + i, float(i)) for i in range(5)]))
    store.declare([ChannelInfo("new"), ChannelInfo("c1", period_s=1.0)])
    assert store.range(IDS[1], 0, T0 * 2)[1].tolist() == [0.0, 1.0, 2.0, 3.0, 4.0]
    latest = store.latest([ChannelId("new"), IDS[1], IDS[0]])
    assert latest.condition.tolist() == [Condition.MISSING, Condition.NORMAL, Condition.MISSING]


def test_that_memory_is_bounded_whatever_the_catalogue_says() -> None:
    store, _ = store_of([1e-6] * 3, max_samples=3000)
    store.write(block([(0, T0 + i, float(i)) for i in range(5000)]))
    t_ns, values = store.range(IDS[0], 0, T0 * 2)
    assert 990 <= len(t_ns) <= 1000 and values[-1] == 4999.0


ROWS = st.lists(st.tuples(st.integers(0, 2), st.integers(1, 40), st.integers(-9, 9)), max_size=90)


@settings(max_examples=150, deadline=None)
@given(st.lists(ROWS, max_size=12), st.integers(0, 1500))
def test_that_the_store_answers_as_a_plain_list_would(blocks: list[list[tuple[int, int, int]]], asked: int) -> None:
    store, _ = store_of([10.0, 20.0, 5.0], history_s=640.0)  # rings of 64, 64 and 128 samples
    model: list[list[tuple[int, float]]] = [[], [], []]
    now = [T0] * 3
    for steps in blocks:
        rows: list[tuple[int, int, float]] = []
        for channel, step, value in steps:
            now[channel] += step
            rows.append((channel, now[channel], float(value)))
            model[channel].append((now[channel], float(value)))
        store.write(block(rows))
    at = T0 + asked
    latest, past = store.latest(IDS), store.latest_at(IDS, at)
    for channel, capacity in enumerate((64, 64, 128)):
        kept = model[channel][-capacity:]
        t_ns, values = store.range(IDS[channel], T0, T0 * 2)
        assert list(zip(t_ns.tolist(), values.tolist(), strict=True)) == kept
        inside = [sample for sample in kept if T0 + 100 <= sample[0] <= at]
        assert store.range(IDS[channel], T0 + 100, at)[0].tolist() == [sample[0] for sample in inside]
        if kept:
            assert (latest.t_ns[channel], latest.values[channel]) == kept[-1]
        before = [sample for sample in kept if sample[0] <= at]
        assert past.t_ns[channel] == (before[-1][0] if before else -1)
        assert (past.condition[channel] == Condition.MISSING) == (not before)


@pytest.mark.parametrize("run", [1, 300, 1000])
def test_that_long_and_short_runs_are_written_alike(run: int) -> None:
    store, _ = store_of([1.0, 0.9, 1.0])
    for start in range(0, 3000, run):
        rows = [(c, T0 + start + i + 1, float(start + i)) for c in (0, 2) for i in range(run)]
        store.write(block(rows))
    for channel in (IDS[0], IDS[2]):
        t_ns, values = store.range(channel, 0, T0 * 2)
        assert len(values) == 660 and (np.diff(t_ns) == 1).all() and (t_ns - T0 - 1 == values).all()
    assert store.range(IDS[1], 0, T0 * 2)[0].size == 0


def test_that_a_reader_waits_while_a_block_is_being_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """The writer is held inside its writing, before anything is stored: an answer may come only when the block is whole."""
    store, _ = store_of([0.01] * 3)
    slots = type(store._slots)
    scatter = slots.scatter
    inside, go_on = threading.Event(), threading.Event()

    def held(*words: object) -> object:
        inside.set()
        assert go_on.wait(10.0)
        return scatter(*words)

    monkeypatch.setattr(slots, "scatter", held)
    answers: queue.Queue[list[float]] = queue.Queue()
    writer = threading.Thread(target=lambda: store.write(block([(c, T0, 7.0) for c in range(3)])))
    reader = threading.Thread(target=lambda: answers.put(store.latest(IDS).values.tolist()))
    writer.start()
    assert inside.wait(10.0)
    reader.start()
    with pytest.raises(queue.Empty):
        answers.get(timeout=0.2)
    go_on.set()
    assert answers.get(timeout=10.0) == [7.0] * 3
    writer.join()
    reader.join()
