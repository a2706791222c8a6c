"""A channel over a span for drawing: from the samples where they are few, else from the pyramid; no peak is lost."""

from __future__ import annotations

import numpy as np

from viewer.history.cells import COARSEST, FINEST, STEP, Cells, cells_of, merged
from viewer.history.view import View
from viewer.twin.samples import Envelope, envelope_of

NOTHING = Envelope(np.empty(0, np.int64), np.empty(0), np.empty(0), np.empty(0, np.int64))


def envelope(view: View, number: int, t0_ns: int, t1_ns: int, buckets: int, base: int | None) -> Envelope:
    """At most `buckets` buckets of equal length. `base` is the finest level there is of the channel, None where there is none.

    Where it comes from the pyramid, a bucket is a whole number of cells on the pyramid's own grid, so that panning does not make
    it flicker; samples before t0 and after t1 are left out all the same.
    """
    if buckets < 1 or t1_ns <= t0_ns:
        return NOTHING
    shift = _shift((t1_ns - t0_ns) // buckets)
    coarse_ns = view.samples_from(number)
    if base is not None and t0_ns < coarse_ns:
        shift = max(shift, base)
    if base is None or shift < base:
        columns = view.samples(number, t0_ns, t1_ns)
        return envelope_of(columns.t_ns, np.where(columns.quality == 0, columns.values, np.nan), t0_ns, t1_ns, buckets)
    first, last = t0_ns >> shift, t1_ns >> shift
    return _bucketed(_exact(view, number, shift, t0_ns, t1_ns, coarse_ns), shift, first, last, buckets)


def _shift(width_ns: int) -> int:
    """The coarsest level whose cells are no longer than a bucket."""
    steps = (max(width_ns, 1).bit_length() - 1 - FINEST) // STEP
    return min(FINEST + steps * STEP, COARSEST)


def _exact(view: View, number: int, shift: int, t0_ns: int, t1_ns: int, coarse_ns: int) -> Cells:
    """The cells of a span; those cut at its ends are made from the samples inside, where those are kept (from coarse_ns)."""
    t0_ns = (t0_ns >> shift) << shift if t0_ns < coarse_ns else t0_ns
    t1_ns = (((t1_ns >> shift) + 1) << shift) - 1 if t1_ns < coarse_ns else t1_ns
    first, last = -(-t0_ns >> shift), ((t1_ns + 1) >> shift) - 1
    if first > last:
        return cells_of(view.samples(number, t0_ns, t1_ns), shift)
    parts = [view.cells(number, shift, first, last)]
    if first << shift > t0_ns:
        parts.append(cells_of(view.samples(number, t0_ns, (first << shift) - 1), shift))
    if (last + 1) << shift <= t1_ns:
        parts.append(cells_of(view.samples(number, (last + 1) << shift, t1_ns), shift))
    return merged(parts)


def _bucketed(cells: Cells, shift: int, first: int, last: int, buckets: int) -> Envelope:
    if not len(cells):
        return NOTHING
    wide = -(-(last - first + 1) // buckets)
    if last // wide - first // wide + 1 > buckets:
        wide += 1
    origin = first // wide * wide if last // wide - first // wide < buckets else first
    bucket = (cells.cell - origin) // wide
    starts = np.flatnonzero(np.diff(bucket, prepend=-1))
    middle = ((origin + bucket[starts] * wide) << shift) + ((wide << shift) >> 1)
    return Envelope(
        middle, np.fmin.reduceat(cells.low, starts), np.fmax.reduceat(cells.high, starts), np.add.reduceat(cells.count, starts)
    )
