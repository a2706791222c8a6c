"""Reads PTX (Leica): several scans in one text, each a grid of columns and rows with its own pose and matrix."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from immutables import Map
from numpy.typing import NDArray

from viewer.base.frames import Pose
from viewer.base.job import Job
from viewer.base.units import grouped
from viewer.geometry.broken import broken
from viewer.geometry.clouds.content import Scan, model_of_scans
from viewer.geometry.clouds.sink import CloudSink
from viewer.geometry.lengths import metres_in
from viewer.geometry.model import GeometryModel
from viewer.geometry.xyz.columns import row_of

_HEADER = (1, 1, 3, 3, 3, 3, 4, 4, 4, 4)
"""Numbers in each line of a scan's header: columns, rows, the scanner's place and axes, then the columns of the matrix."""
_WIDTHS = (4, 7)
_BLOCK_LINES = 1 << 18


@dataclass(frozen=True, slots=True)
class PtxReader:
    """Metres; rows of x y z intensity, or with red green blue; 0 0 0 where nothing came back."""

    format: ClassVar[str] = "ptx"
    title: ClassVar[str] = "PTX"
    suffixes: ClassVar[tuple[str, ...]] = (".ptx",)
    heavy: ClassVar[bool] = False
    unitless: ClassVar[bool] = False
    extra: ClassVar[str] = ""
    needs: ClassVar[tuple[str, ...]] = ()

    def claims(self, head: bytes, suffix: str) -> bool:
        """By the lines of its header."""
        lines = head.splitlines()[: len(_HEADER)]
        rows = [row_of(line) for line in lines]
        fits = [row is not None and len(row) == count for row, count in zip(rows, _HEADER, strict=False)]
        return len(lines) == len(_HEADER) and all(fits)

    def read(self, path: Path, *, unit: str | None, job: Job) -> GeometryModel:
        """See Reader."""
        metres, size = 1.0 if unit is None else metres_in(unit), path.stat().st_size
        scans: list[Scan] = []
        with path.open("rb") as file:
            while (header := _header(file, len(scans) + 1)) is not None:
                job.progress(0.7 * file.tell() / size, f"reading scan {len(scans) + 1}")
                scans.append(_scan(file, header, f"{path.stem} {len(scans) + 1}", metres, job))
        return model_of_scans("ptx", scans, job=job, unit=unit or "m")


def _header(file: Any, number: int) -> NDArray[np.float64] | None:
    """(1 + 4, 4): columns and rows first, then the matrix; None at the end of the file. Raises BrokenFile."""
    line = file.readline()
    while line and not line.strip():
        line = file.readline()
    if not line:
        return None
    lines = [line, *(file.readline() for _ in _HEADER[1:])]
    rows = [row_of(one) for one in lines]
    if any(row is None or len(row) != count for row, count in zip(rows, _HEADER, strict=True)):
        broken(f"the header of scan {number} of the PTX is not as it should be; export it again")
    values = [[float(word) for word in row or ()] for row in rows]
    result = np.zeros((5, 4))
    result[0, :2] = values[0][0], values[1][0]
    result[1:] = np.array(values[6:]).T
    if not np.isfinite(result).all() or not (0 <= result[0, 0] <= 1e6 and 0 <= result[0, 1] <= 1e6):
        broken(f"the header of scan {number} of the PTX holds numbers that can't be; export it again")
    return result


def _scan(file: Any, header: NDArray[np.float64], name: str, metres: float, job: Job) -> Scan:
    columns, rows = int(header[0, 0]), int(header[0, 1])
    matrix = header[1:].copy()
    matrix[3] = (0.0, 0.0, 0.0, 1.0)
    matrix[:3, 3] *= metres
    sink = CloudSink(job, world_from_scan=matrix)
    left, empty = columns * rows, 0
    width = 0
    while left:
        lines = [file.readline() for _ in range(min(left, _BLOCK_LINES))]
        table, width = _table(lines, width, name)
        left -= len(table)
        points = table[:, :3]
        good = (points != 0.0).any(axis=1)
        empty += int(len(good) - np.count_nonzero(good))
        rgb = np.clip(table[good, 4:7], 0, 255).astype(np.uint16) if width == _WIDTHS[1] else None
        sink.add(points[good] * metres, rgb=rgb, intensity=table[good, 3].astype(np.float32))
    settled = sink.settle(rgb_top=255.0, intensity_range=None)
    found = {"Grid": f"{columns} x {rows}", "Without return": f"{grouped(empty)}" if empty else ""}
    return Scan(name, columns * rows, settled, Pose.from_matrix(matrix), Map({k: v for k, v in found.items() if v}))


def _table(lines: list[bytes], width: int, name: str) -> tuple[NDArray[np.float64], int]:
    """(n, 4 or 7) numbers. Raises BrokenFile where a row differs, or the file ends."""
    width = width or len(lines[0].split())
    try:
        table = np.array([line.split() for line in lines], dtype="S32").astype(np.float64)
    except ValueError:
        table = np.zeros((0, 0))
    if width not in _WIDTHS or table.shape != (len(lines), width):
        broken(f"{name} of the PTX has rows that are not x y z intensity (red green blue), or ends early; export it again")
    return table, width
