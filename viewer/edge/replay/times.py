"""The times of a recording's rows: from a column in any usual format, or from a start and a period."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from viewer.base.errors import UserMistake
from viewer.edge.replay.cells import is_missing, numbers
from viewer.edge.stamps import iso_ns

NO_TIME: Final = -1
"""The time of a row that has none."""
LATEST_NS: Final = 1 << 62
EPOCHS: Final = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}
SINCE_START: Final = {
    "seconds": 10**9,
    "milliseconds": 10**6,
    "microseconds": 10**3,
    "minutes": 60 * 10**9,
    "hours": 3600 * 10**9,
}
FORMATS: Final = ("auto", "iso8601", *EPOCHS, *SINCE_START)
_USUAL: Final = (
    *(f"{date} {time}" for date in ("%d.%m.%Y", "%m/%d/%Y", "%d/%m/%Y", "%Y/%m/%d", "%d-%m-%Y", "%d-%b-%Y", "%d %b %Y")
      for time in ("%H:%M:%S", "%H:%M:%S.%f", "%H:%M", "%I:%M:%S %p", "%I:%M %p")),
    "%d.%m.%y %H:%M:%S", "%Y%m%d %H%M%S", "%Y%m%dT%H%M%S", "%Y.%m.%d %H:%M:%S", "%a %b %d %H:%M:%S %Y",
    "%d.%m.%Y", "%m/%d/%Y", "%d/%m/%Y", "%Y-%m-%d", "%Y/%m/%d",
)  # fmt: skip
_PLAIN_ISO = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?")
_ISO_LIKE = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d")
_QUARTER_NS: Final = 900 * 10**9


@dataclass(frozen=True, slots=True)
class Clockwork:
    """How a row's time is found."""

    form: str
    """One of FORMATS but `auto`, or a pattern of strptime."""
    zone: str = "UTC"
    """Where the clock stood that wrote times without a zone; an IANA name."""
    start_ns: int = 0
    """Added to what is counted from the start."""
    period_ns: float = 0.0
    """From row to row, where no column has the time; 0 where one has."""
    decimal: str = "."

    def of_cells(self, cells: Sequence[str]) -> NDArray[np.int64]:
        """(n,) NO_TIME where a cell has none that lies between 1970 and 2116."""
        if self.form == "iso8601":
            return _from_iso(cells, self.zone)
        if self.form in EPOCHS or self.form in SINCE_START:
            return self.of_numbers(numbers(cells, self.decimal), cells)
        at = {cell: _patterned(cell, self.form) for cell in set(cells)}
        return _localised(np.array([at[cell] for cell in cells], np.int64), self.zone)

    def of_numbers(self, values: NDArray[np.float64], cells: Sequence[str] = ()) -> NDArray[np.int64]:
        """(n,) The same for numbers; whole epochs of `cells` lose no digit."""
        unit = EPOCHS.get(self.form) or SINCE_START.get(self.form, 10**9)
        if unit < 10**6 and cells and all(cell.strip().isdecimal() and len(cell) < 24 for cell in cells):
            whole = [int(cell) * unit + self._begun() for cell in cells]
            return np.array([one if one <= LATEST_NS else NO_TIME for one in whole], np.int64)
        good = np.isfinite(values) & (np.abs(values) < 4.6e18 / unit)
        whole = np.floor(np.where(good, values, 0.0))
        t_ns = whole.astype(np.int64) * unit + np.round((np.where(good, values, 0.0) - whole) * unit).astype(np.int64)
        return _within(np.where(good, t_ns + self._begun(), NO_TIME))

    def of_rows(self, first: int, count: int) -> NDArray[np.int64]:
        """(count,) Times of rows that follow one another, the first of them the `first`."""
        return _within(self.start_ns + np.round(np.arange(first, first + count) * self.period_ns).astype(np.int64))

    def _begun(self) -> int:
        return self.start_ns if self.form in SINCE_START else 0


def start_of(text: str, zone: str) -> int:
    """A recording's start as people write it. Raises UserMistake."""
    try:
        at_ns = iso_ns(text)
    except ValueError as error:
        raise UserMistake(f"start is a time such as 2026-03-01T08:00:00, not «{text[:60]}»") from error
    if re.search(r"(Z|z|[+-]\d\d(:?\d\d)?)$", text[10:]):
        return at_ns
    return int(_localised(np.array([at_ns], np.int64), zone)[0])


def check_zone(name: str) -> str:
    """The name as it is. Raises UserMistake where it is no time zone."""
    _zone(name)
    return name


def guessed(cells: Sequence[str], decimal: str = ".") -> str:
    """The format of a column of times; `seconds` for small numbers. Empty where it is none. Raises UserMistake where day and
    month could be either way round."""
    some = [cell.strip() for cell in cells if not is_missing(cell)][:1000]
    if not some:
        return ""
    values = numbers(some, decimal)
    least = 0.9 * len(some)
    if np.isfinite(values).sum() >= least:
        return _epoch_of(float(np.median(np.abs(values[np.isfinite(values)]))))
    if sum(bool(_ISO_LIKE.match(cell)) for cell in some) >= least:
        return "iso8601"
    if sum(is_stamp(cell) for cell in some[:20]) * 2 < min(20, len(some)):
        return ""
    fits = {form: sum(_patterned(cell, form) != NO_TIME for cell in some) for form in _USUAL}
    most = max(fits.values())
    best = [form for form, count in fits.items() if count == most and count >= least]
    if len(best) > 1:
        raise UserMistake(f"the times such as «{some[0][:40]}» fit {' and '.join(best[:2])}: say which as time_format")
    return best[0] if best else ""


@lru_cache(maxsize=65_536)
def is_stamp(cell: str) -> bool:
    """Whether it looks like a date and time."""
    if _ISO_LIKE.match(cell):
        return True
    digits = sum(sign.isdigit() for sign in cell[:40])
    shaped = digits >= 4 and len(cell) <= 40 and any(sign in cell for sign in "/.:-")
    return shaped and any(_patterned(cell, form) != NO_TIME for form in _USUAL)


def _epoch_of(size: float) -> str:
    for form, least in (("ns", 1e17), ("us", 1e14), ("ms", 1e11), ("s", 1e8)):
        if size >= least:
            return form
    return "seconds"


def _from_iso(cells: Sequence[str], zone: str) -> NDArray[np.int64]:
    bare = [cell.strip() for cell in cells]
    if all(_PLAIN_ISO.fullmatch(cell) for cell in bare) and bare and min(bare) >= "1970" and max(bare) < "2116":
        try:
            return _localised(np.array(bare, "datetime64[ns]").astype(np.int64), zone)
        except ValueError:
            pass  # one of them is no date that exists; each for itself below
    t_ns = np.array([_iso(cell, zone) for cell in bare], np.int64)
    return _within(t_ns)


@lru_cache(maxsize=4096)
def _iso(cell: str, zone: str) -> int:
    try:
        t_ns = iso_ns(cell)
    except (ValueError, OverflowError):
        return NO_TIME
    return int(_localised(np.array([t_ns], np.int64), zone)[0]) if _PLAIN_ISO.fullmatch(cell) else t_ns


def _patterned(cell: str, form: str) -> int:
    """As if it were UTC, unless the pattern reads an offset; NO_TIME where it does not fit."""
    try:
        at = datetime.strptime(cell.strip(), form)
        return round((at.replace(tzinfo=at.tzinfo or UTC) - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1e6) * 1000
    except (ValueError, OverflowError):
        return NO_TIME


def _localised(t_ns: NDArray[np.int64], zone: str) -> NDArray[np.int64]:
    """Local times to UTC; in the hour that comes twice, the first. By quarters of an hour, since zones change at those."""
    there = _zone(zone)
    if there is None or not len(t_ns):
        return _within(t_ns)
    quarters, which = np.unique(t_ns // _QUARTER_NS, return_inverse=True)
    offsets = np.array([_offset_ns(int(one), there) for one in quarters.tolist()], np.int64)
    return _within(np.where(t_ns == NO_TIME, NO_TIME, t_ns - offsets[which]))


def _offset_ns(quarter: int, zone: tzinfo) -> int:
    if quarter < 0:
        return 0
    there = datetime.fromtimestamp(quarter * 900, UTC).replace(tzinfo=zone).utcoffset()
    return 0 if there is None else round(there.total_seconds() * 1e9)


@lru_cache(maxsize=64)
def _zone(name: str) -> tzinfo | None:
    if name == "UTC":
        return None
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise UserMistake(f"time_zone is a name such as Europe/Berlin, not «{name}»") from error


def _within(t_ns: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.where((t_ns < 0) | (t_ns > LATEST_NS), NO_TIME, t_ns)
