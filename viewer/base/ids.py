"""Identifiers: plain strings, told apart by type, matched by glob."""

from collections.abc import Container, Iterable
from fnmatch import fnmatchcase
from typing import NewType, TypeVar

IdT = TypeVar("IdT", bound=str)

NodeId = NewType("NodeId", str)
PartId = NewType("PartId", str)
ChannelId = NewType("ChannelId", str)
CharacteristicId = NewType("CharacteristicId", str)
StationId = NewType("StationId", str)
FlowId = NewType("FlowId", str)
PathId = NewType("PathId", str)
ScenarioId = NewType("ScenarioId", str)

ROOT = NodeId("")
"""The parent of every top-level node; it has no record and no pose of its own (its frame is the world)."""


def unique_id(wanted: str, taken: Container[str]) -> str:
    """`wanted`, or `wanted~2`, `wanted~3` … where it is taken."""
    if wanted not in taken:
        return wanted
    number = 2
    while f"{wanted}~{number}" in taken:
        number += 1
    return f"{wanted}~{number}"


def matching(ids: Iterable[IdT], glob: str) -> list[IdT]:
    """The ids that match a shell-style pattern (`*`, `?`, `[…]`), case-sensitive, in their order."""
    return [one for one in ids if fnmatchcase(one, glob)]
