"""Reads points written as text, XYZ, PTS, ASC and CSV: a row for each point, with intensity and colours where it has them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from viewer.base.job import Job
from viewer.geometry.broken import broken
from viewer.geometry.clouds.content import Scan, cloud_question, cloud_question_sentence, model_of_scans
from viewer.geometry.clouds.sink import CloudSink
from viewer.geometry.lengths import metres_in
from viewer.geometry.model import GeometryModel
from viewer.geometry.xyz.columns import Columns, columns_of
from viewer.geometry.xyz.rows import blocks_of_lines, rows_of

_HEAD = 4096


@dataclass(frozen=True, slots=True)
class XyzReader:
    """Text without any standard: claimed where its first lines are rows of numbers."""

    format: ClassVar[str] = "xyz"
    title: ClassVar[str] = "points as text (XYZ, PTS, ASC)"
    suffixes: ClassVar[tuple[str, ...]] = (".xyz", ".pts", ".asc", ".csv", ".txt")
    heavy: ClassVar[bool] = False
    unitless: ClassVar[bool] = True
    extra: ClassVar[str] = ""
    needs: ClassVar[tuple[str, ...]] = ()

    def claims(self, head: bytes, suffix: str) -> bool:
        """By its rows."""
        return b"\0" not in head and columns_of(head) is not None

    def read(self, path: Path, *, unit: str | None, job: Job) -> GeometryModel:
        """See Reader."""
        with path.open("rb") as file:
            columns = columns_of(file.read(_HEAD))
            if columns is None:
                broken("its rows don't hold x, y and z as numbers; export it again")
            return _model(path, columns, unit, job)


def _model(path: Path, columns: Columns, unit: str | None, job: Job) -> GeometryModel:
    metres = 1.0 if unit is None else metres_in(unit)
    sink = CloudSink(job)
    size, read, count, others = path.stat().st_size, 0, 0, 0
    low, high = np.full(3, np.inf), np.full(3, -np.inf)
    with path.open("rb") as file:
        for _ in range(columns.skipped):
            file.readline()
        for text in blocks_of_lines(file):
            rows, left_out = rows_of(text, columns.count)
            others += left_out
            count += len(rows)
            read += len(text)
            points = rows[:, list(columns.xyz)]
            if len(points):
                low, high = np.fmin(low, points.min(axis=0)), np.fmax(high, points.max(axis=0))
            sink.add(points * metres, rgb=_rgb(rows, columns), intensity=_intensity(rows, columns))
            job.progress(0.7 * read / size, "reading the points")
    if others > max(100, count // 10):
        broken(f"{others} of its lines are no rows of {columns.count} numbers as the first ones; export it again")
    if others:
        job.warn(f"{others} lines are no rows of {columns.count} numbers and are passed over")
    question = None
    if unit is None:
        question = cloud_question(np.nan_to_num(high - low, posinf=0.0, neginf=0.0))
        job.warn(cloud_question_sentence(question))
    settled = sink.settle()
    return model_of_scans("xyz", [Scan(path.stem, count, settled)], job=job, unit=unit or "m", question=question)


def _rgb(rows: NDArray[np.float64], columns: Columns) -> NDArray[np.uint16] | None:
    if columns.rgb is None:
        return None
    values = rows[:, list(columns.rgb)]
    return np.clip(np.nan_to_num(values), 0, 65535).astype(np.uint16)


def _intensity(rows: NDArray[np.float64], columns: Columns) -> NDArray[np.float32] | None:
    return None if columns.intensity is None else rows[:, columns.intensity].astype(np.float32)
