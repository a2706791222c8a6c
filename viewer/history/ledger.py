"""Which numbered batches are kept: each once, in sequence, and what never arrived is named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from viewer.history.records import Batch, Gap
from viewer.history.rows import Progress

NEVER_ARRIVED = "never arrived"
_Key = tuple[str, str]


@dataclass(slots=True)
class Missing:
    """A gap that is still open, and the row that names it."""

    number: int
    gap: Gap


@dataclass(slots=True)
class Ledger:
    """What was committed. The writer's thread alone."""

    progress: dict[_Key, Progress] = field(default_factory=dict[_Key, Progress])
    missing: dict[_Key, tuple[Missing, ...]] = field(default_factory=dict[_Key, tuple[Missing, ...]])
    next_gap: int = 1

    def accept(self, trial: Trial) -> None:
        """What the trial found has been committed."""
        self.progress.update(trial.progress)
        self.missing.update(trial.missing)
        self.next_gap = trial.next_gap


class Trial:
    """A transaction's view: what would be kept, so that a transaction that fails has changed nothing."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self.progress: dict[_Key, Progress] = {}
        self.missing: dict[_Key, tuple[Missing, ...]] = {}
        self.next_gap = ledger.next_gap
        self.opened: dict[int, Gap] = {}
        """Gaps to be written, by row."""
        self.closed: set[int] = set()
        """Rows of gaps to be taken away, since what was missing has come (in parts: the rest is among the opened)."""

    def takes(self, batch: Batch) -> bool:
        """Whether a batch is to be kept: it is the next one, or comes after a gap, or fills one."""
        key = (batch.device, batch.epoch)
        before = self.progress.get(key) or self._ledger.progress.get(key)
        last = before.last if before else 0
        if batch.sequence <= last:
            return self._fills(key, batch.sequence)
        newest = int(batch.columns.t_ns.max()) if len(batch.columns) else 0
        known = before.newest_ns if before else newest
        if batch.sequence > last + 1:
            first_ns = int(batch.columns.t_ns.min()) if len(batch.columns) else known
            t0, t1 = min(known, first_ns), max(known, first_ns)
            self._open(key, Gap(*key, last + 1, batch.sequence - 1, t0, t1, NEVER_ARRIVED))
        self.progress[key] = Progress(batch.sequence, newest or known)
        return True

    def _open(self, key: _Key, gap: Gap) -> None:
        number, self.next_gap = self.next_gap, self.next_gap + 1
        self.opened[number] = gap
        self.missing[key] = (*self._missing(key), Missing(number, gap))

    def _missing(self, key: _Key) -> tuple[Missing, ...]:
        return self.missing.get(key, self._ledger.missing.get(key, ()))

    def _fills(self, key: _Key, sequence: int) -> bool:
        for one in self._missing(key):
            gap = one.gap
            if gap.first <= sequence <= gap.last:
                self.missing[key] = tuple(other for other in self._missing(key) if other is not one)
                self.closed.add(one.number)
                self.opened.pop(one.number, None)
                for first, last in ((gap.first, sequence - 1), (sequence + 1, gap.last)):
                    if first <= last:
                        self._open(key, Gap(*key, first, last, gap.t0_ns, gap.t1_ns, gap.cause))
                return True
        return False


def open_gaps(gaps: Sequence[tuple[int, Gap]]) -> dict[_Key, tuple[Missing, ...]]:
    """The gaps that a late batch can still fill, by device and epoch."""
    found: dict[_Key, tuple[Missing, ...]] = {}
    for number, gap in gaps:
        if gap.cause == NEVER_ARRIVED:
            key = (gap.device, gap.epoch)
            found[key] = (*found.get(key, ()), Missing(number, gap))
    return found
