"""Names of columns as people write them («Temp [degC]», «Voltage(V)»), and the units that stand in them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from viewer.edge.written_units import proposed_unit

_IN_BRACKETS = re.compile(r"[\[(<{]\s*([^\[\](){}<>]{1,30}?)\s*[\])>}]\s*$")
_AFTER_SIGN = re.compile(r"(?:\s?/|\sin\s)\s*([^\s/]{1,12})$")
_SUFFIX = re.compile(r"_(degC|degF|mm|um|ms|rpm|Nm|kN|bar|mbar|kPa|MPa|Hz|kHz|kW|kWh|Ah|Wh|mA|mV|percent|pct)$")


def unit_in(name: str) -> str:
    """The unit that a column's name says, as pint reads it; empty where it says none."""
    for pattern in (_IN_BRACKETS, _AFTER_SIGN, _SUFFIX):
        match = pattern.search(name)
        if match is not None:
            return proposed_unit(match.group(1))
    return ""


def written_unit(text: str) -> str:
    """A unit that stands alone, such as in a row of units; words in capitals too (Volts)."""
    bare = text.strip(" []()<>")
    return proposed_unit(bare) or (proposed_unit(bare.lower()) if len(bare) > 3 else "")


def unique(names: Sequence[str]) -> list[str]:
    """Trimmed; one without a name is «column 3», and one that comes again is «Loop.2»."""
    seen: dict[str, int] = {}
    found: list[str] = []
    taken = {name.strip() for name in names}
    for number, name in enumerate(names, 1):
        bare = " ".join(name.split())[:200] or f"column {number}"
        again = seen.get(bare, 0) + 1
        while again > 1 and f"{bare}.{again}" in taken:
            again += 1
        seen[bare] = again
        found.append(bare if again == 1 else f"{bare}.{again}")
    return found
