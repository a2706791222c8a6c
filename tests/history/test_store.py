"""The historian keeps every sample bit for bit, once, and answers as of any time."""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from viewer.base.clock import ManualClock
from viewer.base.errors import UserMistake
from viewer.base.ids import ChannelId
from viewer.history.postgres import PostgresHistory
from viewer.history.records import Batch, HistoryClosed
from viewer.history.store import History
from viewer.twin.catalogue import ChannelInfo
from viewer.twin.channels import Condition
from viewer.twin.samples import Columns, envelope_of, in_runs

_schemas = itertools.count()
S = 1_000_000_000
T0 = 1_700_000_000 * S


def columns(number: int, t_ns: NDArray[np.int64], values: NDArray[np.float64]) -> Columns:
    bad = ~np.isfinite(values)
    return in_runs(np.full(len(t_ns), number), t_ns, values, bad.astype(np.uint8))


Begin = Callable[[], History]


@pytest.fixture(params=["sqlite", "postgres"])
def begin(request: pytest.FixtureRequest, tmp_path: Path) -> Begin:
    """Opens the same history again and again: in a file, and on a real server."""
    clock = ManualClock(T0 + 10**6 * S)
    if request.param == "sqlite":
        return lambda: History(tmp_path / "h", clock, ballast_bytes=1 << 20)
    server = request.getfixturevalue("postgres")
    schema = f"s{next(_schemas)}"
    return lambda: PostgresHistory(server.address, clock, schema=schema)


@pytest.fixture
def history(begin: Begin) -> Iterator[History]:
    with begin() as one:
        one.declare([ChannelInfo("a", "degC"), ChannelInfo("b", "mm"), ChannelInfo("slow", "", "state", 3600.0)])
        yield one


def test_that_samples_out_of_range_of_the_catalogue_are_refused(history: History) -> None:
    with pytest.raises(ValueError, match="3 channels are declared"):
        history.append([Batch("d", "e", 1, columns(3, np.array([T0]), np.array([1.0])))])


def test_that_a_channel_keeps_its_unit(history: History) -> None:
    with pytest.raises(UserMistake, match="«a» is kept in «degC»"):
        history.declare([ChannelInfo("a", "K")])


def test_that_a_closed_history_says_so(history: History) -> None:
    history.close()
    with pytest.raises(HistoryClosed):
        history.append([])
    with pytest.raises(HistoryClosed):
        history.range(ChannelId("a"), 0, 1)


def test_that_what_was_appended_comes_back_from_memory_from_blocks_and_from_the_file(begin: Begin) -> None:
    rng = np.random.default_rng(4)
    n = 60_000
    t_ns = T0 + np.cumsum(rng.integers(0, 20_000_000, n))
    values = np.round(rng.normal(size=n), 3)
    values[::1000] = np.nan
    with begin() as history:
        history.declare([ChannelInfo("a")])
        for i, part in enumerate(np.array_split(np.arange(n), 30)):
            history.append([Batch("d", "e", i + 1, columns(0, t_ns[part], values[part]))])
            if i in (9, 19):
                history.move()
        check(history, t_ns, values)
        history.move()
        check(history, t_ns, values)
    with begin() as history:
        check(history, t_ns, values)
        assert history.gaps() == ()
        assert history.verify() == ()


def check(history: History, t_ns: NDArray[np.int64], values: NDArray[np.float64]) -> None:
    channel = ChannelId("a")
    got_t, got = history.range(channel, 0, 1 << 62)
    assert (got_t == t_ns).all()
    assert (got.view(np.uint64) == values.view(np.uint64)).all()
    t0, t1 = int(t_ns[1234]) + 1, int(t_ns[-777])
    inside = (t_ns >= t0) & (t_ns <= t1)
    assert (history.range(channel, t0, t1)[0] == t_ns[inside]).all()
    for at in (0, 17, 30_000, len(t_ns) - 1):
        last = np.flatnonzero(t_ns <= t_ns[at])[-1]
        latest = history.latest_at([channel, ChannelId("unknown")], int(t_ns[at]))
        assert latest.t_ns[0] == t_ns[last]
        assert latest.values[0] == values[last] or np.isnan(values[last])
        assert latest.condition.tolist()[1] == Condition.MISSING
    assert history.latest_at([channel], T0 - 1).condition[0] == Condition.MISSING
    for buckets in (1, 7, 100, 2000, 50_000):
        envelope = history.envelope(channel, t0, t1, buckets)
        assert 0 < len(envelope) <= buckets
        assert int(envelope.counts.sum()) == int(inside.sum())
        exact = envelope_of(t_ns[inside], values[inside], t0, t1, 1)
        assert np.nanmin(envelope.low) == exact.low[0] and np.nanmax(envelope.high) == exact.high[0]
    span = history.span(channel)
    assert span is not None and (span.t0_ns, span.t1_ns, span.samples) == (t_ns[0], t_ns[-1], len(t_ns))


def test_that_a_batch_is_kept_once_and_a_jump_is_named_until_it_is_filled(history: History) -> None:
    def batch(sequence: int) -> Batch:
        return Batch("press", "1", sequence, columns(0, np.array([T0 + sequence * S]), np.array([float(sequence)])))

    history.append([batch(1), batch(2), batch(2), batch(6)])
    history.append([batch(6), batch(1)])
    (gap,) = history.gaps()
    assert (gap.device, gap.epoch, gap.first, gap.last, gap.t0_ns, gap.t1_ns) == ("press", "1", 3, 5, T0 + 2 * S, T0 + 6 * S)
    history.append([batch(4)])
    assert [(gap.first, gap.last) for gap in history.gaps()] == [(3, 3), (5, 5)]
    history.append([batch(3), batch(5), batch(5)])
    assert history.gaps() == ()
    assert history.range(ChannelId("a"), 0, 1 << 62)[1].tolist() == [1, 2, 3, 4, 5, 6]
    assert history.progress("press", "1") == 6


def test_that_events_come_back_by_kind_and_time(history: History) -> None:
    history.append_event("alarm", T0, b"one")
    history.append_event("audit", T0 + S, b"\x00two")
    history.append_event("alarm", T0 + 2 * S, b"three")
    assert [event.payload for event in history.events("alarm")] == [b"one", b"three"]
    assert [event.payload for event in history.events(t0_ns=T0 + 1, t1_ns=T0 + S)] == [b"\x00two"]
