"""What a value of a message becomes as a sample: numbers, booleans, texts that stand for states, and what can't be one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from viewer.edge.mqtt.payload import DataType, Value

_WORDS: Final = {
    word: float(value) for value, words in enumerate((("false", "off", "no"), ("true", "on", "yes"))) for word in words
}
_BITS: Final = {
    DataType.INT8: 8,
    DataType.INT16: 16,
    DataType.INT32: 32,
    DataType.INT64: 64,
    DataType.UINT8: 8,
    DataType.UINT16: 16,
    DataType.UINT32: 32,
    DataType.UINT64: 64,
}
_SIGNED: Final = (DataType.INT8, DataType.INT16, DataType.INT32, DataType.INT64)
TEXTS: Final = (DataType.STRING, DataType.TEXT, DataType.UUID)


class NoNumber(ValueError):
    """A value that is no sample."""


def number(value: object, states: Sequence[str] = ()) -> float:
    """A JSON value as a number: a text is one of the tag's states, a number, or a word such as on. Raises NoNumber."""
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, int | float):
        try:
            return float(value)
        except OverflowError:
            raise NoNumber("a whole number is too great") from None
    if isinstance(value, str):
        return _of_text(value, states)
    raise NoNumber(f"{'null' if value is None else 'an object' if isinstance(value, dict) else 'a list'} is no value")


def _of_text(value: str, states: Sequence[str]) -> float:
    if states:
        try:
            return float(states.index(value))
        except ValueError:
            raise NoNumber(f"«{value[:40]}» is none of the tag's states") from None
    text = value.strip()
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    try:
        found = float(text) if len(text) < 100 and "_" not in text else math.nan
    except ValueError:
        found = math.nan
    if not math.isfinite(found):
        raise NoNumber(f"«{text[:40]}» is no number: give its tag `states`")
    return found


def sparkplug_number(value: Value, datatype: DataType, states: Sequence[str] = ()) -> float:
    """A metric's value as its type means it: signed integers stand as two's complement in unsigned fields. A DateTime is in
    seconds since the epoch. Raises NoNumber, by name, for types that are no single value."""
    reason = refused(datatype, states=bool(states))
    if reason:
        raise NoNumber(reason)
    if value is None or isinstance(value, bytes):
        raise NoNumber("it has no value that is one number")
    bits = _BITS.get(datatype)
    if bits and isinstance(value, int):
        whole = int(value) & (2**bits - 1)
        return float(whole - 2**bits if datatype in _SIGNED and whole >> (bits - 1) else whole)
    if datatype == DataType.DATETIME and isinstance(value, int):
        return value / 1000.0
    if datatype == DataType.BOOLEAN and not isinstance(value, str):
        return float(bool(value))
    return number(value, states)


def refused(datatype: DataType, *, states: bool) -> str:
    """Why a metric of this type can't be a channel; empty where it can."""
    if datatype in TEXTS:
        return "" if states else f"its type is {datatype.name}: name its states in a tag"
    if datatype > DataType.TEXT:
        return f"its type is {datatype.name}, which is no single value"
    return ""
