"""The layer that marks single CAD faces of a part in the accent colour."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import numpy_to_vtk, numpy_to_vtkIdTypeArray
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
from vtkmodules.vtkCommonMath import vtkMatrix4x4
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper

from viewer.base.ids import NodeId
from viewer.render.camera import Camera
from viewer.render.facts import SceneFacts
from viewer.render.flat_shaders import COLOUR, OPACITY, flat_programs
from viewer.render.look import Theme
from viewer.render.picking import Hit
from viewer.render.stage import Stage
from viewer.twin.deltas import Delta
from viewer.twin.model import Twin
from viewer.twin.parts import Mesh

_OPACITY = 0.92
_NEARER = -4.0
"""Polygon offset: a marked face lies on the part's own triangles and has to win."""


class MarkedFaces:
    """A SceneLayer of a few faces of one node, see-through so that the part's shading stays. Main thread."""

    def __init__(
        self,
        stage: Stage,
        facts: SceneFacts,
        world_from_node: Callable[[NodeId], NDArray[np.float64]],
        shows: Callable[[NodeId], bool],
    ) -> None:
        self._stage, self._facts, self._world_from_node, self._shows = stage, facts, world_from_node, shows
        self._twin = Twin()
        self._node: NodeId | None = None
        self._faces: tuple[int, ...] = ()
        self._actor: vtkActor | None = None
        self._rgb = (1.0, 0.6, 0.1)

    def mark(self, node: NodeId | None, faces: Iterable[int] = ()) -> None:
        """Mark exactly these faces of the node's part; unknown ones are passed over."""
        self._node, self._faces = node, tuple(sorted(set(faces)))
        self._make()

    @property
    def marked(self) -> tuple[NodeId | None, tuple[int, ...]]:
        """What is marked now."""
        return (self._node if self._actor is not None else None), self._faces

    def set_theme(self, theme: Theme) -> None:
        """The accent colour."""
        r, g, b = theme.accent
        self._rgb = (r / 255.0, g / 255.0, b / 255.0)
        self._colour()

    def set_twin(self, twin: Twin) -> None:
        """Another twin: marked faces stay where their node still is."""
        self._twin = twin
        self._make()

    def apply(self, twin: Twin, delta: Delta) -> None:
        """A delta: the pose is asked for each frame, so only what the part is counts."""
        before, self._twin = self._twin, twin
        if self._node is not None and self._part_of(before) is not self._part_of(twin):
            self._make()

    def show_only(self, shown: frozenset[NodeId] | None, hidden: frozenset[NodeId]) -> None:
        """Asked for each frame."""

    def prepare(self, camera: Camera, size_px: tuple[int, int], *, origin_m: NDArray[np.float64], draft: bool) -> None:
        """Stand where the node stands now."""
        if self._actor is None or self._node is None:
            return
        self._actor.SetVisibility(self._shows(self._node))
        pose = self._world_from_node(self._node).copy()
        pose[:3, 3] -= origin_m
        matrix = vtkMatrix4x4()
        matrix.DeepCopy(pose.ravel().tolist())
        self._actor.SetUserMatrix(matrix)

    def pick(self, origin_m: NDArray[np.float64], direction: NDArray[np.float64], pixels_per_m: float) -> Hit | None:
        """The part below is met instead."""
        return None

    def bounds(self, ids: frozenset[NodeId] | None) -> NDArray[np.float64] | None:
        """None: the part has them."""
        return None

    def close(self) -> None:
        """Mark nothing."""
        self._drop()

    def _part_of(self, twin: Twin) -> object:
        node = twin.nodes.get(self._node) if self._node is not None else None
        return None if node is None or node.part is None else twin.parts.get(node.part)

    def _colour(self) -> None:
        if self._actor is not None:
            self._actor.GetShaderProperty().GetFragmentCustomUniforms().SetUniform3f(COLOUR, list(self._rgb))

    def _drop(self) -> None:
        if self._actor is not None:
            self._facts.leave(self._actor)
            self._stage.remove(self._actor)
            self._actor = None

    def _make(self) -> None:
        self._drop()
        node = self._twin.nodes.get(self._node) if self._node is not None else None
        part = self._twin.parts.get(node.part) if node is not None and node.part is not None else None
        if part is None or part.mesh.face_of_triangle is None or not self._faces:
            return
        rows = np.flatnonzero(np.isin(part.mesh.face_of_triangle, self._faces))
        if len(rows):
            self._actor = _actor(part.mesh, rows)
            self._facts.join(self._actor, flat_programs)
            self._colour()
            self._stage.add(self._actor)


def _actor(mesh: Mesh, rows: NDArray[np.int64]) -> vtkActor:
    """Triangles of a mesh as an actor in the part's frame."""
    used, corners = np.unique(mesh.triangles[rows], return_inverse=True)
    data, points, cells = vtkPolyData(), vtkPoints(), vtkCellArray()
    points.SetData(numpy_to_vtk(mesh.points_in_part[used].astype(np.float32), deep=True))
    ids = corners.reshape(-1).astype(np.int64)
    cells.SetData(
        numpy_to_vtkIdTypeArray(np.arange(0, len(ids) + 1, 3, dtype=np.int64), deep=True), numpy_to_vtkIdTypeArray(ids, deep=True)
    )
    data.SetPoints(points)
    data.SetPolys(cells)
    mapper, actor = vtkPolyDataMapper(), vtkActor()
    mapper.SetInputData(data)
    mapper.SetResolveCoincidentTopologyToPolygonOffset()
    mapper.SetRelativeCoincidentTopologyPolygonOffsetParameters(_NEARER, _NEARER)
    actor.SetMapper(mapper)
    actor.GetProperty().SetOpacity(_OPACITY)
    actor.GetShaderProperty().GetFragmentCustomUniforms().SetUniformf(OPACITY, _OPACITY)
    return actor
