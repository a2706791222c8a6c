"""Node ids: unique within a file, readable, and the file's own name wherever that is possible."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from viewer.base.ids import NodeId, unique_id


def fits(name: str) -> bool:
    """Whether a name can be shown as it is: one line of printable characters, at most 120."""
    return name.isprintable() and len(name) <= 120


def clean(name: str) -> str:
    """A name as one line of printable characters, at most 120 long; an empty one stays empty."""
    if fits(name):
        return name.strip()
    return "".join(c if c.isprintable() else " " for c in name).strip()[:120]


def text_of(data: bytes) -> str:
    """Words of a text file whose encoding nobody says: UTF-8, else what Windows wrote in western Europe."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def path_id(parent: NodeId, name: str, taken: UniqueIds) -> NodeId:
    """`parent.name`, made unique: ids of assemblies whose names say only what a thing is, not where."""
    return taken.take(f"{parent}.{name}" if parent else name)


class UniqueIds:
    """Hands out ids once each, in linear time also where ten thousand things have one name."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._last: dict[str, int] = {}

    def __contains__(self, one: object) -> bool:
        return one in self._taken

    def take(self, wanted: str) -> NodeId:
        """`wanted`, or `wanted~2`, `wanted~3` … where it was handed out before (as `viewer.base.ids.unique_id`)."""
        chosen = wanted
        if wanted in self._taken:
            number = self._last.get(wanted, 1) + 1
            chosen = f"{wanted}~{number}"
            if chosen in self._taken:
                chosen = unique_id(wanted, self._taken)
                number = int(chosen.rpartition("~")[2])
            self._last[wanted] = number
        self._taken.add(chosen)
        return NodeId(chosen)


class NamesOfFile:
    """Ids for formats whose node names are often unique in the whole file (glTF, OBJ).

    A unique name is the id as it stands; so is a name that begins with its parent's id and a dot. Others become dotted paths.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._count = Counter(names)
        self._ids = UniqueIds()

    def take(self, name: str, parent: NodeId) -> NodeId:
        """The id of the node `name` below `parent`."""
        if self._count[name] == 1 or not parent or name.startswith(f"{parent}."):
            return self._ids.take(name)
        return path_id(parent, name, self._ids)

    def below(self, parent: NodeId, name: str) -> NodeId:
        """The id of something that has no name of its own in the file: always `parent.name`."""
        return path_id(parent, name, self._ids)
