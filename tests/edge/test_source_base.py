"""What every source stands on: tags with scale and dead band, threads that hand over, tables that are read."""

import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from viewer.base.errors import UserMistake
from viewer.edge.collector import Collector
from viewer.edge.config import load_config
from viewer.edge.source import SampleBlock
from viewer.edge.tags import Tag, TagMap
from viewer.edge.threaded import ThreadedSource
from viewer.twin.catalogue import ChannelInfo

S = 1_000_000_000
HEAD = '[gateway]\nname = "a"\n[[source]]\nkind = "device"\n'


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (HEAD + "colour = 1\n", r"\[\[source\]\] number 1 has the unknown key «colour»"),
        (HEAD + "identities = 3\n", "identities is a list of texts"),
        (HEAD + '[[source.tag]]\ntag = "a"\nscale = nan\n', r"number 1, tag number 1: scale is a number"),
        (HEAD + '[[source.tag]]\ntag = "a"\ndead_band = -1\n', "dead_band is a number at least 0"),
        (HEAD + '[[source.tag]]\ntag = "a"\n[[source.tag]]\ntag = "a"\nchannel = "b"\n', "the tag «a» twice"),
        (HEAD + '[[source.tag]]\ntag = "a"\nchannel = "c"\n[[source.tag]]\ntag = "b"\nchannel = "c"\n', "the channel «c» twice"),
        (HEAD + '[[source]]\nkind = "device"\n', "two sources have the name «device»"),
        (HEAD + "[history]\nkeep_days = 0\n", r"\[history\]: keep_days is a number above 0"),
        (HEAD + '[uplink]\nendpoint = "plant"\n', "endpoint is like tcp://"),
        (HEAD + f'[uplink]\nendpoint = "tcp://plant:1#{"0" * 64}"\n', "fed from the history"),
        (HEAD + "[commands]\nenabled = true\n", "plant .* and safety"),
        (HEAD + "[historian]\n", "the file has the unknown key «historian»"),
        ("gateway = 3\n", r"\[gateway\] must be a table"),
    ],
)
def test_that_a_wrong_table_is_one_sentence_with_its_place(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "edge.toml"
    path.write_text(text)
    with pytest.raises(UserMistake, match=why) as caught:
        load_config(path)
    assert str(caught.value).endswith(str(path))


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 800_000_000), st.floats(-3, 3), st.booleans()), max_size=60),
    st.lists(st.integers(0, 60), max_size=4),
)
def test_that_the_dead_band_forwards_what_one_sample_after_another_would(
    rows: list[tuple[int, int, float, bool]], cuts: list[int]
) -> None:
    """Against the definition, sample by sample, however the samples are cut into blocks."""
    tags = [Tag(f"t{i}", f"c{i}", scale=2.0, offset=1.0, dead_band=band) for i, band in enumerate((0.0, 0.5, 2.0))]
    t_ns = np.cumsum([gap for _, gap, _, _ in rows]) if rows else np.empty(0, np.int64)
    expected, last = [], dict[int, tuple[float, int, bool]]()
    for (channel, _, raw, bad), at in zip(rows, t_ns.tolist(), strict=True):
        value, before = 2.0 * raw + 1.0, last.get(channel)
        near = before is not None and abs(value - before[0]) <= tags[channel].dead_band
        if tags[channel].dead_band and before and near and at - before[1] < S and bad == before[2]:
            continue
        last[channel] = (value, at, bad)
        expected.append((channel, at, value, int(bad)))
    mapped, got = TagMap(tags), []
    for part in np.split(np.arange(len(rows)), sorted(min(cut, len(rows)) for cut in cuts)):
        index = np.array([rows[i][0] for i in part], np.int64)
        quality = np.array([rows[i][3] for i in part], np.uint8)
        block = mapped.block(index, t_ns[part], np.array([rows[i][2] for i in part]), quality)
        got += zip(block.channel.tolist(), block.t_ns.tolist(), block.values.tolist(), block.quality.tolist(), strict=True)
    assert got == expected


class Bus(ThreadedSource):
    """A source that does what a test says."""

    def __init__(self, most_waiting: int = 10) -> None:
        super().__init__("bus", most_waiting=most_waiting)
        self.go, self.done = threading.Event(), threading.Event()
        self.blocks: list[SampleBlock] = []
        self.fails = False

    def channels(self) -> tuple[ChannelInfo, ...]:
        return (ChannelInfo("bus.a"), ChannelInfo("bus.s", kind="state", period_s=1.0))

    def run(self) -> None:
        self.go.wait(5.0)
        for block in self.blocks:
            self.put(block)
        self.done.set()
        if self.fails:
            raise ConnectionError("the bus is down")
        self.stopping.wait(5.0)


def samples(count: int, first: int = 0) -> SampleBlock:
    return SampleBlock.of(np.zeros(count, np.uint32), np.arange(first, first + count), np.arange(count, dtype=np.float64))


def run(bus: Bus) -> None:
    bus.start(0)
    bus.go.set()
    assert bus.done.wait(5.0)


def test_that_a_full_queue_drops_whole_blocks_and_names_the_gap() -> None:
    bus = Bus(most_waiting=10)
    bus.blocks = [samples(6), samples(6, 100), samples(5, 200), samples(4, 300)]
    run(bus)
    assert bus.step(1).t_ns.tolist() == [*range(6), *range(300, 304)]
    (gap,) = bus.take_gaps()
    assert (gap.samples, gap.t0_ns, gap.t1_ns) == (11, 100, 204) and "fast enough" in gap.cause
    assert bus.take_gaps() == []
    bus.close()
    assert bus.join(5.0)


def test_that_a_thread_that_fails_is_told_once_down_and_once_up_with_the_length() -> None:
    told: list[str] = []
    first, second = Bus(), Bus()
    first.blocks, first.fails = [samples(2)], True
    second.blocks = [samples(1, 50 * S)]
    made = iter([first, second])
    collector = Collector([lambda: next(made)], told.append)
    collector.start(0)
    first.go.set()
    assert first.done.wait(5.0)
    assert first.join(5.0)
    collector.step(S)
    for t_s in (2, 3, 4):
        collector.step(t_s * S)
    second.go.set()
    got = collector.step(8 * S).t_ns.tolist()
    assert second.done.wait(5.0)
    second.told("live", "live")
    assert got + collector.step(9 * S).t_ns.tolist() == [50 * S]
    assert [one.partition(":")[0] for one in told] == [
        "the source source1 failed and is tried again",
        f"the source source1 is back after {7.0} s",
    ]
    collector.close()


def test_that_what_comes_on_change_is_repeated_as_far_as_the_source_says_its_word_is_complete() -> None:
    bus = Bus()
    bus.blocks = [SampleBlock.of(np.array([1]), np.array([S]), np.array([3.0]))]
    collector = Collector([lambda: bus], print)
    collector.start(0)
    bus.go.set()
    assert bus.done.wait(5.0)
    assert len(collector.step(2 * S)) == 1
    assert len(collector.step(30 * S)) == 0
    bus.complete_until(4 * S)
    repeated = collector.step(31 * S)
    assert (repeated.t_ns.tolist(), repeated.values.tolist()) == ([4 * S], [3.0])
    collector.close()


def test_that_a_clock_that_is_set_back_neither_stops_nor_doubles_anything() -> None:
    seen: list[int] = []

    class Steady(Bus):
        def step(self, until_ns: int) -> SampleBlock:
            seen.append(until_ns)
            return SampleBlock.empty()

    bus = Steady()
    collector = Collector([lambda: bus], print)
    for until_ns in (10 * S, 4 * S, 5 * S, 11 * S):
        collector.tick(until_ns)
    assert seen == [10 * S, 10 * S, 10 * S, 11 * S]
