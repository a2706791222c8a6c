"""The leash of an automatic correction: narrower limits, a bound on the drift in a shift, and off at the first doubt."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import msgspec

from viewer.access.keyfile import write_whole
from viewer.base.errors import Fault, UserMistake

CLOCK_ERROR_NS: Final = 2_000_000_000
"""How far the clock of the day may part from the steady one between two corrections."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The newest sample of a channel."""

    value: float
    t_ns: int
    good: bool = True


class LeashTerms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How far one set-point may be corrected without a person, in the channel's unit."""

    channel: str
    input: str
    """The measurement that the correction follows; where that is stale or bad, the correction is off."""
    low: float
    high: float
    step: float
    drift: float
    """The farthest from where the set-point stood when the shift began."""
    shift_s: float = 8 * 3600.0
    shift_begins_s: float = 6 * 3600.0
    """The first shift's begin after midnight, UTC."""
    stale_after_s: float = 5.0


class _State(msgspec.Struct):
    shift: int = -1
    anchor: float = math.nan
    off: str = ""
    """Why it is off; empty: it is on."""


class Leash:
    """State of one correction; it outlives a restart, so that none begins the shift anew. On one thread."""

    def __init__(self, terms: LeashTerms, path: Path, steady_ns: Callable[[], int]) -> None:
        """`path` keeps its state, `steady_ns` is a clock that nobody sets. Raises UserMistake for terms without sense, Fault for
        a damaged file."""
        self.terms = checked_terms(terms)
        self._path = path
        self._steady_ns = steady_ns
        self._clocks: tuple[int, int] | None = None
        self._state = self._read()

    @property
    def off(self) -> str:
        """Why it is off; empty while it is on."""
        return self._state.off

    def switch_off(self, why: str) -> None:
        """Off until a person arms it again: a lost hub, an operator's wish. Raises OSError."""
        if not self._state.off:
            self._state.off = why
            self._write()

    def arm(self) -> None:
        """On again, by a person whom the caller has checked; the drift of this shift stays counted. Raises OSError."""
        self._state.off = ""
        self._clocks = None
        self._write()

    def refusal(self, value: float, set_point: Reading, measured: Reading | None, now_ns: int) -> str:
        """Why the set-point may not be corrected to `value`; empty where it may. Raises OSError where its state can't be kept.

        A doubt in the measurement, the clock or the drift switches it off; a value or step out of terms is only refused.
        """
        doubt = self.doubt(measured, now_ns)
        if doubt:
            return doubt
        if not (math.isfinite(value) and self.terms.low <= value <= self.terms.high):
            return f"{value:g} is outside {self.terms.low:g} to {self.terms.high:g}, the bounds of this correction"
        if not abs(value - set_point.value) <= self.terms.step:
            return f"a step from {set_point.value:g} to {value:g} is over {self.terms.step:g}, that of this correction"
        return self._taut(value, set_point, now_ns)

    def doubt(self, measured: Reading | None, now_ns: int) -> str:
        """Why it is off, or switches it off now: a measurement or clock that can't be relied on. Empty while it is on. Raises
        OSError where that can't be kept."""
        if self._state.off:
            return f"this correction is off: {self._state.off}"
        doubt = self._clock_error(now_ns) or self._bad_input(measured, now_ns)
        if doubt:
            self.switch_off(doubt)
        return doubt

    def _taut(self, value: float, set_point: Reading, now_ns: int) -> str:
        shift = int((now_ns / 1e9 - self.terms.shift_begins_s) // self.terms.shift_s)
        if shift != self._state.shift:
            self._state.shift, self._state.anchor = shift, set_point.value
            self._write()
        if abs(value - self._state.anchor) <= self.terms.drift:
            return ""
        why = f"{value:g} is over {self.terms.drift:g} from {self._state.anchor:g}, where this shift began: somebody must look"
        self.switch_off(why)
        return why

    def _clock_error(self, now_ns: int) -> str:
        """Whether the clock of the day was set since the last correction: a shift may not be jumped."""
        steady, before = self._steady_ns(), self._clocks
        self._clocks = (now_ns, steady)
        if before is None or abs((now_ns - before[0]) - (steady - before[1])) <= CLOCK_ERROR_NS:
            return ""
        return "the clock was set while correcting"

    def _bad_input(self, measured: Reading | None, now_ns: int) -> str:
        if measured is None or not measured.good or not math.isfinite(measured.value):
            return f"{self.terms.input} is not known to be good"
        if not -CLOCK_ERROR_NS <= now_ns - measured.t_ns <= self.terms.stale_after_s * 1e9:
            return f"{self.terms.input} is stale"
        return ""

    def _read(self) -> _State:
        if not self._path.exists():
            return _State()
        try:
            table = msgspec.json.decode(self._path.read_bytes())
            anchor = math.nan if table["anchor"] is None else float(table["anchor"])
            return _State(int(table["shift"]), anchor, str(table["off"]))
        except (msgspec.MsgspecError, ValueError, TypeError, KeyError) as error:
            raise Fault(f"the state of a correction can't be read ({error}): {self._path}") from error

    def _write(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(self._path, msgspec.json.encode(self._state).decode(), replace=True)


def checked_terms(terms: LeashTerms) -> LeashTerms:
    """The terms themselves; raises UserMistake with the first thing that is wrong with them."""
    names: tuple[Literal["low", "high", "step", "drift", "shift_s", "stale_after_s"], ...]
    names = ("low", "high", "step", "drift", "shift_s", "stale_after_s")
    for name in names:
        if not math.isfinite(getattr(terms, name)):
            raise UserMistake(f"{name} of the correction of {terms.channel} is a finite number")
    if not terms.low < terms.high or min(terms.step, terms.drift, terms.stale_after_s) <= 0.0 or terms.shift_s < 60.0:
        raise UserMistake(
            f"the correction of {terms.channel} needs low < high, step, drift and stale_after_s above 0, shift_s from 60"
        )
    return terms
