"""Every change of a twin is an Edit: a small typed record that knows how to apply itself, its inverse, and who may do it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from viewer.base.ids import NodeId
from viewer.twin.deltas import Delta
from viewer.twin.model import Twin

Role = Literal["viewer", "operator", "engineer", "admin"]


ROLES: tuple[Role, ...] = ("viewer", "operator", "engineer", "admin")
"""From least to most."""


class Edit(Protocol):
    """A change of the twin. Frozen and comparable; holds plain values only, so it can be stored, sent and signed."""

    @property
    def role(self) -> Role:
        """The least role that may do it."""
        ...

    def title(self) -> str:
        """What it does, for the undo menu and the history: imperative, a few words, e.g. «Move st080»."""
        ...

    def apply(self, twin: Twin) -> tuple[Twin, Delta]:
        """The changed twin and what changed. Raises UserMistake where it does not fit this twin; the twin is never altered."""
        ...

    def inverse(self, before: Twin) -> Edit:
        """The edit that leads from the changed twin back to `before`, the twin it is to be applied to."""
        ...


class ByViewer:
    """An edit that anybody may do."""

    __slots__ = ()

    @property
    def role(self) -> Role:
        return "viewer"


class ByEngineer:
    """An edit that needs an engineer."""

    __slots__ = ()

    @property
    def role(self) -> Role:
        return "engineer"


@dataclass(frozen=True, slots=True)
class Edits:
    """Several edits as one step."""

    edits: tuple[Edit, ...]
    name: str = ""

    @property
    def role(self) -> Role:
        return ROLES[max((ROLES.index(e.role) for e in self.edits), default=0)]

    def title(self) -> str:
        return self.name or (self.edits[0].title() if len(self.edits) == 1 else f"{len(self.edits)} changes")

    def apply(self, twin: Twin) -> tuple[Twin, Delta]:
        delta = Delta()
        for edit in self.edits:
            twin, one = edit.apply(twin)
            delta = delta | one
        return twin, delta

    def inverse(self, before: Twin) -> Edit:
        undo: list[Edit] = []
        for edit in self.edits:
            undo.append(edit.inverse(before))
            before, _ = edit.apply(before)
        return Edits(tuple(reversed(undo)), self.name)


NodeIds = tuple[NodeId, ...]
