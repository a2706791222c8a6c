"""Snapshots: one picture of a twin with labels and legends in it, without any display."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from viewer.base.errors import UserMistake
from viewer.base.ids import NodeId
from viewer.render.camera import Camera, camera_of
from viewer.render.gl import offscreen_window
from viewer.render.look import Theme, theme_named
from viewer.twin.model import Twin
from viewer.twin.overlays import OverlayFrame, OverlayPlan
from viewer.twin.process import View

if TYPE_CHECKING:
    from viewer.render.rules import DrawRules
    from viewer.render.view import SceneView

Picture = NDArray[np.uint8]
_FINER = 2
"""The scene is drawn this many times larger and averaged, so that edges are smooth without anti-aliasing."""
_LARGEST_PX = 16384


def snapshot(
    twin: Twin,
    size: tuple[int, int],
    *,
    view: str | View | Camera | None = None,
    plan: OverlayPlan | None = None,
    frame: OverlayFrame | None = None,
    theme: str | Theme = "dark",
    labels: bool = True,
    legend: bool = True,
    selected: tuple[NodeId, ...] = (),
) -> Picture:
    """(height, width, 3) uint8. `view` is a saved view (or its name), a standard view's name, a camera, or None for the first
    saved view, else all from one side. Raises UserMistake for a view, theme or size that can't be; Fault without OpenGL.
    """
    width, height = size
    if not (16 <= width <= _LARGEST_PX and 16 <= height <= _LARGEST_PX):
        raise UserMistake(f"a picture needs a size from 16x16 to {_LARGEST_PX}x{_LARGEST_PX}, not {width}x{height}")
    look = theme if isinstance(theme, Theme) else theme_named(theme)
    finer = _FINER if max(width, height) * _FINER <= _LARGEST_PX else 1
    with OffscreenScene((width * finer, height * finer), theme=look, pixel_ratio=float(finer)) as scene:
        scene.view.set_twin(twin)
        if plan is not None:
            scene.view.set_overlay(plan)
        if frame is not None:
            scene.view.update_overlay(frame)
        scene.view.select(selected)
        scene.view.camera = viewpoint(scene.view, view)
        saved = _saved_view(twin, view)
        if saved is not None and saved.state is not None:
            scene.view.show_state(saved.state)
        picture = _averaged(scene.draw(), finer)
        camera, covered = scene.view.camera, None
        if labels and plan is not None and frame is not None:
            covered = scene.view.covered(frame.label_points_in_world, [label.node for label in plan.labels])
    if plan is None or not ((labels and frame is not None and plan.labels) or (legend and plan.legends)):
        return picture
    from viewer.render.annotate import annotate

    shown = plan.legends if legend else ()
    return annotate(picture, twin, camera, plan, frame if labels else None, look, legends=shown, covered=covered)


def save_png(picture: Picture, path: Path) -> None:
    """Write a picture. Raises UserMistake where it can't be written."""
    from PIL import Image

    try:
        Image.fromarray(picture).save(path, format="PNG")
    except OSError as error:
        raise UserMistake(f"the picture could not be written ({error.strerror or error}): {path}") from error


def _saved_view(twin: Twin, view: str | View | Camera | None) -> View | None:
    """The saved view that is meant; None for a camera, a standard view or a scene without views."""
    if isinstance(view, View):
        return view
    if view is None:
        return next(iter(twin.views), None)
    return next((one for one in twin.views if one.name == view), None)


def viewpoint(scene: SceneView, view: str | View | Camera | None) -> Camera:
    """The camera of a view: saved, by name, standard, or (None) the twin's first view or all of it. Raises UserMistake."""
    if isinstance(view, Camera):
        return view
    if isinstance(view, View):
        return camera_of(view)
    saved = {one.name: one for one in scene.twin.views}
    if view is None:
        return camera_of(scene.twin.views[0]) if scene.twin.views else scene.fitted()
    if view in saved:
        return camera_of(saved[view])
    return _standard(scene, view, saved)


def _standard(scene: SceneView, name: str, saved: dict[str, View]) -> Camera:
    from viewer.render.camera import STANDARD_VIEWS

    if name.lower() not in STANDARD_VIEWS:
        known = ", ".join([*saved, *STANDARD_VIEWS])
        raise UserMistake(f"this scene has no view called «{name}»; expected one of {known}")
    scene.camera = scene.camera.facing(name.lower())
    return scene.fitted()


class OffscreenScene:
    """A scene view in a window that nobody sees; for pictures, tests and benchmarks. Use it in a `with`."""

    def __init__(
        self, size_px: tuple[int, int], *, theme: Theme, pixel_ratio: float = 1.0, rules: DrawRules | None = None
    ) -> None:
        self.window: Any = offscreen_window(size_px)
        from viewer.render.view import SceneView

        self.view = SceneView(self.window, theme=theme, rules=rules)
        self.view.set_size(size_px, pixel_ratio)
        self.view.lines_budget_s = math.inf

    def __enter__(self) -> OffscreenScene:
        return self

    def __exit__(self, *_: object) -> None:
        self.view.close()
        self.window.Finalize()

    def draw(self) -> Picture:
        """The picture as it is now, (height, width, 3), a fresh array."""
        from vtkmodules.util.numpy_support import vtk_to_numpy
        from vtkmodules.vtkCommonCore import vtkUnsignedCharArray

        width, height = self.view.size_px
        self.view.complete()
        self.view.complete_clouds()
        self.view.prepare()
        self.window.Render()
        pixels = vtkUnsignedCharArray()
        self.window.GetRGBACharPixelData(0, 0, width - 1, height - 1, 0, pixels)
        rows = vtk_to_numpy(pixels).reshape(height, width, 4)
        return np.ascontiguousarray(rows[::-1, :, :3])


def _averaged(picture: Picture, finer: int) -> Picture:
    if finer == 1:
        return picture
    height, width, _ = picture.shape
    blocks = picture.reshape(height // finer, finer, width // finer, finer, 3)
    return np.rint(blocks.mean(axis=(1, 3), dtype=np.float32)).astype(np.uint8)
