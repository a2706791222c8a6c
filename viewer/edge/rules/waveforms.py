"""Curves faster than a millisecond as whole waveforms: a trigger on a value, what came before it and what follows."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from viewer.base.errors import UserMistake

MOST_SAMPLES = 1_000_000
"""Of one waveform (10 s at 100 kHz); a longer one is cut and says so."""


class Trigger(msgspec.Struct, frozen=True, kw_only=True):
    """When a waveform is taken: the value crosses a level, having been beyond the hysteresis on the other side."""

    channel: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    level: float
    edge: Literal["rising", "falling", "either"] = "rising"
    hysteresis: float = 0.0
    """In the channel's unit: a rising trigger needs the value at or below level - hysteresis before it may fire."""
    pre_s: float = 0.0
    post_s: float = 0.1
    hold_off_s: float = 0.0
    """From one trigger to the next at least so long; never less than post_s."""


class Waveform(msgspec.Struct, frozen=True, kw_only=True):
    """One curve around one trigger, as it goes over the line and into history."""

    channel: str
    trigger_ns: int
    """The time of the first sample beyond the level."""
    count: int
    after_ns: bytes
    """int64 little-endian (count,): each sample's time after the trigger, negative before it."""
    values: bytes
    """float64 little-endian (count,); NaN where bad."""
    unit: str = ""
    rising: bool = True
    is_cut: bool = False
    """Whether it was longer than a waveform may be; its end is missing then."""

    def times_ns(self) -> NDArray[np.int64]:
        """(count,) Nanoseconds since the Unix epoch. Raises UserMistake where the bytes don't hold `count` of them."""
        return self._array(self.after_ns, "<i8").astype(np.int64) + self.trigger_ns

    def samples(self) -> NDArray[np.float64]:
        """(count,) Values. Raises UserMistake where the bytes don't hold `count` of them."""
        return self._array(self.values, "<f8").astype(np.float64)

    def _array(self, data: bytes, kind: str) -> NDArray[np.generic]:
        if len(data) != 8 * self.count:
            raise UserMistake(f"a waveform of «{self.channel}» says {self.count} samples, but holds {len(data)} bytes of them")
        return np.frombuffer(data, kind)


def check(trigger: Trigger) -> Trigger:
    """The trigger as it is. Raises UserMistake for numbers that make no sense."""
    if not np.isfinite(trigger.level):
        raise UserMistake(f"the trigger on «{trigger.channel}» has the level {trigger.level}: give a finite number")
    for key in ("hysteresis", "pre_s", "post_s", "hold_off_s"):
        number: float = getattr(trigger, key)
        if not 0.0 <= number <= 3600.0:
            raise UserMistake(f"the trigger on «{trigger.channel}»: {key} is {number}, expected 0 to 3600")
    return trigger


class Capture:
    """Takes the waveforms of one trigger out of its channel's samples. The same samples in other blocks give the same ones. One
    thread."""

    def __init__(self, trigger: Trigger, unit: str = "") -> None:
        self.trigger, self._unit = check(trigger), unit
        self._pre_ns, self._post_ns = round(1e9 * trigger.pre_s), round(1e9 * trigger.post_s)
        self._hold_ns = max(round(1e9 * trigger.hold_off_s), self._post_ns)
        self._t_ns, self._values = np.empty(0, np.int64), np.empty(0)
        self._zone = 0
        self._pending: list[tuple[int, bool]] = []
        self._free_ns = np.iinfo(np.int64).min

    def step(self, t_ns: NDArray[np.int64], values: NDArray[np.float64], until_ns: int) -> list[Waveform]:
        """The waveforms that are whole by `until_ns`, up to which all samples (k,) have been given; bad ones are NaN.

        Times never fall (samples from before the newest are taken as of it).
        """
        if len(t_ns):
            newest = self._t_ns[-1:] if len(self._t_ns) else t_ns[:1]
            t_ns = np.maximum.accumulate(np.concatenate([newest, t_ns]))[1:]
            self._find(t_ns, values)
            self._t_ns, self._values = np.concatenate([self._t_ns, t_ns]), np.concatenate([self._values, values])
        whole = [one for one in self._pending if one[0] + self._post_ns <= until_ns]
        self._pending = self._pending[len(whole) :]
        found = [self._cut_out(at_ns, rising=rising) for at_ns, rising in whole]
        self._forget(until_ns)
        return found

    def _find(self, t_ns: NDArray[np.int64], values: NDArray[np.float64]) -> None:
        """Crossings of the level; the side is remembered over the hysteresis, bad samples and blocks."""
        level, band, edge = self.trigger.level, self.trigger.hysteresis, self.trigger.edge
        zone = np.zeros(len(values) + 1, np.int64)
        above_from, below_from = (level, level - band) if edge != "falling" else (level + band, level)
        zone[1:][values > above_from] = 1
        below = values <= below_from if edge != "falling" else values < below_from
        zone[1:][below] = -1
        zone[0] = self._zone
        side = zone[np.maximum.accumulate(np.where(zone != 0, np.arange(len(zone)), 0))]
        for at in np.flatnonzero((side[1:] != side[:-1]) & (side[:-1] != 0)):
            rising, at_ns = bool(side[at + 1] > 0), int(t_ns[at])
            if (edge == "either" or rising == (edge == "rising")) and at_ns >= self._free_ns:
                self._pending.append((at_ns, rising))
                self._free_ns = at_ns + self._hold_ns
        self._zone = int(side[-1])

    def _cut_out(self, at_ns: int, *, rising: bool) -> Waveform:
        first = int(np.searchsorted(self._t_ns, at_ns - self._pre_ns))
        end = int(np.searchsorted(self._t_ns, at_ns + self._post_ns, side="right"))
        part = slice(first, min(end, first + MOST_SAMPLES))
        return Waveform(
            channel=self.trigger.channel,
            trigger_ns=at_ns,
            count=part.stop - part.start,
            after_ns=(self._t_ns[part] - at_ns).astype("<i8").tobytes(),
            values=self._values[part].astype("<f8").tobytes(),
            unit=self._unit,
            rising=rising,
            is_cut=end > part.stop,
        )

    def _forget(self, until_ns: int) -> None:
        """What neither a waiting nor a future trigger can need."""
        oldest_ns = min([at_ns for at_ns, _ in self._pending], default=until_ns) - self._pre_ns
        first = int(np.searchsorted(self._t_ns, oldest_ns))
        first = min(max(first, len(self._t_ns) - 2 * MOST_SAMPLES), max(0, len(self._t_ns) - 1))
        self._t_ns, self._values = self._t_ns[first:], self._values[first:]
