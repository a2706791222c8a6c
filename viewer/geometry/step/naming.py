"""Names for what a STEP file leaves unnamed: the kernel calls it by its sort in capitals, people read «Solid 3»."""

from __future__ import annotations

from collections import Counter

_SORTS = {
    "COMPOUND": "Group", "COMPSOLID": "Solids", "SOLID": "Solid", "SHELL": "Surface", "FACE": "Face", "WIRE": "Wire",
    "EDGE": "Edge", "VERTEX": "Point", "SHAPE": "Shape", "ASSEMBLY": "Assembly", "": "Part",
}  # fmt: skip
"""TopAbs_ShapeEnum as `XCAFDoc_ShapeTool` writes it where it names shapes by itself (its SetAutoNaming); and no name at all."""


def is_unnamed(given: str) -> bool:
    """Whether the kernel, and not the file, gave this name."""
    return given in _SORTS


class Namer:
    """Numbers the unnamed of each sort below each parent, from 1, in the file's order."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()

    def name(self, given: str, parent: str) -> str:
        """The name that was given; for an unnamed one its sort with a number."""
        sort = _SORTS.get(given)
        if sort is None:
            return given
        self._counts[parent, sort] += 1
        return f"{sort} {self._counts[parent, sort]}"
