"""Fields: a scalar on each vertex of a part, coloured in the shader, so that a million new values a frame are one upload.

The values lie four to a texel in a float texture that is looked up by the vertex's number; the map is a row of 256 colours. The
part's own surface is left out meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
from vtkmodules.vtkCommonMath import vtkMatrix4x4
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper

from viewer.base.ids import NodeId
from viewer.render.camera import Camera
from viewer.render.facts import SceneFacts
from viewer.render.field_shaders import TEXELS_PER_ROW, field_programs
from viewer.render.picking import Hit, TriangleTable
from viewer.render.stage import Stage
from viewer.render.textures import ArrayTexture
from viewer.twin.colour_maps import NEUTRAL, colour_map
from viewer.twin.deltas import Delta
from viewer.twin.model import Twin
from viewer.twin.overlays import VertexField
from viewer.twin.parts import Mesh

Floats = NDArray[np.float64]


class FieldSurface:
    """One part's surface in the colours of its values. Main thread."""

    def __init__(self, field: VertexField, mesh: Mesh, facts: SceneFacts) -> None:
        self.field, self.mesh = field, mesh
        self.table: TriangleTable | None = None
        rows = max(-(-len(mesh.points_in_part) // (4 * TEXELS_PER_ROW)), 1)
        self._values = np.full((rows, TEXELS_PER_ROW, 4), np.nan, dtype=np.float32)
        self._texture = ArrayTexture(self._values)
        colours = np.empty((1, 257, 4), dtype=np.uint8)
        colours[0, :256, :3], colours[0, 256, :3], colours[..., 3] = colour_map(field.colour_map), NEUTRAL, 255
        self._colours = ArrayTexture(colours)
        self._middle = mesh.bounds_m().mean(axis=0)
        self.actor = self._actor(mesh)
        facts.join(self.actor, field_programs)
        self._tell_range()

    def _actor(self, mesh: Mesh) -> vtkActor:
        points, cells, data = vtkPoints(), vtkCellArray(), vtkPolyData()
        points.SetData(numpy_to_vtk((mesh.points_in_part - self._middle).astype(np.float32), deep=True))
        offsets = np.arange(0, mesh.triangles.size + 1, 3, dtype=np.int32)
        triangles = np.ascontiguousarray(mesh.triangles, dtype=np.int32).ravel()
        cells.SetData(numpy_to_vtk(offsets, deep=True), numpy_to_vtk(triangles, deep=True))
        data.SetPoints(points)
        data.SetPolys(cells)
        numbers = numpy_to_vtk(np.arange(len(mesh.points_in_part), dtype=np.float32), deep=True)
        numbers.SetName("vertexNumber")
        data.GetPointData().AddArray(numbers)
        mapper, actor = vtkPolyDataMapper(), vtkActor()
        mapper.SetInputData(data)
        mapper.SetVBOShiftScaleMethod(0)
        mapper.ScalarVisibilityOff()
        mapper.MapDataArrayToVertexAttribute("vertexNumber", "vertexNumber", 0, -1)
        actor.SetMapper(mapper)
        actor.GetProperty().SetTexture("fieldValues", self._texture.texture)
        actor.GetProperty().SetTexture("fieldColours", self._colours.texture)
        actor.ForceOpaqueOn()
        return actor

    def _tell_range(self) -> None:
        low, high = self.field.low, self.field.high
        span = high - low if high > low else 1.0
        uniforms = self.actor.GetShaderProperty().GetVertexCustomUniforms()
        uniforms.SetUniform2f("fieldRange", (low, 1.0 / span))

    def write(self, values: NDArray[np.floating]) -> None:
        """Other values, one per vertex; NaN where there is none. Raises ValueError where they are not as many as the vertices."""
        if len(values) != len(self.mesh.points_in_part):
            raise ValueError(f"a field needs {len(self.mesh.points_in_part)} values, one per vertex, not {len(values)}")
        self._values.reshape(-1)[: len(values)] = values
        self._texture.changed()

    def place(self, world_from_node: Floats, origin_m: Floats) -> None:
        """Put the surface where its node stands."""
        at = world_from_node.copy()
        at[:3, 3] = world_from_node[:3, :3] @ self._middle + world_from_node[:3, 3] - origin_m
        matrix = vtkMatrix4x4()
        matrix.DeepCopy(at.ravel().tolist())
        self.actor.SetUserMatrix(matrix)


class FieldLayer:
    """All fields of a view; a SceneLayer. `pose_of` and `shown` ask the view where a node stands and whether it is shown."""

    def __init__(
        self, twin: Twin, facts: SceneFacts, stage: Stage, pose_of: Callable[[NodeId], Floats], shown: Callable[[NodeId], bool]
    ) -> None:
        self._twin, self._facts, self._stage = twin, facts, stage
        self._pose_of, self._shown = pose_of, shown
        self._surfaces: dict[NodeId, FieldSurface] = {}

    @property
    def nodes(self) -> tuple[NodeId, ...]:
        """The nodes that show a field."""
        return tuple(self._surfaces)

    def show(self, fields: Iterable[VertexField]) -> None:
        """Show exactly these, all values missing; a field whose node has no surface is left out."""
        self.close()
        for field in fields:
            node = self._twin.nodes.get(field.node)
            part = None if node is None or node.part is None else self._twin.parts.get(node.part)
            if part is not None and len(part.mesh.triangles):
                surface = self._surfaces[field.node] = FieldSurface(field, part.mesh, self._facts)
                self._stage.add(surface.actor)

    def write(self, node: NodeId, values: NDArray[np.floating]) -> None:
        """Other values for a node's field. Raises KeyError where it shows none, ValueError for a wrong number of values."""
        self._surfaces[node].write(values)

    def set_twin(self, twin: Twin) -> None:
        """Another twin has fields of its own, if any."""
        self.close()
        self._twin = twin

    def apply(self, twin: Twin, delta: Delta) -> None:
        """Fields whose node went go too."""
        self._twin = twin
        for node in [one for one in self._surfaces if one not in twin.nodes]:
            self._drop(node)

    def show_only(self, shown: frozenset[NodeId] | None, hidden: frozenset[NodeId]) -> None:
        """Nothing to keep: each frame asks the view."""

    def prepare(self, camera: Camera, size_px: tuple[int, int], *, origin_m: Floats, draft: bool) -> None:
        """Stand where the nodes stand now."""
        for node, surface in self._surfaces.items():
            surface.actor.SetVisibility(self._shown(node))
            surface.place(self._pose_of(node), origin_m)

    def pick(self, origin_m: Floats, direction: Floats, pixels_per_m: float) -> Hit | None:
        """The nearest surface along a ray."""
        found: list[Hit] = []
        for node, surface in self._surfaces.items():
            pose = self._pose_of(node)
            if not self._shown(node) or abs(np.linalg.det(pose[:3, :3])) < 1e-300:
                continue
            if surface.table is None:
                surface.table = TriangleTable(surface.mesh)
            back = np.linalg.inv(pose)
            hit = surface.table.first(back[:3, :3] @ origin_m + back[:3, 3], back[:3, :3] @ direction)
            if hit is not None:
                normal = back[:3, :3].T @ hit.normal
                normal = normal / max(float(np.linalg.norm(normal)), 1e-300) * (-1.0 if normal @ direction > 0.0 else 1.0)
                found.append(Hit(node, origin_m + direction * hit.distance, normal, hit.distance, hit.triangle))
        return min(found, key=lambda hit: hit.distance_m, default=None)

    def bounds(self, ids: frozenset[NodeId] | None) -> Floats | None:
        """None: the nodes' own parts are bounded by the view."""
        return None

    def close(self) -> None:
        """Take all fields away."""
        for node in list(self._surfaces):
            self._drop(node)

    def _drop(self, node: NodeId) -> None:
        surface = self._surfaces.pop(node)
        self._facts.leave(surface.actor)
        self._stage.remove(surface.actor)
