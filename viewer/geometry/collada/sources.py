"""Arrays of COLLADA geometries: sources with their accessors, and the inputs that name them."""

from __future__ import annotations

from dataclasses import dataclass
from xml.etree.ElementTree import Element

import numpy as np
from numpy.typing import NDArray

from viewer.geometry.broken import broken
from viewer.geometry.collada.document import Document
from viewer.geometry.markup import float_array, named

Rows = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Input:
    """One stream of a primitive: what it means, where it comes from, and its place among the indices of a corner."""

    semantic: str
    source: str
    offset: int


def inputs(primitive: Element, called: str) -> list[Input]:
    """The shared inputs of a primitive. Raises BrokenFile."""
    return [
        Input(one.get("semantic", ""), one.get("source", ""), whole(one.get("offset", "0"), 0, 64, f"an offset of {called}"))
        for one in named(primitive, "input")
    ]


def whole(text: str, least: int, most: int, what: str) -> int:
    """A whole number within bounds. Raises BrokenFile."""
    try:
        value = int(text)
    except ValueError:
        value = least - 1
    if not least <= value <= most:
        broken(f"{what} is {text[:40]!r}, expected a whole number from {least} to {most}; export it again")
    return value


class Sources:
    """The float sources of one mesh, each read once. Some exporters give ids twice: the mesh's own count before others'."""

    def __init__(self, document: Document, mesh: Element) -> None:
        self._document = document
        self._own = {one.get("id"): one for one in named(mesh, "source")}
        self._read: dict[str, Rows] = {}

    def rows(self, url: str, wanted: int, called: str) -> Rows:
        """(n, wanted) float64 of a source that has at least as many columns. Raises BrokenFile."""
        if url not in self._read:
            source = self._own.get(url[1:]) if url.startswith("#") else None
            source = self._document.target(url, "source") if source is None else source
            if source is None:
                broken(f"{called} needs the source {url[:80]!r}, which the file does not have; export it again")
            self._read[url] = self._of(source, called)
        rows = self._read[url]
        if rows.shape[1] < wanted:
            broken(f"the source {url[:80]!r} of {called} has {rows.shape[1]} columns, expected {wanted}; export it again")
        return rows[:, :wanted]

    def _of(self, source: Element, called: str) -> Rows:
        """The columns that the accessor names; one without a name is passed over (COLLADA 1.4.1, accessor)."""
        accessor = source.find("technique_common/accessor")
        array = source.find("float_array")
        array = (
            self._document.target(None if accessor is None else accessor.get("source"), "float_array") if array is None else array
        )
        if array is None:
            broken(f"a source of {called} holds no numbers; export it again")
        values = float_array(array.text, f"a source of {called}")
        if accessor is None:
            return values[: len(values) // 3 * 3].reshape(-1, 3)
        params = list(named(accessor, "param"))
        what = f"an accessor of {called}"
        stride = whole(accessor.get("stride", "1"), 1, 4096, what)
        start = whole(accessor.get("offset", "0"), 0, 2**40, what)
        count = whole(accessor.get("count", "0"), 0, 2**40, what)
        if start + count * stride > len(values):
            if start + (count - 1) * stride + max(len(params), 1) > len(values):
                broken(f"{what} needs {start + count * stride} numbers, and its array has {len(values)}; export it again")
            values = np.append(values, np.zeros(start + count * stride - len(values)))
        table = values[start : start + count * stride].reshape(count, stride)
        columns = [i for i, one in enumerate(params[:stride]) if one.get("name") is not None]
        return table[:, columns] if columns else table
