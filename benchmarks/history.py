"""The historian beside DuckDB and rows in SQLite: samples a second on the disk, bytes a sample, an hour drawn, any past time.

    python -m benchmarks.history [--millions 100] [--signals FOLDER]

All three write the same samples of 100 channels at 100 Hz (rounded random walks, three decimals), in commits of 100,000 that
are each on the disk before they count, and then draw one hour of one channel as 2,000 least and greatest values. Rows in SQLite
are too slow for all of them: they get a tenth. `--signals` names the folder `telemetry` of the real signals.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.measuring import in_its_own_process, keep, peak_mb
from viewer.base.clock import SystemClock
from viewer.base.ids import ChannelId
from viewer.history.pack import pack_tight
from viewer.history.records import Batch
from viewer.history.store import History
from viewer.twin.catalogue import ChannelInfo
from viewer.twin.samples import Columns

CHANNELS, HZ, PER_COMMIT = 100, 100, 1_000
T0_NS = 1_700_000_000 * 10**9
STEP_NS = 10**9 // HZ
HOUR_NS = 3600 * 10**9
BUCKETS = 2_000
ASKED = 60


def walks(seed: int = 1) -> NDArray[np.float64]:
    """(CHANNELS, 8 * PER_COMMIT) Values of sensors: random walks to three decimals."""
    rng = np.random.default_rng(seed)
    return np.round(20 + np.cumsum(rng.normal(0, 0.05, (CHANNELS, 8 * PER_COMMIT)), axis=1), 3)


def commits(samples: int) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float64]]]:
    """Times (PER_COMMIT,) and values (CHANNELS, PER_COMMIT) of each commit."""
    values = walks()
    for i in range(samples // (CHANNELS * PER_COMMIT)):
        part = values[:, i % 8 * PER_COMMIT : (i % 8 + 1) * PER_COMMIT]
        yield T0_NS + (i * PER_COMMIT + np.arange(PER_COMMIT)) * STEP_NS, part


def hours(samples: int) -> list[tuple[int, int, int]]:
    """Channel and span of each question: hours that begin anywhere."""
    rng = np.random.default_rng(5)
    end = T0_NS + samples // CHANNELS * STEP_NS
    starts = T0_NS + (rng.random(ASKED) * max(0, end - T0_NS - HOUR_NS)).astype(np.int64)
    return [
        (int(channel), int(t0), int(t0) + HOUR_NS) for channel, t0 in zip(rng.integers(0, CHANNELS, ASKED), starts, strict=True)
    ]


def asked(samples: int, ask: Callable[[int, int, int], int]) -> dict[str, float]:
    """Milliseconds of each question, first asked and asked again; all must bring about 2,000 buckets."""
    questions = hours(samples)
    first, again = ([_ms(ask, one) for one in questions] for _ in range(2))
    return {
        "hour_ms_first_median": float(np.median(first)),
        "hour_ms_again_median": float(np.median(again)),
        "hour_ms_again_p95": float(np.percentile(again, 95)),
    }


def _ms(ask: Callable[[int, int, int], int], question: tuple[int, int, int]) -> float:
    start = time.perf_counter()
    buckets = ask(*question)
    taken = (time.perf_counter() - start) * 1e3
    if not 10 < buckets <= BUCKETS + 1:
        raise AssertionError(f"an hour came back in {buckets} buckets")
    return taken


def ours(samples: int, folder: Path) -> dict[str, Any]:
    """The historian: a commit is acknowledged when it is on the disk; then all is moved into blocks and pyramid."""
    with History(folder, SystemClock(), ballast_bytes=0) as history:
        history.declare([ChannelInfo(f"c{i}", period_s=1 / HZ) for i in range(CHANNELS)])
        index, counts = np.arange(CHANNELS), np.full(CHANNELS, PER_COMMIT)
        quality = np.zeros(CHANNELS * PER_COMMIT, np.uint8)
        start, waiting = time.perf_counter(), []
        for i, (t_ns, values) in enumerate(commits(samples)):
            columns = Columns(index, counts, np.tile(t_ns, CHANNELS), values.ravel(), quality)
            waiting.append(history.append_later([Batch("bench", "1", i + 1, columns)]))
            if len(waiting) > 4:
                waiting.pop(0).result()
        for one in waiting:
            one.result()
        acknowledged_s = time.perf_counter() - start
        history.move()
        moved_s = time.perf_counter() - start
        found = asked(samples, lambda channel, t0, t1: len(history.envelope(ChannelId(f"c{channel}"), t0, t1, BUCKETS)))
        end = T0_NS + samples // CHANNELS * STEP_NS
        whole = [
            _ms(lambda c, t0, t1: len(history.envelope(ChannelId(f"c{c}"), t0, t1, BUCKETS)), (c, T0_NS, end)) for c in range(60)
        ]
    return {
        "samples": samples,
        "acknowledged_per_s": samples / acknowledged_s,
        "in_blocks_per_s": samples / moved_s,
        "bytes_a_sample": _size(folder) / samples,
        **found,
        "whole_span_ms_median": float(np.median(whole)),
        "peak_mb": peak_mb(),
    }


def plant(samples: int, folder: Path) -> dict[str, Any]:
    """20,000 channels at 2.5 Hz from 200 devices, a commit a second, and what scrubbing asks: 1,000 channels at any time."""
    channels, devices = 20_000, 200
    each = channels // devices
    with History(folder, SystemClock(), ballast_bytes=0) as history:
        history.declare([ChannelInfo(f"c{i}", period_s=0.4) for i in range(channels)])
        rng = np.random.default_rng(3)
        start = time.perf_counter()
        seconds = samples // 50_000
        for second in range(seconds):
            ticks = 2 if second % 2 else 3
            t_ns = T0_NS + second * 10**9 + np.arange(ticks) * 4 * 10**8
            batches = [
                Batch(
                    f"d{device}",
                    "1",
                    second + 1,
                    Columns(
                        np.arange(device * each, (device + 1) * each),
                        np.full(each, ticks),
                        np.tile(t_ns, each),
                        np.round(rng.normal(size=each * ticks), 3),
                        np.zeros(each * ticks, np.uint8),
                    ),
                )
                for device in range(devices)
            ]
            history.append(batches)
        taken_s = time.perf_counter() - start
        history.move()
        ids = [ChannelId(f"c{i}") for i in range(1000)]
        span = seconds * 10**9
        scrub = [_asked_at(history, ids, T0_NS + span // 4 + i * 10**8) for i in range(ASKED)]
        fast = [_asked_at(history, ids, T0_NS + span // 4 + i * span // 100) for i in range(ASKED)]
    return {
        "channels": channels,
        "samples": samples,
        "acknowledged_per_s": samples / taken_s,
        "bytes_a_sample": _size(folder) / samples,
        "latest_1000_ms_median": float(np.median(scrub)),
        "latest_1000_ms_p95": float(np.percentile(scrub, 95)),
        "latest_1000_fast_ms_median": float(np.median(fast)),
        "latest_1000_fast_ms_p95": float(np.percentile(fast, 95)),
    }


def _asked_at(history: History, ids: Sequence[ChannelId], t_ns: int) -> float:
    start = time.perf_counter()
    latest = history.latest_at(ids, t_ns)
    taken = (time.perf_counter() - start) * 1e3
    if np.isnan(latest.values).any():
        raise AssertionError("a channel has no newest value")
    return taken


def duckdb_rows(samples: int, folder: Path) -> dict[str, Any]:
    """DuckDB: each commit from numpy in one transaction, a question as one GROUP BY."""
    import duckdb

    database = duckdb.connect(str(folder / "rows.duckdb"))
    database.execute("CREATE TABLE samples (channel INTEGER, t BIGINT, value DOUBLE)")
    channel = np.repeat(np.arange(CHANNELS, dtype=np.int32), PER_COMMIT)
    start = time.perf_counter()
    for t_ns, values in commits(samples):
        block = {"channel": channel, "t": np.tile(t_ns, CHANNELS), "value": values.ravel()}
        database.register("block", block)
        database.execute("INSERT INTO samples SELECT * FROM block")
    taken_s = time.perf_counter() - start
    database.execute("CHECKPOINT")
    sql = "SELECT (t - ?) // ? AS bucket, min(value), max(value) FROM samples WHERE channel = ? AND t >= ? AND t <= ? GROUP BY 1"
    wide = HOUR_NS // BUCKETS
    found = asked(samples, lambda c, t0, t1: len(database.execute(sql, (t0, wide, c, t0, t1)).fetchnumpy()["bucket"]))
    database.close()
    return {"samples": samples, "acknowledged_per_s": samples / taken_s, "bytes_a_sample": _size(folder) / samples, **found}


def sqlite_rows(samples: int, folder: Path) -> dict[str, Any]:
    """SQLite with one row a sample, WAL and synchronous=FULL as the historian."""
    database = sqlite3.connect(folder / "rows.db", isolation_level=None)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute("CREATE TABLE samples (channel INTEGER, t INTEGER, value REAL, PRIMARY KEY (channel, t)) WITHOUT ROWID")
    start = time.perf_counter()
    for t_ns, values in commits(samples):
        times = t_ns.tolist()
        database.execute("BEGIN")
        for channel in range(CHANNELS):
            rows = zip([channel] * PER_COMMIT, times, values[channel].tolist(), strict=True)
            database.executemany("INSERT INTO samples VALUES (?, ?, ?)", rows)
        database.execute("COMMIT")
    taken_s = time.perf_counter() - start
    sql = "SELECT (t - ?) / ? AS bucket, min(value), max(value) FROM samples WHERE channel = ? AND t >= ? AND t <= ? GROUP BY 1"
    wide = HOUR_NS // BUCKETS
    found = asked(samples, lambda c, t0, t1: len(database.execute(sql, (t0, wide, c, t0, t1)).fetchall()))
    database.close()
    return {"samples": samples, "acknowledged_per_s": samples / taken_s, "bytes_a_sample": _size(folder) / samples, **found}


def signals(folder: Path) -> dict[str, float]:
    """Bytes a sample of the real signals, by the readers of the test that holds them under ten."""
    from tests.history import test_pack

    readers = (test_pack.nab, test_pack.milling, test_pack.tennessee, test_pack.battery, test_pack.tightening)
    return {read.__name__: len(pack_tight(columns := read(folder))) / len(columns) for read in readers}


def _size(folder: Path) -> int:
    """All files together; a log that is folded away when the file is closed included."""
    return sum(path.stat().st_size for path in folder.iterdir())


_CONTENDERS: dict[str, Callable[[int, Path], dict[str, Any]]] = {
    "ours": ours,
    "plant": plant,
    "duckdb": duckdb_rows,
    "sqlite_rows": sqlite_rows,
}


def main(words: Sequence[str] | None = None) -> int:
    """Run each in a process of its own, print and keep the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--millions", type=float, default=100.0)
    parser.add_argument("--signals", type=Path)
    parser.add_argument("--only", choices=list(_CONTENDERS), help=argparse.SUPPRESS)
    given = parser.parse_args(words)
    samples = int(given.millions * 1e6)
    if given.only:
        folder = Path(tempfile.mkdtemp(prefix="genchi-history-"))
        try:
            print(json.dumps(_CONTENDERS[given.only](samples, folder)))
        finally:
            shutil.rmtree(folder)
        return 0
    share = {"plant": 0.2, "sqlite_rows": 0.1}
    found: dict[str, Any] = {
        name: in_its_own_process("benchmarks.history", "--only", name, "--millions", str(given.millions * share.get(name, 1.0)))
        for name in _CONTENDERS
    }
    if given.signals:
        found["bytes_a_sample_of_real_signals"] = signals(given.signals)
    keep("history", found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
