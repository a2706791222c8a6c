"""The stage: the renderer inside a VTK render window, with background, camera and anti-aliasing."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from vtkmodules import vtkInteractionStyle, vtkRenderingOpenGL2, vtkRenderingUI
from vtkmodules.vtkRenderingCore import vtkProp, vtkRenderer

from viewer.render.backdrop import Backdrop
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
        self.renderer.SetBackgroundAlpha(1.0)
        self._leaving: list[vtkProp] = []
        self._backdrop = Backdrop()
        self._backdrop_last = True
        self.renderer.AddViewProp(self._backdrop.actor)
        render_window.AddRenderer(self.renderer)

    def add(self, prop: vtkProp) -> None:
        """Show a prop."""
        self.renderer.AddViewProp(prop)
        self._backdrop_last = False

    def add_first(self, prop: vtkProp) -> None:
        """Show a prop that is drawn before all others there are now."""
        self.renderer.GetViewProps().InsertItem(-1, prop)

    def remove(self, prop: vtkProp) -> None:
        """Take a prop away; what it holds on the graphics card is given back at the next frame.

        VTK gives it back at once when a prop leaves, which crashes where no OpenGL context is current: so it leaves in `tidy`.
        """
        prop.VisibilityOff()
        self._leaving.append(prop)

    def tidy(self) -> None:
        """Let removed props go. Only while the OpenGL context is current."""
        for prop in self._leaving:
            self.renderer.RemoveViewProp(prop)
        self._leaving.clear()
        if not self._backdrop_last:  # behind all, it costs only the pixels that nothing else covers
            self.renderer.RemoveViewProp(self._backdrop.actor)
            self.renderer.AddViewProp(self._backdrop.actor)
            self._backdrop_last = True

    def actors(self) -> int:
        """How many props there are, those that leave at the next frame included."""
        return self.renderer.GetViewProps().GetNumberOfItems()

    def set_theme(self, theme: Theme) -> None:
        """The background."""
        self.renderer.SetBackground(*_unit(theme.sky_bottom))
        self._backdrop.set_theme(theme)

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
