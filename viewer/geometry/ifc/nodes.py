"""The nodes and parts that an IFC model's products become."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewer.base.frames import IDENTITY, Pose
from viewer.base.ids import ROOT, NodeId, PartId
from viewer.geometry.ifc.placements import Placements
from viewer.geometry.ifc.properties import Properties
from viewer.geometry.ifc.shapes import Shape, Shapes
from viewer.geometry.ifc.tree import Place, is_air, places, shown_by_default
from viewer.geometry.naming import UniqueIds, clean
from viewer.twin.parts import NOTHING, Mesh, Node, Part

Matrix = NDArray[np.float64]

FAR_M = 2000.0
"""A building that stands further from the origin is brought near it: survey coordinates cost the picture its precision."""
GRID_M = 1000.0
"""It is moved by whole kilometres, so that the models of one site, moved one by one, still stand together."""
_ASTRAY_M = 5e5
_SPACE_OPACITY = 0.35


class IfcNodes:
    """Builds nodes and parts of one model; `told` says what a person should know."""

    def __init__(self, model: Any, shapes: Shapes, properties: Properties, *, metres: float, factor: float) -> None:
        self.nodes: list[Node] = []
        self.parts: list[Part] = []
        self.told: list[str] = []
        self._shapes, self._properties, self._factor = shapes, properties, factor
        self._placements = Placements(metres)
        self._ids, self._part_ids = UniqueIds(), UniqueIds()
        self._node_of: dict[int, NodeId] = {}
        self._world: dict[NodeId, Matrix] = {ROOT: np.eye(4)}
        self._parts_of: dict[int, tuple[tuple[PartId, str], ...]] = {}
        tree = places(model)
        self._shift = self._offset(model)
        self._wholes = {place.parent for place in tree}
        for place in tree:
            self._add(place)
        self._tell(model)

    def _add(self, place: Place) -> None:
        entity = place.entity
        parent = ROOT if place.parent is None else self._node_of[place.parent]
        kind = entity.is_a()
        own = self._node_of[entity.id()] = self._ids.take(f"{kind.removeprefix('Ifc')}.{entity.GlobalId or entity.id()}")
        shape = self._shapes.shapes.get(entity.id())
        world = self._standing(entity, shape, parent)
        name = clean(str(entity.Name or "")) or clean(str(getattr(entity, "LongName", None) or "")) or f"{kind} {entity.id()}"
        properties = self._properties.of(entity)
        if kind == "IfcProject":
            properties = self._of_project(entity, properties)
        pose = self._local(parent, world)
        if shape is None:
            self.nodes.append(Node(own, name, parent, pose, kind=kind, properties=properties))
            self._world[own] = world
            return
        seen = shown_by_default(entity)
        parts = self._parts(shape, entity, name)
        if seen or entity.id() not in self._wholes:
            self.nodes.append(Node(own, name, parent, pose, parts[0][0], None, kind, seen, properties))
        else:  # what it holds stays visible: its own shape goes below it
            self.nodes.append(Node(own, name, parent, pose, kind=kind, properties=properties))
            below = self._ids.take(f"{own}.shape")
            self.nodes.append(Node(below, f"{name} (its volume)", own, IDENTITY, parts[0][0], None, kind, visible=False))
        self._world[own] = world
        for part, material in parts[1:]:
            child = self._ids.take(f"{own}.{clean(material) or 'glass'}")
            self.nodes.append(Node(child, clean(material) or "glass", own, IDENTITY, part, None, "", seen))

    def _standing(self, entity: Any, shape: Shape | None, parent: NodeId) -> Matrix:
        """`world_from_node` near the origin."""
        if entity.is_a("IfcProject"):
            return np.eye(4)
        world = self._placements.of(entity) if shape is None else shape.world_from_shape
        world = self._scaled(world)
        world[:3, 3] -= self._shift
        if shape is None and not float(np.abs(world[:3, 3]).max()) < _ASTRAY_M:
            return self._world[parent]  # only vertices or products carry the survey's coordinates, not this group of them
        return world

    def _scaled(self, matrix: Matrix) -> Matrix:
        result = matrix.copy()
        result[:3, 3] *= self._factor
        return result

    def _local(self, parent: NodeId, world: Matrix) -> Pose:
        local = np.linalg.solve(self._world[parent], world)
        return IDENTITY if np.allclose(local, np.eye(4), rtol=0, atol=1e-12) else Pose.from_matrix(local)

    def _parts(self, shape: Shape, entity: Any, name: str) -> tuple[tuple[PartId, str], ...]:
        """The parts of a shape's geometry with their materials; made when it is first shown."""
        if shape.geometry not in self._parts_of:
            called = self._properties.of(entity).get("type") or name
            air = is_air(entity)
            found: list[tuple[PartId, str]] = []
            for number, surface in enumerate(self._shapes.geometries[shape.geometry]):
                wanted = called if number == 0 else f"{called}.{clean(surface.material) or 'glass'}"
                part = PartId(self._part_ids.take(wanted))
                mesh = surface.mesh
                if self._factor != 1.0:
                    mesh = Mesh(mesh.points_in_part * self._factor, mesh.triangles, None, None, mesh.rgb_of_triangle)
                opacity = min(surface.opacity, _SPACE_OPACITY) if air else surface.opacity
                self.parts.append(Part(part, called, mesh, surface.colour, opacity))
                found.append((part, surface.material))
            self._parts_of[shape.geometry] = tuple(found)
        return self._parts_of[shape.geometry]

    def _offset(self, model: Any) -> Matrix:
        """(3,) metres by which all is moved towards the origin, in whole kilometres; zeros where it stands near."""
        sites = [self._scaled(self._placements.of(site))[:3, 3] for site in model.by_type("IfcSite")]
        placed = [self._scaled(shape.world_from_shape)[:3, 3] for shape in self._shapes.shapes.values()]
        middle = np.median(np.array(placed), axis=0)
        far = np.abs(middle) > FAR_M
        for site in sites:
            if np.abs(site - middle).max() < 50 * GRID_M and (np.abs(site) > FAR_M).any():
                middle, far = site, np.abs(site) > FAR_M
                break
        return np.where(far, np.round(middle / GRID_M) * GRID_M, 0.0)

    def _of_project(self, project: Any, properties: Any) -> Any:
        """A project's properties with what is known of its place on earth."""
        found = {"schema": str(project.file.schema_identifier), **_map_conversion(project.file)}
        if self._shift.any():
            found["moved by"] = " ".join(f"{-v:.0f}" for v in self._shift) + " m"
        return properties.update(found) if properties is not NOTHING else found

    def _tell(self, model: Any) -> None:
        if self._shift.any():
            by = ", ".join(f"{-v + 0.0:.0f}" for v in self._shift)
            self.told.append(f"it stands in survey coordinates far from the origin and was moved by ({by}) m, whole kilometres")
        hidden: Counter[str] = Counter()
        for number in self._shapes.shapes:
            entity = model.by_id(number)
            if not shown_by_default(entity):
                hidden["openings" if entity.is_a("IfcFeatureElement") else "spaces"] += 1
        if hidden:
            listed = " and ".join(f"{count} {what}" for what, count in sorted(hidden.items()))
            self.told.append(f"{listed} are in the tree and not shown; switch them on there")


def _map_conversion(model: Any) -> dict[str, str]:
    """Eastings, northings and the grid's name, where the file gives them (IFC4 and later)."""
    if model.schema.startswith("IFC2"):
        return {}
    found: dict[str, str] = {}
    for one in model.by_type("IfcMapConversion")[:1]:
        for key in ("Eastings", "Northings", "OrthogonalHeight", "XAxisAbscissa", "XAxisOrdinate", "Scale"):
            value = getattr(one, key, None)
            if isinstance(value, int | float):
                found[f"map.{key}"] = f"{value:.12g}"
        name = getattr(one.TargetCRS, "Name", None) if one.TargetCRS is not None else None
        if name:
            found["map.grid"] = clean(str(name))
    return found
