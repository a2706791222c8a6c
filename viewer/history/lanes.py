"""Where each channel's samples go: a fast channel has blocks of its own, slow ones share them in groups of 32."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from viewer.history.pack import pack_tight
from viewer.history.rows import Block
from viewer.history.tail import by_time, joined
from viewer.twin.samples import Columns, in_runs

GROUP = 32
OWN_FROM = 4096
"""Samples of a channel at its first move from which on it has blocks of its own."""
BLOCK = 8192
_LULL_NS = 3_600_000_000_000
_LULL_SHARE = 0.25


@dataclass(frozen=True, slots=True)
class Lane:
    """The samples that one owner gets in a move, by time within each channel."""

    owner: int
    columns: Columns


def owner_of(number: int, samples: int) -> int:
    """The owner of a channel's samples, decided once: when it has blocks first."""
    return number if samples >= OWN_FROM else -1 - number // GROUP


def members(owner: int) -> range:
    """The channel numbers whose samples an owner may have."""
    return range(owner, owner + 1) if owner >= 0 else range((-1 - owner) * GROUP, (-owner) * GROUP)


def lanes(columns: Columns, owners: NDArray[np.int64]) -> list[Lane]:
    """Samples by owner; `owners` (r,) is that of each run."""
    columns = by_time(columns)
    ends = np.cumsum(columns.counts)
    starts = ends - columns.counts
    found: list[Lane] = []
    order = np.argsort(owners, kind="stable")
    cuts = np.flatnonzero(np.diff(owners[order])) + 1
    for runs in np.split(order, cuts) if len(order) else []:
        at = np.concatenate([np.arange(int(starts[run]), int(ends[run])) for run in runs.tolist()])
        part = Columns(columns.channels[runs], columns.counts[runs], columns.t_ns[at], columns.values[at], columns.quality[at])
        found.append(Lane(int(owners[runs[0]]), part))
    return found


def blocks(lane: Lane) -> list[Block]:
    """A lane's samples as packed blocks, none of them long in time for a few stray samples alone, none much above BLOCK."""
    return [_block(lane.owner, piece) for stretch in _stretches(lane.columns) for piece in _pieces(stretch)]


def _block(owner: int, columns: Columns) -> Block:
    return Block(owner, int(columns.t_ns.min()), int(columns.t_ns.max()), len(columns), pack_tight(columns))


def _stretches(columns: Columns) -> list[Columns]:
    """Cut where nothing was for long, measured by the whole: a late sample of last week gets a block of its own."""
    t_ns = np.sort(columns.t_ns)
    span_ns = int(t_ns[-1]) - int(t_ns[0])
    if span_ns <= _LULL_NS:
        return [columns]
    steps = np.diff(t_ns)
    widest = int(steps.argmax())
    if int(steps[widest]) < max(_LULL_NS, _LULL_SHARE * span_ns):
        return [columns]
    early = columns.t_ns <= t_ns[widest]
    return [*_stretches(_where(columns, early)), *_stretches(_where(columns, ~early))]


def _pieces(columns: Columns) -> list[Columns]:
    """Equal pieces by time of about BLOCK samples."""
    parts = -(-len(columns) // BLOCK)
    if parts == 1:
        return [columns]
    if len(columns.channels) == 1:
        return _slices(columns, parts)
    edges = np.sort(columns.t_ns)[np.arange(1, parts) * len(columns) // parts]
    piece = np.searchsorted(np.unique(edges), columns.t_ns, side="right")
    return [_where(columns, piece == one) for one in np.unique(piece)]


def _slices(columns: Columns, parts: int) -> list[Columns]:
    """One channel's samples, which are by time, in parts; equal times stay together."""
    edges = columns.t_ns[np.arange(1, parts) * len(columns) // parts]
    cuts = sorted({0, *np.searchsorted(columns.t_ns, edges, side="left").tolist(), len(columns)})
    return [
        Columns(
            columns.channels,
            np.array([end - first]),
            columns.t_ns[first:end],
            columns.values[first:end],
            columns.quality[first:end],
        )
        for first, end in itertools.pairwise(cuts)
    ]


def _where(columns: Columns, some: NDArray[np.bool_]) -> Columns:
    channel = np.repeat(columns.channels, columns.counts)[some]
    return in_runs(channel, columns.t_ns[some], columns.values[some], columns.quality[some])


def moved(parts: list[Columns]) -> Columns:
    """All that is moved at once, each channel by time."""
    return by_time(joined(parts))
