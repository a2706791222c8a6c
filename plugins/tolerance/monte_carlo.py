"""Monte Carlo of a stack: chunked, every chunk seeded by itself, draws kept so that a moved slider re-uses them.

The same seed gives the same draws whatever the tolerances are (common random numbers), so a slider moves the answer smoothly.
A linear stack is one matrix-vector product on float32 deviations from the middle; any other formula is evaluated in float64.
"""

from __future__ import annotations

import math
import os
from collections import OrderedDict
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from viewer.api import Job

from .distributions import Draws, draw, scale
from .stack import FirstOrder, Problem

Array = NDArray[np.float64]

CHUNK = 20_000
"""Samples of one seed."""
BLOCK = 8_192
"""Samples evaluated at once: the formula's temporaries stay in the cache."""
TOGETHER = 10
"""Chunks drawn at once, by all cores; between them a cancel is heard."""
THREADS = min(8, os.cpu_count() or 1)
KEPT_BYTES = 256 * 2**20
"""Draws kept at most."""


@dataclass(frozen=True, slots=True, eq=False)
class Sampled:
    """What the samples say, in the stack's unit; None where there is no limit to measure it by."""

    samples: int
    mean: float
    std: float
    skew: float
    yield_: float | None
    yield_interval: tuple[float, float] | None
    """95 % (Wilson 1927, eq. as in Brown, Cai & DasGupta 2001, eq. 4)."""
    cp: float | None
    cpk: float | None
    mean_error: float
    """Standard errors."""
    std_error: float
    yield_error: float | None
    undefined: int
    """Samples at which the formula has no value; they count as outside the limits."""
    edges: Array
    counts: Array


Key = tuple[str, float, int, tuple[int, ...]]


def _key(kind: str, cut: float, count: int, seed: tuple[int, ...]) -> Key:
    return kind, cut if kind == "truncated normal" else 0.0, count, seed


class DrawStore:
    """Draws by seed, contributor and chunk; the least recently used go first. One thread."""

    def __init__(self, most_bytes: int = KEPT_BYTES) -> None:
        self._kept: OrderedDict[Key, Draws] = OrderedDict()
        self._bytes = 0
        self._most = most_bytes

    def get(self, kind: str, cut: float, count: int, seed: tuple[int, ...]) -> Draws:
        """The draws of `distributions.draw`."""
        key = _key(kind, cut, count, seed)
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        return self._keep(key, draw(*key))

    def prepare(self, wanted: Iterable[Key]) -> None:
        """Make what is not there yet, on all cores: numpy's generators let other threads run, and each draw has its seed."""
        missing = [key for key in dict.fromkeys(_key(*one) for one in wanted) if key not in self._kept]
        if len(missing) > 1:
            with ThreadPoolExecutor(THREADS) as pool:
                for key, draws in zip(missing, pool.map(lambda one: draw(*one), missing), strict=True):
                    self._keep(key, draws)

    def _keep(self, key: Key, draws: Draws) -> Draws:
        draws.setflags(write=False)
        self._kept[key] = draws
        self._bytes += draws.nbytes
        while self._bytes > self._most:
            self._bytes -= self._kept.popitem(last=False)[1].nbytes
        return draws


def sampled(problem: Problem, samples: int, seed: int, job: Job, store: DrawStore) -> Sampled:
    """Draw and judge. Raises Cancelled."""
    deviations = np.empty(samples, dtype=np.float32 if problem.is_linear else np.float64)
    middle = float(problem.value(problem.centre))
    for chunk, begin in enumerate(range(0, samples, CHUNK)):
        job.progress(begin / samples, "drawing samples")
        count = min(CHUNK, samples - begin)
        if chunk % TOGETHER == 0:
            last = min(chunk + TOGETHER, -(-samples // CHUNK))
            store.prepare(key for number in range(chunk, last) for key in _keys(problem, seed, number))
        _fill(problem, middle, deviations[begin : begin + count], _draws(problem, count, seed, chunk, store), job)
    return judged(problem, middle, deviations)


def _keys(problem: Problem, seed: int, chunk: int) -> list[Key]:
    cuts = [float(w / s) if s > 0.0 else math.inf for w, s in zip(problem.half_width, problem.sigma, strict=True)]
    return [_key(kind, cuts[i], CHUNK, (seed, i, chunk)) for i, kind in enumerate(problem.kinds)]


def _draws(problem: Problem, count: int, seed: int, chunk: int, store: DrawStore) -> list[Draws]:
    return [store.get(*key)[:count] for key in _keys(problem, seed, chunk)]


def _fill(problem: Problem, middle: float, out: NDArray[np.floating], draws: list[Draws], job: Job) -> None:
    scales = np.array(
        [scale(k, float(w), float(s)) for k, w, s in zip(problem.kinds, problem.half_width, problem.sigma, strict=True)]
    )
    if problem.is_linear:
        weights = (problem.slopes(problem.centre) * scales).astype(np.float32)
        out[:] = 0.0
        for weight, one in zip(weights, draws, strict=True):
            if weight != 0.0:
                out += weight * one
        return
    used = [(i, name) for i, name in enumerate(problem.names) if name in problem.formula.names]
    for begin in range(0, len(out), BLOCK):
        job.check()
        block = slice(begin, begin + BLOCK)
        values = {name: draws[i][block] * scales[i] + problem.centre[i] for i, name in used}
        out[block] = np.asarray(problem.formula.evaluate(values)) * problem.factor - middle


def judged(problem: Problem, middle: float, deviations: NDArray[np.floating]) -> Sampled:
    """Figures of samples given as deviations from `middle`."""
    total = len(deviations)
    finite = np.isfinite(deviations)
    undefined = total - int(np.count_nonzero(finite))
    good = (deviations if undefined == 0 else deviations[finite]).astype(np.float64)
    if len(good) < 2:
        good = np.zeros(2)
    shift = float(good.mean())
    centred = good - shift
    squares = centred * centred
    second, third, fourth = float(squares.mean()), float((squares * centred).mean()), float((squares * squares).mean())
    std = math.sqrt(second * len(good) / (len(good) - 1))
    lower, upper = problem.stack.lower, problem.stack.upper
    share, interval = _yield(good, lower - middle, upper - middle, total)
    cp, cpk = capability(middle + shift, std, lower, upper)
    counts, edges = _histogram(good)
    return Sampled(
        samples=total,
        mean=middle + shift,
        std=std,
        skew=third / second**1.5 if second > 0.0 else 0.0,
        yield_=share,
        yield_interval=interval,
        cp=cp,
        cpk=cpk,
        mean_error=std / math.sqrt(total),
        std_error=math.sqrt(max(0.0, fourth - second * second) / total) / (2.0 * std) if std > 0.0 else 0.0,
        yield_error=None if share is None else math.sqrt(share * (1.0 - share) / total),
        undefined=undefined,
        edges=edges + middle,
        counts=counts,
    )


def capability(mean: float, std: float, lower: float, upper: float) -> tuple[float | None, float | None]:
    """Cp and Cpk with 6 and 3 sigma (ISO 22514-2:2017, normal model); NaN limits are none."""
    if std <= 0.0:
        return None, None
    sides = [side for side in ((upper - mean) / (3.0 * std), (mean - lower) / (3.0 * std)) if not math.isnan(side)]
    cp = (upper - lower) / (6.0 * std)
    return (None if math.isnan(cp) else cp), (min(sides) if sides else None)


def normal_yield(answer: FirstOrder, lower: float, upper: float) -> float | None:
    """Share of a normal distribution with the first-order mean and sigma within limits: exact for linear sums of normals."""
    if math.isnan(lower) and math.isnan(upper):
        return None
    if answer.std <= 0.0:
        return float(not (answer.mean < lower or answer.mean > upper))
    above = 1.0 if math.isnan(upper) else _phi((upper - answer.mean) / answer.std)
    below = 0.0 if math.isnan(lower) else _phi((lower - answer.mean) / answer.std)
    return above - below


def wilson(good: int, total: int) -> tuple[float, float]:
    """95 % interval of a share."""
    z = 1.959963984540054
    share = good / total
    middle = (share + z * z / (2 * total)) / (1 + z * z / total)
    half = z / (1 + z * z / total) * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    return max(0.0, middle - half), min(1.0, middle + half)


def _yield(good: Array, lower: float, upper: float, total: int) -> tuple[float | None, tuple[float, float] | None]:
    if math.isnan(lower) and math.isnan(upper):
        return None, None
    outside = np.zeros(len(good), dtype=bool)
    if not math.isnan(lower):
        outside |= good < lower
    if not math.isnan(upper):
        outside |= good > upper
    inside = len(good) - int(np.count_nonzero(outside))
    return inside / total, wilson(inside, total)


def _histogram(values: Array, bins: int = 80) -> tuple[Array, Array]:
    """As numpy's, for equal bins over the values' whole range, at a quarter of its time."""
    low, high = float(values.min()), float(values.max())
    if not high > low:
        low, high = low - 0.5, high + 0.5
    places = ((values - low) * (bins / (high - low))).astype(np.int32)
    np.minimum(places, bins - 1, out=places)
    return np.bincount(places, minlength=bins).astype(np.float64), np.linspace(low, high, bins + 1)


def _phi(x: float) -> float:
    return 0.5 * math.erfc(-x / math.sqrt(2.0))
