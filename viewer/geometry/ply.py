"""Reads PLY, ASCII and binary of both byte orders: triangles or a cloud of points, with colours."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from viewer.base.job import Job
from viewer.geometry.broken import broken
from viewer.geometry.model import GeometryModel
from viewer.geometry.ply_body import Columns, read_elements
from viewer.geometry.ply_header import read_header
from viewer.geometry.unitless import Piece, model_of
from viewer.twin.parts import Rgb


@dataclass(frozen=True, slots=True)
class PlyReader:
    """Polygon file format; no unit, no tree. Our own parser: the usual library for it is GPL."""

    format: ClassVar[str] = "ply"
    suffixes: ClassVar[tuple[str, ...]] = (".ply",)
    heavy: ClassVar[bool] = False

    def claims(self, head: bytes, suffix: str) -> bool:
        """By its magic line."""
        return head[:4] in (b"ply\n", b"ply\r")

    def read(self, path: Path, *, unit: str | None, job: Job) -> GeometryModel:
        """See Reader."""
        data = path.read_bytes()
        header = read_header(data)
        elements = read_elements(data, header, job)
        vertex, face = elements.get("vertex", {}), elements.get("face", {})
        points = _points(vertex)
        triangles, owner = _triangles(face, len(points))
        rgb = _rgb(vertex)
        piece = _cloud(path.stem, points, rgb) if not len(triangles) else _surface(path.stem, points, triangles, owner, rgb, face)
        if not len(triangles):
            job.warn(f"it is a cloud of {len(points)} points without triangles; its points are counted, not drawn")
        return model_of("ply", [piece], unit=unit, job=job)


def _points(vertex: Columns) -> NDArray[np.float64]:
    columns = [vertex.get(name) for name in ("x", "y", "z")]
    if any(column is None or column.dtype == object for column in columns):
        broken("the PLY has no vertices with x, y and z; export it again")
    return np.stack([np.asarray(column, dtype=np.float64) for column in columns], axis=1)


def _triangles(face: Columns, count: int) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Polygons fanned into triangles (m, 3), and the face each came from."""
    lists = face.get("vertex_indices", face.get("vertex_index"))
    if lists is None or not len(lists):
        return np.zeros((0, 3), np.int32), np.zeros(0, np.int64)
    if lists.dtype == object:
        fans = [np.asarray(one, np.int64) for one in lists]
        rows = [np.stack([np.full(len(p) - 2, p[0]), p[1:-1], p[2:]], axis=1) for p in fans if len(p) > 2]
        owner = np.repeat(np.arange(len(fans)), [max(len(p) - 2, 0) for p in fans])
        corners = np.concatenate(rows) if rows else np.zeros((0, 3), np.int64)
    else:
        wide = max(lists.shape[1] - 2, 0)
        corners = (
            np.stack([lists[:, [0, k + 1, k + 2]] for k in range(wide)], axis=1).reshape(-1, 3) if wide else np.zeros((0, 3))
        )
        owner = np.repeat(np.arange(len(lists)), wide)
    if len(corners) and (corners.min() < 0 or corners.max() >= count):
        broken(f"a face of the PLY names vertex {int(corners.max())} of {count}; export it again")
    return corners.astype(np.int32), owner


def _rgb(columns: Columns) -> NDArray[np.uint8] | None:
    """(n, 3) colours of vertices or faces: bytes, wider whole numbers or 0..1."""
    found = [columns.get(name, columns.get(f"diffuse_{name}")) for name in ("red", "green", "blue")]
    if any(column is None or column.dtype == object for column in found):
        return None
    stacked = np.stack([np.asarray(column) for column in found], axis=1)
    if stacked.dtype.kind == "f":
        return np.rint(np.clip(np.nan_to_num(stacked), 0, 1) * 255).astype(np.uint8)
    top = 255 if stacked.dtype.itemsize == 1 else 65535 if stacked.dtype.itemsize == 2 else 255
    return np.rint(np.clip(stacked, 0, top) * (255 / top)).astype(np.uint8)


def _mean(rgb: NDArray[Any] | None) -> Rgb | None:
    if rgb is None or not len(rgb):
        return None
    r, g, b = (int(v) for v in np.median(rgb, axis=0))
    return (r, g, b)


def _cloud(name: str, points: NDArray[np.float64], rgb: NDArray[np.uint8] | None) -> Piece:
    return Piece(name, points, np.zeros((0, 3), np.int32), None, None, _mean(rgb))


def _surface(
    name: str,
    points: NDArray[np.float64],
    triangles: NDArray[np.int32],
    owner: NDArray[np.int64],
    rgb: NDArray[np.uint8] | None,
    face: Columns,
) -> Piece:
    of_face = _rgb(face)
    per_triangle = (
        of_face[owner] if of_face is not None else None if rgb is None else rgb[triangles].mean(axis=1).astype(np.uint8)
    )
    if per_triangle is not None and (per_triangle == per_triangle[:1]).all():
        colour, per_triangle = _mean(per_triangle), None
    else:
        colour = _mean(per_triangle)
    if not np.isfinite(points).all():
        broken("the PLY has vertices that are no finite numbers (NaN or infinity); repair or export it again")
    return Piece(name, points, triangles, None, per_triangle, colour)
