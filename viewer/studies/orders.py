"""What the program asks of a worker process: a twin to keep, a run to make, a run to give up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from viewer.base.ids import PartId
from viewer.studies.contract import Study, StudyInfo
from viewer.twin.model import Twin
from viewer.twin.parts import Part


class Line(Protocol):
    """One end of the line between the program and a worker (a multiprocessing connection, whatever the platform calls it)."""

    def send(self, obj: Any, /) -> None: ...
    def recv(self) -> Any: ...
    def poll(self, timeout: float | None = 0.0, /) -> bool: ...


class StudySource(Protocol):
    """Where studies come from (the plugin registry). Can be pickled, so that a worker loads the code itself."""

    def studies(self) -> tuple[StudyInfo, ...]:
        """What there is, without importing code."""
        ...

    def load(self, study_id: str) -> Study:
        """The study. Raises UserMistake."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class KeepTwin:
    """The twin of the runs that follow. Parts that the worker has already are not sent again."""

    number: int
    without_parts: Twin
    parts: Mapping[PartId, int]
    """Number of each part."""
    new_parts: Mapping[int, Part]


@dataclass(frozen=True, slots=True, eq=False)
class MakeRun:
    """Run a study on the kept twin; one that is still going is given up first."""

    run: int
    study: str
    twin: int
    parameters: Mapping[str, Any]
    seed: int
    folder: Path | None


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Cancel a run, co-operatively."""

    run: int


Order = KeepTwin | MakeRun | GiveUp | None
"""None: end."""


@dataclass(slots=True)
class TwinSender:
    """Sends each twin once and each part once. One worker's; used under the runner's lock."""

    connection: Line
    _number: int = 0
    _twin: Twin | None = None
    _numbers: dict[int, tuple[int, Part]] = field(default_factory=dict)
    """Number and part by identity; holding the part keeps its identity from being used again."""

    def send(self, twin: Twin) -> int:
        """The twin's number at the worker, sending what it lacks. Raises OSError where the worker is gone."""
        if twin is self._twin:
            return self._number
        new: dict[int, Part] = {}
        current: dict[int, tuple[int, Part]] = {}
        numbers: dict[PartId, int] = {}
        free = max((number for number, _ in self._numbers.values()), default=0) + 1
        for part_id, part in twin.parts.items():
            if id(part) in self._numbers:
                number = self._numbers[id(part)][0]
            else:
                number, free = free, free + 1
                new[number] = part
            current[id(part)] = (number, part)
            numbers[part_id] = number
        self.connection.send(KeepTwin(self._number + 1, twin.with_(parts=type(twin.parts)()), numbers, new))
        self._numbers, self._twin, self._number = current, twin, self._number + 1
        return self._number
