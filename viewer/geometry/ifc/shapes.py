"""The shapes of IFC products as ifcopenshell triangulates them: each geometry once, with its colours, split where see-through."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewer.base.job import Job
from viewer.base.units import grouped
from viewer.geometry.broken import broken
from viewer.twin.parts import Mesh, Rgb

MAX_TRIANGLES = 50_000_000
FAR_M = 2000.0
"""A geometry whose own coordinates lie further from its origin is brought near it: survey coordinates in vertices."""
_SEEN_AS_GLASS = 0.9
_GREY: Rgb = (178, 178, 178)
"""Of a style that says no colour."""
_MADE_UP = re.compile(r"Ifc\w+-(\d+)$|DefaultMaterial$|undefined$")
"""Names that the kernel gives to styles: the number is that of the rendering within the style that has the name."""
_MOST_OPAQUE_GLASS = 0.25
"""Panes stay visible: nothing is drawn with less opacity than this."""


@dataclass(frozen=True, slots=True)
class Surface:
    """Triangles of one opacity."""

    mesh: Mesh
    colour: Rgb | None
    opacity: float
    material: str


@dataclass(frozen=True, slots=True)
class Shape:
    """One product's shape: what it shares with others, and where it stands."""

    product: int
    """Its number in the file."""
    geometry: int
    """Which of `Shapes.geometries` it shows."""
    world_from_shape: NDArray[np.float64]
    """(4, 4) metres."""


@dataclass(frozen=True, slots=True)
class Shapes:
    """All shapes of a model."""

    shapes: Mapping[int, Shape]
    """By the product's number."""
    geometries: tuple[tuple[Surface, ...], ...]
    triangles_of: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Look:
    name: str
    rgb: Rgb
    opacity: float


def settings() -> Any:
    """How products are triangulated: as ifcopenshell does by default (1 mm and 0.5 rad from curved surfaces, openings cut out,
    metres, own placement apart), which is also what the counts of other tools built on it compare with."""
    import ifcopenshell.geom

    return ifcopenshell.geom.settings()


def read_shapes(model: Any, job: Job) -> Shapes:
    """All products with surfaces or solids. Raises BrokenFile where they are too many."""
    import ifcopenshell.geom

    iterator = ifcopenshell.geom.iterator(settings(), model, min(os.cpu_count() or 1, 4))
    gathering = _Gathering(_style_names(model))
    if iterator.initialize():
        while True:
            gathering.take(iterator.get())
            job.progress(0.1 + 0.8 * iterator.progress() / 100.0, "shaping products")
            if not iterator.next():
                break
    return gathering.shapes()


class _Gathering:
    """Shapes as they come, in whatever order the threads of the kernel finish them."""

    def __init__(self, style_names: Mapping[int, str]) -> None:
        self._style_names = style_names
        self._number: dict[tuple[Any, ...], int] = {}
        self._geometries: list[tuple[tuple[Surface, ...], NDArray[np.float64], int]] = []
        self._shapes: dict[int, Shape] = {}
        self._left = MAX_TRIANGLES

    def take(self, element: Any) -> None:
        """Keep one element of the iterator."""
        geometry = element.geometry
        looks = tuple(_look(style, self._style_names) for style in geometry.materials)
        key = (geometry.id, looks)
        if key not in self._number:
            self._number[key] = len(self._geometries)
            self._geometries.append(self._decoded(geometry, looks))
        number = self._number[key]
        _, middle, count = self._geometries[number]
        if count:
            world = np.array(element.transformation.matrix, dtype=np.float64).reshape(4, 4).T
            near = np.eye(4)
            near[:3, 3] = middle
            self._shapes[element.id] = Shape(element.id, number, world @ near)

    def shapes(self) -> Shapes:
        """All that was taken, sorted by product, geometries by the first product that shows them."""
        order = dict.fromkeys(shape.geometry for _, shape in sorted(self._shapes.items()))
        new = {old: number for number, old in enumerate(order)}
        moved = {n: Shape(n, new[s.geometry], s.world_from_shape) for n, s in sorted(self._shapes.items())}
        kept = [self._geometries[old] for old in order]
        return Shapes(moved, tuple(surfaces for surfaces, _, _ in kept), tuple(count for _, _, count in kept))

    def _decoded(self, geometry: Any, looks: tuple[_Look, ...]) -> tuple[tuple[Surface, ...], NDArray[np.float64], int]:
        """Surfaces about their own middle where that is far away, the middle, and how many triangles."""
        points = np.frombuffer(geometry.verts_buffer, np.float64).reshape(-1, 3)
        triangles = np.frombuffer(geometry.faces_buffer, np.int32).reshape(-1, 3)
        material = np.frombuffer(geometry.material_ids_buffer, np.int32)
        self._left -= len(triangles)
        if self._left < 0:
            broken(f"it has more than the {grouped(MAX_TRIANGLES)} triangles allowed; split the model")
        if len(points) and not np.isfinite(points).all():
            broken("it has a shape with vertices that are no finite numbers; repair or export it again")
        middle = np.zeros(3)
        if len(points) and len(triangles):
            centre = (points.min(axis=0) + points.max(axis=0)) / 2.0
            middle = np.round(centre) if float(np.abs(centre).max()) > FAR_M else middle
        surfaces = _split(points - middle, triangles, material, looks) if len(triangles) else ()
        return surfaces, middle, len(triangles)


def _style_names(model: Any) -> dict[int, str]:
    """The name of the surface style that each rendering belongs to, by the rendering's number."""
    return {one.id(): str(style.Name or "") for style in model.by_type("IfcSurfaceStyle") for one in style.Styles or ()}


def _look(style: Any, names: Mapping[int, str]) -> _Look:
    rgb = _rgb([_byte(channel) for channel in style.diffuse.components])
    clear = style.transparency
    opacity = 1.0 if clear is None or not math.isfinite(clear) or clear <= 0 else 1.0 - _SEEN_AS_GLASS * min(float(clear), 1.0)
    made_up = _MADE_UP.match(str(style.name))
    name = str(style.name) if made_up is None else names.get(int(made_up[1] or 0), "")
    return _Look(name, rgb, max(round(opacity, 3), _MOST_OPAQUE_GLASS))


def _rgb(channels: list[int]) -> Rgb:
    return (channels[0], channels[1], channels[2]) if len(channels) == 3 else _GREY


def _byte(channel: float) -> int:
    return round(255 * min(max(channel, 0.0), 1.0)) if math.isfinite(channel) else 178


def _split(
    points: NDArray[np.float64], triangles: NDArray[np.int32], material: NDArray[np.int32], looks: tuple[_Look, ...]
) -> tuple[Surface, ...]:
    """One surface for each opacity, the most opaque first."""
    plain = _Look("", _GREY, 1.0)
    known = (*looks, plain)
    chosen = np.where((material >= 0) & (material < len(looks)), material, len(looks)) if len(material) else None
    if chosen is None or len(chosen) != len(triangles):
        chosen = np.full(len(triangles), 0 if len(looks) == 1 else len(looks), np.int32)
    opacity = np.array([look.opacity for look in known])[chosen]
    return tuple(
        _surface(points, triangles[opacity == one], chosen[opacity == one], known)
        for one in sorted(set(opacity.tolist()), reverse=True)
    )


def _surface(
    points: NDArray[np.float64], triangles: NDArray[np.int32], chosen: NDArray[np.int32], known: tuple[_Look, ...]
) -> Surface:
    used, corners = np.unique(triangles, return_inverse=True)
    counts = np.bincount(chosen, minlength=len(known))
    main = known[int(counts.argmax())]
    rgb = None
    if len({known[i].rgb for i in np.flatnonzero(counts)}) > 1:
        rgb = np.array([look.rgb for look in known], dtype=np.uint8)[chosen]
    mesh = Mesh(points[used], corners.reshape(-1, 3).astype(np.int32), None, None, rgb)
    return Surface(mesh, main.rgb, main.opacity, main.name)
