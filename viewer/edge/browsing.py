"""Looking into a source before anything is bound to it: what it offers, level by level."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class BrowseNode:
    """One thing that a source offers."""

    name: str
    address: str
    """What [[source.tag]] takes as its tag, where it is a value."""
    kind: str
    """Kind of the channel that it suggests; empty where it is no value."""
    unit: str
    """As pint reads it; empty where the source says none."""
    value: str
    """Its newest value as text."""
    has_children: bool
    type: str = ""
    """As the source calls it, such as Float."""
    low: float | None = None
    """Of the range that the source tells, in its unit."""
    high: float | None = None
    description: str = ""
    """What the source says of it: for a machine its maker, model and serial number."""
    refusal: str = ""
    """Why no channel can carry it; empty where one can."""
    states: tuple[str, ...] = ()
    """Texts of its values, such as «0 = Off»."""


@runtime_checkable
class Browsable(Protocol):
    """A configured source (`viewer.edge.kind.SourceConfig`) that can be looked into."""

    def browse(self, path: tuple[str, ...] = ()) -> tuple[BrowseNode, ...]:
        """What stands below these names, from the top. Connects by itself and waits some seconds: never on the gateway's
        loop. Raises UserMistake where nobody is there."""
        ...
