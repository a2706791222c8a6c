"""Rules on real and published signals: what they see, when, and how often they are wrong."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.edge.rules.history import Recorded
from viewer.base.errors import UserMistake
from viewer.edge.rules.backtest import BacktestReport, backtest
from viewer.edge.rules.curves import Curve, departure, given_envelope, learned_envelope
from viewer.edge.rules.rule import Rule

S = 10**9
_STEP_NS = 180 * S
"""Of the Tennessee Eastman test runs: three minutes."""


def test_that_envelopes_that_make_no_sense_are_refused() -> None:
    with pytest.raises(UserMistake, match="at least 5 good curves, not 1"):
        learned_envelope([Curve((0.0, 1.0), (0.0, 1.0))])
    with pytest.raises(UserMistake, match="stands still"):
        learned_envelope([Curve((1.0, 1.0), (0.0, 1.0))] * 5)
    with pytest.raises(UserMistake, match="low 3 lies above its high 2 at 1"):
        given_envelope([0, 1], [0, 3], [1, 2])
    with pytest.raises(UserMistake, match="must rise"):
        given_envelope([0, 0], [0, 0], [1, 1])


def test_that_a_curve_is_told_where_it_leaves_its_envelope_first() -> None:
    envelope = given_envelope([0, 10], [0, 10], [2, 12])
    assert departure(Curve((0, 5, 10), (1, 6, 11)), envelope) is None
    found = departure(Curve((0, 5, 6, 10), (1, 7.5, 2, 11)), envelope)
    assert found is not None
    assert (found.kind, found.axis, found.value, found.bound, found.worst) == ("above", 5.0, 7.5, 7.0, 4.0)
    good = [Curve(tuple(range(50 + at)), (1.0,) * (50 + at)) for at in range(6)]
    short = departure(Curve(tuple(range(20)), (1.0,) * 20), learned_envelope(good))
    assert short is not None and short.kind == "too short" and short.axis == 19.0


def _tightenings(folder: Path) -> tuple[list[Curve], NDArray[np.bool_]]:
    """Torque over angle of all 300 cycles, and whether each is good."""
    with (folder / "labels.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    curves: list[Curve] = []
    for row in rows:
        steps = json.loads((folder / "json" / row["file_name"]).read_text(encoding="utf-8"))["tightening steps"]
        angle: list[float] = []
        torque: list[float] = []
        for graph in (one["graph"] for one in steps):
            own = [graph[key] if isinstance(graph[key], list) else [graph[key]] for key in ("angle values", "torque values")]
            count = min(map(len, own))
            angle += own[0][:count]
            torque += own[1][:count]
        curves.append(Curve(tuple(angle), tuple(torque)))
    return curves, np.array([row["workpiece_result"] == "OK" for row in rows])


@pytest.mark.parametrize(("first", "least_found", "most_false"), [(0, 43, 2), (1, 42, 4)])
def test_that_an_envelope_of_good_tightenings_finds_most_bad_ones(
    shared_data: Path, first: int, least_found: int, most_false: int
) -> None:
    """Learned from every other good cycle, tried on the other 126 good ones and all 48 bad ones (SOURCES.md: 252 OK, 48 NOK)."""
    curves, is_good = _tightenings(shared_data / "telemetry" / "tightening_s01")
    good, bad = np.flatnonzero(is_good), np.flatnonzero(~is_good)
    assert (len(good), len(bad)) == (252, 48)
    envelope = learned_envelope([curves[at] for at in good[first::2]], axis_unit="deg", unit="N*m")
    false = sum(departure(curves[at], envelope) is not None for at in good[1 - first :: 2])
    found = sum(departure(curves[at], envelope) is not None for at in bad)
    assert found >= least_found and false <= most_false, (found, false)


class Eastman:
    """The Tennessee Eastman runs (Braatz's files): training to learn targets from, tests of 960 samples."""

    def __init__(self, folder: Path) -> None:
        training = np.loadtxt(folder / "d00.dat").T
        assert training.shape == (500, 52)
        self.target, self.sigma = training.mean(axis=0), training.std(axis=0, ddof=1)
        self.normal, self.fault5 = np.loadtxt(folder / "d00_te.dat"), np.loadtxt(folder / "d05_te.dat")

    def tried(self, run: NDArray[np.float64], column: int, rule: str) -> tuple[BacktestReport, NDArray[np.bool_]]:
        """The back-test of a rule on one column (from 1), and the samples at which it would have been active."""
        at = np.arange(len(run)) * _STEP_NS
        text = rule.format(target=self.target[column - 1], sigma=self.sigma[column - 1])
        report = backtest(Rule(id="r", when=text), Recorded({"x": (at, run[:, column - 1])}), 0, int(at[-1]))
        active = np.zeros(len(run), np.bool_)
        for one in report.raised:
            active |= (at >= one.t0_ns) & ((at < one.t1_ns) | (one.t1_ns == at[-1]))
        return report, active


@pytest.fixture(scope="module")
def eastman(shared_data: Path) -> Eastman:
    return Eastman(shared_data / "telemetry" / "tep")


def test_that_fault_5_is_seen_with_the_first_sample_but_compensated_later(eastman: Eastman) -> None:
    """A step in the condenser's cooling water: the separator's cooling water outlet, XMEAS(22), jumps with sample 161.

    Six sigma on that one channel see it at once (published for PCA: Q after 3 min, T² after 48 min) and lose it when the
    controllers have compensated: far from all samples after the fault are beyond the limit, as with PCA (T² finds 22 %, Q 25 % of
    them). Russell, Chiang & Braatz (2000), Chemometrics and Intelligent Laboratory Systems 51, 81-93.
    """
    rule = "abs(x - {target}) > 6 * {sigma}"
    assert eastman.tried(eastman.normal, 22, rule)[0].times == 0
    report, active = eastman.tried(eastman.fault5, 22, rule)
    assert report.raised[0].t0_ns == 160 * _STEP_NS
    assert not active[:160].any() and not active[-480:].any() and active[160:].mean() < 0.25


def test_that_an_ewma_of_the_cooling_water_valve_holds_fault_5_to_the_end(eastman: Eastman) -> None:
    """XMV(11), the condenser's cooling water valve, stays moved: what canonical variates find in all samples (CVA, same
    paper)."""
    rule = "ewma_chart(x, {target}, {sigma}) == 1"
    _, quiet = eastman.tried(eastman.normal, 52, rule)
    _, active = eastman.tried(eastman.fault5, 52, rule)
    first = int(np.flatnonzero(active)[0])
    assert quiet.mean() <= 0.002  # 1 of 960
    assert 160 <= first <= 169 and active[160:].mean() >= 0.95


def test_that_the_machine_that_failed_is_seen_in_all_four_windows(shared_data: Path) -> None:
    """NAB's machine temperature (22,695 samples, one hour twice for a change of the clock): plain limits, 12 alarms in 79
    days."""
    folder = shared_data / "telemetry" / "nab"
    with (folder / "machine_temperature_system_failure.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    t_ns = np.array([_ns(row["timestamp"]) for row in rows], np.int64)
    values, order = np.array([float(row["value"]) for row in rows]), np.argsort(t_ns, kind="stable")
    rule = Rule(id="r", when="x < 55 or x > 105", off_delay_s=3600.0)
    report = backtest(rule, Recorded({"x": (t_ns[order], values[order])}), int(t_ns.min()), int(t_ns.max()))
    windows = json.loads((folder / "combined_windows.json").read_text(encoding="utf-8"))
    named = [[_ns(one) for one in pair] for pair in windows["realKnownCause/machine_temperature_system_failure.csv"]]
    assert len(named) == 4 and report.data[0].samples == 22_695
    assert all(any(low <= one.t1_ns and one.t0_ns <= high for one in report.raised) for low, high in named)
    assert report.times == 12


def test_that_a_rule_over_two_channels_finds_the_milling_run_whose_axis_did_not_follow(shared_data: Path) -> None:
    """Six runs of a CNC mill at 10 Hz: in run 02 the x axis strays 37 mm from its command, in all others never more than 1 mm."""
    rule = Rule(id="lag", when="abs(actual - command) > 2", priority="high")
    counts: dict[str, int] = {}
    for name in ("01", "02", "06", "11", "13", "18"):
        with (shared_data / "telemetry" / "cnc_umich" / f"experiment_{name}.csv").open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        t_ns = np.arange(len(rows), dtype=np.int64) * S // 10
        given = {
            own: (t_ns, np.array([float(row[key]) for row in rows]))
            for own, key in (("actual", "X1_ActualPosition"), ("command", "X1_CommandPosition"))
        }
        counts[name] = backtest(rule, Recorded(given), 0, int(t_ns[-1])).times
    assert counts.pop("02") >= 1 and set(counts.values()) == {0}


def _ns(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * S
