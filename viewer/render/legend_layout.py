"""Legend layout: where titles, bars and colours of the legends go, in one of three forms that suit the room there is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from viewer.base.units import format_number
from viewer.render.legend_text import ticks, title_of
from viewer.twin.overlays import Legend
from viewer.twin.parts import Rgb

Form = Literal["full", "compact", "header"]
Box = tuple[float, float, float, float]
"""x, y, width, height in the window system's pixels."""
Measure = Callable[[str, bool], float]
"""Width of words at 11 pixels, plain or strong."""
TEXT_PX = 11.0
_PAD, _BAR, _ROW, _GAP = 11.0, 190.0, 18.0, 8.0
_SLIM_BAR = 92.0
_FULL_SHARE, _COMPACT_SHARE = 0.28, 0.45
"""Of the room's height (and, for the second, its width) that the full and the compact form may take."""
_COMPACT_AREA = 0.12
"""Of the room's area that the compact form may take."""


@dataclass(frozen=True, slots=True)
class Words:
    """A text whose left end and middle height are given."""

    x: float
    middle: float
    text: str
    strong: bool = False
    dim: bool = False


@dataclass(slots=True)
class LegendSheet:
    """What to draw, from the sheet's upper left corner."""

    width: float = 0.0
    height: float = 0.0
    cards: list[Box] = field(default_factory=list[Box])
    words: list[Words] = field(default_factory=list[Words])
    swatches: list[tuple[Box, Rgb]] = field(default_factory=list[tuple[Box, Rgb]])
    bars: list[tuple[Box, Legend]] = field(default_factory=list[tuple[Box, Legend]])
    marks: list[tuple[float, float]] = field(default_factory=list[tuple[float, float]])
    """(x, top) of the small lines under a bar, 3 high."""


def form_for(legends: tuple[Legend, ...], measure: Measure, room_px: tuple[float, float]) -> Form:
    """The fullest form that leaves the scene its room."""
    width, height = room_px
    if full(legends, measure).height <= _FULL_SHARE * height:
        return "full"
    small = compact(legends, measure)
    fits = small.height <= _COMPACT_SHARE * height and small.width <= _COMPACT_SHARE * width
    return "compact" if fits and small.width * small.height <= _COMPACT_AREA * width * height else "header"


def sheet_of(form: Form, legends: tuple[Legend, ...], measure: Measure) -> LegendSheet:
    """The sheet in a form."""
    return {"full": full, "compact": compact, "header": header}[form](legends, measure)


def full(legends: tuple[Legend, ...], measure: Measure) -> LegendSheet:
    """A card per legend, one above another, with round numbers under the bars."""
    sheet = LegendSheet(max([_BAR, *(measure(title_of(one), True) for one in legends)]) + 2 * _PAD)
    for legend in legends:
        top = sheet.height
        sheet.words.append(Words(_PAD, top + 16.0, title_of(legend), strong=True))
        if legend.states:
            tall = 26.0 + _flow(sheet, legend, measure, (_PAD, top + 34.0), sheet.width - 2 * _PAD) + 4.0
        else:
            tall = 58.0
            _bar_with_ticks(sheet, legend, measure, (_PAD, top + 27.0, sheet.width - 2 * _PAD, 9.0))
        sheet.cards.append((0.0, top, sheet.width, tall))
        sheet.height = top + tall + _GAP
    sheet.height = max(sheet.height - _GAP, 0.0)
    return sheet


def compact(legends: tuple[Legend, ...], measure: Measure) -> LegendSheet:
    """One card with a row per legend: its title, then its colours between the ends of its range."""
    titles = max([measure(title_of(one), False) for one in legends], default=0.0)
    ends = [(format_number(one.low), format_number(one.high)) for one in legends if not one.states]
    low, high = (max([measure(pair[i], False) for pair in ends], default=0.0) for i in (0, 1))
    left = _PAD + titles + 14.0
    value = max(low + high + _SLIM_BAR + 12.0, 172.0)
    sheet = LegendSheet(left + value + _PAD, 7.0)
    for legend in legends:
        middle = sheet.height + _ROW / 2
        sheet.words.append(Words(_PAD, middle, title_of(legend)))
        if legend.states:
            sheet.height += _flow(sheet, legend, measure, (left, middle), value)
            continue
        first, last = format_number(legend.low), format_number(legend.high)
        sheet.words.append(Words(left + low - measure(first, False), middle, first, dim=True))
        bar = (left + low + 6.0, middle - 4.0, value - low - high - 12.0, 8.0)
        sheet.bars.append((bar, legend))
        sheet.words.append(Words(bar[0] + bar[2] + 6.0, middle, last, dim=True))
        sheet.height += _ROW
    sheet.height += 7.0
    sheet.cards.append((0.0, 0.0, sheet.width, sheet.height))
    return sheet


def header(legends: tuple[Legend, ...], measure: Measure) -> LegendSheet:
    """One slim row: a strip of each legend's colours and how many there are."""
    sheet = LegendSheet(_PAD, 26.0)
    for legend in legends[:3]:
        if legend.states:
            for state in legend.states[:3]:
                sheet.swatches.append(((sheet.width, 9.0, 8.0, 8.0), state.colour))
                sheet.width += 9.0
        else:
            sheet.bars.append(((sheet.width, 9.0, 26.0, 8.0), legend))
            sheet.width += 27.0
        sheet.width += 6.0
    words = title_of(legends[0]) if len(legends) == 1 else f"{len(legends)} legends"
    sheet.words.append(Words(sheet.width + 2.0, 13.0, words))
    sheet.width += measure(words, False) + 2.0 + _PAD
    sheet.cards.append((0.0, 0.0, sheet.width, sheet.height))
    return sheet


def _flow(sheet: LegendSheet, legend: Legend, measure: Measure, start: tuple[float, float], width: float) -> float:
    """The states one after another, in as many rows as they need; the rows' height. `start` is the first row's middle."""
    x, middle = start
    for state in legend.states:
        wide = 16.0 + measure(state.text, False)
        if x > start[0] and x + wide > start[0] + width:
            x, middle = start[0], middle + _ROW
        sheet.swatches.append(((x, middle - 5.0, 10.0, 10.0), state.colour))
        sheet.words.append(Words(x + 15.0, middle, state.text))
        x += wide + 10.0
    return middle - start[1] + _ROW


def _bar_with_ticks(sheet: LegendSheet, legend: Legend, measure: Measure, bar: Box) -> None:
    sheet.bars.append((bar, legend))
    left, top, width, tall = bar
    for tick in ticks(legend):
        x, wide = left + tick.share * width, measure(tick.text, False)
        sheet.marks.append((x, top + tall + 1.0))
        sheet.words.append(Words(min(max(x - wide / 2.0, left), left + width - wide), top + tall + 12.0, tick.text, dim=True))
