"""What an OPC UA value is worth to a channel: a number, its time and its quality, or a sentence why it has no place there."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY_NS = 86_400_000_000_000
_SEVERITY = 0xC000_0000
_UNCERTAIN = 0x4000_0000
_OVERFLOW = 0x0480
"""InfoType DataValue and the overflow bit (OPC 10000-4, 7.39.1)."""


class Unfit(Exception):
    """A value that no channel can carry; the message says what it is."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One value as it is stored."""

    t_ns: int
    value: float
    bad: bool
    overflow: bool
    """Values before it were lost in the server's queue."""
    clock: str
    """Whose time it is: source, server, or gateway where neither gave one that can be true."""


def reading(data: Any, now_ns: int, *, uncertain_is_good: bool, texts: Mapping[str, float] | None = None) -> Reading:
    """Read a DataValue. Raises Unfit for a good one that is no number; the value of a bad one is NaN."""
    status = int(data.StatusCode.value) if data.StatusCode is not None else 0
    bad = bool(status & _SEVERITY) and not (uncertain_is_good and (status & _SEVERITY) == _UNCERTAIN)
    t_ns, clock = stamp(data, now_ns)
    overflow = (status & _OVERFLOW) == _OVERFLOW
    try:
        value = number(data.Value.Value if data.Value is not None else None, texts)
    except Unfit:
        if not bad:
            raise
        value = math.nan
    return Reading(t_ns, value, bad or not math.isfinite(value), overflow, clock)


def stamp(data: Any, now_ns: int) -> tuple[int, str]:
    """The source's time, else the server's, else now. A time before 1970 (1601 means «none», OPC 10000-6, 5.2.2.5) or over a
    day ahead can't be true."""
    for clock, when, fine in (
        ("source", data.SourceTimestamp, data.SourcePicoseconds),
        ("server", data.ServerTimestamp, data.ServerPicoseconds),
    ):
        t_ns = time_ns(when, fine)
        if t_ns is not None and 0 < t_ns < now_ns + _DAY_NS:
            return t_ns, clock
    return now_ns, "gateway"


def time_ns(when: datetime | None, tens_of_picoseconds: int | None = None) -> int | None:
    """A DateTime as nanoseconds since 1970, UTC."""
    if when is None:
        return None
    since = (when if when.tzinfo is not None else when.replace(tzinfo=UTC)) - _EPOCH
    return ((since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds) * 1_000 + (tens_of_picoseconds or 0) // 100


def as_datetime(t_ns: int) -> datetime:
    """The other way, cut to the microsecond."""
    return _EPOCH + timedelta(microseconds=t_ns // 1_000)


def number(value: Any, texts: Mapping[str, float] | None = None) -> float:
    """Numbers, booleans and enumerations as a number; a text only where `texts` knows its number. Raises Unfit."""
    if isinstance(value, bool | int | float):
        return float(value)
    if value is None:
        return math.nan
    text = getattr(value, "Text", value)
    if texts is not None and (isinstance(text, str) or text is None):
        known = texts.get((text or "").strip().casefold())
        if known is None:
            raise Unfit(f"the state «{(text or '')[:40]}», which its type doesn't have")
        return known
    raise Unfit(_described(value))


def _described(value: Any) -> str:
    if isinstance(value, list | tuple):
        return f"an array of {len(value)} values; bind nodes of single values"
    if isinstance(value, str) or hasattr(value, "Text"):
        return "a text; a channel carries numbers; give its texts numbers by the key states"
    if isinstance(value, datetime):
        return "a date and time; a channel carries numbers"
    if isinstance(value, bytes):
        return f"{len(value)} bytes; a channel carries numbers"
    return f"a structure ({type(value).__name__}); bind the nodes of its fields"
