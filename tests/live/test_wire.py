"""Bytes become messages through one door: nothing else passes it, and nothing raises anything but WireError."""

import contextlib

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from viewer.live import wire
from viewer.live.columns import pack, unpack
from viewer.twin.samples import Columns, in_runs, only, split

T0 = 1_700_000_000_000_000_000
SCALAR = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text(max_size=9) | st.binary(max_size=16)
ANYTHING = SCALAR | st.lists(SCALAR, max_size=3) | st.dictionaries(st.text(max_size=3), SCALAR, max_size=3)
CALM = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
FLAT = {"protocol": 1, "t_ns": T0, "globs": ["*"], "request": 1, "action": "inject", "name": "x", "parameters": {"x": 1.0}} | {
    "sequence": 1, "before": 0, "catalogue": "x", "first": 0, "total": 1, "channels": [], "faults": [], "sentence": "x"
}  # fmt: skip


def columns(channel: list[int], t_ns: list[int], values: list[float], quality: list[int] | None = None) -> Columns:
    bad = np.array(quality if quality is not None else [0] * len(channel), np.uint8)
    return in_runs(np.array(channel, np.int64), np.array(t_ns, np.int64), np.array(values, np.float64), bad)


def samples(**changes: object) -> wire.Samples:
    good = pack(columns([0, 0, 2], [T0, T0 + 5, T0 + 3], [1.0, 2.0, 3.0]))
    return msgspec.structs.replace(good, **{name: memoryview(value) for name, value in changes.items()})


def u4(*numbers: int) -> bytes:
    return np.array(numbers, "<u4").tobytes()


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"values": b"\0" * 23}, "values of 23 bytes"),
        ({"values": b"\0" * 16}, "do not add up"),
        ({"counts": u4(3, 0)}, "do not add up"),
        ({"counts": u4(2, 2)}, "do not add up"),
        ({"counts": u4(0xFFFFFFFF, 4)}, "do not add up"),
        ({"counts": u4(2, 1), "channels": u4(2, 0)}, "ascend"),
        ({"channels": u4(1, 1)}, "ascend"),
        ({"channels": u4(0, 3)}, "below 3"),
        ({"channels": u4(0)}, "do not add up"),
        ({"times": u4(1, 2)}, "2 times for 3 values"),
        ({"times": np.array([0, -1, 5], "<i8").tobytes()}, "out of range"),
        ({"times": np.array([0, 1, 2**62 + 1], "<i8").tobytes()}, "out of range"),
        ({"quality": b"\0\0"}, "2 qualities"),
        ({"quality": b"\0\1\2"}, "0 good, 1 bad"),
        ({"values": np.array([1.0, np.nan, 2.0]).tobytes()}, "not finite"),
        ({"values": np.array([np.inf, 1.0, 2.0]).tobytes(), "quality": b"\0\1\1"}, "not finite"),
    ],
)
def test_that_columns_that_do_not_fit_are_refused(changes: dict[str, bytes], why: str) -> None:
    with pytest.raises(wire.WireError, match=why):
        unpack(samples(**changes), channels=3)


@CALM
@given(st.binary(max_size=300))
def test_that_random_bytes_raise_nothing_but_wire_errors(frame: bytes) -> None:
    for decode in (wire.decode_from_peer, wire.decode_from_gateway):
        with contextlib.suppress(wire.WireError):
            decode(frame)


@CALM
@given(
    st.sampled_from(["hello", "subscribe", "fault_request", "blocks", "welcome", "catalogue", "faults", "error", "latest", "?"]),
    st.dictionaries(st.sampled_from([*FLAT, "counts", "times", "values", "quality", "t0_ns"]), ANYTHING, max_size=3),
)
def test_that_mistyped_messages_raise_nothing_but_wire_errors(tag: str, wrong: dict[str, object]) -> None:
    columns = {"t0_ns": T0, "channels": b"", "counts": b"", "times": b"", "values": b"", "quality": b""}
    frame = msgspec.msgpack.encode({"type": tag, **FLAT, "samples": columns | wrong, **wrong})
    for decode in (wire.decode_from_peer, wire.decode_from_gateway):
        with contextlib.suppress(wire.WireError):
            message = decode(frame)
            if isinstance(message, wire.Blocks):
                unpack(message.samples, channels=10)


@CALM
@given(st.tuples(*[st.binary(max_size=40)] * 5), st.integers(0, 2**62))
def test_that_any_columns_are_refused_or_hold_what_they_promise(parts: tuple[bytes, ...], t0_ns: int) -> None:
    given_samples = wire.Samples(t0_ns, *(memoryview(part) for part in parts))
    try:
        got = unpack(given_samples, channels=4)
    except wire.WireError:
        return
    assert len(got.values) == len(got.t_ns) == len(got.quality) == got.counts.sum()
    assert (np.isfinite(got.values) | (got.quality == 1)).all()
    assert (got.channels < 4).all() and (np.diff(got.channels) > 0).all() and (got.counts > 0).all()


def test_that_an_oversized_frame_is_refused_before_it_is_read() -> None:
    with pytest.raises(wire.WireError, match="at most 1048576 bytes"):
        wire.decode_from_peer(wire.encode(wire.Goodbye("")) + b"\0" * wire.MAX_MESSAGE_BYTES)


def test_that_a_deeply_nested_frame_is_refused() -> None:
    with pytest.raises(wire.WireError):
        wire.decode_from_peer(b"\x91" * 100_000)


def test_that_a_full_block_with_the_worst_shape_fits_into_a_message() -> None:
    n = wire.MAX_BLOCK_SAMPLES
    worst = Columns(
        np.arange(n // 2),
        np.full(n // 2, 2),
        T0 + np.arange(n) * 10**10,
        np.random.default_rng(1).random(n),
        np.ones(n, np.uint8),
    )
    frame = wire.encode(wire.Blocks(2**62, 2**62, T0, pack(worst)))
    assert len(frame) < wire.MAX_MESSAGE_BYTES
    with pytest.raises(ValueError, match="at most 32768"):
        pack(columns([0] * (n + 1), list(range(n + 1)), [0.0] * (n + 1)))


FINITE = st.floats(allow_nan=False, allow_infinity=False)
SAMPLE = st.tuples(st.integers(0, 6), st.integers(0, 2**61), FINITE, st.sampled_from([0, 1]))


@CALM
@given(st.lists(SAMPLE, max_size=60))
def test_that_what_is_packed_comes_out_again_channel_by_channel(rows: list[tuple[int, int, float, int]]) -> None:
    channel, t_ns, values, quality = ([row[i] for row in rows] for i in range(4))
    packed = wire.encode(wire.Blocks(1, 0, 1, pack(columns(channel, t_ns, values, quality))))
    message = wire.decode_from_gateway(packed)
    assert isinstance(message, wire.Blocks)
    got = unpack(message.samples, channels=7)
    back = zip(
        np.repeat(got.channels, got.counts).tolist(), got.t_ns.tolist(), got.values.tolist(), got.quality.tolist(), strict=True
    )
    assert list(back) == sorted(rows, key=lambda row: row[0])


@CALM
@given(st.lists(SAMPLE, max_size=40), st.integers(1, 9), st.sets(st.integers(0, 6)))
def test_that_splitting_and_choosing_neither_lose_nor_double(
    rows: list[tuple[int, int, float, int]], most: int, chosen: set[int]
) -> None:
    whole = columns([r[0] for r in rows], [r[1] for r in rows], [r[2] for r in rows], [r[3] for r in rows])
    wanted = np.array([i in chosen for i in range(7)])
    parts = list(split(only(whole, wanted), most))
    assert all(0 < len(part) <= most and part.counts.sum() == len(part) for part in parts)
    got = [value for part in parts for value in part.values.tolist()]
    index = [i for part in parts for i in np.repeat(part.channels, part.counts).tolist()]
    expected = sorted((row for row in rows if row[0] in chosen), key=lambda row: row[0])
    assert (index, got) == ([row[0] for row in expected], [row[2] for row in expected])
