"""Colours for values: perceptually even maps that colour-blind people can read, and a palette for states.

The maps lie as data in assets/colour_maps, whose README names their authors and licences.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from viewer.base.errors import UserMistake
from viewer.base.paths import bundled
from viewer.twin.parts import Rgb

NEUTRAL: Rgb = (148, 150, 154)
"""What has no value: a grey that no map holds."""

STATE_COLOURS: Mapping[str, Rgb] = MappingProxyType(
    {
        "off": (96, 100, 106),
        "idle": (158, 163, 170),
        "running": (214, 218, 222),
        "starved": (120, 170, 214),
        "blocked": (54, 114, 178),
        "setup": (150, 120, 190),
        "maintenance": (170, 130, 90),
        "warning": (240, 200, 40),
        "alarm": (235, 125, 30),
        "fault": (205, 35, 45),
    }
)
"""Colours of states after ISA-101's rule: what is normal is grey, saturated colours are kept for what needs a person."""


@lru_cache(maxsize=32)
def colour_map(name: str) -> NDArray[np.uint8]:
    """(256, 3) sRGB colours from low to high, read-only. Raises UserMistake for an unknown name."""
    if name not in names():
        raise UserMistake(f'there is no colour map "{name}"; known are {", ".join(names())}')
    path = bundled("assets") / "colour_maps" / f"{name}.csv"
    table = np.loadtxt(path, delimiter=",", dtype=np.int64, comments="#")
    if table.shape != (256, 3) or table.min() < 0 or table.max() > 255:
        raise ValueError(f"a colour map needs 256 rows of three numbers from 0 to 255: {path}")
    colours = table.astype(np.uint8)
    colours.setflags(write=False)
    return colours


@lru_cache(maxsize=1)
def names() -> tuple[str, ...]:
    """The names of all maps, sorted."""
    return tuple(sorted(path.stem for path in (bundled("assets") / "colour_maps").glob("*.csv")))


def steps(values: NDArray[np.float64], low: NDArray[np.float64] | float, high: NDArray[np.float64] | float) -> NDArray[np.intp]:
    """Rows of a map (0 … 255) for values between low and high; beyond them the ends, NaN gives 0."""
    span = np.asarray(high, dtype=np.float64) - low
    share = np.divide(values - low, span, out=np.full(np.shape(values), 0.5), where=span != 0.0)
    return np.clip(np.nan_to_num(share, nan=0.0, posinf=1.0, neginf=0.0) * 256.0, 0.0, 255.0).astype(np.intp)


def colours(values: NDArray[np.float64], low: float, high: float, name: str) -> NDArray[np.uint8]:
    """(n, 3) colours of values (n,) on a map; NEUTRAL for NaN. Raises UserMistake for an unknown map."""
    rgb = colour_map(name)[steps(values, low, high)]
    rgb[np.isnan(values)] = NEUTRAL
    return rgb
