"""The lines along which a section cuts what is shown, worked out a few parts per frame and drawn as ribbons of even width."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper

from viewer.render.facts import SceneFacts
from viewer.render.look import Theme
from viewer.render.section import Cut
from viewer.render.shaders import DECLARED_FACTS
from viewer.render.slices import outlines
from viewer.render.slots import SlotTable
from viewer.render.stage import Stage
from viewer.twin.parts import Mesh

_MOST_SEGMENTS = 400_000
"""Lines beyond are left out."""
_VERTEX = """//VTK::System::Dec
in vec4 vertexMC;
in vec3 otherEnd;
in float side;
uniform mat4 MCDCMatrix;
uniform int cameraParallel;
//VTK::CustomUniforms::Dec
%(facts)s
void main() {
  vec3 eye = fact(5).xyz;
  vec3 here = vertexMC.xyz, there = otherEnd;
  if (cameraParallel == 0) { here += (eye - here) * 0.0009; there += (eye - there) * 0.0009; }
  vec4 a = MCDCMatrix * vec4(here, 1.0), b = MCDCMatrix * vec4(there, 1.0);
  vec2 way = (b.xy / max(b.w, 1e-6) - a.xy / max(a.w, 1e-6)) / fact(6).xy;
  float wide = clamp(length(way) / (6.0 * fact(0).z), 0.4, 1.0);  // thick lines would drown small things
  way = length(way) > 1e-4 ? normalize(way) : vec2(1.0, 0.0);
  gl_Position = a;
  gl_Position.xy += (vec2(-way.y, way.x) * side - way * abs(side) * 0.5) * fact(6).xy * fact(0).z * wide * a.w;
  if (cameraParallel != 0) gl_Position.z -= 0.0009 * gl_Position.w;
}
"""
_FRAGMENT = """//VTK::System::Dec
//VTK::Output::Dec
//VTK::CustomUniforms::Dec
void main() { gl_FragData[0] = vec4(cutInk, 1.0); }
"""


class SectionLines:
    """Keeps the lines of each crossed slot until its pose or the section changes. Main thread."""

    def __init__(self, facts: SceneFacts, stage: Stage) -> None:
        self._facts, self._stage = facts, stage
        self._actor: vtkActor | None = None
        self._of_slot: dict[int, tuple[NDArray[np.float64], NDArray[np.float64]]] = {}
        self._made_for: tuple[SlotTable, Cut] | None = None
        self._seen: tuple[int, int] = (-1, -1)
        self._ink = (1.0, 0.7, 0.2)
        self.pending = False
        """Whether lines are still missing that another `follow` would make."""

    def set_theme(self, theme: Theme) -> None:
        """The lines' colour."""
        r, g, b = theme.cut
        self._ink = (r / 255.0, g / 255.0, b / 255.0)
        if self._actor is not None:
            self._actor.GetShaderProperty().GetFragmentCustomUniforms().SetUniform3f("cutInk", self._ink)

    def follow(self, table: SlotTable, mesh_of_slot: list[Mesh], cut: Cut, budget_s: float) -> None:
        """Bring the lines up to date for the present poses, for about `budget_s` at most (0: no lines); the rest is `pending`."""
        if self._made_for != (table, cut):
            self._of_slot.clear()
            self._made_for, self._seen = (table, cut), (-1, -1)
        now = (table.poses_version, table.looks_version)
        if not cut or budget_s <= 0.0:
            self.pending = False
            self._drop()
            return
        if now == self._seen and not self.pending:
            return
        self._seen = now
        shown = np.flatnonzero(table.crossed() & (table.hidden_by == 0))
        changed = self._work(shown, table, mesh_of_slot, cut, time.perf_counter() + budget_s)
        if changed or self._stale(shown):
            self._draw(shown, table.origin)

    def _work(self, shown: NDArray[np.int64], table: SlotTable, mesh_of_slot: list[Mesh], cut: Cut, until_s: float) -> bool:
        changed, self.pending = False, False
        for slot in shown.tolist():
            pose = table.world_from_node[slot]
            known = self._of_slot.get(slot)
            if known is not None and np.array_equal(known[0], pose):
                continue
            if changed and time.perf_counter() > until_s:
                self._of_slot.pop(slot, None)  # lines beside the part are worse than none
                self.pending = True
                continue
            mesh = mesh_of_slot[slot]
            self._of_slot[slot] = (pose.copy(), outlines(mesh.points_in_part @ pose[:3, :3].T + pose[:3, 3], mesh.triangles, cut))
            changed = True
        return changed

    def _stale(self, shown: NDArray[np.int64]) -> bool:
        wanted = frozenset(shown.tolist())
        gone = [slot for slot in self._of_slot if slot not in wanted]
        for slot in gone:
            del self._of_slot[slot]
        return bool(gone)

    def _draw(self, shown: NDArray[np.int64], origin_m: NDArray[np.float64]) -> None:
        self._drop()
        found = [self._of_slot[slot][1] for slot in shown.tolist() if slot in self._of_slot]
        segments = np.concatenate(found)[:_MOST_SEGMENTS] - origin_m if found else np.zeros((0, 2, 3))
        if len(segments):
            self._actor = _ribbons(segments.astype(np.float32))
            self._facts.join(self._actor, lambda _cut: (_VERTEX % {"facts": DECLARED_FACTS}, _FRAGMENT))
            self._actor.GetShaderProperty().GetFragmentCustomUniforms().SetUniform3f("cutInk", self._ink)
            self._stage.add(self._actor)

    def segments(self) -> int:
        """How many pieces of line are known."""
        return sum(len(lines) for _, lines in self._of_slot.values())

    def _drop(self) -> None:
        if self._actor is not None:
            self._facts.leave(self._actor)
            self._stage.remove(self._actor)
            self._actor = None

    def close(self) -> None:
        """Take the lines off the stage."""
        self._drop()
        self._of_slot.clear()


def _ribbons(segments: NDArray[np.float32]) -> vtkActor:
    """Four vertices a segment (k, 2, 3), each with the other end and the side to which the shader shifts it."""
    count = len(segments)
    ends, others = segments[:, [0, 0, 1, 1]].reshape(-1, 3), segments[:, [1, 1, 0, 0]].reshape(-1, 3)
    points = vtkPoints()
    points.SetData(numpy_to_vtk(ends, deep=True))
    data = vtkPolyData()
    data.SetPoints(points)
    for name, values in (("otherEnd", others), ("side", np.tile(np.array([1, -1, 1, -1], dtype=np.float32), count))):
        array: Any = numpy_to_vtk(values, deep=True)
        array.SetName(name)
        data.GetPointData().AddArray(array)
    # The far end sees the line run the other way, so its first vertex lies on the other side.
    quads = (np.arange(count, dtype=np.int32)[:, None, None] * 4 + np.array([[0, 1, 2], [0, 2, 3]], dtype=np.int32)).reshape(
        -1, 3
    )
    cells = vtkCellArray()
    offsets = np.arange(0, quads.size + 1, 3, dtype=np.int32)
    cells.SetData(numpy_to_vtk(offsets, deep=True), numpy_to_vtk(quads.ravel(), deep=True))
    data.SetPolys(cells)
    mapper = vtkPolyDataMapper()
    mapper.SetInputData(data)
    mapper.SetVBOShiftScaleMethod(0)
    mapper.ScalarVisibilityOff()
    mapper.MapDataArrayToVertexAttribute("otherEnd", "otherEnd", 0, -1)
    mapper.MapDataArrayToVertexAttribute("side", "side", 0, -1)
    actor = vtkActor()
    actor.SetMapper(mapper)
    actor.ForceOpaqueOn()
    return actor
