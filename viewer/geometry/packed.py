"""One model in one file: a checksummed header and 64-byte aligned arrays that are mapped into memory, not copied.

Layout: magic (8 bytes), BLAKE2b-256 of all after the length (32), length of the header (8, little endian), header (msgpack),
padding, arrays.
The cache keeps these files, and a worker process hands its result over in one.
"""

from __future__ import annotations

import mmap
import os
import struct
from collections.abc import Iterable
from hashlib import blake2b
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from immutables import Map
from numpy.typing import NDArray

from viewer.base.frames import Pose
from viewer.base.ids import NodeId, PartId
from viewer.geometry.model import GeometryModel, PmiCounts, UnitQuestion
from viewer.twin.clouds import PointCloud
from viewer.twin.joints import Joint
from viewer.twin.parts import NOTHING, Mesh, Node, Part, Rgb
from viewer.twin.pmi import PmiEntry

MAGIC = b"GENCHI\x00\x01"
_HEAD = struct.Struct("<8s32sQ")
_ALIGN = 64
_OF_MESH = 5
"""Arrays of a part that belong to its mesh; those of a cloud follow."""
_DTYPES = ("<f8", "<i4", "<i8", "<f4", "|u1")


class BrokenPack(Exception):
    """The file is no packed model, or was damaged."""


class _Array(msgspec.Struct, array_like=True, frozen=True):
    dtype: str
    shape: tuple[int, ...]
    offset: int


class _Part(msgspec.Struct, array_like=True, frozen=True):
    id: str
    name: str
    colour: Rgb | None
    opacity: float
    properties: dict[str, str]
    arrays: tuple[_Array | None, ...]
    cloud_origin_m: tuple[float, float, float] | None
    pmi: tuple[PmiEntry, ...]


class _Node(msgspec.Struct, array_like=True, frozen=True):
    id: str
    name: str
    parent: str
    rows: tuple[float, ...]
    part: str | None
    colour: Rgb | None
    kind: str
    visible: bool
    properties: dict[str, str]


class _Model(msgspec.Struct, frozen=True):
    format: str
    unit: str
    parts: list[_Part]
    nodes: list[_Node]
    warnings: tuple[str, ...]
    pmi: PmiCounts
    points: int
    question: UnitQuestion | None
    facts: dict[str, float]
    name: str
    bounds_m: tuple[float, float, float, float, float, float] | None
    joints: tuple[Joint, ...]


def save_packed(model: GeometryModel, path: Path) -> None:
    """Write the model; the file appears whole or not at all. Raises OSError."""
    arrays: list[NDArray[Any]] = []
    offset = 0
    parts: list[_Part] = []
    for part in model.parts:
        placed: list[_Array | None] = []
        for array in _arrays_of(part):
            placed.append(None if array is None else _Array(array.dtype.newbyteorder("<").str, array.shape, offset))
            if array is not None:
                arrays.append(array)
                offset += -(-array.nbytes // _ALIGN) * _ALIGN
        origin_m = None if part.cloud is None else part.cloud.origin_m
        look = (part.colour, part.opacity, dict(part.properties))
        parts.append(_Part(part.id, part.name, *look, tuple(placed), origin_m, part.pmi))
    header = msgspec.msgpack.encode(_as_header(model, parts))
    blocks = [header, b"\0" * (-(_HEAD.size + len(header)) % _ALIGN), *_blocks(arrays)]
    temporary = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with temporary.open("wb") as file:
            file.write(_HEAD.pack(MAGIC, _digest(blocks), len(header)))
            for block in blocks:
                file.write(block)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def load_packed(path: Path) -> GeometryModel:
    """The model, its arrays mapped from the file. Raises BrokenPack where a byte is wrong; OSError."""
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        if size < _HEAD.size:
            raise BrokenPack("too short")
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    magic, digest, length = _HEAD.unpack_from(mapped)
    if magic != MAGIC or digest != _digest([memoryview(mapped)[_HEAD.size :]]):
        raise BrokenPack("wrong magic or checksum")
    try:
        model = msgspec.msgpack.decode(memoryview(mapped)[_HEAD.size : _HEAD.size + length], type=_Model)
    except (msgspec.MsgspecError, ValueError) as error:
        raise BrokenPack(str(error)) from error
    start = -(-(_HEAD.size + length) // _ALIGN) * _ALIGN
    return _as_model(model, mapped, start)


def _arrays_of(part: Part) -> tuple[NDArray[Any] | None, ...]:
    mesh, cloud = part.mesh, part.cloud
    surface = (mesh.points_in_part, mesh.triangles, mesh.normals, mesh.face_of_triangle, mesh.rgb_of_triangle)
    if cloud is None:
        return surface
    return (*surface, cloud.points, cloud.chunk_starts, cloud.chunk_bounds, cloud.rgb, cloud.intensity)


def _blocks(arrays: list[NDArray[Any]]) -> Iterable[bytes | memoryview]:
    for array in arrays:
        plain = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
        yield plain.reshape(-1).view(np.uint8).data
        yield b"\0" * (-plain.nbytes % _ALIGN)


def _digest(blocks: Iterable[bytes | memoryview]) -> bytes:
    made = blake2b(digest_size=32)
    for block in blocks:
        made.update(block)
    return made.digest()


def _as_header(model: GeometryModel, parts: list[_Part]) -> _Model:
    nodes = [
        _Node(n.id, n.name, n.parent, n.parent_from_node.rows, n.part, n.colour, n.kind, n.visible, dict(n.properties))
        for n in model.nodes
    ]
    return _Model(
        model.format, model.unit, parts, nodes, model.warnings, model.pmi, model.points, model.unit_question, dict(model.facts),
        model.name, model.bounds_m, model.joints,
    )  # fmt: skip


def _as_model(model: _Model, mapped: mmap.mmap, start: int) -> GeometryModel:
    parts = tuple(_as_part(part, [_array(a, mapped, start) for a in part.arrays]) for part in model.parts)
    nodes = tuple(
        Node(
            NodeId(n.id), n.name, NodeId(n.parent), Pose(n.rows), None if n.part is None else PartId(n.part),
            n.colour, n.kind, n.visible, _map(n.properties),
        )
        for n in model.nodes
    )  # fmt: skip
    return GeometryModel(
        model.format, model.unit, parts, nodes, model.warnings, model.pmi, model.points, model.question,
        Map(model.facts), model.name, model.bounds_m, model.joints,
    )  # fmt: skip


def _map(properties: dict[str, str]) -> Any:
    return Map(properties) if properties else NOTHING


def _array(described: _Array | None, mapped: mmap.mmap, start: int) -> NDArray[Any] | None:
    if described is None:
        return None
    if described.dtype not in _DTYPES:
        raise BrokenPack(f"an array of {described.dtype}")
    try:
        return np.ndarray(described.shape, described.dtype, mapped, start + described.offset)
    except (TypeError, ValueError) as error:
        raise BrokenPack(str(error)) from error


def _as_part(part: _Part, arrays: list[NDArray[Any] | None]) -> Part:
    points, triangles, normals, faces, rgb = arrays[:_OF_MESH]
    if points is None or triangles is None:
        raise BrokenPack("a part without points")
    mesh = Mesh(points, triangles, normals, faces, rgb)
    return Part(
        PartId(part.id), part.name, mesh, part.colour, part.opacity, _map(part.properties),
        _cloud(part, arrays[_OF_MESH:]), part.pmi,
    )  # fmt: skip


def _cloud(part: _Part, arrays: list[NDArray[Any] | None]) -> PointCloud | None:
    if part.cloud_origin_m is None:
        return None
    points, starts, bounds, rgb, intensity = arrays
    if points is None or starts is None or bounds is None:
        raise BrokenPack("a cloud without points")
    return PointCloud(points, starts, bounds, part.cloud_origin_m, rgb, intensity)
