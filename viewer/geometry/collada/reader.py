"""Reads COLLADA (.dae): nodes as they are named, one part per geometry and look, metres, turned so that z is up."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar
from xml.etree.ElementTree import Element

import numpy as np
from immutables import Map
from numpy.typing import NDArray

from viewer.base.frames import Pose
from viewer.base.ids import ROOT, NodeId, PartId
from viewer.base.job import Job
from viewer.base.units import LENGTH_M
from viewer.geometry.collada.document import Document
from viewer.geometry.collada.looks import PLAIN, Look, Looks
from viewer.geometry.collada.meshes import Meshes, Surface
from viewer.geometry.collada.places import local_matrix, up_is_z
from viewer.geometry.collada.tree import Place, walk
from viewer.geometry.lengths import metres_in
from viewer.geometry.markup import named, numbers, read_markup, root_tag
from viewer.geometry.model import GeometryModel
from viewer.geometry.naming import NamesOfFile, UniqueIds, clean
from viewer.twin.parts import Mesh, Node, Part, Rgb

_PLAIN_RGB = (200, 200, 200)


@dataclass(frozen=True, slots=True)
class ColladaReader:
    """COLLADA 1.4 and 1.5. Our own parser: pure Python and numpy on XML without entities."""

    keeps_axes: bool = False
    """Leave the axes as they are written, as ROS and Gazebo take the meshes of robots, whatever <up_axis> says."""

    format: ClassVar[str] = "dae"
    title: ClassVar[str] = "COLLADA (DAE)"
    suffixes: ClassVar[tuple[str, ...]] = (".dae",)
    heavy: ClassVar[bool] = False
    unitless: ClassVar[bool] = False
    extra: ClassVar[str] = ""
    needs: ClassVar[tuple[str, ...]] = ()

    def claims(self, head: bytes, suffix: str) -> bool:
        """By its first element."""
        return root_tag(head) == "COLLADA"

    def read(self, path: Path, *, unit: str | None, job: Job) -> GeometryModel:
        """See Reader. The file's own <unit> counts; `unit` overrides it."""
        document = Document(read_markup(path, job))
        job.progress(0.4, "reading meshes")
        metres = document.metres if unit is None else metres_in(unit)
        scene = _Scene(document, path.parent, metres, "Z_UP" if self.keeps_axes else document.up, job)
        nodes = scene.nodes()
        scene.tell()
        facts = {"meshes": float(scene.geometries)}
        return GeometryModel("dae", unit or _unit(metres), scene.parts(), nodes, points=scene.meshes.points, facts=Map(facts))


class _Scene:
    """Turns the document's nodes into ours."""

    def __init__(self, document: Document, folder: Path, metres: float, up: str, job: Job) -> None:
        self._document, self._metres, self._job = document, metres, job
        self.meshes = Meshes(document, job.warn)
        self._looks = Looks(document, folder, job.warn)
        self._up = up_is_z(up)
        self._part_ids = UniqueIds()
        self._parts: dict[tuple[int, tuple[Look, ...], bytes], tuple[Part, ...]] = {}
        self._bodies = 0
        self._names = NamesOfFile(())

    @property
    def geometries(self) -> int:
        """How many geometries are shown."""
        return len({geometry for geometry, _, _ in self._parts})

    def parts(self) -> tuple[Part, ...]:
        """All that were made, in the order of their first use."""
        return tuple(part for group in self._parts.values() for part in group)

    def nodes(self) -> tuple[Node, ...]:
        """The scene's nodes; where it has none, a node for each geometry."""
        places = walk(self._document)
        if not places:
            return self._loose()
        named_as = [_called(place) for place in places]
        self._names = NamesOfFile(named_as)
        ids: list[NodeId] = []
        result: list[Node] = []
        for place, name in zip(places, named_as, strict=True):
            if place.number % 200 == 0:
                self._job.progress(0.4 + 0.5 * place.number / len(places), "reading meshes")
                self._job.check()
            parent = ROOT if place.parent is None else ids[place.parent]
            matrix = local_matrix(place.element, f"node {name!r}")
            matrix = matrix if place.parent is not None else self._up @ matrix
            ids.append(self._names.take(name, parent))
            result += self._showing(Node(ids[-1], name, parent, self._pose(matrix)), place.element)
        return tuple(result)

    def tell(self) -> None:
        """What the file has and is not shown as it says."""
        root, meshes = self._document.root, self.meshes
        counted = (
            (meshes.flat, "primitive of lines is", "primitives of lines are", "not shown"),
            (meshes.holes, "hole of a polygon is", "holes of polygons are", "filled"),
            (meshes.other, "geometry is", "geometries are", "a spline or solid without triangles and not shown"),
            (self._bodies, "body with skin or morph targets stands", "bodies with skin or morph targets stand", "as modelled"),
            (sum(1 for _ in root.iter("animation")), "animation is", "animations are", "not played"),
        )
        for count, one, many, what in counted:
            if count:
                self._job.warn(f"{count} {one if count == 1 else many} {what}")
        if self._looks.textured:
            self._job.warn("its textures are shown as their mean colour")
        if any(one.get("url", "#")[:1] != "#" for tag in ("instance_geometry", "instance_node") for one in root.iter(tag)):
            self._job.warn("what it takes from other COLLADA files is not shown")

    def _loose(self) -> tuple[Node, ...]:
        geometries = self._document.root.findall("library_geometries/geometry")
        self._names = NamesOfFile(one.get("name") or one.get("id") or "body" for one in geometries)
        result: list[Node] = []
        for one in geometries:
            name = clean(one.get("name") or one.get("id") or "") or "body"
            parts = self._parts_of(one, {})
            if parts:
                result += self._hung(Node(self._names.take(name, ROOT), name, ROOT, self._pose(self._up)), [parts])
        return tuple(result)

    def _pose(self, matrix: NDArray[Any]) -> Pose:
        placed = matrix.copy()
        placed[:3, 3] *= self._metres
        return Pose.from_matrix(placed)

    def _showing(self, node: Node, element: Element) -> list[Node]:
        groups = [self._parts_of(geometry, symbols) for geometry, symbols in self._instances(element)]
        bound = [self._skinned(one) for one in named(element, "instance_controller")]
        return self._hung(node, [group for group in (*groups, *bound) if group])

    def _hung(self, node: Node, groups: list[tuple[Part, ...]]) -> list[Node]:
        """The node with the first part, and a child for each further one."""
        parts = [part for group in groups for part in group]
        if not parts:
            return [node]
        first = Node(node.id, node.name, node.parent, node.parent_from_node, parts[0].id)
        return [first, *(Node(self._names.below(node.id, p.name), p.name, node.id, part=p.id) for p in parts[1:])]

    def _instances(self, element: Element) -> list[tuple[Element, dict[str, str]]]:
        instances = list(named(element, "instance_geometry"))
        found = [(self._document.target(one.get("url"), "geometry"), _symbols(one)) for one in instances]
        return [(geometry, symbols) for geometry, symbols in found if geometry is not None]

    def _skinned(self, instance: Element) -> tuple[Part, ...]:
        """What a skin or morph is made of, as it was modelled."""
        self._bodies += 1
        controller = self._document.target(instance.get("url"), "controller")
        for _ in range(8):
            body = None if controller is None else next((one for one in controller if one.tag in ("skin", "morph")), None)
            source = None if body is None else body.get("source")
            geometry = self._document.target(source, "geometry")
            if body is not None and geometry is not None:
                shape = body.find("bind_shape_matrix")
                matrix = np.eye(4) if shape is None else np.array(numbers(shape.text, 16, "a bind shape matrix")).reshape(4, 4)
                return self._parts_of(geometry, _symbols(instance), matrix)
            controller = self._document.target(source, "controller")
        return ()

    def _parts_of(self, geometry: Element, symbols: dict[str, str], matrix: NDArray[Any] | None = None) -> tuple[Part, ...]:
        """The opaque surfaces of a geometry as one part, and those of each opacity as another."""
        surfaces = self.meshes.surfaces(geometry)
        looks = tuple(self._look(surface.material, symbols) for surface in surfaces)
        key = (id(geometry), looks, b"" if matrix is None else matrix.tobytes())
        if key not in self._parts:
            self._parts[key] = self._made(geometry, surfaces, looks, matrix)
        return self._parts[key]

    def _look(self, symbol: str, symbols: dict[str, str]) -> Look:
        """What the instance binds to a primitive's symbol; without a binding, the material of that very id."""
        found = self._looks.look(symbols.get(symbol))
        return found if found is not PLAIN else self._looks.look(f"#{symbol}")

    def _made(
        self, geometry: Element, surfaces: tuple[Surface, ...], looks: tuple[Look, ...], matrix: NDArray[Any] | None
    ) -> tuple[Part, ...]:
        name = clean(geometry.get("name") or geometry.get("id") or "") or "body"
        result: list[Part] = []
        for opacity in sorted({look.opacity for look in looks}, reverse=True):
            group = [(s, look) for s, look in zip(surfaces, looks, strict=True) if look.opacity == opacity]
            label = name if not result else f"{name} {group[0][1].name or 'see-through'}"
            mesh, colour = _merged(group, self._metres, matrix)
            result.append(Part(PartId(self._part_ids.take(label)), label, mesh, colour, opacity))
        return tuple(result)


def _merged(group: list[tuple[Surface, Look]], metres: float, matrix: NDArray[Any] | None) -> tuple[Mesh, Rgb | None]:
    """One mesh of several surfaces, coloured by triangle where they differ."""
    sizes = np.cumsum([0, *(len(surface.points) for surface, _ in group)])
    points = np.concatenate([surface.points for surface, _ in group])
    triangles = np.concatenate([surface.triangles + np.int32(start) for (surface, _), start in zip(group, sizes, strict=False)])
    has_normals = matrix is None and all(surface.normals is not None for surface, _ in group)
    normals = np.concatenate([s.normals for s, _ in group if s.normals is not None]) if has_normals else None
    if matrix is not None:
        points = points @ matrix[:3, :3].T + matrix[:3, 3]
    main = max(group, key=lambda one: len(one[0].triangles))[1].rgb
    alike = all(surface.rgb is None for surface, _ in group) and len({look.rgb for _, look in group}) == 1
    rgb = None if alike else np.concatenate([_painted(surface, look) for surface, look in group])
    return Mesh(points * metres, triangles, normals, None, rgb), main


def _painted(surface: Surface, look: Look) -> NDArray[Any]:
    if surface.rgb is not None:
        return surface.rgb
    return np.tile(np.array(look.rgb or _PLAIN_RGB, np.uint8), (len(surface.triangles), 1))


def _symbols(instance: Element) -> dict[str, str]:
    bound = instance.findall("bind_material/technique_common/instance_material")
    return {one.get("symbol", ""): one.get("target", "") for one in bound}


def _called(place: Place) -> str:
    element = place.element
    return clean(element.get("name") or element.get("id") or element.get("sid") or "") or f"node{place.number}"


def _unit(metres: float) -> str:
    """The name of a unit of so many metres; others are told in metres, which the numbers are by then."""
    return next((name for name, size in LENGTH_M.items() if abs(size - metres) <= 1e-6 * size), "m")
