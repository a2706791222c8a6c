"""Randomness by key: the same seed and names give the same numbers, whatever was drawn before."""

from __future__ import annotations

import math
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def key_of(seed: int, *names: object) -> int:
    """A 64-bit key of a seed and names (their text decides)."""
    text = "\x1f".join(str(one) for one in (seed, *names))
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little")


def generator(seed: int, *names: object) -> np.random.Generator:
    """A generator of its own for these names."""
    return np.random.Generator(np.random.PCG64(key_of(seed, *names)))


def triangular(u: float, low: float, mode: float, high: float) -> float:
    """The triangular distribution's quantile at u in [0, 1]; low <= mode <= high, and all may be one (no scatter)."""
    if u * (high - low) < mode - low:
        return low + math.sqrt(u * (high - low) * (mode - low))
    return high - math.sqrt((1.0 - u) * (high - low) * (high - mode))


def _mixed(state: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The finaliser of SplitMix64 (Steele, Lea, Flood 2014, doi 10.1145/2660193.2660195)."""
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return state ^ (state >> np.uint64(31))


def _uniform(key: int, counter: NDArray[np.uint64]) -> NDArray[np.float64]:
    """Numbers in (0, 1), one per counter value."""
    bits = _mixed(np.uint64(key) + (counter + np.uint64(1)) * _GOLDEN)
    return ((bits >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53


def normal_at(key: int, index: NDArray[np.integer]) -> NDArray[np.float64]:
    """Standard normal numbers (n,), one per index, by Box and Muller (1958): number i never depends on the others."""
    twice = index.astype(np.uint64) * np.uint64(2)
    radius = np.sqrt(-2.0 * np.log(_uniform(key, twice)))
    return radius * np.cos(2.0 * np.pi * _uniform(key, twice + np.uint64(1)))
