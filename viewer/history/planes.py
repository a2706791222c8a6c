"""Whole numbers as byte planes: only the planes that say something are kept, and those that shrink are deflated."""

from __future__ import annotations

import struct
import zlib

import numpy as np
from numpy.typing import NDArray

_HEAD = struct.Struct("<BI")
_RAW, _DEFLATED, _CONSTANT = 0, 1, 2
_PROBE = 1024
_WORTH = 0.95


def pack_planes(numbers: NDArray[np.uint64], *, deflate: bool) -> bytes:
    """Numbers (n,) as byte planes, lowest first; n is not kept. With `deflate` each plane that gets smaller is deflated."""
    width = (int(numbers.max()).bit_length() + 7) // 8 if len(numbers) else 0
    if not deflate:
        return bytes([width]) + _narrow(numbers, width)
    table = np.ascontiguousarray(numbers.astype("<u8", copy=False).view(np.uint8).reshape(-1, 8)[:, :width].T)
    return bytes([width]) + b"".join(_packed(plane) for plane in table)


def unpack_planes(data: memoryview, at: int, n: int, *, deflate: bool) -> tuple[NDArray[np.uint64], int]:
    """The numbers (n,) written at `at` and where the next thing starts. Raises ValueError where the bytes do not fit."""
    width = data[at]
    at += 1
    if width > 8:
        raise ValueError(f"a number has at most 8 bytes, not {width}")
    table = np.zeros((n, 8), np.uint8)
    if not deflate:
        flat = np.frombuffer(data, np.uint8, n * width, at)
        table[:, :width] = flat.reshape(n, width)
        return table.view("<u8").reshape(n).astype(np.uint64, copy=False), at + n * width
    for place in range(width):
        mode, length = _HEAD.unpack_from(data, at)
        at += _HEAD.size
        table[:, place] = _unpacked(mode, data[at : at + length], n)
        at += length
    return table.view("<u8").reshape(n).astype(np.uint64, copy=False), at


def steps(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """From nothing to the first number, and from each to the next; modulo 2^64."""
    found = numbers.copy()
    found[1:] -= numbers[:-1]
    return found


def zigzag(numbers: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Signed as unsigned, small stays small: 0, -1, 1, -2 … become 0, 1, 2, 3 …"""
    return ((numbers << 1) ^ (numbers >> 63)).view(np.uint64)


def unzigzag(numbers: NDArray[np.uint64]) -> NDArray[np.int64]:
    """What `zigzag` was given."""
    return (numbers >> np.uint64(1)).view(np.int64) ^ -(numbers & np.uint64(1)).view(np.int64)


def _narrow(numbers: NDArray[np.uint64], width: int) -> bytes:
    if width == 8:
        return numbers.astype("<u8", copy=False).tobytes()
    if width in (1, 2, 4):
        return numbers.astype(f"<u{width}").tobytes()
    return numbers.astype("<u8", copy=False).view(np.uint8).reshape(-1, 8)[:, :width].tobytes()


def _packed(plane: NDArray[np.uint8]) -> bytes:
    if (plane == plane[0]).all():
        return _HEAD.pack(_CONSTANT, 1) + plane[:1].tobytes()
    raw = plane.tobytes()
    if len(raw) < 2 * _PROBE or len(zlib.compress(raw[:_PROBE], 1)) < _WORTH * _PROBE:
        deflated = zlib.compress(raw, 1)
        if len(deflated) < _WORTH * len(raw):
            return _HEAD.pack(_DEFLATED, len(deflated)) + deflated
    return _HEAD.pack(_RAW, len(raw)) + raw


def _unpacked(mode: int, data: memoryview, n: int) -> NDArray[np.uint8]:
    if mode == _CONSTANT:
        return np.full(n, data[0], np.uint8)
    if mode == _RAW:
        return np.frombuffer(data, np.uint8, n)
    if mode != _DEFLATED:
        raise ValueError(f"a plane is kept in way 0, 1 or 2, not {mode}")
    unpacker = zlib.decompressobj()
    plane = unpacker.decompress(data, n)
    if len(plane) != n:
        raise ValueError(f"a plane has {n} bytes, not {len(plane)}")
    return np.frombuffer(plane, np.uint8)
