"""PLY files without faces: a cloud of points, streamed from the file where its rows are of one size."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewer.base.job import Job
from viewer.geometry.broken import broken
from viewer.geometry.clouds.content import Scan, cloud_question, cloud_question_sentence, model_of_scans
from viewer.geometry.clouds.sink import BLOCK, CloudSink
from viewer.geometry.lengths import metres_in
from viewer.geometry.model import GeometryModel
from viewer.geometry.ply.body import Columns
from viewer.geometry.ply.header import Element, Header

_SURFACES = ("face", "tristrips")
_INTENSITY = ("intensity", "scalar_intensity", "scalar_scalar_intensity", "reflectance", "scalar_reflectance")
RGB_TOP = 65535.0


def streamable(header: Header) -> bool:
    """Whether it is a cloud whose points can be read without all the rest: binary, first, of one size, and no faces."""
    if not header.order or not header.elements or header.elements[0].name != "vertex":
        return False
    fixed = all(p.length_dtype is None for p in header.elements[0].properties)
    return fixed and not any(e.count for e in header.elements if e.name in _SURFACES)


def blocks_of_file(path: Path, header: Header) -> Iterator[Columns]:
    """The rows of the vertices, some at a time. Raises BrokenFile where the file is cut off."""
    vertex: Element = header.elements[0]
    dtype = np.dtype([(p.name, header.order + p.dtype) for p in vertex.properties])
    with path.open("rb") as file:
        file.seek(header.size)
        left = vertex.count
        while left:
            rows = np.frombuffer(file.read(min(left, BLOCK) * dtype.itemsize), np.uint8)
            if len(rows) < min(left, BLOCK) * dtype.itemsize:
                broken(f"the PLY ends within its {vertex.count} vertex rows: it is cut off; export or copy it again")
            block = rows.view(dtype)
            left -= len(block)
            yield {p.name: block[p.name] for p in vertex.properties}


def cloud_model(path: Path, blocks: Iterator[Columns], count: int, *, unit: str | None, job: Job) -> GeometryModel:
    """The model of a cloud whose columns come in blocks; without a unit it is taken in metres. Raises BrokenFile."""
    metres = 1.0 if unit is None else metres_in(unit)
    sink = CloudSink(job)
    low, high, read = np.full(3, np.inf), np.full(3, -np.inf), 0
    for columns in blocks:
        points = np.stack([np.asarray(columns[axis], dtype=np.float64) for axis in "xyz"], axis=1)
        low, high = np.fmin(low, points.min(axis=0)), np.fmax(high, points.max(axis=0))
        sink.add(points * metres, rgb=_rgb(columns), intensity=_intensity(columns))
        read += len(points)
        job.progress(0.7 * read / max(count, 1), "reading the points")
    question = None
    if unit is None:
        question = cloud_question(np.nan_to_num(high - low, posinf=0.0, neginf=0.0))
        job.warn(cloud_question_sentence(question))
    scan = Scan(path.stem, count, sink.settle(rgb_top=RGB_TOP))
    return model_of_scans("ply", [scan], job=job, unit=unit or "m", question=question)


def _rgb(columns: Columns) -> NDArray[np.uint16] | None:
    """Colours on the scale of 16 bits: bytes, wider whole numbers, or fractions."""
    names = [next((n for n in (c, f"diffuse_{c}", c[0]) if n in columns), "") for c in ("red", "green", "blue")]
    if not all(names):
        return None
    return np.stack([_full(np.asarray(columns[name])) for name in names], axis=1)


def _full(values: NDArray[Any]) -> NDArray[np.uint16]:
    if values.dtype.kind == "f":
        return np.rint(np.clip(np.nan_to_num(values), 0.0, 1.0) * RGB_TOP).astype(np.uint16)
    if values.dtype.itemsize == 2:
        return np.clip(values, 0, 65535).astype(np.uint16)
    return np.clip(values, 0, 255).astype(np.uint16) * np.uint16(257)


def _intensity(columns: Columns) -> NDArray[np.float32] | None:
    name = next((n for n in columns if n.lower() in _INTENSITY), None)
    return None if name is None else np.asarray(columns[name]).astype(np.float32)
