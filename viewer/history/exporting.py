"""Samples as files for others: Parquet and CSV, written beside their place and moved there when they are whole."""

from __future__ import annotations

import csv
import io
import json
import os
import tempfile
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from viewer.base.errors import UserMistake
from viewer.base.ids import ChannelId
from viewer.base.job import Job
from viewer.twin.catalogue import ChannelInfo
from viewer.twin.samples import Columns

Pieces = Callable[[ChannelId], Iterator[Columns]]
"""A channel's samples by time, in pieces that fit into memory."""


def export_parquet(path: Path, channels: Sequence[ChannelInfo], pieces: Pieces, job: Job) -> int:
    """Write time (ns, UTC), channel, value and quality of the channels, one after another; the number of samples.

    Unit, kind and period of each channel stand in the file's metadata under "genchi.channels", as JSON. Raises UserMistake where
    the extra `parquet` is missing or the file can't be written, Cancelled; then there is no new file, an old one is untouched.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise UserMistake("an export to Parquet needs the extra «parquet»: pip install 'genchi[parquet]'") from error
    fields = [("time", pa.timestamp("ns", "UTC")), ("channel", pa.dictionary(pa.int32(), pa.string()))]
    fields += [("value", pa.float64()), ("quality", pa.uint8())]
    about = json.dumps([{"id": one.id, "unit": one.unit, "kind": one.kind, "period_s": one.period_s} for one in channels])
    schema: Any = pa.schema(fields, {"genchi.channels": about, "genchi.time_zone": "UTC"})
    names = pa.array([one.id for one in channels], pa.string())
    with _aside(path) as file, pq.ParquetWriter(file, schema, compression="zstd") as writer:

        def write(number: int, columns: Columns) -> None:
            which = pa.DictionaryArray.from_arrays(np.full(len(columns), number, np.int32), names)
            arrays = [pa.array(columns.t_ns).cast(fields[0][1]), which, pa.array(columns.values), pa.array(columns.quality)]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))

        return _written(channels, pieces, write, job)


def export_csv(path: Path, channels: Sequence[ChannelInfo], pieces: Pieces, job: Job) -> int:
    """Write time (ISO 8601, UTC, to the nanosecond), channel, unit, value and quality; the number of samples.

    A value reads back as the same double. Raises UserMistake where the file can't be written, Cancelled; as `export_parquet`.
    """
    with _aside(path) as raw, io.TextIOWrapper(raw, encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("time", "channel", "unit", "value", "quality"))

        def write(number: int, columns: Columns) -> None:
            one = channels[number]
            times = np.datetime_as_string(columns.t_ns.astype("datetime64[ns]"), unit="ns").tolist()
            rows = zip(times, columns.values.tolist(), columns.quality.tolist(), strict=True)
            writer.writerows((f"{time}Z", one.id, one.unit, repr(value), quality) for time, value, quality in rows)

        count = _written(channels, pieces, write, job)
        file.flush()
        os.fsync(file.fileno())
        return count


def _written(channels: Sequence[ChannelInfo], pieces: Pieces, write: Callable[[int, Columns], None], job: Job) -> int:
    count = 0
    for number, one in enumerate(channels):
        job.progress(number / len(channels), one.id)
        for columns in pieces(ChannelId(one.id)):
            job.check()
            write(number, columns)
            count += len(columns)
    job.progress(1.0)
    return count


@contextmanager
def _aside(path: Path) -> Generator[BinaryIO]:
    """A file beside `path` that takes its place when all went well, and is gone otherwise."""
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise UserMistake(f"the export can't be written: {error.strerror or error}: {path}") from error
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
        temporary.chmod(0o644)
        with temporary.open("rb") as whole:
            os.fsync(whole.fileno())
        temporary.replace(path)
    except OSError as error:
        raise UserMistake(f"the export can't be written: {error.strerror or error}: {path}") from error
    finally:
        temporary.unlink(missing_ok=True)
