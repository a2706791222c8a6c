"""Curves out of the window as CSV: what is drawn as text, and every sample of a span as a file. No Qt."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from viewer.base.errors import UserMistake
from viewer.base.job import Job
from viewer.twin.channels import Channel
from viewer.twin.samples import SampleReader
from viewer.ui.trends.curves import Curve

_SLICE_NS = 600_000_000_000
_MOST_SLICES = 2_000


def moment_words(t_ns: int) -> str:
    """UTC by ISO 8601, to the nanosecond."""
    second, rest = divmod(t_ns, 1_000_000_000)
    return f"{datetime.fromtimestamp(second, UTC):%Y-%m-%dT%H:%M:%S}.{rest:09d}Z"


def drawn_as_csv(channels: Sequence[Channel], curves: Iterable[Curve], t0_ns: int, t1_ns: int) -> str:
    """The points that are drawn within a span: time, channel, unit, least, greatest (equal where a point is one sample)."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["time_utc", "channel", "unit", "low", "high"])
    unit = {c.id: c.unit for c in channels}
    for curve in curves:
        inside = (curve.t_ns >= t0_ns) & (curve.t_ns <= t1_ns) & np.isfinite(curve.low)
        points = (curve.t_ns[inside].tolist(), curve.low[inside].tolist(), curve.high[inside].tolist())
        for t_ns, low, high in zip(*points, strict=True):
            rows.writerow([moment_words(t_ns), curve.channel, unit.get(curve.channel, ""), repr(low), repr(high)])
    return text.getvalue()


def export_span(
    reader: SampleReader, channels: Sequence[Channel], span_ns: tuple[int, int], path: Path, job: Job
) -> tuple[int, Path]:
    """Write every sample of a span as CSV: time, ns since 1970 UTC, channel, value, unit; values of bad quality are empty.

    Whole or not at all. Returns how many samples, and where. Raises UserMistake where the file can't be written, Cancelled.
    """
    part = path.with_name(path.name + ".part")
    count = 0
    try:
        with part.open("w", newline="", encoding="utf-8") as file:
            rows = csv.writer(file)
            rows.writerow(["time_utc", "t_ns", "channel", "value", "unit"])
            for done, (channel, t0_ns, t1_ns) in _slices(channels, *span_ns):
                job.progress(done, channel.name)
                t_ns, values = reader.range(channel.id, t0_ns, t1_ns)
                for t, v in zip(t_ns.tolist(), values.tolist(), strict=True):
                    rows.writerow([moment_words(t), t, channel.id, repr(v) if v == v else "", channel.unit])
                count += len(t_ns)
        part.replace(path)
    except OSError as error:
        raise UserMistake(f"the curves can't be written ({error.strerror}); choose another place: {path}") from error
    finally:
        part.unlink(missing_ok=True)
    return count, path


def _slices(channels: Sequence[Channel], t0_ns: int, t1_ns: int) -> Iterator[tuple[float, tuple[Channel, int, int]]]:
    """Share done, channel, and a piece of the span that is not too long to be read at once."""
    step_ns = max(_SLICE_NS, (t1_ns - t0_ns) // _MOST_SLICES + 1)
    starts = range(t0_ns, t1_ns + 1, step_ns)
    for row, channel in enumerate(channels):
        for number, first_ns in enumerate(starts):
            done = (row + number / len(starts)) / len(channels)
            yield done, (channel, first_ns, min(first_ns + step_ns - 1, t1_ns))
