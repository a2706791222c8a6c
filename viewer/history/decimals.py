"""Measured values are mostly decimals: 23.54 is 2354 / 10^2, and whole numbers pack far better than doubles.

After Afroozeh, Kuffó, Boncz: ALP, Adaptive Lossless floating-Point Compression (SIGMOD 2024), section 3.1: a double is kept as
the whole number i and the exponent e where i / 10^e gives back the very same bits; what does not is an exception. One e a run.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

NOT_DECIMAL = 255
"""The exponent of a run that is kept as bits."""
_POWERS: NDArray[np.float64] = np.array([float(10**power) for power in range(17)])
_SAMPLE = 32
_ROWS_AT_ONCE = 256
_LARGEST = 2.0**53
_MOST_EXCEPTIONS = 1 / 16


def exponents(values: NDArray[np.float64], counts: NDArray[np.int64]) -> NDArray[np.uint8]:
    """(r,) The power of ten that makes each run of values (k,) whole, or NOT_DECIMAL."""
    found = _sampled(values, counts)
    starts = np.cumsum(counts) - counts
    trying = np.flatnonzero(found != NOT_DECIMAL)
    while len(trying):
        part = _spread(starts[trying], counts[trying])
        wrong = ~_same(values[part], np.repeat(_POWERS[found[trying]], counts[trying]))
        wrong &= np.isfinite(values[part])
        failed = np.add.reduceat(wrong, np.cumsum(counts[trying]) - counts[trying]) > counts[trying] * _MOST_EXCEPTIONS
        trying = trying[failed]
        found[trying] += 1
        found[trying[found[trying] >= len(_POWERS)]] = NOT_DECIMAL
        trying = trying[found[trying] != NOT_DECIMAL]
    return found


def to_whole(values: NDArray[np.float64], powers: NDArray[np.uint8]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Whole numbers (k,) for values (k,) of these exponents, and where they do not give back the same bits (there the one before
    stands, so that a difference to it is nothing)."""
    scale = _POWERS[powers]
    wrong = ~_same(values, scale)
    with np.errstate(all="ignore"):
        whole = np.rint(np.where(wrong, 0.0, values) * scale).astype(np.int64)
    if wrong.any():
        last_right = np.maximum.accumulate(np.where(wrong, -1, np.arange(len(values))))
        whole = np.where(last_right < 0, 0, whole[np.maximum(last_right, 0)])
    return whole, wrong


def to_values(whole: NDArray[np.int64], powers: NDArray[np.uint8]) -> NDArray[np.float64]:
    """The values (k,) of whole numbers (k,)."""
    if int(powers.max(initial=0)) >= len(_POWERS):
        raise ValueError("an exponent is out of range")
    return whole / _POWERS[powers]


def _same(values: NDArray[np.float64], scale: NDArray[np.float64]) -> NDArray[np.bool_]:
    with np.errstate(all="ignore"):
        whole = np.rint(values * scale)
        back = np.where(np.abs(whole) < _LARGEST, whole, 0.0).astype(np.int64) / scale
    return back.view(np.uint64) == values.view(np.uint64)


def _sampled(values: NDArray[np.float64], counts: NDArray[np.int64]) -> NDArray[np.uint8]:
    starts = np.cumsum(counts) - counts
    at = starts[:, None] + counts[:, None] * np.arange(_SAMPLE) // _SAMPLE
    some = values[at]
    found = np.full(len(counts), NOT_DECIMAL, np.uint8)
    for first in range(0, len(counts), _ROWS_AT_ONCE):
        part = some[first : first + _ROWS_AT_ONCE]
        # All powers at once: a block has few runs, and a numpy call costs more than the numbers in it.
        powers: NDArray[np.float64] = np.broadcast_to(_POWERS[:, None, None], (len(_POWERS), *part.shape))
        fits = (_same(np.broadcast_to(part, powers.shape), powers) | ~np.isfinite(part)).sum(axis=2) >= _SAMPLE * (
            1 - _MOST_EXCEPTIONS
        )
        found[first : first + _ROWS_AT_ONCE] = np.where(fits.any(axis=0), fits.argmax(axis=0), NOT_DECIMAL)
    return found


def _spread(starts: NDArray[np.int64], counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """The indices of runs, one after another."""
    return np.repeat(starts - (np.cumsum(counts) - counts), counts) + np.arange(int(counts.sum()))
