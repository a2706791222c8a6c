"""One model part of a 3MF package as typed records: objects with meshes or components, colours, what is to be built."""

from __future__ import annotations

from array import array
from collections import Counter
from dataclasses import dataclass, field
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from viewer.base.job import Job
from viewer.base.units import grouped
from viewer.geometry.broken import broken
from viewer.geometry.naming import clean
from viewer.geometry.xml import walk_xml

CORE = "{http://schemas.microsoft.com/3dmanufacturing/core/2015/02}"
MATERIAL = "{http://schemas.microsoft.com/3dmanufacturing/material/2015/02}"
PRODUCTION = "{http://schemas.microsoft.com/3dmanufacturing/production/2015/06}"
UNITS = {"micron": "um", "millimeter": "mm", "centimeter": "cm", "inch": "inch", "foot": "ft", "meter": "m"}
_PASSED_OVER = {
    "slicestack": "slices", "beamlattice": "beam lattices", "displacementmesh": "displacements", "texture2dgroup": "textures",
    "compositematerials": "mixed materials", "multiproperties": "layered properties", "booleanshape": "boolean shapes",
    "volumetricstack": "volumes", "volumedata": "volumes",
}  # fmt: skip
MAX_CORNERS = 50_000_000

Colour = tuple[int, int, int, int]
Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Component:
    """Another object, shown within one."""

    object: str
    path: str
    """The model part that has it; empty: the same."""
    matrix: Matrix


@dataclass(slots=True)
class MeshData:
    """Vertices and triangles as they come."""

    points: array[float] = field(default_factory=lambda: array("d"))
    corners: array[int] = field(default_factory=lambda: array("q"))
    properties: list[tuple[str, int, int, int] | None] = field(default_factory=list[tuple[str, int, int, int] | None])
    """Of each triangle the resource and the indices of its corners; None: the object's own."""


@dataclass(slots=True)
class ObjectData:
    """One object: a mesh or components."""

    id: str
    name: str
    type: str
    pid: str
    pindex: int
    mesh: MeshData | None = None
    components: list[Component] = field(default_factory=list[Component])


@dataclass(frozen=True, slots=True)
class Item:
    """What is to be built, and where."""

    object: str
    path: str
    matrix: Matrix
    name: str


@dataclass(slots=True)
class Content:
    """All of one model part."""

    unit: str = "millimeter"
    objects: dict[str, ObjectData] = field(default_factory=dict[str, ObjectData])
    items: list[Item] = field(default_factory=list[Item])
    colours: dict[str, list[Colour]] = field(default_factory=dict[str, list[Colour]])
    names: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    metadata: dict[str, str] = field(default_factory=dict[str, str])
    passed_over: Counter[str] = field(default_factory=Counter[str])


def read_content(stream: BinaryIO, job: Job) -> Content:
    """Parse one model part. Raises BrokenFile."""
    walk = _Walk()
    walk_xml(stream, walk.start, walk.end, walk.text, job=job)
    return walk.content


class _Walk:
    """Takes the tags of a model part in their order."""

    def __init__(self) -> None:
        self.content = Content()
        self._object: ObjectData | None = None
        self._group = self._metadata = ""
        self._text: list[str] = []
        self._left = MAX_CORNERS

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """A tag opens."""
        kind = tag.rpartition("}")[2]
        if kind == "vertex":
            self._vertex(attributes)
        elif kind == "triangle":
            self._triangle(attributes)
        elif kind == "object":
            self._begin_object(attributes)
        elif kind == "mesh" and self._object is not None:
            self._object.mesh = MeshData()
        elif kind == "component" and self._object is not None:
            path = attributes.get(f"{PRODUCTION}path", "")
            self._object.components.append(Component(_of(attributes, "objectid"), path, _matrix(attributes.get("transform"))))
        elif kind in ("basematerials", "colorgroup"):
            self._group = _of(attributes, "id")
            self.content.colours[self._group], self.content.names[self._group] = [], []
        elif kind in ("base", "color") and self._group:
            self.content.colours[self._group].append(_colour(attributes.get("displaycolor") or attributes.get("color") or ""))
            self.content.names[self._group].append(clean(attributes.get("name", "")))
        elif kind == "item":
            path, name = attributes.get(f"{PRODUCTION}path", ""), clean(attributes.get("partnumber", ""))
            self.content.items.append(Item(_of(attributes, "objectid"), path, _matrix(attributes.get("transform")), name))
        elif kind == "model":
            self.content.unit = attributes.get("unit", "millimeter")
        elif kind == "metadata":
            self._metadata, self._text = attributes.get("name", ""), []
        elif kind in _PASSED_OVER:
            self.content.passed_over[_PASSED_OVER[kind]] += 1

    def text(self, piece: str) -> None:
        """Words between tags."""
        if self._metadata:
            self._text.append(piece)

    def end(self, tag: str) -> None:
        """A tag closes."""
        kind = tag.rpartition("}")[2]
        if kind == "object":
            self._object = None
        elif kind in ("basematerials", "colorgroup"):
            self._group = ""
        elif kind == "metadata" and self._metadata:
            value = clean("".join(self._text))
            if value and self._object is None and len(self.content.metadata) < 200:
                self.content.metadata[clean(self._metadata.rpartition(":")[2])] = value
            self._metadata = ""

    def _begin_object(self, attributes: dict[str, str]) -> None:
        own = _of(attributes, "id")
        if own in self.content.objects:
            broken(f"it has two objects {own[:40]!r} in one part; export it again")
        name = clean(attributes.get("name", "")) or clean(attributes.get("partnumber", ""))
        pindex = _whole(attributes.get("pindex", "0"))
        self._object = ObjectData(own, name, attributes.get("type", "model"), attributes.get("pid", ""), pindex)
        self.content.objects[own] = self._object

    def _vertex(self, attributes: dict[str, str]) -> None:
        mesh = None if self._object is None else self._object.mesh
        if mesh is None:
            return
        self._spend()
        try:
            mesh.points.extend((float(attributes["x"]), float(attributes["y"]), float(attributes["z"])))
        except (KeyError, ValueError):
            broken(f"a vertex of it is {str(attributes)[:80]}, where x, y and z should be numbers; export it again")

    def _triangle(self, attributes: dict[str, str]) -> None:
        mesh = None if self._object is None else self._object.mesh
        if mesh is None:
            return
        self._spend()
        try:
            mesh.corners.extend((int(attributes["v1"]), int(attributes["v2"]), int(attributes["v3"])))
        except (KeyError, ValueError, OverflowError):
            broken(f"a triangle of it is {str(attributes)[:80]}, where v1, v2 and v3 should be whole numbers; export it again")
        mesh.properties.append(self._property(attributes))

    def _property(self, attributes: dict[str, str]) -> tuple[str, int, int, int] | None:
        pid = attributes.get("pid", "" if self._object is None or "p1" not in attributes else self._object.pid)
        if not pid or "p1" not in attributes:
            return None
        one = _whole(attributes["p1"])
        return pid, one, _whole(attributes.get("p2", str(one))), _whole(attributes.get("p3", str(one)))

    def _spend(self) -> None:
        self._left -= 1
        if self._left < 0:
            broken(f"it holds more than the {grouped(MAX_CORNERS)} vertices and triangles allowed; split the model")


def _of(attributes: dict[str, str], key: str) -> str:
    if key not in attributes:
        broken(f"something in it has no {key}; export it again")
    return attributes[key]


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        broken(f"it has {text[:40]!r} where a whole number should be; export it again")


def _colour(text: str) -> Colour:
    """#RRGGBB or #RRGGBBAA."""
    try:
        number = int(text.removeprefix("#")[:8].ljust(8, "F"), 16) if text.startswith("#") else 0xB2B2B2FF
    except ValueError:
        broken(f"it has a colour {text[:20]!r}, expected #RRGGBB; export it again")
    return (number >> 24 & 255, number >> 16 & 255, number >> 8 & 255, number & 255)


def _matrix(text: str | None) -> Matrix:
    """(4, 4) for columns, of twelve numbers in 3MF's rows."""
    matrix = np.eye(4)
    if text:
        try:
            rows = np.array([float(word) for word in text.split()]).reshape(4, 3)
        except ValueError:
            broken(f"it has a transform {text[:60]!r}, expected 12 numbers; export it again")
        if not np.isfinite(rows).all():
            broken(f"it has a transform {text[:60]!r} that is not finite; export it again")
        matrix[:3] = rows.T
    return matrix
