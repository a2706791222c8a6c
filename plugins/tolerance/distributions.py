"""Distributions of a contributor within its tolerance zone: standard deviation, and repeatable draws.

All are symmetric about the middle of the zone. With half width w and (for the two normal ones) sigma s, standard deviations are

    normal             s
    truncated normal   s sqrt(1 - 2 k phi(k) / (2 Phi(k) - 1)), k = w / s, cut off at the limits of the zone
    uniform            w / sqrt(3)
    triangular         w / sqrt(6)
    arcsine            w / sqrt(2)

(Johnson, Kotz & Balakrishnan, Continuous Univariate Distributions, 2nd ed., vol. 1, sec. 13.10.1, and vol. 2, ch. 25 and 26.)
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

DISTRIBUTIONS = ("normal", "truncated normal", "uniform", "triangular", "arcsine")
NEEDS_SIGMA = ("normal", "truncated normal")

Draws = NDArray[np.float32]


def standard_deviation(kind: str, half_width: float, sigma: float) -> float:
    """Of a distribution, in the unit of the half width. Zero where the zone has no width."""
    if half_width == 0.0 or sigma == 0.0:
        return 0.0
    match kind:
        case "normal":
            return sigma
        case "truncated normal":
            k = half_width / sigma
            inside = math.erf(k / math.sqrt(2.0))
            density = math.exp(-0.5 * k * k) / math.sqrt(2.0 * math.pi)
            return sigma * math.sqrt(max(0.0, 1.0 - 2.0 * k * density / inside))
        case "uniform":
            return half_width / math.sqrt(3.0)
        case "triangular":
            return half_width / math.sqrt(6.0)
        case "arcsine":
            return half_width / math.sqrt(2.0)
        case _:
            raise ValueError(f"no distribution {kind!r}")


def scale(kind: str, half_width: float, sigma: float) -> float:
    """What a draw is multiplied with to be a deviation from the middle of the zone."""
    return sigma if kind in NEEDS_SIGMA else half_width


def draw(kind: str, cut: float, count: int, seed: tuple[int, ...]) -> Draws:
    """`count` draws, (count,) float32, for `scale`, the same for one seed. `cut`: half width / sigma (truncated normal only)."""
    rng = np.random.Generator(np.random.SFC64(np.random.SeedSequence(seed)))
    match kind:
        case "normal":
            return rng.standard_normal(count, dtype=np.float32)
        case "truncated normal":
            return _truncated(rng, cut, count)
        case "uniform":
            return rng.random(count, dtype=np.float32) * np.float32(2.0) - np.float32(1.0)
        case "triangular":
            return rng.random(count, dtype=np.float32) + rng.random(count, dtype=np.float32) - np.float32(1.0)
        case "arcsine":
            return np.cos(np.float32(np.pi) * rng.random(count, dtype=np.float32))
        case _:
            raise ValueError(f"no distribution {kind!r}")


def _truncated(rng: np.random.Generator, cut: float, count: int) -> Draws:
    """Draws beyond a far cut are drawn again; for a near cut the inverse distribution function is exact."""
    if cut < 1.0:
        from scipy.special import ndtr, ndtri

        low = float(ndtr(-cut))
        return np.clip(ndtri(low + (1.0 - 2.0 * low) * rng.random(count)), -cut, cut).astype(np.float32)
    draws = rng.standard_normal(count, dtype=np.float32)
    outside = np.flatnonzero(np.abs(draws) > cut)
    while len(outside):
        draws[outside] = rng.standard_normal(len(outside), dtype=np.float32)
        outside = outside[np.abs(draws[outside]) > cut]
    return draws
