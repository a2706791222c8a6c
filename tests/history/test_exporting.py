"""Exports that others read: DuckDB for Parquet, any reader for CSV."""

import csv
import json
from pathlib import Path

import duckdb
import numpy as np
import pyarrow.parquet as pq
import pytest

from tests.history.test_store import T0, S, columns
from viewer.base.clock import ManualClock
from viewer.base.errors import Cancelled, UserMistake
from viewer.base.ids import ChannelId
from viewer.base.job import SilentJob
from viewer.history.records import Batch
from viewer.history.store import History
from viewer.twin.catalogue import ChannelInfo

N = 50_000
A, B = ChannelId("press/force"), ChannelId('odd "name", with commas')


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory):
    t_ns = T0 + np.arange(N) * S // 1000 + 1
    values = np.random.default_rng(2).normal(size=N)
    values[7] = np.nan
    with History(tmp_path_factory.mktemp("h"), ManualClock(2 * T0), ballast_bytes=0) as one:
        one.declare([ChannelInfo(A, "kN", period_s=0.001), ChannelInfo(B, "degC")])
        for number in (0, 1):
            one.append([Batch(f"d{number}", "e", 1, columns(number, t_ns, values + number))])
        one.move()
        one.append([Batch("d0", "e", 2, columns(0, t_ns[-1:] + S, np.array([5.0])))])
        yield one


def test_that_an_unknown_channel_and_a_missing_folder_are_said(history: History, tmp_path: Path) -> None:
    with pytest.raises(UserMistake, match="no channel «x»"):
        history.export_csv(tmp_path / "a.csv", [ChannelId("x")], 0, 1)
    with pytest.raises(UserMistake, match="can't be written"):
        history.export_parquet(tmp_path / "absent" / "a.parquet", [A], 0, 1)


def test_that_a_cancelled_export_leaves_the_old_file_and_nothing_else(history: History, tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    path.write_bytes(b"old")
    for export in (history.export_parquet, history.export_csv):
        with pytest.raises(Cancelled):
            export(path, [A, B], 0, 1 << 62, SilentJob(lambda: True))
    assert [one.name for one in tmp_path.iterdir()] == ["a.parquet"]
    assert path.read_bytes() == b"old"


def test_that_duckdb_reads_the_parquet_file(history: History, tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    assert history.export_parquet(path, [A, B], 0, 1 << 62) == 2 * N + 1
    sql = (
        f"SELECT channel, count(*), max(value) FILTER (NOT isnan(value)), min(epoch_ns(time)) FROM '{path}' GROUP BY 1 ORDER BY 1"
    )
    rows = duckdb.sql(sql).fetchall()
    t_ns, values = history.range(A, 0, 1 << 62)
    assert rows[1] == (A, N + 1, np.nanmax(values), t_ns[0])
    assert rows[0][:2] == (B, N)
    about = json.loads(pq.read_schema(path).metadata[b"genchi.channels"])
    assert about[0] == {"id": A, "unit": "kN", "kind": "measurement", "period_s": 0.001}
    kept = pq.read_table(path, columns=["value"])["value"].to_numpy()[: N + 1]
    assert (kept.view(np.uint64) == history.samples(A, 0, 1 << 62).values.view(np.uint64)).all()


def test_that_a_csv_file_reads_back_as_the_very_same_numbers(history: History, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    t1_ns = T0 + 100 * S // 1000
    assert history.export_csv(path, [B], T0, t1_ns) == 100
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    t_ns, _ = history.range(B, T0, t1_ns)
    assert {(row["channel"], row["unit"]) for row in rows} == {(B, "degC")}
    read = np.array([row["time"].removesuffix("Z") for row in rows], "datetime64[ns]").astype(np.int64)
    assert (read == t_ns).all()
    values = np.array([float(row["value"]) for row in rows])
    assert (values.view(np.uint64) == history.samples(B, T0, t1_ns).values.view(np.uint64)).all()
    assert rows[7]["quality"] == "1"
