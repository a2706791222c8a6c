"""The public header of a LAS or LAZ file, looked at before the library is: it believes every count and offset, and loops or
allocates by them (ASPRS LAS 1.4 R15, 2.4 to 2.6; LASzip's own record, lazsvlr)."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from viewer.base.units import grouped
from viewer.geometry.broken import broken

_HEAD = struct.Struct("<4s20xBB68xHIIBHI")
"""Signature, version; size of the header, offset of the points, records before them, point format, length of a point, points."""
_FAR = struct.Struct("<QIQ")
"""From byte 235 in version 1.4: where records stand after the points, how many, points."""
_RECORD = struct.Struct("<2x16sHH32x")
_FAR_BYTES = 60
_LASZIP = struct.Struct("<HH4xII")
_IN_ONE_RUN = 1
"""LASzip's compressor «pointwise»; 2 and 3 work in chunks."""
_MOST_IN_CHUNK = 1 << 24
_ANY_LENGTH = 0xFFFFFFFF
MAX_POINTS = 4_000_000_000


@dataclass(frozen=True, slots=True)
class _Head:
    size: int
    points_at: int
    records: int
    point_bytes: int
    points: int
    far_at: int
    far: int
    packed: bool


def check_head(path: Path) -> None:
    """Raises BrokenFile where a count or an offset can't be; OSError."""
    whole = path.stat().st_size
    with path.open("rb") as file:
        head = _head(file.read(375))
        if not head.size <= head.points_at <= whole:
            broken(f"its points are to begin at byte {head.points_at} of {whole}: it is cut off or damaged; export it again")
        if head.size + head.records * _RECORD.size > head.points_at:
            broken(f"it says it has {head.records} records before its points, and there is no room for them; export it again")
        if head.far and not head.points_at <= head.far_at <= whole - head.far * _FAR_BYTES:
            broken(f"it says it has {head.far} records after its points, and there is no room for them; copy or export it again")
        if head.point_bytes < 20 or head.points > MAX_POINTS:
            broken(f"it says it has {grouped(head.points)} points of {head.point_bytes} bytes, which can't be; export it again")
        if head.packed and head.points:
            _check_packing(file, head, whole)


def _head(data: bytes) -> _Head:
    if len(data) < _HEAD.size:
        broken(f"the LAS file is cut off after {len(data)} bytes, within its header; copy it again")
    _, _, minor, size, points_at, records, form, length, points = _HEAD.unpack_from(data)
    far_at = far = 0
    if minor >= 4 and len(data) >= 235 + _FAR.size:
        far_at, far, many = _FAR.unpack_from(data, 235)
        points = many or points
    return _Head(size, points_at, records, length, points, far_at, far, bool(form & 0xC0))


def _check_packing(file: BinaryIO, head: _Head, whole: int) -> None:
    """The record that says how the points are compressed, and the table of chunks."""
    at = head.size
    for _ in range(head.records):
        file.seek(at)
        record = file.read(_RECORD.size)
        if len(record) < _RECORD.size:
            break
        user, number, length = _RECORD.unpack(record)
        if user.startswith(b"laszip encoded") and number == 22204:
            _check_chunks(file.read(length))
            break
        at += _RECORD.size + length
    file.seek(head.points_at)
    (table,) = struct.unpack("<q", file.read(8).ljust(8, b"\0"))
    if table == -1:  # written by a program that could not go back: it stands in the last eight bytes
        file.seek(max(0, whole - 8))
        (table,) = struct.unpack("<q", file.read(8).ljust(8, b"\0"))
    if not head.points_at < table <= whole - 8:
        broken("the table of its compressed chunks is not where the file says; copy or export it again")
    file.seek(table)
    _, chunks = struct.unpack("<II", file.read(8))
    if chunks * head.point_bytes > whole:  # each chunk begins with one point as it is
        broken(f"it says it has {chunks} compressed chunks, and there is no room for them; copy or export it again")


def _check_chunks(record: bytes) -> None:
    if len(record) < _LASZIP.size:
        broken("the record that says how its points are compressed is cut off; copy or export it again")
    compressor, _, _, chunk = _LASZIP.unpack_from(record)
    if compressor == _IN_ONE_RUN:
        broken("its points are compressed in one run, as LASzip did before 2011, which is not read; compress it anew")
    if chunk != _ANY_LENGTH and not 0 < chunk <= _MOST_IN_CHUNK:
        broken(f"it says its points are compressed in chunks of {chunk}, which can't be; copy or export it again")
