"""A probe of the graphics driver: draws a small picture off-screen. Run it in a process of its own, since drivers crash."""

from __future__ import annotations

import json
import os
import sys


def probe() -> dict[str, str | bool]:
    """Renderer, vendor and version of OpenGL as VTK finds them without a window, and whether a picture came out."""
    if sys.platform.startswith("linux") and not os.environ.get("DISPLAY"):
        os.environ.setdefault("VTK_DEFAULT_OPENGL_WINDOW", "vtkEGLRenderWindow")
    import vtkmodules.vtkRenderingOpenGL2  # registers the OpenGL classes
    from vtkmodules.vtkRenderingCore import vtkRenderer, vtkRenderWindow, vtkWindowToImageFilter

    assert vtkmodules.vtkRenderingOpenGL2

    window = vtkRenderWindow()
    window.SetOffScreenRendering(True)
    window.SetSize(16, 16)
    renderer = vtkRenderer()
    renderer.SetBackground(1.0, 0.5, 0.0)
    window.AddRenderer(renderer)
    window.Render()
    picture = vtkWindowToImageFilter()
    picture.SetInput(window)
    picture.Update()
    drawn = picture.GetOutput().GetScalarComponentAsDouble(8, 8, 0, 0) == 255.0
    report = dict(line.split(":", 1) for line in window.ReportCapabilities().splitlines() if ":" in line)
    return {
        "drawn": drawn,
        "renderer": report.get("OpenGL renderer string", "").strip(),
        "version": report.get("OpenGL version string", "").strip(),
        "window": window.GetClassName(),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(probe()) + "\n")
