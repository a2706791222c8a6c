"""The study runner: each study in a worker process that stays warm; a newer request for the same study replaces an older one."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from viewer.base.clock import Clock, SystemClock
from viewer.studies.handle import OnEvent, RunHandle
from viewer.studies.lane import DEFAULT_GRACE_S, Lane
from viewer.studies.orders import MakeRun, StudySource
from viewer.studies.results import new_run_folder
from viewer.twin.model import Twin

MOST_WARM = 2
"""Worker processes kept, counting busy ones; the least recently used idle one ends when another study comes."""


class StudyRunner:
    """Runs studies. Any thread may call it; `on_event` is called on a thread of the runner's own."""

    def __init__(self, source: StudySource, *, clock: Clock | None = None, grace_s: float = DEFAULT_GRACE_S) -> None:
        self._source = source
        self._clock = clock or SystemClock()
        self._grace_s = grace_s
        self._lanes: dict[str, Lane] = {}
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()

    def run(
        self,
        study_id: str,
        twin: Twin,
        parameters: Mapping[str, Any],
        *,
        seed: int = 0,
        on_event: OnEvent | None = None,
        keep: bool = False,
        folder: Path | None = None,
        limit_s: float | None = None,
    ) -> RunHandle:
        """Start a run and return at once; what is still running of the same study is given up.

        `keep` writes a new run folder (see viewer.studies.results), `folder` a named one; without them nothing is written. A run
        that takes longer than `limit_s` is ended as failed.
        """
        if keep and folder is None:
            folder = new_run_folder(study_id, self._clock)
        lane = self._lane(study_id)
        number = next(self._numbers)
        handle = RunHandle(number, study_id, on_event, lambda: lane.cancel(number))
        lane.start(MakeRun(number, study_id, 0, dict(parameters), seed, folder), twin, handle, limit_s)
        return handle

    def warm(self, study_id: str) -> None:
        """Start the study's worker ahead of its first run."""
        self._lane(study_id).warm()

    def worker_pids(self) -> tuple[int, ...]:
        """Process ids of the warm workers."""
        with self._lock:
            pids = [lane.pid for lane in self._lanes.values()]
        return tuple(pid for pid in pids if pid is not None)

    def close(self) -> None:
        """End all workers; runs still going end as cancelled. The runner may be used again afterwards."""
        with self._lock:
            lanes, self._lanes = list(self._lanes.values()), {}
        for lane in lanes:
            lane.close()

    def _lane(self, study_id: str) -> Lane:
        with self._lock:
            lane = self._lanes.pop(study_id, None) or Lane(self._source, self._grace_s)
            self._lanes[study_id] = lane
            idle = [key for key, one in self._lanes.items() if key != study_id and not one.busy]
            surplus = [self._lanes.pop(key) for key in idle[: max(0, len(self._lanes) - MOST_WARM)]]
        for one in surplus:
            one.close()
        return lane
