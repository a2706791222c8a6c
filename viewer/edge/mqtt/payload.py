"""A Sparkplug B payload: read from its bytes within bounds, and written. Field numbers are those of Tahu's sparkplug_b.proto.

Source: Sparkplug Specification 3.0.0, 6.4. Fields that are not known are skipped, as protocol buffers ask for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

from viewer.edge.mqtt import wire
from viewer.edge.mqtt.wire import BYTES, FIXED32, FIXED64, VARINT, Malformed

MOST_BYTES: Final = 8_000_000
MOST_METRICS: Final = 100_000
_LONGEST_NAME: Final = 1_000
_LONGEST_TEXT: Final = 100_000
_MOST_PROPERTIES: Final = 200
_DEEPEST: Final = 8


class DataType(IntEnum):
    """Sparkplug 3.0.0, 6.4.16; what is beyond is taken as UNKNOWN."""

    UNKNOWN = 0
    INT8 = 1
    INT16 = 2
    INT32 = 3
    INT64 = 4
    UINT8 = 5
    UINT16 = 6
    UINT32 = 7
    UINT64 = 8
    FLOAT = 9
    DOUBLE = 10
    BOOLEAN = 11
    STRING = 12
    DATETIME = 13
    TEXT = 14
    UUID = 15
    DATASET = 16
    BYTES = 17
    FILE = 18
    TEMPLATE = 19
    PROPERTY_SET = 20
    PROPERTY_SET_LIST = 21
    INT8_ARRAY = 22
    INT16_ARRAY = 23
    INT32_ARRAY = 24
    INT64_ARRAY = 25
    UINT8_ARRAY = 26
    UINT16_ARRAY = 27
    UINT32_ARRAY = 28
    UINT64_ARRAY = 29
    FLOAT_ARRAY = 30
    DOUBLE_ARRAY = 31
    BOOLEAN_ARRAY = 32
    STRING_ARRAY = 33
    DATETIME_ARRAY = 34


Scalar = int | float | bool | str
Value = Scalar | bytes | None
"""As it stands in the message: integers unsigned (see `values.number`), a DataSet or Template as its bytes."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric; what a message leaves out is None, or the type UNKNOWN."""

    name: str | None = None
    alias: int | None = None
    timestamp_ms: int | None = None
    datatype: DataType = DataType.UNKNOWN
    historical: bool = False
    transient: bool = False
    null: bool = False
    properties: Mapping[str, Scalar] = field(default_factory=dict[str, Scalar])
    """Those with one value; sets within are left out."""
    value: Value = None


@dataclass(frozen=True, slots=True)
class Payload:
    """One message of an edge node or device."""

    timestamp_ms: int | None = None
    metrics: tuple[Metric, ...] = ()
    seq: int | None = None
    uuid: str = ""
    body: bytes = b""


def decoded(data: bytes) -> Payload:
    """Read a payload. Raises Malformed for bytes that are none, and for one beyond the bounds."""
    if len(data) > MOST_BYTES:
        raise Malformed(f"it has {len(data)} bytes, at most {MOST_BYTES} are taken")
    timestamp_ms = seq = None
    uuid, body = "", b""
    metrics: list[Metric] = []
    for number, kind, value, taken in wire.fields(data):
        if (number, kind) == (2, BYTES):
            if len(metrics) == MOST_METRICS:
                raise Malformed(f"it has more than {MOST_METRICS} metrics")
            metrics.append(_metric(taken))
        elif (number, kind) == (1, VARINT):
            timestamp_ms = value
        elif (number, kind) == (3, VARINT):
            seq = value
        elif (number, kind) == (4, BYTES):
            uuid = wire.text(taken, _LONGEST_NAME)
        elif (number, kind) == (5, BYTES):
            body = taken
    return Payload(timestamp_ms, tuple(metrics), seq, uuid, body)


def _metric(data: bytes) -> Metric:
    name = alias = timestamp_ms = result = None
    datatype, historical, transient, null = DataType.UNKNOWN, False, False, False
    properties: Mapping[str, Scalar] = {}
    for number, kind, value, taken in wire.fields(data, 1):
        if number >= 10:
            found = _value(number - 10, kind, value, taken)
            result = result if found is None else found
        elif kind == BYTES:
            if number == 1:
                name = wire.text(taken, _LONGEST_NAME)
            elif number == 9:
                properties = dict(_properties(taken, 2))
        elif kind == VARINT:
            if number == 2:
                alias = value
            elif number == 3:
                timestamp_ms = value
            elif number == 4:
                datatype = _datatype(value)
            elif number == 5:
                historical = bool(value)
            elif number == 6:
                transient = bool(value)
            elif number == 7:
                null = bool(value)
    return Metric(name, alias, timestamp_ms, datatype, historical, transient, null, properties, result)


def _datatype(value: int) -> DataType:
    return DataType(value) if value <= DataType.DATETIME_ARRAY else DataType.UNKNOWN


def _value(which: int, kind: int, value: int, taken: bytes) -> Value:
    """The value of a metric (fields from 10) or a property (from 3); None for a field that is not known."""
    if kind == VARINT:
        return bool(value) if which == 4 else value & 0xFFFFFFFF if which == 0 else value if which == 1 else None
    if kind == FIXED32:
        return wire.to_float(taken) if which == 2 else None
    if kind == FIXED64:
        return wire.to_double(taken) if which == 3 else None
    if which == 5:
        return wire.text(taken, _LONGEST_TEXT)
    return taken if which in (6, 7, 8) else None


def _properties(data: bytes, depth: int) -> Iterator[tuple[str, Scalar]]:
    keys: list[str] = []
    values: list[Scalar | None] = []
    for number, kind, _, taken in wire.fields(data, depth):
        if kind != BYTES:
            continue
        if number == 1:
            keys.append(wire.text(taken, _LONGEST_NAME))
        elif number == 2:
            values.append(_property(taken, depth + 1))
        if len(keys) > _MOST_PROPERTIES or len(values) > _MOST_PROPERTIES:
            raise Malformed(f"a metric has more than {_MOST_PROPERTIES} properties")
    if len(keys) != len(values):
        raise Malformed(f"a metric has {len(keys)} names of properties and {len(values)} values")
    return ((key, value) for key, value in zip(keys, values, strict=True) if value is not None)


def _property(data: bytes, depth: int) -> Scalar | None:
    if depth > _DEEPEST:
        raise Malformed("it is nested too deeply")
    result: Scalar | None = None
    datatype, null = DataType.UNKNOWN, False
    for number, kind, value, taken in wire.fields(data, depth):
        if (number, kind) == (1, VARINT):
            datatype = _datatype(value)
        elif (number, kind) == (2, VARINT):
            null = bool(value)
        elif 3 <= number <= 8:
            found = _value(number - 3, kind, value, taken)
            result = found if found is not None and not isinstance(found, bytes) else result
        elif number == 9 and kind == BYTES:
            for _ in _properties(taken, depth + 1):  # not kept, but its bounds hold all the same
                pass
    if null:
        return None
    signed = datatype in (DataType.INT8, DataType.INT16, DataType.INT32)
    if signed and isinstance(result, int) and not isinstance(result, bool):
        return result - 2**32 if 2**31 <= result < 2**32 else result
    return result


def encoded(payload: Payload) -> bytes:
    """The payload's bytes, with the fields that its types ask for."""
    parts: list[bytes] = []
    if payload.timestamp_ms is not None:
        parts.append(wire.varint_field(1, payload.timestamp_ms))
    parts += [wire.bytes_field(2, _encoded_metric(one)) for one in payload.metrics]
    if payload.seq is not None:
        parts.append(wire.varint_field(3, payload.seq))
    if payload.uuid:
        parts.append(wire.bytes_field(4, payload.uuid.encode()))
    if payload.body:
        parts.append(wire.bytes_field(5, payload.body))
    return b"".join(parts)


def _encoded_metric(one: Metric) -> bytes:
    parts: list[bytes] = []
    if one.name is not None:
        parts.append(wire.bytes_field(1, one.name.encode()))
    for number, value in ((2, one.alias), (3, one.timestamp_ms), (4, int(one.datatype) or None)):
        if value is not None:
            parts.append(wire.varint_field(number, value))
    parts += [wire.varint_field(number, 1) for number, on in ((5, one.historical), (6, one.transient), (7, one.null)) if on]
    if one.properties:
        keys = [wire.bytes_field(1, key.encode()) for key in one.properties]
        values = [wire.bytes_field(2, _encoded_property(value)) for value in one.properties.values()]
        parts.append(wire.bytes_field(9, b"".join(keys + values)))
    if one.value is not None:
        parts.append(_encoded_value(10, one.value, one.datatype))
    return b"".join(parts)


def _encoded_property(value: Scalar) -> bytes:
    if isinstance(value, bool):
        datatype = DataType.BOOLEAN
    elif isinstance(value, int):
        datatype = DataType.INT32 if -(2**31) <= value < 2**31 else DataType.UINT64
    else:
        datatype = DataType.DOUBLE if isinstance(value, float) else DataType.STRING
    return wire.varint_field(1, datatype) + _encoded_value(3, value, datatype)


_LONG = (DataType.INT64, DataType.UINT64, DataType.UINT32, DataType.DATETIME)


def _encoded_value(first: int, value: Scalar | bytes, datatype: DataType) -> bytes:
    if isinstance(value, bool):
        return wire.varint_field(first + 4, value)
    if isinstance(value, int):
        long = datatype in _LONG or not -(2**31) <= value < 2**32
        return wire.varint_field(first + 1, value) if long else wire.varint_field(first, value & 0xFFFFFFFF)
    if isinstance(value, float):
        single = datatype == DataType.FLOAT
        return wire.float_field(first + 2, value) if single else wire.double_field(first + 3, value)
    if isinstance(value, str):
        return wire.bytes_field(first + 5, value.encode())
    which = {DataType.DATASET: 7, DataType.TEMPLATE: 8}.get(datatype, 6)
    return wire.bytes_field(first + which, value)
