"""What a value label says: name, value with unit or state, and how far it can be trusted."""

from __future__ import annotations

import math
from dataclasses import dataclass

from viewer.base.units import grouped, pretty_unit
from viewer.twin.channels import Channel, Condition
from viewer.twin.overlays import Label
from viewer.twin.parts import Rgb

_REMARK = {Condition.STALE: "stale", Condition.BAD: "bad", Condition.MISSING: "no value"}


@dataclass(frozen=True, slots=True)
class LabelText:
    """The words of one label."""

    name: str
    value: str
    remark: str
    """Empty while the value can be trusted."""
    dot: Rgb | None
    """Colour of a state."""
    alarmed: bool
    """Whether the value is beyond one of the channel's limits."""


def label_text(label: Label, channel: Channel | None, value: float, condition: int) -> LabelText:
    """The words for a value; states are named, numbers get as many decimals as the channel's range asks for."""
    remark = _REMARK.get(Condition(condition), "")
    if math.isnan(value):
        return LabelText(label.text, "–", remark or "no value", None, alarmed=False)
    state = next((s for s in channel.states if s.value == value), None) if channel else None
    if state is not None:
        return LabelText(label.text, state.text, remark, state.colour, alarmed=False)
    written = pretty_unit(label.unit)
    number = grouped(value, decimals_of(channel))
    space = "" if written in ("", "°", "%") else " "
    return LabelText(label.text, f"{number}{space}{written}", remark, None, alarmed=_beyond(channel, value))


def decimals_of(channel: Channel | None) -> int:
    """Decimals that show about a thousandth of the display range (0 to 4), at most two where that is unknown."""
    if channel is None or channel.low is None or channel.high is None or channel.high <= channel.low:
        return 2
    if channel.kind in ("state", "counter"):
        return 0
    return max(0, min(4, 3 - math.ceil(math.log10(channel.high - channel.low))))


def _beyond(channel: Channel | None, value: float) -> bool:
    if channel is None:
        return False
    limits = channel.limits
    lows = [limit for limit in (limits.lolo, limits.lo) if limit is not None]
    highs = [limit for limit in (limits.hi, limits.hihi) if limit is not None]
    return any(value < limit for limit in lows) or any(value > limit for limit in highs)
