"""The backdrop: a quiet gradient behind the scene, drawn by our own actor (VTK's keeps graphics resources past its window)."""

from __future__ import annotations

import numpy as np
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper

from viewer.render.look import Theme

_VERTEX = """//VTK::System::Dec
in vec4 vertexMC;
out float height;
void main() { height = 0.5 + 0.5 * vertexMC.y; gl_Position = vec4(vertexMC.xy, 1.0, 1.0); }
"""
_FRAGMENT = """//VTK::System::Dec
//VTK::Output::Dec
//VTK::CustomUniforms::Dec
in float height;
void main() {
  float noise = fract(52.9829189 * fract(dot(gl_FragCoord.xy, vec2(0.06711056, 0.00583715))));  // against bands
  gl_FragData[0] = vec4(mix(skyBottom, skyTop, height) + (noise - 0.5) / 255.0, 1.0);
}
"""


class Backdrop:
    """One square that fills the picture, farther away than everything."""

    def __init__(self) -> None:
        points, cells, data = vtkPoints(), vtkCellArray(), vtkPolyData()
        corners = np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]], dtype=np.float32)
        points.SetData(numpy_to_vtk(corners, deep=True))
        offsets, indices = np.array([0, 3, 6], dtype=np.int32), np.array([0, 1, 2, 0, 2, 3], dtype=np.int32)
        cells.SetData(numpy_to_vtk(offsets, deep=True), numpy_to_vtk(indices, deep=True))
        data.SetPoints(points)
        data.SetPolys(cells)
        mapper = vtkPolyDataMapper()
        mapper.SetInputData(data)
        mapper.SetVBOShiftScaleMethod(0)
        self.actor = vtkActor()
        self.actor.SetMapper(mapper)
        self.actor.ForceOpaqueOn()
        shader = self.actor.GetShaderProperty()
        shader.SetVertexShaderCode(_VERTEX)
        shader.SetFragmentShaderCode(_FRAGMENT)
        self._uniforms = shader.GetFragmentCustomUniforms()

    def set_theme(self, theme: Theme) -> None:
        """The gradient's ends."""
        self._uniforms.SetUniform3f("skyTop", [c / 255.0 for c in theme.sky_top])
        self._uniforms.SetUniform3f("skyBottom", [c / 255.0 for c in theme.sky_bottom])
