"""Where the camera stood in each scene when it was left."""

from __future__ import annotations

from pathlib import Path

from viewer.twin.process import View
from viewer.ui.ui_state import UiState


def remember_view(state: UiState, scene: Path, view: View) -> None:
    """Keep a viewpoint for a scene."""
    state.set(_key(scene), [*view.position_m, *view.target_m, *view.up, view.angle_rad])


def remembered_view(state: UiState, scene: Path | None) -> View | None:
    """The viewpoint kept for a scene; None where there is none."""
    numbers = state.numbers(_key(scene)) if scene is not None else []
    if len(numbers) != 10:
        return None
    x, y, z, tx, ty, tz, ux, uy, uz, angle_rad = numbers
    return View("last", (x, y, z), (tx, ty, tz), (ux, uy, uz), angle_rad)


def _key(scene: Path) -> str:
    return f"view {scene.absolute()}"
