"""Drawing: all that a scene draws of its parts' meshes, prepared piece by piece and chosen anew for each frame."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from vtkmodules.vtkRenderingCore import vtkActor, vtkProp

from viewer.render.camera import Camera
from viewer.render.chunks import DRAFT, Chunk, PartTextures
from viewer.render.glyphs import GlyphShape
from viewer.render.groups import groups_of
from viewer.render.level_cache import LevelCache
from viewer.render.level_worker import LevelWorker, levels_of
from viewer.render.levels import FEWEST_TRIANGLES, LEVELS, Levels
from viewer.render.lists import DrawLists
from viewer.render.meshes import DrawMesh
from viewer.render.preparing import MeshLibrary, Preparer, ReadyChunk, ReadyGroup
from viewer.render.rules import DrawRules
from viewer.render.shaders import EDGES, OPAQUE, TRANSLUCENT
from viewer.render.shapes import Shapes
from viewer.render.sights import Boxes, Sights
from viewer.render.slots import SlotTable
from viewer.render.stage import Stage
from viewer.twin.parts import Mesh

REST_PX, MOVING_PX, DRAFT_PX = 0.18, 1.0, 4.0
"""How far, in pixels of the full picture, a level may stray at rest, while the camera moves, and in drafts of half the size."""
SLICE_S, SLICE_VERTICES = 0.010, 150_000
"""Of one frame, for taking over what is ready while the scene fills in."""
WORTH_LEVELS = 200_000
"""Triangles of a scene below which levels are not worth making."""


class Drawing:
    """Main thread; meshes are made ready, merged and decimated elsewhere where the rules say so."""

    def __init__(self, table: SlotTable, textures: PartTextures, stage: Stage, library: MeshLibrary, rules: DrawRules) -> None:
        self._table, self._textures, self._stage, self._rules = table, textures, stage, rules
        self._library = library
        self.shapes = Shapes()
        self._shape_of: dict[int, tuple[DrawMesh, int]] = {}
        self._lists = DrawLists(self.shapes, table.capacity)
        self._error_m = np.full((table.capacity, LEVELS + 1), np.inf, dtype=np.float32)
        self._error_m[:, 0] = 0.0
        self._slots_of_shape: defaultdict[int, list[NDArray[np.int64]]] = defaultdict(list)
        self._boxes = Boxes()
        cache = LevelCache() if rules.levels and rules.progressive else None
        self._preparer = Preparer(library, threaded=rules.progressive, wake=rules.wake, cache=cache)
        self._levels = LevelWorker(rules.wake)
        self._unlevelled: list[int] = []
        self._triangles = 0
        self.frame_s = 0.0
        """What the last frame took; told from outside."""
        self.ready = 0
        """Groups that are drawn."""
        self._culled = (-1, -1, 0)

    # -- what there is to draw

    def add(self, slots: NDArray[np.int64], meshes: Sequence[Mesh]) -> None:
        """Draw these slots (k,) with these meshes (k), as soon as they are ready."""
        solid = np.array([len(mesh.triangles) > 0 for mesh in meshes], dtype=np.bool_)
        slots, meshes = slots[solid], [mesh for mesh, one in zip(meshes, solid.tolist(), strict=True) if one]
        if len(slots):
            see_through = self._table.translucent()[slots]
            self._preparer.put(groups_of(slots, meshes, self._table.box_centre[slots], see_through, self._rules))
            if not self._rules.progressive:
                self.complete()

    @property
    def pending(self) -> int:
        """Groups and levels that are still being prepared, and whether lists are to be made anew; 0: the picture is complete."""
        levels = self._levels.pending + len(self._unlevelled) if self._rules.progressive else 0
        return self._preparer.pending + levels + (not self._lists.settled)

    @property
    def unfinished(self) -> bool:
        """Whether another frame would show more at once; where not, `wake` is called when it would."""
        return self._preparer.ready or not self._lists.settled

    @property
    def filling(self) -> bool:
        """Whether groups are still being prepared."""
        return self._preparer.pending > 0

    def complete(self, *, levels: bool = False) -> None:
        """Prepare all now, in this thread where need be; `levels` too."""
        self._preparer.finish()
        while (done := self._preparer.take()) is not None:
            self._take(done)
        if levels and self._rules.levels:
            cache = LevelCache()
            wanted, self._unlevelled = self._unlevelled, []
            for shape in [*wanted, *(shape for shape, _ in self._levels.drain())]:
                self._set_levels(shape, levels_of(self.shapes.meshes[shape], cache))
            while self._levels.pending:
                self._take_levels()
                time.sleep(0.002)

    def _take(self, done: ReadyGroup) -> int:
        vertices = 0
        self.ready += 1
        for chunk in done.chunks:
            vertices += self._take_chunk(chunk)
        for key, levels in done.levels.items():
            shape = self._shape_of[key][1]
            if shape in self._unlevelled:
                self._unlevelled.remove(shape)
                self._set_levels(shape, levels)
        return vertices

    def _take_chunk(self, ready: ReadyChunk) -> int:
        drawn = [self._library.drawn(mesh) for mesh in ready.meshes]
        shapes = np.array([self._shape(mesh) for mesh in drawn], dtype=np.int32)
        edges = self.shapes.count[shapes, LEVELS + 1].astype(np.int64) // 2
        self._table.know(ready.slots, edges, np.array([mesh.solid for mesh in drawn], dtype=np.bool_))
        self._triangles += int(self.shapes.count[shapes, 0].sum()) // 3
        for shape in np.unique(shapes).tolist():
            slots = ready.slots[shapes == shape]
            self._slots_of_shape[shape].append(slots)
            self._error_m[slots] = self.shapes.error_m[shape]
            if ready.merged is None:
                self._lists.add(GlyphShape(shape, slots, self.shapes, self._textures), shapes[shapes == shape])
        if ready.merged is not None:
            chunk = Chunk(ready.merged, shapes, self.shapes.gathered, self._textures, closed=ready.closed)
            self._lists.add(chunk, shapes)
            return chunk.vertices
        return sum(len(mesh.points) for mesh in {id(mesh): mesh for mesh in drawn}.values())

    def _shape(self, mesh: DrawMesh) -> int:
        known = self._shape_of.get(id(mesh))
        if known is None:
            known = self._shape_of[id(mesh)] = (mesh, self.shapes.add(mesh))
            if len(mesh.triangles) >= FEWEST_TRIANGLES:
                self._unlevelled.append(known[1])
        return known[1]

    # -- levels

    def _ask_for_levels(self) -> None:
        """Once all is drawn: the shapes that cost most come first."""
        if not (self._rules.levels and self._rules.progressive and self._unlevelled) or self._preparer.pending:
            return
        wanted, self._unlevelled = self._unlevelled, []
        if self._triangles < WORTH_LEVELS:
            return
        cost = {s: int(self.shapes.count[s, 0]) * sum(map(len, self._slots_of_shape[s])) for s in wanted}
        self._levels.put((shape, self.shapes.meshes[shape]) for shape in sorted(wanted, key=lambda s: -cost[s]))

    def _take_levels(self) -> None:
        while (found := self._levels.take()) is not None:
            self._set_levels(*found)

    def _set_levels(self, shape: int, levels: Levels) -> None:
        self.shapes.set_levels(shape, levels)
        for slots in self._slots_of_shape[shape]:
            self._error_m[slots] = self.shapes.error_m[shape]

    # -- each frame

    def prepare(
        self, camera: Camera, size_px: tuple[int, int], *, smallest_px: float, edges: bool, draft: bool, scale: float
    ) -> None:
        """Take over what is ready, and draw only what shows, as finely as the viewpoint needs."""
        if self._rules.progressive:
            self._fill_in(camera)
        self._cull()
        table, at_once = self._table, not self._rules.progressive
        sights = Sights(table, self._boxes, camera, size_px, smallest_px)
        self._lists.settled = True
        role, tolerance = (DRAFT, MOVING_PX if scale >= 1.0 else DRAFT_PX) if draft else (OPAQUE, REST_PX)
        self._lists.off(OPAQUE if draft else DRAFT)
        made = self._lists.update(role, sights.surfaces(self._error_m, tolerance * scale, glassy=False), at_once=at_once)
        if self._boxes.glassy.any():
            glass = sights.surfaces(self._error_m, REST_PX * scale, glassy=True)
            made += self._lists.update(TRANSLUCENT, glass, at_once=at_once)
        else:
            self._lists.off(TRANSLUCENT)
        if edges:
            made += self._lists.update(EDGES, sights.edges(), at_once=at_once)
        else:
            self._lists.off(EDGES)
        for actor in made:
            self._stage.add(actor)

    def _fill_in(self, camera: Camera) -> None:
        """What is ready, for a few milliseconds; what is nearest or largest is prepared next."""
        for group in self._preparer.waiting():
            if group.weight == 0.0:
                group.weight = self._weight(group.slots, camera)
        self._preparer.start()
        slice_s = max(SLICE_S, 0.5 * self.frame_s)  # where frames are slow anyway, more at a time
        until, room = time.perf_counter() + slice_s, SLICE_VERTICES * slice_s / SLICE_S
        while room > 0 and time.perf_counter() < until and (done := self._preparer.take()) is not None:
            room -= self._take(done)
        self._ask_for_levels()
        self._take_levels()

    def _weight(self, slots: NDArray[np.int64], camera: Camera) -> float:
        """The share of the picture that the group's largest part fills, about."""
        radius = np.linalg.norm(self._table.box_half[slots], axis=1)
        away = np.linalg.norm(self._table.box_centre[slots] - camera.eye_m, axis=1)
        return float((radius / np.maximum(away, 1e-9)).max(initial=1e-9))

    def _cull(self) -> None:
        now = (self._table.poses_version, self._table.crossed_version, len(self._lists.drawables))
        if now != self._culled:
            self._culled = now
            self._lists.cull(self._table.mirrored | self._table.crossed())

    # -- otherwise

    def actors(self) -> list[vtkActor]:
        """All that were made."""
        return [actor for drawable in self._lists.drawables for actor in drawable.actors()]

    def triangles(self) -> dict[vtkProp, int]:
        """About how many triangles each actor that is drawn now holds."""
        return self._lists.triangles()

    def end(self) -> None:
        """Stop preparing."""
        self._preparer.end()
        self._levels.end()

    def statistics(self) -> dict[str, int]:
        """Triangles in full, vertices held, chunks, and triangles drawn in the last frame."""
        drawn = sum(self._lists.drawn(role) for role in (OPAQUE, DRAFT, TRANSLUCENT)) // 3
        return {
            "triangles": self._triangles,
            "vertices": sum(one.vertices for one in self._lists.drawables),
            "chunks": len(self._lists.drawables),
            "drawn_triangles": drawn,
            "glyph_shapes": sum(isinstance(one, GlyphShape) for one in self._lists.drawables),
        }
