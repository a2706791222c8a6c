"""The drawn scene: a twin's parts in slots and chunks, kept in step with the twin by deltas."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from vtkmodules.vtkRenderingCore import vtkActor

from viewer.base.ids import NodeId, PartId
from viewer.render.camera import Camera
from viewer.render.chunks import PartTextures, outline_chunk, shade_actor
from viewer.render.drawing import Drawing
from viewer.render.facts import SceneFacts
from viewer.render.meshes import DrawMesh
from viewer.render.preparing import MeshLibrary
from viewer.render.rules import DrawRules
from viewer.render.shades import outermost
from viewer.render.slots import AUTHOR, ROOF, TOGGLED, SlotTable
from viewer.render.stage import Stage
from viewer.render.textures import ArrayTexture
from viewer.render.tree import WorldPoses
from viewer.twin.deltas import Delta
from viewer.twin.model import Twin
from viewer.twin.parts import Mesh, Part, Rgb

_OUTLINE_TRIANGLES = 400_000
"""Larger selections are tinted, not outlined."""


class DrawnScene:
    """Slots, chunks and textures of one twin."""

    def __init__(
        self, twin: Twin, facts: SceneFacts, stage: Stage, rules: DrawRules | None = None, library: MeshLibrary | None = None
    ) -> None:
        self.twin = twin
        self.world = WorldPoses(twin)
        self._rules = rules or DrawRules()
        self._library = library or MeshLibrary()
        self._stage, self._facts = stage, facts
        self._default: Rgb = (176, 181, 187)
        self._outlined = np.zeros(0, dtype=np.int64)
        self._outline: vtkActor | None = None
        self._shade: vtkActor | None = None
        self._roofs = np.zeros(0, dtype=np.int64)
        self._build()

    def close(self) -> None:
        """Take all that was drawn off the stage."""
        self.drawing.end()
        for actor in self.drawing.actors():
            self._remove(actor)
        self._drop_outline()
        self._drop_shade()
        self._textures.end()

    def _remove(self, actor: vtkActor) -> None:
        self._facts.leave(actor)
        self._stage.remove(actor)

    # -- building

    def _build(self) -> None:
        nodes = [node for node in self.twin.descendants(NodeId("")) if self._part_of(node) is not None]
        points = np.array([self._place_of(node) for node in nodes]).reshape(-1, 3)
        origin = np.round(points.mean(axis=0)) if len(points) else np.zeros(3)
        self.table = SlotTable(len(nodes) + max(64, len(nodes) // 8), origin)
        self.mesh_of_slot: list[Mesh] = []
        poses = ArrayTexture(self.table.poses)
        looks = ArrayTexture(self.table.packed_looks)
        self._textures = PartTextures(poses, looks, self._facts)
        self._uploaded = (-1, -1)
        self._library.keep_only(part.mesh for part in self.twin.parts.values())
        self.drawing = Drawing(self.table, self._textures, self._stage, self._library, self._rules)
        self._add(nodes)

    def _place_of(self, node: NodeId) -> NDArray[np.float64]:
        """(3,) where a node with a part stands; of a cloud its middle, since scans have their origin far away."""
        pose, part = self.world.world_from_node(node), self._part_of(node)
        if part is None or part.cloud is None:
            return pose[:3, 3]
        return pose[:3, :3] @ part.cloud.bounds_m().mean(axis=0) + pose[:3, 3]

    def _shade_floor(self) -> None:
        """Lay soft shades under what stands on a floor, in scenes with a hall; and let what is far away pale a little."""
        self._drop_shade()
        table = self.table
        slots = np.array(sorted(table.slot_of.values()), dtype=np.int64)
        bounds = table.bounds(slots)
        if bounds is None:
            return
        size = float(np.linalg.norm(np.ptp(bounds, axis=0)[:2]))
        halls = [node.id for node in self.twin.nodes.values() if node.kind == "hall"]
        floor = 0.0 if halls else float(bounds[0, 2])
        self._facts.set_surroundings(
            shade_m=0.45 if halls else 0.0, height_m=floor - table.origin[2], haze_per_m=0.18 / max(size, 1e-6) if halls else 0.0
        )
        inside = np.ones(table.capacity, dtype=np.bool_)
        inside[self.slots_below(halls)] = inside[self._roofs] = False
        slots = slots[inside[slots]]
        footprint, height = table.box_half[slots, :2].max(axis=1, initial=0.0), table.box_half[slots, 2]
        slots = slots[(footprint < 0.2 * size) & (height > 0.01)]
        slots = outermost(slots, table, floor) if halls else slots[:0]
        if len(slots):
            self._shade = shade_actor(slots, self._textures)
            self._stage.add(self._shade)

    def _drop_shade(self) -> None:
        if self._shade is not None:
            self._remove(self._shade)
            self._shade = None

    def _add(self, nodes: Sequence[NodeId]) -> None:
        """Slots for nodes with a part, drawn as soon as their meshes are ready."""
        parts = [self.twin.parts[part] for node in nodes if (part := self.twin.nodes[node].part) is not None]
        unique = {part.id: row for row, part in enumerate(self._distinct(parts))}
        boxes = np.array([part.bounds_m() for part in self._distinct(parts)]).reshape(-1, 2, 3)
        own = np.array([part.mesh.rgb_of_triangle is not None for part in self._distinct(parts)], dtype=np.bool_)
        rows = np.array([unique[part.id] for part in parts], dtype=np.int64)
        slots = self.table.add(nodes, boxes[rows], own[rows])
        self.mesh_of_slot.extend(part.mesh for part in parts)
        self._place(slots)
        self._paint(slots)
        self._find_roofs()
        self._shade_floor()
        self.drawing.add(slots, [part.mesh for part in parts])

    @staticmethod
    def _distinct(parts: Sequence[Part]) -> list[Part]:
        return list({part.id: part for part in parts}.values())

    def _instances(self, slots: NDArray[np.int64]) -> list[tuple[DrawMesh, NDArray[np.int64]]]:
        """The slots' meshes that are ready, each with the slots that show it."""
        by_mesh: dict[int, list[int]] = {}
        for slot in slots.tolist():
            by_mesh.setdefault(id(self.mesh_of_slot[slot]), []).append(slot)
        found = [(self._library.ready(self.mesh_of_slot[at[0]]), np.array(at)) for at in by_mesh.values()]
        return [(mesh, at) for mesh, at in found if mesh is not None and len(mesh.triangles)]

    @property
    def textures(self) -> PartTextures:
        """Poses and looks of all slots on the card; others after the slots were numbered anew."""
        return self._textures

    def _part_of(self, node: NodeId) -> Part | None:
        record = self.twin.nodes.get(node)
        return None if record is None or record.part is None else self.twin.parts.get(record.part)

    # -- following the twin

    def apply(self, twin: Twin, delta: Delta) -> bool:
        """Follow a delta; True where the slots were numbered anew."""
        removed = [node for node in delta.removed if node in self.table.slot_of]
        for node in removed:
            self.table.free(node)
        self.world.forget(delta.removed)
        self.twin = twin
        touched = self.world.refresh(twin, sorted(delta.moved | delta.added | delta.restyled))
        added = [node for node in touched if node not in self.table.slot_of and self._part_of(node) is not None]
        if len(added) > self.table.room:
            self.close()
            self._build()
            return True
        if added:
            self._add(added)
        slots = self.table.slots(touched)
        slots = slots[slots >= 0]
        if delta.moved:
            self._place(slots)
        if delta.restyled:
            self._paint(slots)
            self._find_roofs()
        return False

    def _place(self, slots: NDArray[np.int64]) -> None:
        poses = [self.world.world_from_node(self.table.node_of[slot]) for slot in slots]
        if poses:
            self.table.place(slots, np.array(poses))

    def _paint(self, slots: NDArray[np.int64]) -> None:
        if not len(slots):
            return
        nodes, node_of, shown = self.twin.nodes, self.table.node_of, self.world.shown
        styles: dict[PartId | None, tuple[Rgb, int, bool]] = {}
        rgba: list[tuple[int, int, int, int]] = []
        own: list[bool] = []
        hidden: list[bool] = []
        for slot in slots.tolist():
            record = nodes[node_of[slot]]
            style = styles.get(record.part)
            if style is None:
                style = styles[record.part] = self._style(record.part)
            rgba.append((*(record.colour or style[0]), style[1]))
            own.append(style[2] and record.colour is None)
            hidden.append(not shown(record.id))
        self.table.own_colour[slots] = own
        self.table.paint(slots, np.array(rgba, dtype=np.uint8))
        self.table.hide(slots, AUTHOR, hidden=np.array(hidden, dtype=np.bool_))

    def _style(self, named: PartId | None) -> tuple[Rgb, int, bool]:
        """Colour and opacity (0 to 255) of a part's nodes without a colour of their own, and whether its mesh has colours."""
        part = None if named is None else self.twin.parts.get(named)
        if part is None:
            return self._default, 255, False
        return part.colour or self._default, round(255 * part.opacity), part.mesh.rgb_of_triangle is not None

    def set_default_colour(self, colour: Rgb) -> None:
        """The colour of parts without one of their own."""
        if colour != self._default:
            self._default = colour
            self._paint(self.table.slots(list(self.table.slot_of)))

    # -- drawing

    def slots_below(self, ids: Iterable[NodeId]) -> NDArray[np.int64]:
        """Slots of these nodes and of all below them, each once; unknown ids are passed over."""
        get = self.table.slot_of.get
        found = {get(one, -1) for node in ids if node in self.twin.nodes for one in self.twin.descendants(node)}
        return np.array(sorted(found - {-1}), dtype=np.int64)

    def all_but_roofs(self) -> NDArray[np.int64]:
        """Slots that are not hidden for good or by hand, roofs left out: what «all» means when the camera fits it."""
        shown = (self.table.hidden_by & ~np.uint8(TOGGLED)) == 0
        shown[self._roofs] = False
        return np.flatnonzero(shown)

    def outline(self, slots: NDArray[np.int64]) -> None:
        """Draw an outline around these slots, and no others; around those that are not ready when they are."""
        self._drop_outline()
        self._outlined = slots
        if not len(slots) or self._triangles_of(slots) > _OUTLINE_TRIANGLES:
            return
        instances = self._instances(slots)
        if instances:
            self._outline = outline_chunk(instances, self._textures)
            self._stage.add(self._outline)

    def _triangles_of(self, slots: NDArray[np.int64]) -> int:
        return sum(len(self.mesh_of_slot[slot].triangles) for slot in slots.tolist())

    def _drop_outline(self) -> None:
        if self._outline is not None:
            self._remove(self._outline)
            self._outline = None

    def _find_roofs(self) -> None:
        roofs = [node.id for node in self.twin.nodes.values() if node.kind == "roof"]
        self._roofs = self.slots_below(roofs)

    def hide_roofs(self, camera: Camera) -> None:
        """Roofs are not drawn while the camera is above them, so that one looks into the hall."""
        if not len(self._roofs):
            return
        low = self.table.box_centre[self._roofs, 2] - self.table.box_half[self._roofs, 2]
        hidden = camera.eye_m[2] > low
        if not np.array_equal(hidden, (self.table.hidden_by[self._roofs] & ROOF) != 0):
            self.table.hide(self._roofs, ROOF, hidden=hidden)

    def prepare(
        self,
        camera: Camera,
        size_px: tuple[int, int],
        *,
        smallest_px: float,
        edges: bool,
        draft: bool = False,
        scale: float = 1.0,
    ) -> None:
        """Send changed texels, and draw only what shows: what is out of sight, hidden or too small costs no vertices."""
        ready = self.drawing.ready
        self.drawing.prepare(camera, size_px, smallest_px=smallest_px, edges=edges, draft=draft, scale=scale)
        if ready != self.drawing.ready and len(self._outlined):
            self.outline(self._outlined)
        now = (self.table.poses_version, self.table.looks_version)
        if now[0] != self._uploaded[0]:
            self._textures.poses.changed()
        if now != self._uploaded:
            self.table.pack_looks()
            self._textures.looks.changed()
        self._uploaded = now

    def statistics(self) -> dict[str, int]:
        """Parts, shown parts, triangles, chunks, and triangles drawn in the last frame."""
        return {"parts": len(self.table.slot_of), "shown": len(self.table.shown()), **self.drawing.statistics()}
