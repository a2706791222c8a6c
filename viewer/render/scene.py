"""The drawn scene: a twin's parts in slots and chunks, kept in step with the twin by deltas."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from vtkmodules.vtkRenderingCore import vtkActor

from viewer.base.ids import NodeId, PartId
from viewer.render.camera import Camera
from viewer.render.chunks import Chunk, PartTextures, merge, outline_chunk, shade_actor
from viewer.render.facts import SceneFacts
from viewer.render.meshes import DrawMesh, draw_mesh, no_surface
from viewer.render.shaders import EDGES, TRANSLUCENT
from viewer.render.shades import outermost
from viewer.render.sights import Sights
from viewer.render.slots import AUTHOR, ROOF, TOGGLED, SlotTable
from viewer.render.stage import Stage
from viewer.render.textures import ArrayTexture
from viewer.render.tree import WorldPoses
from viewer.twin.deltas import Delta
from viewer.twin.model import Twin
from viewer.twin.parts import Mesh, Node, Part, Rgb

_CHUNK_VERTICES = 80_000
_OUTLINE_TRIANGLES = 400_000
"""Larger selections are tinted, not outlined."""


class DrawnScene:
    """Slots, chunks and textures of one twin."""

    def __init__(self, twin: Twin, facts: SceneFacts, stage: Stage) -> None:
        self.twin = twin
        self.world = WorldPoses(twin)
        self._stage, self._facts = stage, facts
        self._meshes: dict[PartId, tuple[Mesh, DrawMesh]] = {}
        self._default: Rgb = (176, 181, 187)
        self._chunks: list[Chunk] = []
        self._outline: vtkActor | None = None
        self._shade: vtkActor | None = None
        self._roofs = np.zeros(0, dtype=np.int64)
        self._build()

    def close(self) -> None:
        """Take all that was drawn off the stage."""
        for chunk in self._chunks:
            for batch in chunk.batches.values():
                self._remove(batch.actor)
        self._chunks.clear()
        self._drop_outline()
        self._drop_shade()

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
        self._drawn_of_slot: list[DrawMesh] = []
        poses = ArrayTexture(self.table.poses)
        looks = ArrayTexture(self.table.looks)
        self._textures = PartTextures(poses, looks, self._facts)
        self._uploaded, self._culled = (-1, -1), (-1, -1)
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
        """Slots and chunks for nodes with a part."""
        for node in nodes:
            part = self._part_of(node)
            if part is not None:
                mesh = self._draw_mesh(part)
                self.table.add(node, mesh)
                self.mesh_of_slot.append(part.mesh)
                self._drawn_of_slot.append(mesh)
        slots = self.table.slots(nodes)
        slots = slots[slots >= 0]
        self._place(slots)
        self._paint(slots)
        self._find_roofs()
        self._shade_floor()
        see_through = self.table.translucent()[slots]
        closed = self._closed(slots)
        for group, shut in ((~see_through & closed, True), (~see_through & ~closed, False), (see_through, False)):
            for some in self._near_one_another(slots[group]):
                self._merge(some, closed=shut)

    def _near_one_another(self, slots: NDArray[np.int64]) -> list[NDArray[np.int64]]:
        """Slots in groups of a chunk's size that lie close together, so that what is out of sight can be left out."""
        if not len(slots):
            return []
        sizes = np.array([len(self._drawn_of_slot[slot].points) for slot in slots.tolist()])
        order = _spatial_order(self.table.box_centre[slots])
        chunk_of = np.cumsum(sizes[order]) // _CHUNK_VERTICES
        cuts = np.flatnonzero(np.diff(chunk_of)) + 1
        return np.split(slots[order], cuts)

    def _closed(self, slots: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which slots show a closed body that no pose turns inside out."""
        shut = np.array([self._drawn_of_slot[slot].closed for slot in slots.tolist()], dtype=np.bool_)
        return shut & ~self.table.mirrored[slots]

    def _merge(self, slots: NDArray[np.int64], *, closed: bool) -> None:
        chunk = Chunk(merge(self._instances(slots)), self._textures, closed=closed)
        self._chunks.append(chunk)
        for batch in chunk.batches.values():
            self._stage.add(batch.actor)

    def _instances(self, slots: NDArray[np.int64]) -> list[tuple[DrawMesh, NDArray[np.int64]]]:
        by_mesh: defaultdict[int, list[int]] = defaultdict(list)
        meshes: dict[int, DrawMesh] = {}
        for slot in slots.tolist():
            mesh = self._drawn_of_slot[slot]
            meshes[id(mesh)] = mesh
            by_mesh[id(mesh)].append(slot)
        return [(meshes[key], np.array(at)) for key, at in by_mesh.items()]

    @property
    def textures(self) -> PartTextures:
        """Poses and looks of all slots on the card; others after the slots were numbered anew."""
        return self._textures

    def _draw_mesh(self, part: Part) -> DrawMesh:
        if part.cloud is not None:  # drawn by a layer of its own; the slot knows its box
            return no_surface(part.cloud.bounds_m())
        known = self._meshes.get(part.id)
        if known is None or known[0] is not part.mesh:
            known = self._meshes[part.id] = (part.mesh, draw_mesh(part.mesh))
        return known[1]

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
        rgba = np.zeros((len(slots), 4), dtype=np.uint8)
        hidden = np.zeros(len(slots), dtype=np.bool_)
        for row, slot in enumerate(slots.tolist()):
            record = self.twin.nodes[self.table.node_of[slot]]
            rgba[row] = self._rgba(record)
            hidden[row] = not self.world.shown(record.id)
            self.table.own_colour[slot] = self._shows_own_colours(record)
        self.table.paint(slots, rgba)
        self.table.hide(slots, AUTHOR, hidden=hidden)

    def _rgba(self, record: Node) -> tuple[int, int, int, int]:
        part = self._part_of(record.id)
        colour = record.colour or (part.colour if part else None) or self._default
        return (*colour, round(255 * (part.opacity if part else 1.0)))

    def _shows_own_colours(self, record: Node) -> bool:
        part = self._part_of(record.id)
        return record.colour is None and part is not None and part.mesh.rgb_of_triangle is not None

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
        shown = np.flatnonzero((self.table.hidden_by & ~np.uint8(TOGGLED)) == 0)
        return np.setdiff1d(shown, self._roofs)

    def outline(self, slots: NDArray[np.int64]) -> None:
        """Draw an outline around these slots, and no others."""
        self._drop_outline()
        instances = self._instances(slots)
        triangles = sum(len(mesh.triangles) * len(at) for mesh, at in instances)
        if 0 < triangles <= _OUTLINE_TRIANGLES:
            self._outline = outline_chunk(merge(instances), self._textures)
            self._stage.add(self._outline)

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

    def prepare(self, camera: Camera, size_px: tuple[int, int], *, smallest_px: float, edges: bool) -> None:
        """Send changed texels, and draw only what shows: what is out of sight, hidden or too small costs no vertices."""
        table = self.table
        now = (table.poses_version, table.looks_version)
        if now[0] != self._uploaded[0]:
            self._textures.poses.changed()
        if (now[0], table.crossed_version) != self._culled:
            self._culled = (now[0], table.crossed_version)
            two_sided = table.mirrored | table.crossed()
            for chunk in self._chunks:
                chunk.cull(inside_out=bool(two_sided[chunk.slots].any()))
        if now[1] != self._uploaded[1]:
            self._textures.looks.changed()
        self._uploaded = now
        sights = Sights(table, camera, size_px, smallest_px)
        for chunk in self._chunks:
            slots = chunk.slots
            for role, batch in chunk.batches.items():
                if role == EDGES:
                    batch.hold(sights.edged[slots] & edges, sights.edged_soon[slots])
                else:
                    glassy = sights.glassy[slots] == (role == TRANSLUCENT)
                    batch.hold(sights.seen[slots] & glassy, sights.soon[slots] & glassy)

    def statistics(self) -> dict[str, int]:
        """Parts, shown parts, triangles and chunks."""
        return {
            "parts": len(self.table.slot_of),
            "shown": len(self.table.shown()),
            "triangles": sum(chunk.triangles for chunk in self._chunks),
            "vertices": sum(chunk.vertices for chunk in self._chunks),
            "chunks": len(self._chunks),
        }


def _spatial_order(points: NDArray[np.float64]) -> NDArray[np.int64]:
    """Order along x and y cells of a sixteenth of the scene, so that neighbours are near one another in it."""
    low, size = points.min(axis=0), np.maximum(np.ptp(points, axis=0), 1e-9)
    cells = np.minimum((points - low) / size * 16, 15).astype(np.int64)
    key = np.zeros(len(points), dtype=np.int64)
    for bit in range(4):
        for axis in range(3):
            key |= ((cells[:, axis] >> bit) & 1) << (3 * bit + axis)
    return np.argsort(key, kind="stable")
