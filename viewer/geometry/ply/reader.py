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
from viewer.geometry.ply.body import Columns, read_elements
from viewer.geometry.ply.clouds import blocks_of_file, cloud_model, streamable
from viewer.geometry.ply.header import MAX_HEADER, Header, read_header
from viewer.geometry.polygons import triangulate
from viewer.geometry.unitless import Piece, coloured, model_of


@dataclass(frozen=True, slots=True)
class PlyReader:
    """Polygon file format; no unit, no tree. Our own parser: the usual library for it is GPL."""

    format: ClassVar[str] = "ply"
    title: ClassVar[str] = "PLY"
    suffixes: ClassVar[tuple[str, ...]] = (".ply",)
    heavy: ClassVar[bool] = False
    unitless: ClassVar[bool] = True
    extra: ClassVar[str] = ""
    needs: ClassVar[tuple[str, ...]] = ()

    def claims(self, head: bytes, suffix: str) -> bool:
        """By its magic line."""
        return head[:4] in (b"ply\n", b"ply\r")

    def read(self, path: Path, *, unit: str | None, job: Job) -> GeometryModel:
        """See Reader."""
        header = _header(path)
        if streamable(header):
            _check_axes({p.name: np.zeros(0) for p in header.elements[0].properties if p.length_dtype is None})
            return cloud_model(path, blocks_of_file(path, header), header.elements[0].count, unit=unit, job=job)
        data = path.read_bytes()
        if not any(element.count for element in header.elements if element.name == "vertex"):
            broken("the PLY has no vertices with x, y and z; export it again")
        elements = read_elements(data, header, job)
        vertex, face = elements.get("vertex", {}), elements.get("face", {})
        points = _points(vertex)
        triangles, owner = _triangles(elements, points)
        if not len(triangles):
            return cloud_model(path, iter([vertex]), len(points), unit=unit, job=job)
        return model_of("ply", [_surface(path.stem, points, triangles, owner, _rgb(vertex), face)], unit=unit, job=job)


def _header(path: Path) -> Header:
    with path.open("rb") as file:
        return read_header(file.read(MAX_HEADER + 64), path.stat().st_size)


def _check_axes(vertex: Columns) -> None:
    columns = [vertex.get(name) for name in ("x", "y", "z")]
    if any(column is None or column.dtype == object for column in columns):
        broken("the PLY has no vertices with x, y and z; export it again")


def _points(vertex: Columns) -> NDArray[np.float64]:
    _check_axes(vertex)
    columns = [vertex[name] for name in ("x", "y", "z")]
    return np.stack([np.asarray(column, dtype=np.float64) for column in columns], axis=1)


def _triangles(elements: dict[str, Columns], points: NDArray[np.float64]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Polygons cut into triangles (m, 3), and the face each came from; or the triangles of strips. Raises BrokenFile."""
    face = elements.get("face", {})
    lists = face.get("vertex_indices", face.get("vertex_index"))
    if lists is None or not len(lists):
        return _strips(elements.get("tristrips", {}), len(points)), np.zeros(0, np.int64)
    corners, counts = _flattened(lists)
    _check_corners(corners, len(points))
    triangles, owner = triangulate(points, corners, counts)
    return triangles.astype(np.int32), owner


def _flattened(lists: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """All entries one after another, and how many each list has."""
    if lists.dtype != object:
        return lists.astype(np.int64).ravel(), np.full(len(lists), lists.shape[1], np.int64)
    return np.concatenate(lists).astype(np.int64), np.array([len(one) for one in lists], dtype=np.int64)


def _strips(columns: Columns, count: int) -> NDArray[np.int32]:
    """Triangles (m, 3) of strips with -1 between them, as Stanford's scans have. Raises BrokenFile."""
    lists = columns.get("vertex_indices", columns.get("vertex_index"))
    if lists is None or not len(lists):
        return np.zeros((0, 3), np.int32)
    corners = np.concatenate([np.append(one, -1) for one in lists]).astype(np.int64)
    _check_corners(corners[corners != -1], count)
    here = (
        np.flatnonzero((corners[:-2] >= 0) & (corners[1:-1] >= 0) & (corners[2:] >= 0)) if len(corners) > 2 else np.zeros(0, int)
    )
    begins = np.flatnonzero(np.append(-1, corners[:-1]) < 0)
    odd = (here - begins[np.searchsorted(begins, here, side="right") - 1]) % 2
    return np.stack([corners[here], corners[here + 1 + odd], corners[here + 2 - odd]], axis=1).astype(np.int32)


def _check_corners(corners: NDArray[np.int64], count: int) -> None:
    if len(corners) and (corners.min() < 0 or corners.max() >= count):
        broken(f"a face of the PLY names vertex {int(corners.max())} of {count}; export it again")


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
        of_face[owner]
        if of_face is not None and len(owner)
        else None
        if rgb is None
        else rgb[triangles].mean(axis=1).round().astype(np.uint8)
    )
    return Piece(name, points, triangles) if per_triangle is None else coloured(name, points, triangles, per_triangle)
