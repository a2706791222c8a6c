"""How a recording is played: at its speed, round and round, as if now, and while it grows; and that nothing comes twice."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.edge.replay.conftest import Replay
from tests.edge.replay.test_hostile_recordings import START_NS, config
from viewer.base.clock import ManualClock
from viewer.base.errors import GenchiError, UserMistake
from viewer.edge.replay.kind import ReplayConfig
from viewer.edge.replay.source import MOST_WAITING, ReplaySource
from viewer.edge.source import SampleBlock

ROWS = "time,a\n" + "".join(f"2026-01-01 00:00:{at:02d},{at}\n" for at in range(10))


def written(folder: Path, text: str = ROWS) -> Path:
    (folder / "x.csv").write_text(text)
    return folder / "x.csv"


class Gate:
    """A gateway's thread that takes what a source brings."""

    def __init__(self, one: ReplayConfig, clock: ManualClock | None = None) -> None:
        self.clock = clock or ManualClock(time.time_ns())
        self.source = ReplaySource(one.name, one.open(), one.pace, one.progress, self.clock)
        self.blocks: list[SampleBlock] = []
        self.source.start(self.clock.now_ns())

    def until(self, wanted: Callable[[], bool], within_s: float = 5.0) -> bool:
        end_s = time.monotonic() + within_s
        while not wanted() and time.monotonic() < end_s:
            self.blocks.append(self.source.step(self.clock.now_ns()))
            self.source.stopping.wait(0.002)
        return wanted()

    @property
    def all(self) -> SampleBlock:
        return SampleBlock.joined([one for one in self.blocks if len(one)])

    def has(self, count: int) -> bool:
        return self.until(lambda: len(self.all) >= count)

    def ended(self) -> bool:
        return self.until(lambda: "has ended" in self.source.report().sentence)

    def end(self) -> None:
        self.source.close()
        assert self.source.join(5.0)


def test_that_samples_come_when_they_are_due_with_their_own_times(tmp_path: Path) -> None:
    gate = Gate(config(written(tmp_path), speed=2.0))
    assert gate.has(1)
    gate.until(lambda: False, 0.1)
    assert len(gate.all) == 1, "the clock stands still"
    gate.clock.advance(2.0)
    assert gate.has(5)
    gate.until(lambda: False, 0.1)
    assert len(gate.all) == 5, "two seconds at twice the speed are four more rows"
    assert gate.all.t_ns.tolist() == [START_NS + at * 10**9 for at in range(5)]
    gate.clock.advance(60.0)
    assert gate.has(10) and gate.ended()
    gate.end()


def test_that_a_recording_shifted_to_now_lives_now_at_its_speed(tmp_path: Path) -> None:
    gate = Gate(config(written(tmp_path), speed=10.0, shift="now", loop=True))
    begun_ns = gate.clock.now_ns()
    assert gate.has(1)
    for _ in range(30):
        gate.clock.advance(0.1)
        gate.until(lambda: False, 0.03)
    assert gate.has(25)
    t_ns = gate.all.t_ns
    assert (np.diff(t_ns) == 100_000_000).all(), "the next round follows the one before"
    assert begun_ns <= t_ns[0] and t_ns[-1] <= gate.clock.now_ns()
    assert gate.all.values[:12].tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]
    assert "each shifted in time" in gate.source.report().sentence
    gate.end()


def test_that_each_round_goes_on_in_time_and_a_source_made_again_goes_on_in_its_round(tmp_path: Path) -> None:
    one = config(written(tmp_path), speed=0.0, loop=True)
    first = Gate(one)
    assert first.has(25)
    first.end()
    first.blocks.append(first.source.step(0))
    second = Gate(one)
    assert second.has(25)
    second.end()
    t_ns = np.concatenate([first.all.t_ns, second.all.t_ns])
    assert (np.diff(t_ns) == 10**9).all() and t_ns[0] == START_NS


def test_that_as_fast_as_the_gateway_takes_it_drops_nothing(tmp_path: Path) -> None:
    rows = 3 * MOST_WAITING
    text = "t,a,b\n" + "".join(f"{at}.5,{at},{-at}\n" for at in range(rows))
    gate = Gate(config(written(tmp_path, text), speed=0.0, start="2026-01-01T00:00:00"))
    gate.until(lambda: False, 0.3)
    assert gate.ended()
    gate.has(2 * rows)
    assert len(gate.all) == 2 * rows and not gate.source.take_gaps()
    assert max(len(one) for one in gate.blocks) <= MOST_WAITING
    assert gate.all.values[gate.all.channel == 0].sum() == rows * (rows - 1) / 2
    gate.end()


def test_that_a_growing_file_is_followed_from_line_to_line(tmp_path: Path) -> None:
    path = written(tmp_path)
    one = config(path, speed=0.0, follow=True)
    gate = Gate(one)
    assert gate.has(10)
    with path.open("a") as file:
        file.write("2026-01-01 00:00:10,1")
        file.flush()
        gate.until(lambda: False, 0.5)
        assert len(gate.all) == 10, "half a line is not yet a row"
        file.write("7\n")
    assert gate.has(11) and gate.all.values[-1] == 17.0
    path.write_text("time,a\n2026-01-02 00:00:00,5\n")
    assert gate.until(lambda: "shorter" in _failure(gate.source))
    gate.end()
    again = Gate(one)
    assert again.has(1) and again.all.values.tolist() == [5.0], "what is written in its place is read from its beginning"
    again.end()


def _failure(source: ReplaySource) -> str:
    try:
        source.step(0)
    except GenchiError as error:
        return str(error)
    return ""


def test_that_rows_without_a_time_are_a_gap_that_is_told(tmp_path: Path) -> None:
    gate = Gate(config(written(tmp_path, ROWS + "never,1\n" + "2026-01-01 00:00:20,1\n"), speed=0.0))
    assert gate.ended() and gate.has(11)
    (gap,) = gate.source.take_gaps()
    assert (gap.samples, gap.cause) == (1, "rows without a time that can be read")
    assert "1 rows have no time" in gate.source.report().sentence
    gate.end()


def test_that_tags_scale_band_and_name_their_channels(tmp_path: Path) -> None:
    tags = [
        {"tag": "a", "channel": "rig.temp", "unit": "degC", "scale": 0.5, "offset": 1.0},
        {"tag": "1", "channel": "rig.mode", "states": ["2026-01-01 00:00:03"]},
    ]
    one = config(written(tmp_path), speed=0.0, tag=tags)
    gate = Gate(one)
    assert gate.has(20)
    temp = gate.all.channel == 0
    assert gate.all.values[temp].tolist() == [1.0 + 0.5 * at for at in range(10)]
    assert (gate.all.quality[~temp] == 0).tolist() == [at == 3 for at in range(10)], "texts that have no number are bad"
    assert [(info.id, info.unit, info.kind, info.period_s) for info in gate.source.channels()] == [
        ("rig.temp", "degC", "measurement", 1.0), ("rig.mode", "", "state", 1.0),
    ]  # fmt: skip
    with pytest.raises(UserMistake, match="no column «b»"):
        replace(one, wish=replace(one.wish, tags=(replace(one.tags[0], tag="b"),))).open()
    gate.end()


def test_that_the_period_is_the_longest_that_is_regular(tmp_path: Path) -> None:
    steps = np.cumsum([1.0] * 60 + [60.0] * 30 + [1.0] * 30 + [86_400.0])
    text = "t,a\n" + "".join(f"{at},1\n" for at in steps)
    one = config(written(tmp_path, text), start="2026-01-01T00:00:00", speed=0.5)
    assert one.open().tags[0].period_s == 120.0, "a minute of the recording lasts two; the day in which it was off does not count"


def test_that_a_replay_for_a_living_scene_shows_in_the_rings_now(replay: Replay, tmp_path: Path) -> None:
    written(tmp_path, "time [s],Temp [degC]\n" + "".join(f"{at / 50},{at}\n" for at in range(500)))
    feed = replay('[[source]]\nkind = "csv"\nname = "oven"\nfile = "x.csv"\nshift = "now"\nloop = true\n', ended=False)
    assert feed.wait_for(lambda _: feed.store.latest(["Temp [degC]"]).values[0] >= 10.0, 5.0)
    latest = feed.store.latest(["Temp [degC]"])
    assert abs(time.time_ns() - int(latest.t_ns[0])) < 2_000_000_000 and latest.condition[0] == 0
    (told,) = feed.sources()
    assert (told.state, told.kind, told.channels) == ("live", "csv", 1)
