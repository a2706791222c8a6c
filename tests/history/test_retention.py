"""What is forgotten on purpose: by age and size, the pyramid later, and written down."""

import msgspec
import numpy as np

from tests.history.test_store import T0, Begin, S, begin, columns
from viewer.base.ids import ChannelId
from viewer.history.records import Batch
from viewer.history.retention import FORGOTTEN, Forgotten, Retention
from viewer.twin.catalogue import ChannelInfo

__all__ = ["begin"]
NOW = T0 + 10**6 * S
N = 80_000


def test_that_old_samples_go_by_rule_and_their_least_and_greatest_stay(begin: Begin) -> None:
    t_ns = NOW - np.arange(N)[::-1] * 10 * S
    values = np.sin(np.arange(N) / 50)
    with begin() as history:
        history.declare([ChannelInfo("press/force"), ChannelInfo("oven/temperature")])
        for sequence, part in enumerate(np.array_split(np.arange(N), 4)):
            for number in (0, 1):
                history.append([Batch(f"d{number}", "e", sequence + 1, columns(number, t_ns[part], values[part]))])
            history.move()
        before = history.envelope(ChannelId("press/force"), int(t_ns[0]), NOW, 300)
        forgotten = history.retain([Retention("press/*", keep_s=200_000), Retention("nothing", 1.0)])
        assert 0 < N * 0.75 - forgotten.samples < 8192 * 1.5
        left, _ = history.range(ChannelId("press/force"), 0, 1 << 62)
        assert len(left) == N - forgotten.samples
        assert left[-1] == NOW and left[0] <= NOW - 200_000 * S
        assert len(history.range(ChannelId("oven/temperature"), 0, 1 << 62)[0]) == N
        after = history.envelope(ChannelId("press/force"), int(t_ns[0]), NOW, 300)
        assert abs(int(after.counts.sum()) - N) <= int(before.counts.max())
        assert after.high.max() == before.high.max() and after.low.min() == before.low.min()
        (event,) = history.events(FORGOTTEN)
        assert msgspec.json.decode(event.payload, type=Forgotten) == forgotten
        assert history.verify() == () and history.gaps() == ()


def test_that_the_oldest_goes_first_where_there_is_too_much(begin: Begin) -> None:
    t_ns = NOW - np.arange(N)[::-1] * S
    with begin() as history:
        history.declare([ChannelInfo("a")])
        history.append([Batch("d", "e", 1, columns(0, t_ns, np.random.default_rng(0).normal(size=N)))])
        history.move()
        assert history.retain([], most_bytes=10**9).samples == 0
        forgotten = history.retain([], most_bytes=300_000)
        left, _ = history.range(ChannelId("a"), 0, 1 << 62)
        assert 0 < len(left) == N - forgotten.samples
        assert (left == t_ns[-len(left) :]).all()


def test_that_the_pyramid_goes_when_its_own_time_is_over(begin: Begin) -> None:
    t_ns = NOW - np.arange(N)[::-1] * 10 * S
    with begin() as history:
        history.declare([ChannelInfo("a")])
        history.append([Batch("d", "e", 1, columns(0, t_ns, np.ones(N)))])
        history.move()
        forgotten = history.retain([Retention("*", keep_s=100_000, pyramid_s=200_000)])
        assert forgotten.tiles > 0
        old = history.envelope(ChannelId("a"), int(t_ns[0]), NOW - 500_000 * S, 1000)
        assert int(old.counts.sum()) == 0
        recent = history.envelope(ChannelId("a"), NOW - 150_000 * S, NOW, 10)
        assert abs(int(recent.counts.sum()) - 15_000) <= 300
