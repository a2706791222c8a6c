"""The wire format of protocol buffers, as far as Sparkplug B needs it: fields are read with bounds, and written.

Source: the encoding page of the protocol buffers documentation (varint, fixed32, fixed64, length-delimited, groups).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

VARINT, FIXED64, BYTES, START_GROUP, END_GROUP, FIXED32 = range(6)
_MOST_NESTED: Final = 16
_MASK64: Final = 2**64 - 1
_FLOAT, _DOUBLE = struct.Struct("<f"), struct.Struct("<d")


class Malformed(ValueError):
    """Bytes that are no message."""


Field = tuple[int, int, int, bytes]
"""Number, wire type, the value of a varint (else 0), and the bytes of the others (else empty)."""


def fields(data: bytes, depth: int = 0) -> Iterator[Field]:
    """All fields of one message in their order; groups, which nobody uses any more, are skipped. Raises Malformed."""
    at, end = 0, len(data)
    while at < end:
        key, at = _varint(data, at)
        number, kind = key >> 3, key & 7
        if not 0 < number < 2**29:
            raise Malformed(f"field number {number}")
        if kind == VARINT:
            value, at = _varint(data, at)
            yield number, kind, value, b""
        elif kind == START_GROUP:
            at = _skip_group(data, at, number, depth + 1)
        else:
            taken, at = _taken(data, at, kind)
            yield number, kind, 0, taken


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if at >= len(data):
            raise Malformed("it ends within a number")
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & _MASK64, at
        shift += 7
        if shift >= 70:
            raise Malformed("a number has more than ten bytes")


def _taken(data: bytes, at: int, kind: int) -> tuple[bytes, int]:
    if kind == BYTES:
        length, at = _varint(data, at)
    elif kind in (FIXED32, FIXED64):
        length = 4 if kind == FIXED32 else 8
    else:
        raise Malformed(f"wire type {kind}")
    if length > len(data) - at:
        raise Malformed("it ends within a field")
    return data[at : at + length], at + length


def _skip_group(data: bytes, at: int, number: int, depth: int) -> int:
    if depth > _MOST_NESTED:
        raise Malformed("it is nested too deeply")
    while True:
        key, at = _varint(data, at)
        kind = key & 7
        if kind == END_GROUP:
            if key >> 3 != number:
                raise Malformed("a group ends that did not begin")
            return at
        if kind == START_GROUP:
            at = _skip_group(data, at, key >> 3, depth + 1)
        elif kind == VARINT:
            _, at = _varint(data, at)
        else:
            _, at = _taken(data, at, kind)


def to_float(taken: bytes) -> float:
    """The value of a fixed32 field that is a float."""
    return float(_FLOAT.unpack(taken)[0])


def to_double(taken: bytes) -> float:
    """The value of a fixed64 field that is a double."""
    return float(_DOUBLE.unpack(taken)[0])


def text(taken: bytes, most: int) -> str:
    """A string field of at most so many bytes. Raises Malformed."""
    if len(taken) > most:
        raise Malformed(f"a text has more than {most} bytes")
    try:
        return taken.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed("a text is no UTF-8") from error


def varint_field(number: int, value: int) -> bytes:
    """A field as it is written; negative values as their two's complement in 64 bits."""
    return _written(number << 3 | VARINT) + _written(value & _MASK64)


def float_field(number: int, value: float) -> bytes:
    """A float; what is beyond its range becomes infinite."""
    try:
        packed = _FLOAT.pack(value)
    except OverflowError:
        packed = _FLOAT.pack(float("inf") if value > 0 else float("-inf"))
    return _written(number << 3 | FIXED32) + packed


def double_field(number: int, value: float) -> bytes:
    """A double."""
    return _written(number << 3 | FIXED64) + _DOUBLE.pack(value)


def bytes_field(number: int, value: bytes) -> bytes:
    """A text, bytes or a message within."""
    return _written(number << 3 | BYTES) + _written(len(value)) + value


def _written(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
