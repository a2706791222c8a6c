"""The stage: the renderer inside a VTK render window, with background, camera and anti-aliasing."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from vtkmodules import vtkInteractionStyle, vtkRenderingOpenGL2, vtkRenderingUI
from vtkmodules.vtkRenderingCore import vtkProp, vtkRenderer

from viewer.render.camera import Camera
from viewer.render.look import Theme
from viewer.twin.parts import Rgb

FACTORIES = (vtkInteractionStyle, vtkRenderingOpenGL2, vtkRenderingUI)
"""VTK finds what it draws with among the modules that were imported; without these three a window crashed."""


class Stage:
    """Owns the renderer; no lights of VTK's, no cullers, no automatic clipping: the shaders place the parts themselves."""

    def __init__(self, render_window: Any) -> None:
        self._window = render_window
        self.renderer = vtkRenderer()
        self.renderer.GetCullers().RemoveAllItems()
        self.renderer.AutomaticLightCreationOff()
        self.renderer.SetUseOIT(False)
        self.renderer.GradientBackgroundOn()
        self.renderer.SetBackgroundAlpha(1.0)
        render_window.AddRenderer(self.renderer)

    def add(self, prop: vtkProp) -> None:
        """Show a prop."""
        self.renderer.AddViewProp(prop)

    def remove(self, prop: vtkProp) -> None:
        """Take a prop away and give back what it holds on the graphics card."""
        self.renderer.RemoveViewProp(prop)
        prop.ReleaseGraphicsResources(self._window)

    def actors(self) -> int:
        """How many props there are."""
        return self.renderer.GetViewProps().GetNumberOfItems()

    def set_theme(self, theme: Theme) -> None:
        """The background."""
        self.renderer.SetBackground(*_unit(theme.sky_bottom))
        self.renderer.SetBackground2(*_unit(theme.sky_top))

    def set_camera(self, camera: Camera, origin_m: NDArray[np.float64], near_m: float, far_m: float) -> None:
        """Place VTK's camera, in lengths from the scene's origin."""
        vtk_camera = self.renderer.GetActiveCamera()
        vtk_camera.SetPosition(*(camera.eye_m - origin_m))
        vtk_camera.SetFocalPoint(*(np.array(camera.target_m) - origin_m))
        vtk_camera.SetViewUp(*camera.up)
        vtk_camera.SetViewAngle(float(np.degrees(camera.angle_rad)))
        vtk_camera.SetParallelProjection(camera.parallel)
        vtk_camera.SetParallelScale(camera.height_seen_m() / 2.0)
        vtk_camera.SetClippingRange(near_m, far_m)

    def close(self) -> None:
        """Take the renderer out of its window."""
        self.renderer.RemoveAllViewProps()
        self._window.RemoveRenderer(self.renderer)


def _unit(rgb: Rgb) -> tuple[float, float, float]:
    return (rgb[0] / 255.0, rgb[1] / 255.0, rgb[2] / 255.0)
