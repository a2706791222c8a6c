"""Scene facts: the few numbers that every shader needs each frame, as uniforms of all programs at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from vtkmodules.vtkRenderingCore import vtkActor

from viewer.render.look import ALARM, Theme
from viewer.render.section import Cut
from viewer.twin.parts import Rgb

BLOCKS = ("factsA", "factsB", "factsC", "factsD", "factsE", "factsF")
"""Uniform matrices that hold four facts each."""
_CUTS = 12
_NOISE = 1e-6
"""Of single precision in places after a few products, with some room, as a share of how far they lie apart."""
"""The first of the planes' facts."""
Programs = Callable[[bool], tuple[str, str]]
"""Vertex and fragment program of an actor, with what cuts sections in them or (False) without, which is faster."""


class SceneFacts:
    """Facts of four numbers each, as the shaders' `fact(i)`, and from 12 on `cutPlane(i - 12)`:

    0 (pixels per metre at distance 1, radius in pixels below which a part is left out, device pixel ratio, edge darkness)
    1 accent   2 light from above   3 light from below
    4 up in view coordinates   5 eye, relative to the scene's origin   6 (2 / width, 2 / height)
    7 (brightness, saturation, height of the soft shade at the floor, the floor's height from the origin)
    8 (haze colour, haze per metre)   9 alarm
    10 (number of planes of the section, 1 where they cut away a corner only, 0, 0)   11 line of sight, in the world
    12 to 20 the planes: (normal into what is kept, height of the origin above the plane)
    """

    def __init__(self) -> None:
        self._values = np.zeros((4 * len(BLOCKS), 4), dtype=np.float64)
        self._values[0, 2] = 1.0
        self._told = np.full(self._values.shape, np.nan)
        self._listeners: dict[vtkActor, Any] = {}
        self._programs: dict[vtkActor, Programs] = {}
        self._cutting = False

    def join(self, actor: vtkActor, programs: Programs | None = None) -> None:
        """Let an actor's program know the facts, now and from now on; `programs` are put on it, and changed with the section."""
        uniforms = actor.GetShaderProperty().GetFragmentCustomUniforms()
        if programs is not None:
            self._programs[actor] = programs
            _dress(actor, programs(self._cutting))
        for block, name in enumerate(BLOCKS):
            uniforms.SetUniformMatrix4x4(name, self._block(block))
        self._listeners[actor] = uniforms

    def leave(self, actor: vtkActor) -> None:
        """The actor is no more."""
        self._listeners.pop(actor, None)
        self._programs.pop(actor, None)

    def tell(self) -> None:
        """Hand what changed to all programs; once per frame."""
        for block, name in enumerate(BLOCKS):
            rows = slice(4 * block, 4 * block + 4)
            if not np.array_equal(self._values[rows], self._told[rows]):
                numbers = self._block(block)
                for uniforms in self._listeners.values():
                    uniforms.SetUniformMatrix4x4(name, numbers)
        self._told[:] = self._values

    def _block(self, block: int) -> list[float]:
        return self._values[4 * block : 4 * block + 4].ravel().tolist()

    def set_theme(self, theme: Theme) -> None:
        """Colours, brightness and edges of the theme."""
        self._values[1, :3] = _unit(theme.accent)
        self._values[9, :3] = _unit(ALARM)
        self._values[2, :3] = (0.62, 0.65, 0.70)
        self._values[3, :3] = (0.26, 0.25, 0.24)
        self._values[0, 3] = 0.26
        self._values[7, :2] = (theme.light, theme.saturation)
        self._values[8, :3] = [(a + b) / 510.0 for a, b in zip(theme.sky_top, theme.sky_bottom, strict=True)]

    @property
    def pixel_ratio(self) -> float:
        """Device pixels for each of the window system's, in the picture that is drawn next."""
        return float(self._values[0, 2])

    def set_surroundings(self, *, shade_m: float, height_m: float, haze_per_m: float) -> None:
        """A soft shade on upright faces near the floor, and how fast the distance pales; 0 for none."""
        self._values[8, 3] = haze_per_m
        self._values[7, 2:] = (shade_m, height_m)

    def set_cut(self, cut: Cut, origin_m: NDArray[np.float64], reach_m: float) -> None:
        """The section's planes, the world point that the card's numbers are measured from, and how far away the scene ends."""
        count = len(cut.offsets_m)
        self._values[10, :2] = (count, float(cut.corner))
        self._values[_CUTS : _CUTS + count, :3] = cut.normals
        own = cut.normals @ origin_m - cut.offsets_m
        # A face that lies in a plane (common: planes are put on faces) is cut away whole, not by the noise of single precision.
        self._values[_CUTS : _CUTS + count, 3] = own - _NOISE * reach_m
        if bool(cut) != self._cutting:
            self._cutting = bool(cut)
            for actor, programs in self._programs.items():
                _dress(actor, programs(self._cutting))

    def set_camera(
        self,
        *,
        pixels_per_m: float,
        up_in_view: NDArray[np.float64],
        eye: NDArray[np.float64],
        forward: NDArray[np.float64],
        size_px: tuple[int, int],
        pixel_ratio: float,
        smallest_px: float,
    ) -> None:
        """What depends on the camera: `pixels_per_m` at distance 1 (perspective) or anywhere (parallel)."""
        self._values[0, 0] = pixels_per_m
        self._values[0, 1:3] = (smallest_px, pixel_ratio)
        self._values[4, :3] = up_in_view
        self._values[5, :3] = eye
        self._values[11, :3] = forward
        self._values[6, :2] = (2.0 / size_px[0], 2.0 / size_px[1])


def _dress(actor: vtkActor, programs: tuple[str, str]) -> None:
    shader = actor.GetShaderProperty()
    shader.SetVertexShaderCode(programs[0])
    shader.SetFragmentShaderCode(programs[1])


def _unit(rgb: Rgb) -> tuple[float, float, float]:
    return (rgb[0] / 255.0, rgb[1] / 255.0, rgb[2] / 255.0)
