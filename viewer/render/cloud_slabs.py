"""Slabs: the points that lie on the graphics card, each slab one actor with one size of points."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper

from viewer.render.chunks import PartTextures
from viewer.render.cloud_shaders import OWNERS, RAMP_STOPS, point_shaders
from viewer.render.cloud_table import ChunkTable

ROUND_PX = 4.0
"""Points as large as this are round; smaller ones can't be told from squares, which cost less."""


class Slab:
    """Some points of some chunks. Main thread."""

    def __init__(self, textures: PartTextures) -> None:
        self._textures = textures
        self.points = 0
        self.spacing_px = 1.0
        """How far its points lie apart on the screen for which it was made, before drafts."""
        self._round = False
        self._data = vtkPolyData()
        mapper = vtkPolyDataMapper()
        mapper.SetInputData(self._data)
        mapper.SetVBOShiftScaleMethod(0)
        mapper.ScalarVisibilityOff()
        for name in ("pointRgb", "pointOwner"):
            mapper.MapDataArrayToVertexAttribute(name, name, 0, -1)
        self.actor = vtkActor()
        self.actor.SetMapper(mapper)
        self.actor.ForceOpaqueOn()
        look = self.actor.GetProperty()
        look.SetTexture("partPoses", textures.poses.texture)
        look.SetTexture("partLooks", textures.looks.texture)
        textures.facts.join(self.actor, lambda cut: point_shaders(cut=cut, round_=self._round))
        self._uniforms: Any = self.actor.GetShaderProperty().GetVertexCustomUniforms()

    def fill(self, chunks: ChunkTable, rows: NDArray[np.int64], begin: NDArray[np.int64], end: NDArray[np.int64]) -> None:
        """Hold the points `begin` to `end` (k,) of these rows (k,) of the table."""
        count = int((end - begin).sum())
        at = np.empty((count, 3), dtype=np.float32)
        rgb, owner = np.zeros(count, dtype=np.float32), np.empty(count, dtype=np.float32)
        done = 0
        for row, low, high in zip(rows.tolist(), begin.tolist(), end.tolist(), strict=True):
            one = chunks.clouds[chunks.cloud_of[row]]
            here, source = slice(done, done + high - low), slice(int(chunks.start[row]) + low, int(chunks.start[row]) + high)
            np.add(one.cloud.points[source], one.shift.astype(np.float32), out=at[here])
            if one.cloud.rgb is not None:
                rgb[here] = one.cloud.rgb[source].astype(np.float32) @ np.array([65536.0, 256.0, 1.0], dtype=np.float32)
            owner[here] = OWNERS * one.slot + (255.0 if one.cloud.intensity is None else one.cloud.intensity[source])
            done = here.stop
        self.points = count
        points, cells = vtkPoints(), vtkCellArray()
        points.SetData(numpy_to_vtk(at, deep=True))
        ids = np.arange(count + 1, dtype=np.int32)
        cells.SetData(numpy_to_vtk(ids, deep=True), numpy_to_vtk(ids[:-1], deep=True))
        self._data.SetPoints(points)
        self._data.SetVerts(cells)
        for name, values in (("pointRgb", rgb), ("pointOwner", owner)):
            array = numpy_to_vtk(values, deep=True)
            array.SetName(name)
            self._data.GetPointData().AddArray(array)
        self._data.Modified()

    def show(self, shown: bool, size_px: float = 1.0) -> None:
        """Draw it or not, with points of that many pixels."""
        self.actor.SetVisibility(shown and self.points > 0)
        if not shown:
            return
        self.actor.GetProperty().SetPointSize(size_px)
        if (size_px >= ROUND_PX) != self._round:
            self._round = not self._round
            self._textures.facts.leave(self.actor)
            self._textures.facts.join(self.actor, lambda cut: point_shaders(cut=cut, round_=self._round))

    def paint(self, mode: Sequence[float], ramp: NDArray[np.float64]) -> None:
        """What the colours tell: (mode, 0, lowest height, 1 / range) and the ramp's stops (8, 4), 0 to 1."""
        self._uniforms.SetUniform4f("cloudMode", list(mode))
        half = RAMP_STOPS // 2
        self._uniforms.SetUniformMatrix4x4("cloudRampA", ramp[:half].ravel().tolist())
        self._uniforms.SetUniformMatrix4x4("cloudRampB", ramp[half:].ravel().tolist())

    def leave(self) -> None:
        """It is no more; its actor is the stage's to remove."""
        self._textures.facts.leave(self.actor)
