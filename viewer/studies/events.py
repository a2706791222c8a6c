"""What a run tells while it goes: a few typed events, the same for a form, the command line and the run folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from viewer.base.job import Job
from viewer.studies.contract import StudyResult


@dataclass(frozen=True, slots=True)
class Started:
    """The worker has begun."""

    run: int


@dataclass(frozen=True, slots=True)
class Progress:
    """How far it is, 0 to 1, and what is being done."""

    run: int
    fraction: float
    doing: str = ""


@dataclass(frozen=True, slots=True)
class Warned:
    """Something the user should know; the run goes on."""

    run: int
    sentence: str


@dataclass(frozen=True, slots=True, eq=False)
class Partial:
    """A result so far, fit to be shown; better ones follow."""

    run: int
    result: StudyResult


@dataclass(frozen=True, slots=True, eq=False)
class Finished:
    """The last event of a run that went well."""

    run: int
    result: StudyResult
    elapsed_s: float
    """In the worker."""
    folder: Path | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """The last event of a run that did not: one sentence; a fault also has a traceback."""

    run: int
    sentence: str
    mistake: bool
    """Whether the user can mend it (else it is a fault)."""
    traceback: str = ""


@dataclass(frozen=True, slots=True)
class Ended:
    """The last event of a run that was cancelled or replaced by a newer one."""

    run: int
    reason: str


Event = Started | Progress | Warned | Partial | Finished | Failed | Ended
Last = Finished | Failed | Ended


@runtime_checkable
class PartialJob(Job, Protocol):
    """A job that also takes results so far."""

    def partial(self, result: StudyResult) -> None:
        """Show this meanwhile. Raises Cancelled when the work is no longer wanted."""
        ...


def tell_partial(job: Job, result: StudyResult) -> None:
    """Give a result so far to a job that takes one; any other job goes on without."""
    if isinstance(job, PartialJob):
        job.partial(result)
