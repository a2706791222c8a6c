"""The render windows: one that draws into a context somebody else owns, one that needs no display at all."""

from __future__ import annotations

import os
import sys
from typing import Any

from viewer.base.errors import Fault

GL_LEQUAL = 0x0203
GL_DEPTH_TEST = 0x0B71
GL_READ_FRAMEBUFFER = 0x8CA8
GL_DRAW_FRAMEBUFFER = 0x8CA9
GL_COLOR_BUFFER_BIT = 0x4000
GL_NEAREST = 0x2600
GL_LINEAR = 0x2601
_SOFTWARE = ("llvmpipe", "softpipe", "swrast", "swr", "software", "gdi generic", "basic render")


class HostedWindow:
    """VTK inside an OpenGL context that a widget owns. All calls while that context is current."""

    def __init__(self) -> None:
        from vtkmodules.vtkRenderingOpenGL2 import vtkGenericOpenGLRenderWindow

        self.vtk: Any = vtkGenericOpenGLRenderWindow()
        self.vtk.SetOwnContext(False)
        self.vtk.SetFrameBlitModeToNoBlit()
        self.vtk.SetMultiSamples(0)
        self._begun = False
        self.software = True
        """Whether the processor draws, so that what costs a pass over all pixels is left out; known after `begin`."""

    def begin(self) -> None:
        """Take up the context; again after it was lost and made anew."""
        self.end()
        self._begun = True
        self.vtk.SetForceMakeCurrent()
        self.vtk.SetIsCurrent(True)
        self.vtk.OpenGLInitContext()
        self.vtk.SetMapped(True)
        self.software = self._is_software()
        self.vtk.SetMultiSamples(0 if self.software else 4)

    def _is_software(self) -> bool:
        report = str(self.vtk.ReportCapabilities()).lower()
        return any(name in report for name in _SOFTWARE)

    def resize(self, size_px: tuple[int, int]) -> None:
        """Size in device pixels."""
        self.vtk.SetSize(*size_px)

    def draw(self, gl: Any, target_framebuffer: int, target_px: tuple[int, int]) -> None:
        """Render, and show it. `gl` is the widget's table of OpenGL functions."""
        self.render(gl)
        self.show(gl, target_framebuffer, target_px)

    def render(self, gl: Any) -> None:
        """Render into VTK's own picture."""
        state = self.vtk.GetState()
        state.Reset()
        state.Push()
        gl.glDepthFunc(GL_LEQUAL)  # Qt leaves another
        gl.glEnable(GL_DEPTH_TEST)  # VTK does so only where it erases: a go that adds to a picture needs it as well
        self.vtk.SetIsCurrent(True)  # without being told it silently draws nothing
        self.vtk.SetReadyForRendering(True)
        self.vtk.Render()
        self.vtk.SetReadyForRendering(False)
        state.Pop()

    def show(self, gl: Any, target_framebuffer: int, target_px: tuple[int, int]) -> None:
        """Copy VTK's picture into the widget's framebuffer of that size, stretched where it was drawn smaller."""
        width, height = self.vtk.GetSize()
        self.vtk.GetDisplayFramebuffer().Bind(GL_READ_FRAMEBUFFER)
        gl.glBindFramebuffer(GL_DRAW_FRAMEBUFFER, target_framebuffer)
        how = GL_NEAREST if (width, height) == target_px else GL_LINEAR
        gl.glBlitFramebuffer(0, 0, width, height, 0, 0, *target_px, GL_COLOR_BUFFER_BIT, how)

    def end(self) -> None:
        """Give back what is on the graphics card, while the context still lives."""
        if self._begun:
            self._begun = False
            self.vtk.SetIsCurrent(True)
            self.vtk.Finalize()


def offscreen_window(size_px: tuple[int, int]) -> Any:
    """A VTK render window without any display. Raises Fault with the remedy where the machine has no OpenGL at all.

    No context of another library may be current on this thread (Qt leaves that of the widget which painted last: `doneCurrent`);
    on Linux EGL then refuses its own without a word, and VTK draws into the other's.
    """
    if sys.platform.startswith("linux") and not os.environ.get("DISPLAY"):
        os.environ.setdefault("VTK_DEFAULT_OPENGL_WINDOW", "vtkEGLRenderWindow")
    from vtkmodules import vtkRenderingOpenGL2
    from vtkmodules.vtkRenderingCore import vtkRenderWindow

    wanted = (getattr(vtkRenderingOpenGL2, name, None) for name in ("vtkEGLRenderWindow", "vtkOSOpenGLRenderWindow"))
    makers = [vtkRenderWindow, *(maker for maker in wanted if maker is not None)]
    for maker in makers if not sys.platform.startswith("linux") else [*makers[1:], makers[0]]:
        window = maker()
        window.SetOffScreenRendering(True)
        window.SetShowWindow(False)
        window.SetMultiSamples(0)
        window.SetSize(*size_px)
        window.Initialize()
        if window.SupportsOpenGL():
            return window
        window.Finalize()
    raise Fault("this machine cannot draw: it has neither EGL nor OSMesa; install libegl1 and libgl1-mesa-dri (Debian, Ubuntu)")
