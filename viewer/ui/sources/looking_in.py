"""Looking into a source beside the main thread: all its values, level by level, within a time and a number."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from viewer.base.errors import UserMistake
from viewer.base.job import Job
from viewer.twin.model import Twin

if TYPE_CHECKING:
    from viewer.edge.browsing import Browsable, BrowseNode
    from viewer.edge.proposing import Offer, Proposal

AT_ONCE: Final = 6
DEEPEST: Final = 12
MOST_VALUES: Final = 5_000
WITHIN_S: Final = 90.0


@dataclass(frozen=True, slots=True)
class Seen:
    """What a source offers and what is proposed for it."""

    proposals: tuple[Proposal, ...]
    told: str
    """Why there may be more; empty where this is all."""
    above: Mapping[str, tuple[str, ...]]
    """The names above each tag: where its value is asked for again."""


def browsable(kind: str, keys: Mapping[str, str], folder: Path, scene: Path | None = None) -> Browsable:
    """The source that these keys make. Raises UserMistake for what is wrong, or a source that can't be looked into."""
    from viewer.edge.browsing import Browsable
    from viewer.edge.kind import Place
    from viewer.edge.sources import read_source
    from viewer.edge.tables import Table

    config = read_source(Table({"kind": kind, **keys}, "the source", folder), Place(folder, scene))
    if not isinstance(config, Browsable):
        raise UserMistake(f"a source of the kind {kind} can't be looked into: write its rows in the table of bindings")
    return config


def look_in(source: Browsable, twin: Twin, job: Job, *, taken: Sequence[str] = ()) -> Seen:
    """Browse everything and propose. Raises UserMistake where nobody is there, Cancelled."""
    from viewer.edge.proposing import propose

    offers, told = _offers(source, job)
    job.progress(0.95, f"comparing {len(offers)} names")
    return Seen(propose(offers, twin, taken=taken), told, {one.tag: one.above for one in offers})


def values_now(source: Browsable, places: Sequence[tuple[str, ...]], job: Job) -> dict[str, str]:
    """The newest value of each tag that stands right below these names. Raises UserMistake, Cancelled."""
    return {one.address: one.value for _, nodes in _level(source, places, job) for one in nodes if one.kind}


def _offers(source: Browsable, job: Job) -> tuple[list[Offer], str]:
    from viewer.edge.proposing import Offer

    found: list[Offer] = []
    level: list[tuple[str, ...]] = [()]
    until_s = time.monotonic() + WITHIN_S
    job.progress(0.02, "connecting")
    for depth in range(DEEPEST):
        further: list[tuple[str, ...]] = []
        for number, (above, nodes) in enumerate(_level(source, level, job)):
            found += [Offer(one, above) for one in nodes if one.kind and not one.refusal]
            further += [(*above, one.name) for one in nodes if one.has_children]
            job.progress(min(0.9, 0.05 + 0.1 * depth + 0.1 * number / max(1, len(level))), f"{len(found)} values found")
            if len(found) >= MOST_VALUES:
                return found[:MOST_VALUES], f"only the first {MOST_VALUES} values are shown"
            if time.monotonic() > until_s:
                return found, f"it was looked into for {WITHIN_S:.0f} s; there may be more"
        if not further:
            return found, ""
        level = further
    return found, f"what lies deeper than {DEEPEST} levels is not shown"


def _level(source: Browsable, level: Sequence[tuple[str, ...]], job: Job) -> list[tuple[tuple[str, ...], tuple[BrowseNode, ...]]]:
    """What stands below each name of a level, some asked at once: each question may wait for the network."""
    answers: list[tuple[tuple[str, ...], tuple[BrowseNode, ...]]] = []
    with ThreadPoolExecutor(AT_ONCE, "browsing") as pool:
        for first in range(0, len(level), AT_ONCE):
            job.check()
            some = level[first : first + AT_ONCE]
            answers += zip(some, pool.map(source.browse, some), strict=True)
    return answers
