"""Rule files, back-tests and arming."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.edge.rules.history import Recorded
from viewer.base.errors import Cancelled, UserMistake
from viewer.base.job import SilentJob
from viewer.edge.rules.arming import Trial, Trials, armed, load_armed
from viewer.edge.rules.backtest import backtest
from viewer.edge.rules.engine import RuleEngine
from viewer.edge.rules.file import load_rules
from viewer.edge.rules.rule import Rule

S = 10**9
_HOT = Rule(id="glue.hot", when="mean(glue.temp, 60) > 60", off_delay_s=10.0)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[[rule]\n", "no valid TOML"),
        ("[[rules]]\nid='a'", "unknown table «rules»"),
        ("rule = 3", "stand in \\[\\[rule\\]\\] tables"),
        ("[[rule]]\nwhen='x > 1'", "number 1 needs an id"),
        ("[[rule]]\nid='a'", "«a» needs either when"),
        ("[[rule]]\nid='a'\nwhen='x > 1'\nvalue='x'", "«a» needs either when"),
        ("[[rule]]\nid='a'\nwhen='x >'", "«a»: the condition can't be read at position"),
        ("[[rule]]\nid='a'\nwhen='mean(x) > 1'", "«a»: in the condition at position 1: mean lacks seconds"),
        ("[[rule]]\nid='a'\nwhen='std(x, -1) > 1'", "«a»: at position 1: seconds of std"),
        ("[[rule]]\nid='a'\nwhen='x > 1'\nprioritty='low'", "did you mean «priority»"),
        ("[[rule]]\nid='a'\nwhen='x > 1'\npriority='urgent'", "«a» is not right"),
        ("[[rule]]\nid='a'\nwhen='glue.tmp > 1'", "«glue.tmp», which no source brings; did you mean «glue.temp»"),
        ("[[rule]]\nid='a'\nwhen='b > 1'\n[[rule]]\nid='b'\nvalue='glue.temp'", "«b», which no source brings"),
        ("[[rule]]\nid='a'\nvalue='2 + 2'", "names no channel"),
        ("[[rule]]\nid='a'\nwhen='alarm(\"x\")'", "only in suppress_when"),
        ("[[rule]]\nid='a'\nvalue='glue.temp'\narmed=true", "only a condition"),
        ("[[rule]]\nid='glue.temp'\nvalue='glue.temp'", "id of another rule or channel"),
        ("[[rule]]\nid='a'\nwhen='glue.temp > 1'\non_delay_s=-1", "on_delay_s"),
        ("[[rule]]\nid='a'\nvalue='glue.temp'\nperiod_s=0", "a period of 0 s"),
    ],
)
def test_that_a_wrong_rule_file_is_refused_in_one_sentence_that_ends_with_the_file(text: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UserMistake, match=says) as caught:
        load_rules(path, {"glue.temp"})
    assert str(caught.value).endswith(str(path)) and "\n" not in str(caught.value)


def test_that_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserMistake, match="can't be read"):
        load_rules(tmp_path / "none.toml")


def test_that_rules_of_a_file_run_and_use_one_another(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(
        '[[rule]]\nid = "f"\nvalue = "glue.temp * 1.8 + 32"\nunit = "degF"\n'
        '[[rule]]\nid = "warm"\nwhen = "f > 100"\npriority = "high"\narmed = true\n',
        encoding="utf-8",
    )
    engine = RuleEngine(load_rules(path, {"glue.temp"}), ["glue.temp"])
    assert [(one.id, one.unit, one.kind) for one in engine.channels()] == [("f", "degF", "measurement"), ("warm", "", "state")]
    assert [(one.id, one.priority) for one in engine.alarms()] == [("warm", "high")]


def _day() -> Recorded:
    """A day of one sample a second: hot from 8:00 to 8:10 and from 20:00 on; four hours from noon are missing."""
    t_s = np.arange(86_400)
    hot = ((t_s >= 28_800) & (t_s < 29_400)) | (t_s >= 72_000)
    kept = (t_s < 43_200) | (t_s >= 57_600)
    values = np.where(hot, 70.0, 50.0)
    values[10] = np.nan
    return Recorded({"glue.temp": (t_s[kept] * S, values[kept])})


def test_that_a_back_test_tells_what_would_have_been_raised_when_and_how_often() -> None:
    report = backtest(_HOT, _day(), 0, 86_400 * S)
    # the mean of 60 s exceeds 60 half a minute after the step, and falls to it half a minute after its end; then the off delay
    assert [(one.t0_ns // S, one.t1_ns // S) for one in report.raised] == [(28_830, 29_439), (72_030, 86_400)]
    assert (report.times, report.peak_10min, report.load) == (2, 1, "very likely to be acceptable")
    assert report.per_day == pytest.approx(2.0)
    assert report.active_share == pytest.approx((609 + 14_370) / 86_400)


def test_that_missing_and_bad_data_are_told() -> None:
    report = backtest(_HOT, _day(), 0, 86_400 * S)
    (data,) = report.data
    assert (data.samples, data.bad) == (72_000, 1)
    assert data.missing_share == pytest.approx(4 / 24, abs=1e-3) and data.longest_gap_s == 14_401.0
    assert any("16.7 % of glue.temp is missing" in one for one in report.findings)
    assert any("1 of 72000 samples of glue.temp are bad" in one for one in report.findings)


def test_that_a_back_test_without_data_says_so_and_arms_nothing() -> None:
    report = backtest(_HOT, Recorded({}), 0, 86_400 * S)
    assert report.times == 0 and report.unknown_share == 1.0 and "holds nothing" in report.findings[0]
    with pytest.raises(UserMistake, match="was tried on no data"):
        Trial.of(report, user="ada", at_ns=0)
    with pytest.raises(UserMistake, match="the end must lie after"):
        backtest(_HOT, Recorded({}), 5, 5)


def test_that_a_noisy_rule_is_told_its_load() -> None:
    t_s = np.arange(7200)
    report = backtest(Rule(id="r", when="x > 0"), Recorded({"x": (t_s * S, np.where(t_s // 15 % 2, 1.0, -1.0))}), 0, 7200 * S)
    assert (report.times, report.peak_10min, report.floods) == (240, 20, 1)
    assert report.load == "very likely to be unacceptable"
    assert any("20 at most" in one for one in report.findings)


def test_that_a_back_test_goes_through_the_rules_that_a_rule_uses() -> None:
    first = Rule(id="f", value="glue.temp * 1.8 + 32")
    report = backtest(Rule(id="hot", when="f > 150"), _day(), 0, 86_400 * S, before=[first])
    assert report.times == 2 and [one.channel for one in report.data] == ["glue.temp"]


def test_that_a_back_test_can_be_cancelled() -> None:
    with pytest.raises(Cancelled):
        backtest(_HOT, _day(), 0, 86_400 * S, job=SilentJob(lambda: True))


def test_that_a_rule_is_armed_only_as_it_was_tried(tmp_path: Path) -> None:
    path = tmp_path / "state" / "trials.jsonl"
    wanted = Rule(id="glue.hot", when=_HOT.when, off_delay_s=10.0, armed=True)
    (rule,), (sentence,) = armed([wanted], Trials(path).all())
    assert not rule.armed and "there is no back-test of it as it is now" in sentence
    trials = Trials(path)
    trials.record(Trial.of(backtest(_HOT, _day(), 0, 86_400 * S), user="ada", at_ns=5))
    again = Trials(path).all()
    assert (again[0].user, again[0].times, again[0].samples) == ("ada", 2, 72_000)
    assert armed([wanted], again) == ((wanted,), ())
    changed = Rule(id="glue.hot", when=_HOT.when, off_delay_s=5.0, armed=True)
    assert armed([changed], again)[1] != ()


def test_that_a_rule_is_disarmed_when_one_that_it_uses_has_changed() -> None:
    used, other = Rule(id="f", value="glue.temp * 1.8 + 32"), Rule(id="other", value="glue.temp")
    rule = Rule(id="hot", when="f > 150", armed=True)
    trials = [Trial.of(backtest(rule, _day(), 0, 86_400 * S, before=[used, other]), user="ada", at_ns=5)]
    assert armed([used, other, rule], trials)[1] == ()
    assert armed([used, Rule(id="other", value="glue.temp + 1"), rule], trials)[1] == ()
    assert armed([Rule(id="f", value="glue.temp * 2"), other, rule], trials)[1] != ()


def test_that_a_record_torn_by_a_power_cut_goes_on_and_a_damaged_one_is_told(tmp_path: Path) -> None:
    path = tmp_path / "trials.jsonl"
    trial = Trial.of(backtest(_HOT, _day(), 0, 86_400 * S), user="ada", at_ns=5)
    Trials(path).record(trial)
    path.write_bytes(path.read_bytes() + b'{"rule": "glu')
    torn = Trials(path)
    torn.record(trial)
    assert Trials(path).all() == (trial, trial)
    path.write_bytes(b"{}\n" + path.read_bytes())
    with pytest.raises(UserMistake, match="line 1 of the record of back-tests is damaged"):
        Trials(path)


def test_that_a_gateway_takes_up_its_files_with_only_those_armed_that_were_tried(tmp_path: Path) -> None:
    one, other, record = tmp_path / "one.toml", tmp_path / "other.toml", tmp_path / "trials.jsonl"
    one.write_text(f'[[rule]]\nid = "glue.hot"\nwhen = "{_HOT.when}"\noff_delay_s = 10.0\narmed = true\n', encoding="utf-8")
    other.write_text('[[rule]]\nid = "glue.cold"\nwhen = "glue.temp < 20"\narmed = true\n', encoding="utf-8")
    Trials(record).record(Trial.of(backtest(_HOT, _day(), 0, 86_400 * S), user="ada", at_ns=5))
    rules, told = load_armed([one, other], record)
    assert [(rule.id, rule.armed) for rule in rules] == [("glue.hot", True), ("glue.cold", False)]
    assert len(told) == 1 and "«glue.cold» is not armed" in told[0]
    with pytest.raises(UserMistake, match=r"two rules have the id «glue\.hot»"):
        load_armed([one, one], record)
