"""What a legend shows, whoever draws it: title with unit, ticks, and the colours of its bar or its states."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from viewer.base.units import format_number, pretty_unit
from viewer.twin.colour_maps import colour_map
from viewer.twin.overlays import Legend


@dataclass(frozen=True, slots=True)
class Tick:
    """A number beside the bar: where (0 low to 1 high) and what."""

    share: float
    text: str


def title_of(legend: Legend) -> str:
    """Title with the unit in brackets."""
    unit = pretty_unit(legend.unit)
    return f"{legend.title} [{unit}]" if unit else legend.title


def bar_colours(legend: Legend) -> NDArray[np.uint8]:
    """(256, 3) colours from low to high. Raises UserMistake for an unknown map."""
    return colour_map(legend.colour_map)


def ticks(legend: Legend, wanted: int = 4) -> tuple[Tick, ...]:
    """Round numbers within the range, about as many as wanted; the ends alone where it has no width."""
    span = legend.high - legend.low
    if not math.isfinite(span) or span <= 0.0:
        return (Tick(0.0, format_number(legend.low)),)
    step = _round_step(span / max(wanted, 1))
    first = math.ceil(legend.low / step - 1e-9)
    last = math.floor(legend.high / step + 1e-9)
    return tuple(Tick((i * step - legend.low) / span, format_number(i * step)) for i in range(first, last + 1))


def _round_step(raw: float) -> float:
    power = 10.0 ** math.floor(math.log10(raw))
    return next(power * m for m in (1.0, 2.0, 5.0, 10.0) if raw <= power * m * (1.0 + 1e-9))
