"""Studies and plugins for the command line: lists as plain dicts, and one study run to its end in a worker process."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from viewer.base.errors import Cancelled, UserMistake
from viewer.base.job import Job, SilentJob
from viewer.plugin_host.registry import Registry, find_plugins
from viewer.studies.contract import Study, StudyResult, Value
from viewer.studies.events import Event, Progress, Warned
from viewer.studies.handle import RunHandle
from viewer.studies.parameters import parse_settings, settled
from viewer.studies.runner import StudyRunner
from viewer.twin.model import Twin

GREATEST_INPUT_BYTES = 16 * 2**20
LOOK_EVERY_S = 0.2
"""How often a waiting command line looks whether it was cancelled."""


def list_studies() -> list[dict[str, str]]:
    """Every study that can be run: id, title, description, plugin."""
    return [
        {"id": one.id, "title": one.title, "description": one.description, "plugin": one.plugin}
        for one in find_plugins().studies()
    ]


def list_plugins() -> list[dict[str, str]]:
    """Every plugin found: id, name, version, state, reason, source, folder."""
    return [
        {
            "id": one.id,
            "name": one.name,
            "version": one.version,
            "state": one.state,
            "reason": one.reason,
            "source": one.source,
            "folder": str(one.folder),
        }
        for one in find_plugins().plugins
    ]


def run_study(
    study_id: str,
    scene_twin: Twin | None,
    input_path: Path | None,
    settings: Mapping[str, str],
    output_dir: Path | None,
    seed: int = 0,
    *,
    job: Job | None = None,
    registry: Registry | None = None,
    limit_s: float | None = None,
) -> StudyResult:
    """Run one study on a twin (an empty one where there is none); `output_dir` gets the run folder's files.

    Values come from the input file, then `settings` (name to text) over them. Raises UserMistake, Fault, Cancelled.
    """
    registry = registry or find_plugins()
    twin = scene_twin or Twin()
    parameters = values_for(registry.load(study_id), twin, input_path, settings)
    if output_dir is not None and output_dir.exists() and not output_dir.is_dir():
        raise UserMistake(f"results go to a folder, and there is a file of that name: {output_dir}")
    runner = StudyRunner(registry)
    try:
        tell = _Teller(job or SilentJob())
        handle = runner.run(study_id, twin, parameters, seed=seed, on_event=tell, folder=output_dir, limit_s=limit_s)
        return _awaited(handle, tell)
    finally:
        runner.close()


def values_for(study: Study, twin: Twin, input_path: Path | None, settings: Mapping[str, str]) -> dict[str, Value]:
    """Parameter values from an input file and texts. Raises UserMistake naming line, key and file."""
    declared = study.parameters(twin)
    given: dict[str, Any] = dict(_loaded(study, input_path)) if input_path is not None else {}
    return settled(declared, given | parse_settings(declared, settings))


def _loaded(study: Study, path: Path) -> Mapping[str, Value]:
    try:
        if path.stat().st_size > GREATEST_INPUT_BYTES:
            raise UserMistake(
                f"the input file is larger than {GREATEST_INPUT_BYTES // 2**20} MiB; a study's input is a short text: {path}"
            )
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise UserMistake(f"the input file is not there: {path}") from error
    except OSError as error:
        raise UserMistake(f"the input file can't be read ({error.strerror}): {path}") from error
    except UnicodeDecodeError as error:
        raise UserMistake(f"the input file is not UTF-8 text: {path}") from error
    try:
        return study.load(text)
    except UserMistake as mistake:
        raise UserMistake(f"{mistake}: {path}") from mistake


class _Teller:
    """Passes a run's progress on to the command line's job; a job that wants no more is noted."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self.unwanted = threading.Event()

    def __call__(self, event: Event) -> None:
        try:
            if isinstance(event, Progress):
                self._job.progress(event.fraction, event.doing)
            elif isinstance(event, Warned):
                self._job.warn(event.sentence)
        except Cancelled:
            self.unwanted.set()

    def check(self) -> None:
        try:
            self._job.check()
        except Cancelled:
            self.unwanted.set()


def _awaited(handle: RunHandle, tell: _Teller) -> StudyResult:
    """The result; in between looks whether it is still wanted, so that Ctrl+C in a terminal is heard too."""
    while True:
        try:
            return handle.result(LOOK_EVERY_S)
        except TimeoutError:
            tell.check()
            if tell.unwanted.is_set():
                handle.cancel()
