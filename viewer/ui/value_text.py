"""How a channel's value is written while it changes: a fixed number of decimals, so that the figures stand still."""

from __future__ import annotations

import math
import time

from viewer.base.units import grouped, pretty_unit
from viewer.twin.channels import Channel, StateLabel

_NO_VALUE = "–"


def decimals_of(channel: Channel) -> int:
    """Decimals that show about a thousandth of the channel's display range (0 to 4); 2 where it has none."""
    if channel.kind in ("state", "counter"):
        return 0
    if channel.low is None or channel.high is None or channel.high <= channel.low:
        return 2
    return max(0, min(4, 3 - math.ceil(math.log10(channel.high - channel.low))))


def state_of(channel: Channel, value: float) -> StateLabel | None:
    """The state that a value names; None where the channel has no such state."""
    return next((s for s in channel.states if s.value == value), None)


def value_text(channel: Channel, value: float) -> tuple[str, str]:
    """The value and its unit, to be set in two sizes; a state's text and no unit where the channel has states."""
    if math.isnan(value):
        return _NO_VALUE, ""
    state = state_of(channel, value)
    if state is not None:
        return state.text, ""
    return grouped(value, decimals_of(channel)), pretty_unit(channel.unit)


def clock_text(t_ns: int) -> str:
    """The local time of day of a moment."""
    return time.strftime("%H:%M:%S", time.localtime(t_ns / 1e9))


def length_text(metres: float) -> str:
    """A length as people of its trade write it: metres from one metre, millimetres below."""
    return f"{grouped(metres, 3)} m" if abs(metres) >= 1.0 else f"{grouped(metres * 1000.0, 1)} mm"


def counted(number: int, thing: str) -> str:
    """«1 node», «1,200 nodes»."""
    return f"{grouped(number)} {thing}{'' if number == 1 else 's'}"
