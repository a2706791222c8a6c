"""The floor grid: lines of adaptive spacing that fade with distance, for scenes that bring no hall."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper

from viewer.render.camera import Camera
from viewer.render.look import Theme
from viewer.render.scene import DrawnScene
from viewer.render.stage import Stage

_VERTEX = """//VTK::System::Dec
in vec4 vertexMC;
uniform mat4 MCDCMatrix;
//VTK::CustomUniforms::Dec
out vec2 floorAt;
void main() { floorAt = vertexMC.xy; gl_Position = MCDCMatrix * vertexMC; }
"""
_FRAGMENT = """//VTK::System::Dec
//VTK::Output::Dec
//VTK::CustomUniforms::Dec
in vec2 floorAt;
float lines(vec2 at, float spacing) {
  vec2 width = fwidth(at) / spacing;
  vec2 near_ = abs(fract(at / spacing - 0.5) - 0.5) / max(width, 1e-6);
  float seen = 1.0 - smoothstep(0.15, 0.5, max(width.x, width.y));
  return (1.0 - min(min(near_.x, near_.y), 1.0)) * seen;
}
void main() {
  vec2 at = floorAt + gridShift;
  float fade = 1.0 - smoothstep(gridReach * 0.25, gridReach, length(floorAt - gridMiddle));
  float ink = max(lines(at, gridSpacing) * mix(0.30, 0.0, gridBlend), lines(at, gridSpacing * 10.0) * 0.55);
  gl_FragData[0] = vec4(gridColour, ink * fade);
}
"""


class FloorGrid:
    """One large square on the floor whose fragments draw the lines."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._points = np.zeros((4, 3), dtype=np.float32)
        self._array = numpy_to_vtk(self._points, deep=False)
        self._data = vtkPolyData()
        points, cells = vtkPoints(), vtkCellArray()
        points.SetData(self._array)
        offsets, corners = np.array([0, 4], dtype=np.int32), np.arange(4, dtype=np.int32)
        cells.SetData(numpy_to_vtk(offsets, deep=True), numpy_to_vtk(corners, deep=True))
        self._data.SetPoints(points)
        self._data.SetPolys(cells)
        mapper = vtkPolyDataMapper()
        mapper.SetInputData(self._data)
        mapper.SetVBOShiftScaleMethod(0)
        self._actor = vtkActor()
        self._actor.SetMapper(mapper)
        self._actor.ForceTranslucentOn()
        self._actor.GetShaderProperty().SetVertexShaderCode(_VERTEX)
        self._actor.GetShaderProperty().SetFragmentShaderCode(_FRAGMENT)
        self._uniforms = self._actor.GetShaderProperty().GetFragmentCustomUniforms()
        self._actor.VisibilityOff()
        self._height_m = 0.0
        stage.add(self._actor)

    @property
    def shown(self) -> bool:
        """Whether there is a grid."""
        return bool(self._actor.GetVisibility())

    def fit(self, scene: DrawnScene) -> None:
        """Lie under the scene; away where the scene has a hall, or nothing."""
        bounds = scene.table.bounds(scene.table.shown())
        hall = any(node.kind == "hall" for node in scene.twin.nodes.values())
        self._actor.SetVisibility(bounds is not None and not hall)
        if bounds is not None:
            self._height_m = float(bounds[0, 2]) - 0.002 * float(np.ptp(bounds, axis=0).max())

    def set_theme(self, theme: Theme) -> None:
        """The lines' colour."""
        self._uniforms.SetUniform3f("gridColour", [c / 255.0 for c in theme.grid])

    def reach_m(self, camera: Camera) -> float:
        """How far from the eye the grid ends."""
        return camera.distance_m + 4.0 * self._radius_m(camera)

    def _radius_m(self, camera: Camera) -> float:
        return 4.0 * max(camera.distance_m, abs(float(camera.eye_m[2]) - self._height_m))

    def follow(self, camera: Camera, origin_m: NDArray[np.float64]) -> None:
        """Stay under the camera, with a spacing that suits its distance."""
        if not self.shown:
            return
        radius = self._radius_m(camera)
        middle = np.array(camera.target_m) - origin_m
        corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * radius
        self._points[:, :2] = middle[:2] + corners
        self._points[:, 2] = self._height_m - origin_m[2]
        self._array.Modified()
        self._data.GetPoints().Modified()
        self._data.Modified()
        decade = math.log10(max(radius / 40.0, 1e-9))
        spacing = 10.0 ** math.floor(decade)
        self._uniforms.SetUniformf("gridSpacing", spacing)
        self._uniforms.SetUniformf("gridBlend", decade - math.floor(decade))
        self._uniforms.SetUniformf("gridReach", radius)
        self._uniforms.SetUniform2f("gridMiddle", [float(middle[0]), float(middle[1])])
        step = spacing * 10.0
        self._uniforms.SetUniform2f("gridShift", [float(math.fmod(origin_m[0], step)), float(math.fmod(origin_m[1], step))])

    def close(self) -> None:
        """Take the grid off the stage."""
        self._stage.remove(self._actor)
