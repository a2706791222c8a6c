"""One model in one file: a checksummed header and 64-byte aligned arrays that are mapped into memory, not copied.

Layout: magic (8 bytes), BLAKE2b-256 of all after the length (32), length of the header (8, little endian), header (msgpack),
padding, arrays.
The cache keeps these files, and a worker process hands its result over in one.
"""

from __future__ import annotations

import mmap
import os
import struct
from collections.abc import Iterator
from hashlib import blake2b
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import numpy as np
from immutables import Map
from numpy.typing import NDArray

from viewer.base.frames import Pose
from viewer.base.ids import NodeId, PartId
from viewer.geometry.broken import broken
from viewer.geometry.clouds.mapped import pieces
from viewer.geometry.model import Beside, Bounds, GeometryModel, MeshHealth, PmiCounts, UnitQuestion
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


MAX_BYTES = 12 * 2**30
"""The most that one model may take: a million nodes and fifty million triangles take 3 GB, as many points 0.8 GB."""


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
    bounds_m: Bounds | None
    joints: tuple[Joint, ...]
    beside: tuple[Beside, ...]
    health: MeshHealth | None
    about: dict[str, str]


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
    if offset + len(header) > MAX_BYTES:
        broken(f"what it holds takes {offset / 2**30:.1f} GB, and at most {MAX_BYTES >> 30} GB are kept; split the model")
    temporary = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with temporary.open("wb") as file:
            _write(file, header, arrays)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _write(file: BinaryIO, header: bytes, arrays: list[NDArray[Any]]) -> None:
    """All in one pass, some megabytes at a time: the checksum is put in at the end."""
    made = blake2b(digest_size=32)
    file.write(_HEAD.pack(MAGIC, made.digest(), len(header)))
    head = (header, b"\0" * (-(_HEAD.size + len(header)) % _ALIGN))
    for block in chain(head, _blocks(arrays)):
        made.update(block)
        file.write(block)
    file.seek(0)
    file.write(_HEAD.pack(MAGIC, made.digest(), len(header)))


def load_packed(path: Path, *, checked: bool = True) -> GeometryModel:
    """The model, its arrays mapped from the file. Raises BrokenPack where a byte is wrong; OSError.

    `checked` False: without its checksum, for a file that was written just now.
    """
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        if size < _HEAD.size:
            raise BrokenPack("too short")
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    return _unpacked(mapped, checked=checked)


def take_packed(path: Path) -> GeometryModel:
    """The model of a small file, which is removed: nothing stays mapped. Raises BrokenPack, OSError."""
    content = path.read_bytes()
    path.unlink()
    if len(content) < _HEAD.size:
        raise BrokenPack("too short")
    return _unpacked(content, checked=False)


def _unpacked(mapped: mmap.mmap | bytes, *, checked: bool) -> GeometryModel:
    magic, digest, length = _HEAD.unpack_from(mapped)
    if magic != MAGIC or (checked and digest != _digest(memoryview(mapped)[_HEAD.size :])):
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


def _blocks(arrays: list[NDArray[Any]]) -> Iterator[bytes | memoryview]:
    """The arrays' bytes, aligned; of large ones a piece at a time, so that a mapped array never fills the memory."""
    for array in arrays:
        for piece in pieces(array.reshape(-1)):
            yield np.ascontiguousarray(piece, array.dtype.newbyteorder("<")).view(np.uint8).data
        yield b"\0" * (-array.nbytes % _ALIGN)


def _digest(content: memoryview) -> bytes:
    """A piece at a time, so that a mapped file never fills the memory."""
    made = blake2b(digest_size=32)
    for piece in pieces(np.frombuffer(content, np.uint8)):
        made.update(piece.data)
    return made.digest()


def _as_header(model: GeometryModel, parts: list[_Part]) -> _Model:
    nodes = [
        _Node(n.id, n.name, n.parent, n.parent_from_node.rows, n.part, n.colour, n.kind, n.visible, dict(n.properties))
        for n in model.nodes
    ]
    return _Model(
        model.format, model.unit, parts, nodes, model.warnings, model.pmi, model.points, model.unit_question, dict(model.facts),
        model.name, model.bounds_m, model.joints, model.beside, model.health, dict(model.about),
    )  # fmt: skip


def _as_model(model: _Model, mapped: mmap.mmap | bytes, start: int) -> GeometryModel:
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
        Map(model.facts), model.name, model.bounds_m, model.joints, model.beside, model.health, Map(model.about),
    )  # fmt: skip


def _map(properties: dict[str, str]) -> Any:
    return Map(properties) if properties else NOTHING


def _array(described: _Array | None, mapped: mmap.mmap | bytes, start: int) -> NDArray[Any] | None:
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
