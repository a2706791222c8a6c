"""Scenarios: a name and the edits that lead from the base to a what-if."""

from __future__ import annotations

from dataclasses import dataclass

from viewer.base.ids import ScenarioId
from viewer.twin.edits import Edit


@dataclass(frozen=True, slots=True)
class Scenario:
    """A what-if over the base twin."""

    id: ScenarioId
    name: str
    edits: tuple[Edit, ...] = ()
