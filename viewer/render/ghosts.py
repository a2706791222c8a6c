"""Ghosts: parts of another revision drawn in the scene for comparison, see-through or solid; nothing of the twin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import numpy_to_vtk, numpy_to_vtkIdTypeArray
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper

from viewer.base.ids import NodeId
from viewer.render.camera import Camera
from viewer.render.picking import Hit
from viewer.render.stage import Stage
from viewer.twin.deltas import Delta
from viewer.twin.model import Twin
from viewer.twin.parts import Mesh, Rgb

_LIGHT = np.array([0.35, -0.45, 0.82])
_DARKEST = 0.55
"""Of a colour, on faces turned away from the light: there are no lights on the stage, so shading is laid on beforehand."""
_MOST_TRIANGLES = 6_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Ghost:
    """One part where it stands in the other revision."""

    mesh: Mesh
    world_from_node: NDArray[np.float64]
    rgb: Rgb


class GhostLayer:
    """A SceneLayer; all ghosts are one mesh. Main thread."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._actor: vtkActor | None = None
        self._centre = np.zeros(3)
        self.left_out = 0
        """Ghosts that would have been too many triangles."""

    def show(self, ghosts: Sequence[Ghost], *, opacity: float) -> None:
        """Draw exactly these."""
        self._drop()
        self.left_out = 0
        points: list[NDArray[np.float64]] = []
        triangles: list[NDArray[np.int64]] = []
        colours: list[NDArray[np.uint8]] = []
        count = drawn = 0
        for ghost in ghosts:
            if drawn + len(ghost.mesh.triangles) > _MOST_TRIANGLES:
                self.left_out += 1
                continue
            at = ghost.mesh.points_in_part @ ghost.world_from_node[:3, :3].T + ghost.world_from_node[:3, 3]
            rows = np.asarray(ghost.mesh.triangles, dtype=np.int64)
            points.append(at)
            triangles.append(rows + count)
            colours.append(_shaded(at[rows], ghost.rgb))
            count, drawn = count + len(at), drawn + len(rows)
        if not drawn:
            return
        every = np.concatenate(points)
        self._centre = (every.min(axis=0) + every.max(axis=0)) / 2.0
        self._actor = _actor(every - self._centre, np.concatenate(triangles), np.concatenate(colours))
        self._actor.GetProperty().SetOpacity(opacity)
        self._stage.add(self._actor)

    def set_twin(self, twin: Twin) -> None:
        """Ghosts belong to no twin."""

    def apply(self, twin: Twin, delta: Delta) -> None:
        """Ghosts belong to no twin."""

    def show_only(self, shown: frozenset[NodeId] | None, hidden: frozenset[NodeId]) -> None:
        """Ghosts are shown until they are taken away."""

    def prepare(self, camera: Camera, size_px: tuple[int, int], *, origin_m: NDArray[np.float64], draft: bool) -> None:
        """Stand where VTK's numbers have it."""
        if self._actor is not None:
            self._actor.SetPosition(*(self._centre - origin_m))

    def pick(self, origin_m: NDArray[np.float64], direction: NDArray[np.float64], pixels_per_m: float) -> Hit | None:
        """Ghosts are not picked: they have no node."""
        return None

    def bounds(self, ids: frozenset[NodeId] | None) -> NDArray[np.float64] | None:
        """The box around all ghosts, where all is asked for."""
        if self._actor is None or ids is not None:
            return None
        low_high = np.array(self._actor.GetMapper().GetBounds()).reshape(3, 2).T
        return low_high + self._centre

    def reach_m(self, camera: Camera) -> float:
        """How far along the line of sight the ghosts go; 0 where there is none."""
        box = self.bounds(None)
        if box is None:
            return 0.0
        half = float(np.ptp(box, axis=0) @ np.abs(camera.forward)) / 2.0
        return camera.depth_of(box.mean(axis=0)) + half * 1.02

    def close(self) -> None:
        """Draw none."""
        self._drop()

    def _drop(self) -> None:
        if self._actor is not None:
            self._stage.remove(self._actor)
            self._actor = None


def _shaded(corners: NDArray[np.float64], rgb: Rgb) -> NDArray[np.uint8]:
    """(m, 3) a colour per triangle, lighter where it faces the light, from either side."""
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normal /= np.maximum(np.linalg.norm(normal, axis=1), 1e-300)[:, None]
    share = _DARKEST + (1.0 - _DARKEST) * np.abs(normal @ (_LIGHT / np.linalg.norm(_LIGHT)))
    return np.rint(share[:, None] * np.array(rgb)).astype(np.uint8)


def _actor(points: NDArray[np.float64], triangles: NDArray[np.int64], rgb: NDArray[np.uint8]) -> vtkActor:
    data, at, cells = vtkPolyData(), vtkPoints(), vtkCellArray()
    at.SetData(numpy_to_vtk(points.astype(np.float32), deep=True))
    ids = np.ascontiguousarray(triangles.reshape(-1), dtype=np.int64)
    starts = np.arange(0, len(ids) + 1, 3, dtype=np.int64)
    cells.SetData(numpy_to_vtkIdTypeArray(starts, deep=True), numpy_to_vtkIdTypeArray(ids, deep=True))
    data.SetPoints(at)
    data.SetPolys(cells)
    data.GetCellData().SetScalars(numpy_to_vtk(rgb, deep=True))
    mapper, actor = vtkPolyDataMapper(), vtkActor()
    mapper.SetInputData(data)
    mapper.SetResolveCoincidentTopologyToPolygonOffset()
    mapper.SetRelativeCoincidentTopologyPolygonOffsetParameters(2.0, 2.0)
    actor.SetMapper(mapper)
    actor.GetProperty().LightingOff()
    return actor
