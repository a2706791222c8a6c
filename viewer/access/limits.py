"""Safety limits: which set-points a gateway lets people command at all, how far, how fast; and the hash that names them."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from viewer.access.command import Name
from viewer.base.errors import UserMistake

MOST_CHANNELS: Final = 10_000


class Writable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The safety limits of one set-point, in the channel's unit."""

    channel: Name
    low: float
    high: float
    step: float
    """The farthest that one command may move it."""
    rate_per_s: float
    """The fastest that commands may move it over time."""
    base_tolerance: float = 0.0
    """How far the value may have gone from the one that the signer saw."""
    stale_after_s: Annotated[float, Meta(gt=0)] = 5.0
    """A command on grounds older than this is refused."""


def checked(one: Writable) -> Writable:
    """The limits themselves; raises UserMistake with the first thing that is wrong with them."""
    numbers = {"low": one.low, "high": one.high, "step": one.step, "rate_per_s": one.rate_per_s}
    numbers |= {"base_tolerance": one.base_tolerance, "stale_after_s": one.stale_after_s}
    for name, value in numbers.items():
        if not math.isfinite(value):
            raise UserMistake(f"{name} of {one.channel} is a finite number, not {value}")
    if not one.low < one.high:
        raise UserMistake(f"low of {one.channel} is below high, not {one.low} and {one.high}")
    if one.step <= 0.0 or one.rate_per_s <= 0.0 or one.base_tolerance < 0.0 or one.stale_after_s <= 0.0:
        raise UserMistake(f"step, rate_per_s and stale_after_s of {one.channel} are above 0, base_tolerance is not below 0")
    return one


def configuration_hash(limits: Mapping[str, Writable]) -> str:
    """SHA-256 of all limits in force: who signs a command or a change names it, so that it holds for these limits only."""
    text = msgspec.json.encode([limits[channel] for channel in sorted(limits)], order="sorted")
    return hashlib.sha256(text).hexdigest()
