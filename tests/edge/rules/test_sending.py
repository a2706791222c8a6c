"""What is sent on, and waveforms around a trigger."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from viewer.base.errors import UserMistake
from viewer.edge.rules.forwarding import Forwarder, Forwarding
from viewer.edge.rules.waveforms import Capture, Trigger, Waveform
from viewer.twin.samples import in_runs

S = 10**9
_BAND = Forwarding(kind="dead_band", dead_band=1.0, longest_s=100.0)


def _sent(policy: Forwarding, samples: Sequence[tuple[int, float]], cuts: Sequence[int]) -> list[tuple[int, float]]:
    """(time in s, value) of what is sent on; NaN is bad."""
    forwarder, found, low = Forwarder({"x": policy}, ["w", "x"]), [], -1
    for cut in cuts:
        part = [one for one in samples if low < one[0] <= cut]
        values = np.array([one[1] for one in part], np.float64)
        times = np.array([one[0] * S for one in part], np.int64)
        columns = forwarder.step(in_runs(np.ones(len(part), np.int64), times, values, np.isnan(values).astype(np.uint8)), cut * S)
        found += [(t // S, v) for t, v in zip(columns.t_ns.tolist(), columns.values.tolist(), strict=True)]
        low = cut
    return found


def test_that_policies_that_make_no_sense_are_refused() -> None:
    for policy, says in (
        (Forwarding(kind="dead_band", dead_band=-1.0), "dead_band is -1"),
        (Forwarding(kind="min_max", interval_s=0.0), "interval_s is 0"),
    ):
        with pytest.raises(UserMistake, match=says):
            Forwarder({"x": policy}, ["x"])
    with pytest.raises(UserMistake, match="no source brings"):
        Forwarder({"y": _BAND}, ["x"])


def test_that_a_dead_band_sends_changes_with_the_sample_before_and_one_now_and_then() -> None:
    samples = [(0, 5.0), (1, 5.5), (2, 5.9), (3, 7.0), (4, 7.5), (99, 7.2), (103, 7.2), (104, 7.3)]
    assert _sent(_BAND, samples, [200]) == [(0, 5.0), (2, 5.9), (3, 7.0), (103, 7.2)]


def test_that_a_change_of_quality_is_always_sent() -> None:
    found = _sent(_BAND, [(0, 5.0), (1, 5.0), (2, np.nan), (3, np.nan), (4, 5.0)], [9])
    assert str(found) == str([(0, 5.0), (1, 5.0), (2, np.nan), (3, np.nan), (4, 5.0)])


def test_that_least_and_greatest_of_each_interval_are_sent_at_their_own_times_once_it_is_over() -> None:
    policy = Forwarding(kind="min_max", interval_s=10.0)
    samples = [(1, 3.0), (2, 9.0), (3, np.nan), (4, 1.0), (11, 5.0), (21, 6.0)]
    assert str(_sent(policy, samples, [29])) == str([(2, 9.0), (3, np.nan), (4, 1.0), (11, 5.0)])


def test_that_channels_without_a_policy_go_through_as_they_are() -> None:
    columns = in_runs(np.array([0, 1]), np.array([5, 6]), np.array([1.0, 2.0]), np.zeros(2, np.uint8))
    found = Forwarder({"x": _BAND}, ["w", "x"]).step(columns, 10)
    assert (found.channels.tolist(), found.values.tolist()) == ([0, 1], [1.0, 2.0])


_STEPS = st.lists(st.tuples(st.integers(1, 8), st.sampled_from([0.0, 0.5, 1.0, 2.0, 4.0, float("nan")])), min_size=1, max_size=60)


@settings(max_examples=100, deadline=None)
@given(_STEPS, st.lists(st.integers(0, 200), max_size=6), st.sampled_from(["dead_band", "min_max"]))
def test_that_other_blocks_send_the_same_and_nothing_strays_further_than_the_band(
    steps: list[tuple[int, float]], cuts: list[int], kind: str
) -> None:
    policy = Forwarding(kind="dead_band" if kind == "dead_band" else "min_max", dead_band=1.0, longest_s=30.0, interval_s=7.0)
    times = np.cumsum([wait for wait, _ in steps]).tolist()
    samples = [(t, value) for t, (_, value) in zip(times, steps, strict=True)]
    end = times[-1] + 20
    whole = _sent(policy, samples, [end])
    assert str(_sent(policy, samples, [*sorted(one for one in set(cuts) if one < end), end])) == str(whole)
    kept = dict(whole)
    if kind == "dead_band":
        held = float("nan")
        for t, value in samples:
            held = kept.get(t, held)
            assert (np.isnan(held) and np.isnan(value)) or abs(held - value) <= 1.0
    else:
        for bucket in {t // 7 for t, _ in samples}:
            good = [value for t, value in samples if t // 7 == bucket and not np.isnan(value)]
            sent = [value for t, value in whole if t // 7 == bucket and not np.isnan(value)]
            assert not good or (min(good), max(good)) == (min(sent), max(sent))


def test_that_triggers_that_make_no_sense_and_torn_waveforms_are_refused() -> None:
    with pytest.raises(UserMistake, match="post_s is -1"):
        Capture(Trigger(channel="x", level=1.0, post_s=-1.0))
    with pytest.raises(UserMistake, match="finite"):
        Capture(Trigger(channel="x", level=float("nan")))
    with pytest.raises(UserMistake, match="says 3 samples, but holds 8 bytes"):
        Waveform(channel="x", trigger_ns=0, count=3, after_ns=b"12345678", values=b"").times_ns()


def _pulse(at: int) -> NDArray[np.float64]:
    """20,000 samples at 50 kHz, 20 µs apart, with a pulse of 100 samples."""
    values = np.zeros(20_000)
    values[at : at + 100] = 5.0
    return values


def test_that_a_waveform_holds_what_came_before_and_after_its_trigger() -> None:
    trigger = Trigger(channel="x", level=2.5, pre_s=0.001, post_s=0.004)
    times = np.arange(20_000, dtype=np.int64) * 20_000
    capture, found = Capture(trigger, "N"), []
    for first in range(0, 20_000, 777):
        part = slice(first, first + 777)
        found += capture.step(times[part], _pulse(9000)[part], int(times[part][-1]))
    (one,) = found
    assert (one.trigger_ns, one.count, one.unit, one.rising) == (9000 * 20_000, 251, "N", True)
    assert one.times_ns().tolist() == times[8950:9201].tolist()
    assert one.samples().tolist() == _pulse(9000)[8950:9201].tolist()
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(one), type=Waveform) == one


def test_that_hysteresis_hold_off_and_edges_are_observed() -> None:
    values = np.array([0, 3, 2.4, 3, 0, 3, 0, 3.0])
    times = np.arange(8, dtype=np.int64) * S

    def at(**more: object) -> list[int]:
        trigger = msgspec.convert({"channel": "x", "level": 2.5, "post_s": 0.1, **more}, Trigger)
        return [one.trigger_ns // S for one in Capture(trigger).step(times, values, 100 * S)]

    assert at() == [1, 3, 5, 7]
    assert at(hysteresis=1.0) == [1, 5, 7]
    assert at(hysteresis=1.0, hold_off_s=5.0) == [1, 7]
    assert at(edge="falling") == [2, 4, 6]
    assert at(edge="either", hysteresis=1.0) == [1, 4, 5, 6, 7]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 3), st.sampled_from([0.0, 1.0, 2.0, 3.0, float("nan")])), min_size=1, max_size=60),
    st.lists(st.integers(0, 100), max_size=6),
)
def test_that_other_blocks_give_the_same_waveforms(steps: list[tuple[int, float]], cuts: list[int]) -> None:
    times = np.cumsum([wait for wait, _ in steps])
    values = np.array([value for _, value in steps])
    end = int(times[-1]) + 10
    trigger = Trigger(channel="x", level=1.5, edge="either", hysteresis=0.5, pre_s=3.0, post_s=4.0)
    whole = Capture(trigger).step(times * S, values, end * S)
    capture, found, low = Capture(trigger), list[Waveform](), -1
    for cut in [*sorted({one for one in cuts if one < end}), end]:
        part = (times > low) & (times <= cut)
        found += capture.step(times[part] * S, values[part], cut * S)
        low = cut
    assert found == whole
