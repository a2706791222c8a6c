"""Units as devices write them (°C, Nm, 1/s, l/min), as pint reads them: a proposal, empty where there is none."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from viewer.base.errors import UserMistake
from viewer.base.units import check_unit

_WRITTEN: Final = {
    "c": "degC",
    "°c": "degC",
    "℃": "degC",
    "deg c": "degC",
    "deg_c": "degC",
    "°f": "degF",
    "℉": "degF",
    "deg f": "degF",
    "°": "deg",
    "%": "percent",
    "pct": "percent",
    "% rh": "percent",
    "nm": "N*m",
    "n·m": "N*m",
    "n.m": "N*m",
    "n m": "N*m",
    "u/min": "rpm",
    "1/min": "rpm",
    "r/min": "rpm",
    "rev/min": "rpm",
    "pcs": "",
    "pieces": "",
    "ea": "",
    "none": "",
}
_SIGNS: Final = str.maketrans({"µ": "u", "μ": "u", "·": "*", "⋅": "*", "²": "**2", "³": "**3", "Ω": "ohm", "\u2126": "ohm"})


@lru_cache(maxsize=4096)
def proposed_unit(text: str) -> str:
    """As pint reads it, or nothing where it knows no such unit. A capital decides only where nothing else does: Nm is torque."""
    bare = text.strip()
    if len(bare) > 50:
        return ""
    known = _WRITTEN.get(bare.lower()) if bare not in ("nm", "C") else {"nm": "nm", "C": "degC"}[bare]
    if known is not None:
        return known
    candidate = bare.translate(_SIGNS).replace("^", "**")
    try:
        return check_unit(candidate) if candidate else ""
    except UserMistake:
        return ""
