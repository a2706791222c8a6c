"""Each real recording through a gateway with a history into a feed: samples, times, values, units as SOURCES.md has them."""

import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests.edge.replay.conftest import Replay
from viewer.live.feed import LiveFeed

END_NS = (1 << 62) - 1
START = "2018-03-01T08:00:00"
START_NS = 1_519_891_200_000_000_000


def kept(feed: LiveFeed, channel: str, least: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """What the history has of a channel, once it has so many; the history is written a moment after the end."""
    until_s = time.monotonic() + 10.0
    while True:
        t_ns, values = feed.request_range(channel, 0, END_NS).result(10.0)
        if len(t_ns) >= least or time.monotonic() > until_s:
            return t_ns, values
        feed.wait_for(lambda _: False, 0.1)


def unit_of(feed: LiveFeed, channel: str) -> str:
    return next(one.unit for one in feed.store.channels if one.id == channel)


def source(kind: str, file: Path, extra: str = "", name: str = "") -> str:
    return f'[[source]]\nkind = "{kind}"\nname = "{name or kind}"\nfile = {str(file)!r}\nspeed = 0.0\n{extra}\n'


def test_that_nab_keeps_its_twelve_double_times_and_the_hour_that_comes_twice(replay: Replay, shared_data: Path) -> None:
    tag = '[[source.tag]]\ntag = "value"\nchannel = "machine.temperature"\nunit = "degF"\n'
    feed = replay(source("csv", shared_data / "telemetry/nab/machine_temperature_system_failure.csv", tag))
    t_ns, values = kept(feed, "machine.temperature", 22_695)
    assert (len(t_ns), len(np.unique(t_ns))) == (22_695, 22_695 - 12)
    assert datetime.fromtimestamp(int(t_ns[0]) / 1e9, UTC) == datetime(2013, 12, 2, 21, 15, tzinfo=UTC)
    assert datetime.fromtimestamp(int(t_ns[-1]) / 1e9, UTC) == datetime(2014, 2, 19, 15, 25, tzinfo=UTC)
    assert (round(values.min(), 2), round(values.max(), 2)) == (2.08, 108.51)
    assert unit_of(feed, "machine.temperature") == "degF"
    (told,) = feed.sources()
    assert "11 samples lie before the newest; the greatest step back in time is 3,300 s; all are kept" in told.sentence
    assert told.samples == 22_695 and told.lost_samples == 0


def test_that_six_milling_runs_replay_one_after_another_with_phases_and_wear_as_states(replay: Replay, shared_data: Path) -> None:
    extra = f'period_s = 0.1\nstart = "{START}"\nprefix = "cnc."\n'
    feed = replay(source("csv", shared_data / "telemetry/cnc_umich", extra))
    rows = 1055 + 1668 + 1296 + 2314 + 2233 + 2253
    t_ns, _ = kept(feed, "cnc.S1_OutputPower", rows)
    assert len(t_ns) == rows and (np.diff(t_ns) == 100_000_000).all() and t_ns[0] == START_NS
    assert len(feed.store.channels) == 49, "50 columns, of which the first only counts rows"
    _, wear = kept(feed, "cnc.tool_condition", rows)
    assert wear[:2723].max() == 0.0 and wear[2723:4019].min() == 1.0, "runs 1 and 2 unworn, 6 worn"
    (origin,) = feed.request_metadata(["cnc.tool_condition"]).result(5.0)
    assert origin.definition == "0 unworn, 1 worn"
    (phases,) = feed.request_metadata(["cnc.Machining_Process"]).result(5.0)
    assert phases.definition.startswith("0 Starting, 1 Prep, 2 Layer 1 Up")
    assert {one.kind for one in feed.store.channels if one.id == "cnc.Machining_Process"} == {"state"}


def test_that_tennessee_eastman_is_read_upright_and_transposed(replay: Replay, shared_data: Path) -> None:
    tag = '[[source.tag]]\ntag = "9"\nchannel = "{0}.reactor"\nunit = "degC"\n'
    upright = f'period_s = 180.0\nstart = "{START}"\n'
    folder = shared_data / "telemetry/tep"
    feed = replay(
        source("csv", folder / "d00.dat", upright + "transposed = true\n" + tag.format("d00"), "d00")
        + source("csv", folder / "d05_te.dat", upright + tag.format("d05"), "d05")
    )
    t_ns, values = kept(feed, "d00.reactor", 500)
    assert (len(t_ns), int(t_ns[-1]) - START_NS) == (500, 499 * 180 * 10**9) and 119.0 < values.min() <= values.max() < 122.0
    t_ns, values = kept(feed, "d05.reactor", 960)
    assert (len(t_ns), int(t_ns[-1]) - START_NS) == (960, 959 * 180 * 10**9)
    assert np.array_equal(values, np.loadtxt(folder / "d05_te.dat")[:, 8])
    assert unit_of(feed, "d05.reactor") == "degC"


def test_that_the_leafs_cells_and_thermocouples_replay_with_and_without_header(replay: Replay, shared_data: Path) -> None:
    folder, begun = shared_data / "telemetry/battery_nissan_leaf", f'start = "{START}"\n'
    tag = '[[source.tag]]\ntag = "10"\nchannel = "{0}.voltage"\nunit = "V"\n'
    sources = source("csv", folder / "1C-Discharge-Bitrode-data.csv", begun + 'time = "2"\n' + tag.format("c1"), "c1")
    sources += source("csv", folder / "2C-Discharge-Bitrode-data.csv", begun + 'time = "2"\n' + tag.format("c2"), "c2")
    sources += source("csv", folder / "NissanLeaf-cell-Low-Current-HPPC-25C-2.csv", begun + 'prefix = "hppc."\n', "hppc")
    thermal = begun + 'period_s = 0.1\n[[source.tag]]\ntag = "1"\nchannel = "{0}.t1"\nunit = "degC"\n'
    thermal += '[[source.tag]]\ntag = "4"\nchannel = "{0}.ambient"\nunit = "degC"\n'
    sources += source("csv", folder / "Temperature-1C-discharge.lvm", thermal.format("lvm1"), "lvm1")
    sources += source("csv", folder / "Temperature-2C-discharge.lvm", thermal.format("lvm2"), "lvm2")
    feed = replay(sources)
    for channel, rows in (("c1.voltage", 2287), ("c2.voltage", 2507), ("hppc.Voltage(V)", 13_248)):
        t_ns, values = kept(feed, channel, rows)
        assert len(t_ns) == rows and int(t_ns[0]) == START_NS + 10**9 and unit_of(feed, channel) == "V"
        assert 2.9 < values.min() < 3.2 and 4.1 < values.max() < 4.3
    for channel, rows, most in (("lvm1", 22_043, 29.15), ("lvm2", 25_233, 35.61)):
        greatest = [kept(feed, f"{channel}.{name}", rows)[1].max() for name in ("t1", "ambient")]
        assert len(kept(feed, f"{channel}.ambient", rows)[0]) == rows and max(greatest) <= most + 0.005
    assert unit_of(feed, "hppc.Current(A)") == "A" and unit_of(feed, "hppc.Capacity(Ah)") == "Ah"


def test_that_random_walks_from_matlab_replay_run_after_run(replay: Replay, shared_data: Path) -> None:
    tags = '[[source.tag]]\ntag = "T"\nchannel = "{0}.temperature"\nunit = "degC"\n'
    folder = shared_data / "telemetry/battery_18650_dmegc"
    extra = f'variable = "rw_data"\nstart = "{START}"\n'
    feed = replay(
        source("mat", folder / "Exp25_R1.mat", extra + tags.format("r1"), "r1")
        + source("mat", folder / "Exp25_R2.mat", extra + tags.format("r2"), "r2")
    )
    for name, samples, hottest in (("r1", 15_688, 36.3), ("r2", 15_880, 36.9)):
        t_ns, values = kept(feed, f"{name}.temperature", samples)
        assert (len(t_ns), round(values.max(), 1)) == (samples, hottest)
        assert t_ns[0] == START_NS and unit_of(feed, f"{name}.temperature") == "degC"
    assert all("lie before the newest" in one.sentence for one in feed.sources()), "each run begins at its own zero"


def test_that_spectra_of_four_makers_replay_as_rows(replay: Replay, shared_data: Path) -> None:
    folder, rows = shared_data / "telemetry/battery_eis", f'period_s = 1.0\nstart = "{START}"\n'
    tag = '[[source.tag]]\ntag = "{0}"\nchannel = "{1}.f"\nunit = "Hz"\n'
    gamry = next(
        at
        for at, line in enumerate((folder / "exampleDataGamry.DTA").read_text("latin-1").splitlines(), 1)
        if line.startswith("ZCURVE")
    )
    feed = replay(
        source("csv", folder / "exampleData.csv", rows + tag.format("1", "csv"), "csv")
        + source("csv", folder / "Circuit1_EIS_1.z", rows + tag.format("1", "zplot"), "zplot")
        + source("csv", folder / "exampleDataBioLogic.mpt", rows + tag.format("freq/Hz", "biologic"), "biologic")
        + source(
            "csv", folder / "exampleDataGamry.DTA", rows + f"header_line = {gamry + 1}\n" + tag.format("Freq", "gamry"), "gamry"
        )
    )
    assert len(kept(feed, "csv.f", 66)[0]) == 66
    for name in ("zplot", "biologic", "gamry"):
        _, values = kept(feed, f"{name}.f", 40)
        assert np.isfinite(values).all() and (np.diff(values) < 0).all(), f"{name} sweeps from high to low"
        assert 1e-3 < values.min() <= 1.0 and values.max() >= 1e3


def test_that_three_hundred_tightenings_become_curves_waveforms_and_results(replay: Replay, shared_data: Path) -> None:
    extra = 'time_zone = "Europe/Berlin"\n'
    for tag, channel in (("torque", "torque"), ("angle", "angle"), ("torque.max", "torque.max"), ("/result", "result")):
        extra += f'[[source.tag]]\ntag = "{tag}"\nchannel = "tight.{channel}"\n'
    feed = replay(source("curves", shared_data / "telemetry/tightening_s01/json", extra))
    t_ns, _ = kept(feed, "tight.torque", 177_316)
    assert len(t_ns) == 177_316 and unit_of(feed, "tight.torque") == "N*m" and unit_of(feed, "tight.angle") == "deg"
    assert datetime.fromtimestamp(int(t_ns[0]) / 1e9, UTC) == datetime(2022, 9, 5, 11, 43, 39, tzinfo=UTC), "13:43:39 in Berlin"
    _, peaks = kept(feed, "tight.torque.max", 300)
    assert len(peaks) == 300 and (round(peaks.min(), 2), round(peaks.max(), 2)) == (0.44, 1.76)
    _, results = kept(feed, "tight.result", 300)
    assert (int((results == 1.0).sum()), int((results == 0.0).sum())) == (252, 48)
    until_s = time.monotonic() + 10.0
    while len(notes := feed.request_alarms(dict[str, object], "waveforms", 0, END_NS).result(10.0)) < 600:
        assert time.monotonic() < until_s, len(notes)
        feed.wait_for(lambda _: False, 0.1)
    assert len(notes) == 600 and {str(one["channel"]) for one in notes} == {"tight.torque", "tight.angle"}
    lengths = [int(str(one["samples"])) for one in notes if one["channel"] == "tight.torque"]
    assert (min(lengths), max(lengths), sum(lengths)) == (357, 1128, 177_316)
