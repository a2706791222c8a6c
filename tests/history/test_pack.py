"""Packing gives back every bit, refuses what is no packing, and is small on the real signals."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from viewer.history.cells import Cells, cells_of, coarser, merged, pack_cells, unpack_cells
from viewer.history.pack import pack_light, pack_tight, unpack
from viewer.history.seal import Damaged, seal, unseal
from viewer.twin.samples import Columns

_BITS = st.integers(0, 2**64 - 1)
_VALUE = st.one_of(
    st.decimals(-(10**6), 10**6, places=3).map(float),
    st.floats(),
    _BITS.map(lambda bits: np.uint64(bits).view(np.float64).item()),
)
_TIME = st.one_of(st.integers(1_700_000_000, 1_700_000_100).map(lambda s: s * 10**9), st.integers(-(2**63), 2**63 - 1))
_RUN = st.lists(st.tuples(_TIME, _VALUE, st.integers(0, 255)), min_size=1, max_size=60)


def of_runs(runs: list[list[tuple[int, float, int]]], numbers: list[int]) -> Columns:
    flat = [sample for run in runs for sample in run]
    return Columns(
        np.array(numbers, np.int64),
        np.array([len(run) for run in runs], np.int64),
        np.array([t for t, _, _ in flat], np.int64),
        np.array([value for _, value, _ in flat]),
        np.array([quality for _, _, quality in flat], np.uint8),
    )


def same(one: Columns, other: Columns) -> bool:
    exact = ("channels", "counts", "t_ns", "quality")
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in exact) and np.array_equal(
        one.values.view(np.uint64), other.values.view(np.uint64)
    )


@pytest.mark.parametrize("data", [b"", b"\x07" + bytes(40), b"\x01" * 60, pack_tight(of_runs([[(0, 1.0, 0)] * 9], [3]))[:-4]])
def test_that_what_is_no_packing_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError):
        unpack(data)


def test_that_a_sealed_row_can_neither_change_nor_move() -> None:
    row = seal(b"payload", "blocks", 7, -1)
    assert unseal(row, "blocks", 7, -1) == b"payload"
    for place in (("blocks", 8, -1), ("tiles", 7, -1), ("blocks", 7, 1)):
        with pytest.raises(Damaged):
            unseal(row, *place)
    for bit in range(8 * len(row)):
        changed = bytearray(row)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(Damaged):
            unseal(bytes(changed), "blocks", 7, -1)


@settings(max_examples=150, deadline=None)
@given(st.lists(_RUN, max_size=6), st.data())
def test_that_every_bit_comes_back(runs: list[list[tuple[int, float, int]]], data: st.DataObject) -> None:
    numbers = sorted(data.draw(st.sets(st.integers(0, 10**6), min_size=len(runs), max_size=len(runs))))
    columns = of_runs(runs, numbers)
    assert same(unpack(pack_light(columns)), columns)
    assert same(unpack(pack_tight(columns)), columns)


@settings(max_examples=60, deadline=None)
@given(st.lists(_RUN, min_size=1, max_size=4), st.integers(17, 57))
def test_that_cells_count_every_sample_however_they_are_merged(runs: list[list[tuple[int, float, int]]], shift: int) -> None:
    columns = of_runs([sorted(run, key=lambda one: one[0]) for run in runs], list(range(len(runs))))
    cells = cells_of(columns, shift)
    assert int(cells.count.sum()) == len(columns)
    half = merged([cells.where(np.arange(len(cells)) % 2 == part) for part in (0, 1)])
    twice = merged([cells, cells])
    back = unpack_cells(pack_cells(cells))
    for other, times in ((half, 1), (twice, 2), (back, 1)):
        assert same_cells(other, cells, times)
    assert same_cells(coarser(cells), cells_of(columns, shift + 2), 1)


def same_cells(one: Cells, other: Cells, times: int) -> bool:
    return (
        np.array_equal(one.cell, other.cell)
        and np.array_equal(one.channel, other.channel)
        and np.array_equal(one.low, other.low, equal_nan=True)
        and np.array_equal(one.high, other.high, equal_nan=True)
        and np.array_equal(one.count, times * other.count)
    )


def table(values: NDArray[np.float64], t_ns: NDArray[np.int64]) -> Columns:
    """(n, c) as c channels of the same times."""
    n, c = values.shape
    flat = np.ascontiguousarray(values.T).ravel()
    return Columns(np.arange(c), np.full(c, n), np.tile(t_ns, c), flat, np.isnan(flat).astype(np.uint8))


def every(step_s: float, n: int) -> NDArray[np.int64]:
    return 1_700_000_000 * 10**9 + np.round(np.arange(n) * step_s * 1e9).astype(np.int64)


def nab(folder: Path) -> Columns:
    with (folder / "nab/machine_temperature_system_failure.csv").open() as file:
        rows = list(csv.reader(file))[1:]
    t_ns = np.array([row[0] for row in rows], "datetime64[ns]").astype(np.int64)
    assert len(rows) == 22_695 and (np.diff(t_ns) < 0).any()  # SOURCES.md: duplicates and a step back
    return table(np.array([[float(row[1])] for row in rows]), t_ns)


def milling(folder: Path) -> Columns:
    values = np.genfromtxt(folder / "cnc_umich/experiment_18.csv", delimiter=",", skip_header=1)[:, 1:-1]
    assert len(values) == 2253
    return table(values, every(0.1, len(values)))


def tennessee(folder: Path) -> Columns:
    values = np.loadtxt(folder / "tep/d05_te.dat")
    assert values.shape == (960, 52)
    return table(values, every(180, 960))


def battery(folder: Path) -> Columns:
    """A .lvm file of LabVIEW: the numbers of its table, whatever stands around them."""
    rows: list[list[float]] = []
    with (folder / "battery_nissan_leaf/Temperature-1C-discharge.lvm").open(encoding="latin-1") as file:
        for line in file:
            try:
                rows.append([float(word.replace(",", ".")) for word in line.split()])
            except ValueError:
                continue
    width = max((len(row) for row in rows), key=[len(row) for row in rows].count)
    values = np.array([row for row in rows if len(row) == width])
    assert len(values) > 22_000
    return table(values, every(0.1, len(values)))


def tightening(folder: Path) -> Columns:
    """Curves of screws: torque over the time in the cycle, at about 1 kHz."""
    values: list[float] = []
    times: list[float] = []
    for number, path in enumerate(sorted((folder / "tightening_s01/json").glob("*.json"))[:40]):
        for step in json.loads(path.read_text())["tightening steps"]:
            graph = step["graph"]
            torque, at = graph["torque values"], graph["time values"]
            if isinstance(torque, list) and isinstance(at, list) and len(torque) == len(at):
                values += torque
                times += [60 * number + one for one in at]
    assert len(values) > 10_000
    return table(np.array(values)[:, None], 1_700_000_000 * 10**9 + np.round(np.array(times) * 1e9).astype(np.int64))


@pytest.mark.shared
@pytest.mark.parametrize("signal", [nab, milling, tennessee, battery, tightening])
def test_that_a_real_signal_takes_less_than_ten_bytes_a_sample(shared_data: Path, signal) -> None:
    columns = signal(shared_data / "telemetry")
    packed = pack_tight(columns)
    assert same(unpack(packed), columns)
    assert len(packed) / len(columns) < 10.0
