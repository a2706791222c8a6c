"""Where the ticks of a trend stand and what is written at them, so that no two run together. No Qt."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence

import numpy as np

from viewer.base.units import grouped
from viewer.twin.channels import Channel
from viewer.ui.time.scale import Scale
from viewer.ui.trends.curves import Curve

_STEPS = (1.0, 2.0, 5.0, 10.0)
_MILLI_BELOW_S = 5.0
_APART_PX = 10.0
Tick = tuple[float, str]
"""Place, px, and what is written there; nothing where there is no room."""


def value_ticks(low: float, high: float, height_px: float, apart_px: float = 26.0) -> tuple[tuple[float, str], ...]:
    """Round values within a range, at least so far apart, and how each is written."""
    least = (high - low) * apart_px / max(1.0, height_px)
    if not (math.isfinite(least) and least > 0.0):
        return ()
    size = 10.0 ** math.floor(math.log10(least))
    step = next(s * size for s in _STEPS if s * size >= least * (1.0 - 1e-9))
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return tuple((k * step, _value(k * step, decimals, max(abs(low), abs(high)))) for k in range(first, last + 1))


def _value(value: float, decimals: int, greatest: float) -> str:
    if greatest >= 1e6 or (decimals > 5 and greatest < 1e-3):
        return f"{value:.3g}"
    return grouped(value, decimals)


def time_ticks(scale: Scale, now_ns: int, width_of: Callable[[str], float]) -> tuple[Tick, ...]:
    """Round local times over the span; the first says the date where it is not today's. `width_of` gives a text's width, px."""
    widest = width_of("00:00:00")
    ticks = scale.ticks(least_px=widest + _APART_PX)
    if scale.span_s < _MILLI_BELOW_S:
        ticks = _fine_ticks(scale, width_of("00:00:00.0") + _APART_PX)
    found: list[Tick] = []
    end_px, said_date = scale.left_px - 30.0, False
    for t_ns, text in ticks:
        x = scale.x(t_ns)
        if not said_date and not _is_today(t_ns, now_ns) and ":" in text:
            text = f"{time.strftime('%d %b', time.localtime(t_ns / 1e9))} {text}"
        said_date = said_date or not text[:1].isdigit() or " " in text
        left = x - width_of(text) / 2.0
        fits = left >= end_px + _APART_PX and left + width_of(text) <= scale.left_px + scale.width_px + 8.0
        found.append((x, text if fits else ""))
        if fits:
            end_px = left + width_of(text)
        else:
            said_date = said_date and " " not in text
    return tuple(found)


def _fine_ticks(scale: Scale, least_px: float) -> tuple[tuple[int, str], ...]:
    """Tenths of seconds, in spans of few seconds."""
    least_s = scale.span_s * least_px / max(1.0, scale.width_px)
    step_ns = next((s for s in (100_000_000, 200_000_000, 500_000_000) if s >= least_s * 1e9), 1_000_000_000)
    first, last = -(-scale.start_ns // step_ns), scale.end_ns // step_ns
    return tuple((k * step_ns, _tenth(k * step_ns)) for k in range(first, last + 1))


def _tenth(t_ns: int) -> str:
    return f"{time.strftime('%H:%M:%S', time.localtime(t_ns // 1_000_000_000))}.{t_ns // 100_000_000 % 10}"


def _is_today(t_ns: int, now_ns: int) -> bool:
    return time.localtime(t_ns / 1e9)[:3] == time.localtime(now_ns / 1e9)[:3]


def limits_of(channels: Sequence[Channel]) -> list[tuple[str, float]]:
    """Name and value of every limit, each once: curves of one kind share theirs."""
    found = [(n, getattr(c.limits, n)) for c in channels for n in ("lolo", "lo", "hi", "hihi")]
    return list(dict.fromkeys((n, v) for n, v in found if v is not None))


def range_of(channels: Sequence[Channel], curves: Sequence[Curve]) -> tuple[float, float]:
    """The range of a plot: the channels' display ranges, widened by what was measured; measured alone where they have none."""
    told = [v for c in channels for v in (c.low, c.high) if v is not None]
    for curve in curves:
        for values, edge in ((curve.low, np.min), (curve.high, np.max)):
            finite = values[np.isfinite(values)]
            told += [float(edge(finite))] if len(finite) else []
    low, high = (min(told), max(told)) if told else (0.0, 1.0)
    if high <= low:
        half = max(0.5, abs(low) * 1e-3)
        low, high = low - half, high + half
    spare = 0.06 * (high - low)
    return low - spare, high + spare
