"""`genchi study` and `genchi plugin`: the registry and one run, as plain results for the command line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from viewer.base.errors import UserMistake
from viewer.base.job import Job
from viewer.geometry.scene import load_twin
from viewer.plugin_host import commandline

list_studies = commandline.list_studies
list_plugins = commandline.list_plugins


def run_study(
    study_id: str,
    *,
    scene: Path | None,
    input_path: Path | None,
    settings: Mapping[str, str],
    output: Path | None,
    seed: int,
    job: Job,
) -> dict[str, Any]:
    """Run a study to its end in a worker process; its summary, with its warnings under `warnings` where there are any.

    Raises UserMistake for an unknown study, scene, file or value.
    """
    twin = load_twin(scene, job=job).twin if scene is not None else None
    result = commandline.run_study(study_id, twin, input_path, settings, output, seed, job=job)
    summary = dict(result.summary)
    if result.warnings:
        summary.setdefault("warnings", list(result.warnings))
    return summary


def settings_of(words: Iterable[str]) -> dict[str, str]:
    """What `--set name=value` says, by name. Raises UserMistake."""
    result: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not (equals and name):
            raise UserMistake(f"--set takes name=value, not «{word}»")
        result[name] = value
    return result
