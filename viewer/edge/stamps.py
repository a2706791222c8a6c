"""Time stamps as devices write them, read to nanoseconds since the Unix epoch, UTC: ISO 8601 to 100 ns and finer, and epochs."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import Final, Literal

TimeFormat = Literal["iso8601", "s", "ms", "us", "ns"]
FORMATS: Final[tuple[TimeFormat, ...]] = ("iso8601", "s", "ms", "us", "ns")
_NS: Final = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}
_LATEST_NS: Final = 2**63 - 1
_ISO = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(?::(\d\d)(?:[.,](\d{1,18}))?)?\s?(Z|z|[+-]\d\d(?::?\d\d)?)?", flags=re.ASCII)


def stamp_ns(value: object, form: TimeFormat) -> int:
    """A time stamp in one of the formats; an epoch may stand as a number or as a text of one. Raises ValueError."""
    if form == "iso8601":
        if not isinstance(value, str):
            raise ValueError(f"a time stamp of ISO 8601 is a text, not {type(value).__name__}")
        return iso_ns(value)
    if isinstance(value, str):
        value = int(value) if value.strip().lstrip("-").isdigit() and len(value) < 30 else float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"a time stamp in {form} is a number, not {type(value).__name__}")
    return _within(value * _NS[form] if isinstance(value, int) else _rounded(value, _NS[form]))


def iso_ns(text: str) -> int:
    """ISO 8601 date and time; digits beyond the nanosecond are cut, without a zone it is UTC. Raises ValueError."""
    match = _ISO.fullmatch(text) if len(text) <= 64 else None
    if match is None:
        raise ValueError(f"«{text[:40]}» is no date and time as ISO 8601 writes them")
    date, minute, second, fraction, zone = match.groups()
    whole = int(second or 0)
    if whole > 60:  # 60 is a leap second; it counts as the next minute's first, as Unix time does
        raise ValueError(f"«{text[:40]}» has {whole} seconds")
    return _within(_minute_ns(date, minute, zone or "Z") + whole * 10**9 + int((fraction or "0").ljust(9, "0")[:9]))


@lru_cache(maxsize=256)
def _minute_ns(date: str, minute: str, zone: str) -> int:
    at = datetime.fromisoformat(f"{date}T{minute}").replace(tzinfo=_zone(zone))
    since = at - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 10**9


def _zone(text: str) -> timezone:
    if text in "Zz":
        return UTC
    digits = text[1:].replace(":", "").ljust(4, "0")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-offset if text[0] == "-" else offset)


def _rounded(value: float, factor: int) -> int:
    if not math.isfinite(value):
        raise ValueError("a time stamp is not finite")
    whole = math.floor(value)
    return whole * factor + round((value - whole) * factor)


def _within(t_ns: int) -> int:
    if not 0 <= t_ns <= _LATEST_NS:
        raise ValueError("a time stamp lies before 1970 or after 2262")
    return t_ns
