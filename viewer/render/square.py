"""A square that fills the picture, drawn by a shader of its own: the backdrop, and what is done to all pixels of a frame."""

from __future__ import annotations

from typing import Any

import numpy as np
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper


class Square:
    """Two triangles whose `vertexMC.xy` are the picture's own -1 to 1, with the shaders' code; counted among what is opaque."""

    def __init__(self, vertex: str, fragment: str) -> None:
        self.mapper = vtkPolyDataMapper()
        self.mapper.SetInputData(_two_triangles())
        self.mapper.SetVBOShiftScaleMethod(0)
        self.actor = vtkActor()
        self.actor.SetMapper(self.mapper)
        self.actor.ForceOpaqueOn()
        shader = self.actor.GetShaderProperty()
        shader.SetVertexShaderCode(vertex)
        shader.SetFragmentShaderCode(fragment)
        self.uniforms: Any = shader.GetFragmentCustomUniforms()
        """What the fragment shader is told."""


def _two_triangles() -> vtkPolyData:
    points, cells, data = vtkPoints(), vtkCellArray(), vtkPolyData()
    corners = np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]], dtype=np.float32)
    points.SetData(numpy_to_vtk(corners, deep=True))
    offsets, indices = np.array([0, 3, 6], dtype=np.int32), np.array([0, 1, 2, 0, 2, 3], dtype=np.int32)
    cells.SetData(numpy_to_vtk(offsets, deep=True), numpy_to_vtk(indices, deep=True))
    data.SetPoints(points)
    data.SetPolys(cells)
    return data
