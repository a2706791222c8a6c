"""The snapper: turns a place of the cursor into a pick, with the parts' shapes made when they are first looked at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, QPointF, Signal

from viewer.base.ids import NodeId
from viewer.base.job import Job
from viewer.measure.between import foot_on_plane
from viewer.measure.picks import Pick, placed
from viewer.measure.topology import Topology
from viewer.render.picking import Hit
from viewer.render.snapping import VERTEX_PX, Found, PartShapes
from viewer.twin.model import Twin
from viewer.twin.parts import Mesh
from viewer.ui.background import BackgroundTask
from viewer.ui.node_facts import title_of

_AT_ONCE = 12_000
"""Triangles whose topology is made between two frames; larger meshes are done in the background."""
_KEPT = 256
_AROUND = ((0.0, -7.0), (7.0, 0.0), (0.0, 7.0), (-7.0, 0.0))
"""Where is looked too, in pixels, so that the outer edges of parts are found from outside."""
_MOST_CENTRES = 6


class Snapper(QObject):
    """Finds what is under the cursor. Main thread."""

    ready = Signal()
    """The shapes of a large part are known now."""

    def __init__(self, view: Any, twin: Callable[[], Twin], parent: QObject) -> None:
        super().__init__(parent)
        self._view, self._twin = view, twin
        self._known: dict[int, PartShapes | None] = {}
        self._meshes: dict[int, Mesh] = {}
        self._centres: list[Pick] = []

    def forget(self) -> None:
        """The scene is another one."""
        self._known.clear()
        self._meshes.clear()
        self._centres.clear()

    def pick(self, at: QPointF, *, parts: bool = False, points: bool = False) -> Pick | None:
        """What is under the cursor: a part, or what of its shape is nearest; only points where `points`."""
        first = self._hit(at)
        if parts:
            return None if first is None or first.triangle < 0 else self._part(first)
        centre = self._centre_at(at)
        if centre is not None:
            return centre
        best = None if first is None else self._in_hit(first, at)
        if best is None or best[0].kind == "face":
            best = self._beside(at) or best
        if best is None:
            return None
        pick, hit = self._as_pick(*best, points=points), best[1]
        self._remember(pick, hit)
        return pick

    def _beside(self, at: QPointF) -> tuple[Found, Hit] | None:
        """A corner or edge that is seen a little beside the cursor."""
        seen: set[tuple[str, int]] = set()
        found: list[tuple[Found, Hit]] = []
        for dx, dy in _AROUND:
            hit = self._hit(QPointF(at.x() + dx, at.y() + dy))
            if hit is None or (hit.node, hit.triangle) in seen:
                continue
            seen.add((hit.node, hit.triangle))
            one = self._in_hit(hit, at)
            if one is not None and one[0].kind != "face":
                found.append(one)
        return min(found, key=lambda one: one[0].distance_px, default=None)

    def _in_hit(self, hit: Hit, at: QPointF) -> tuple[Found, Hit] | None:
        """What of the face that was hit is near the cursor; the face itself else."""
        world = self._view.scene.world_from_node(hit.node)
        face = Found("face", np.linalg.inv(world)[:3] @ np.append(hit.point_in_world, 1.0))
        shapes = self.shapes_of(hit.node) if hit.triangle >= 0 else None
        if shapes is None:
            return face, hit
        ratio = self._view.devicePixelRatioF()
        number = int(shapes.topology.face_of_triangle[hit.triangle])
        scene = self._view.scene
        found = shapes.find(number, world, scene.camera, scene.size_px, (at.x() * ratio, at.y() * ratio), ratio)
        return (found or face), hit

    def _as_pick(self, found: Found, hit: Hit, *, points: bool) -> Pick:
        world = self._view.scene.world_from_node(hit.node)
        point = found.point_in_part @ world[:3, :3].T + world[:3, 3] if found.kind != "face" else hit.point_in_world
        pick = Pick(hit.node, "point", point, world, name=title_of(self._twin(), hit.node))
        shapes = self.shapes_of(hit.node) if hit.triangle >= 0 else None
        if shapes is None:
            return pick
        if found.kind in ("vertex", "midpoint"):
            return replace(pick, kind=found.kind)
        if found.kind == "edge":
            return pick if points else replace(placed(pick, shapes.edge(found.edge), None), kind="edge")
        number = int(shapes.topology.face_of_triangle[hit.triangle])
        if points:
            return pick
        face = placed(pick, None, shapes.face(number), shapes.outline(number))
        doubt = 0.0 if face.face is None else face.face.deflection_m
        return replace(face, kind="face", doubt_m=doubt, point=_on_plane(face))

    def _part(self, hit: Hit) -> Pick:
        world = self._view.scene.world_from_node(hit.node)
        return Pick(hit.node, "part", hit.point_in_world, world, name=title_of(self._twin(), hit.node))

    def part(self, node: NodeId) -> Pick:
        """A node itself, wherever it is seen."""
        world = self._view.scene.world_from_node(node)
        return Pick(node, "part", world[:3, 3].copy(), world, name=title_of(self._twin(), node))

    # -- centres of circles that were pointed at: nothing is there to be hit

    def _remember(self, pick: Pick, hit: Hit) -> None:
        if pick.edge is None or pick.edge.circle is None:
            return
        centre = replace(pick, kind="centre", point=pick.edge.circle.centre, edge=None)
        self._centres = [c for c in self._centres if float(np.abs(c.point - centre.point).max()) > 1e-9][-_MOST_CENTRES + 1 :]
        self._centres.append(centre)

    @property
    def centres(self) -> list[Pick]:
        """The centres of circles that were pointed at lately."""
        return self._centres

    def _centre_at(self, at: QPointF) -> Pick | None:
        if not self._centres:
            return None
        pixels = self._view.scene.world_to_display(np.array([c.point for c in self._centres])) / self._view.devicePixelRatioF()
        apart = np.hypot(pixels[:, 0] - at.x(), pixels[:, 1] - at.y())
        best = int(np.argmin(apart))
        return self._centres[best] if apart[best] <= VERTEX_PX and pixels[best, 2] > 0.0 else None

    # -- shapes

    def shapes_of(self, node: NodeId) -> PartShapes | None:
        """A part's shapes; None where it has no mesh or they are still being made."""
        twin = self._twin()
        record = twin.nodes.get(node)
        part = twin.parts.get(record.part) if record is not None and record.part is not None else None
        if part is None or not len(part.mesh.triangles):
            return None
        key = id(part.mesh)
        if key in self._known:
            return self._known[key]
        if len(self._known) >= _KEPT:
            self.forget()
        self._meshes[key] = part.mesh  # so that no other mesh gets its id
        if len(part.mesh.triangles) <= _AT_ONCE:
            self._known[key] = PartShapes(part.mesh)
        else:
            self._known[key] = None
            self._make(key, part.mesh)
        return self._known[key]

    def _make(self, key: int, mesh: Mesh) -> None:
        def work(_job: Job) -> Topology:
            return Topology(mesh)

        task = BackgroundTask("Find edges and faces", work, self)
        task.finished.connect(lambda topology: self._made(key, mesh, topology))
        task.ended.connect(task.deleteLater)
        task.start()

    def _made(self, key: int, mesh: Mesh, topology: Topology) -> None:
        if self._meshes.get(key) is mesh:
            self._known[key] = PartShapes(mesh, topology)
            self.ready.emit()

    def _hit(self, at: QPointF) -> Hit | None:
        ratio = self._view.devicePixelRatioF()
        return self._view.scene.pick(at.x() * ratio, at.y() * ratio)


def _on_plane(pick: Pick) -> Any:
    """The point that was hit, put on the fitted plane."""
    plane = None if pick.face is None else pick.face.plane
    return pick.point if plane is None else foot_on_plane(pick.point, plane)
