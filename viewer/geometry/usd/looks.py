"""The colours of USD prims: displayColor, or the diffuse colour of the UsdPreviewSurface that is bound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewer.geometry.pictures import srgb_from_linear
from viewer.geometry.usd.sdk import sdk

_OTHER_SHADERS = {"diffuse_color_constant", "base_color", "baseColor", "diffuse_tint", "diffuseColor", "color"}


@dataclass(frozen=True, slots=True)
class Look:
    """One colour."""

    linear: tuple[float, float, float]
    opacity: float = 1.0


class Looks:
    """Materials of one stage, each looked at once."""

    def __init__(self, time: Any) -> None:
        self._time = time
        self._known: dict[Any, Look | None] = {}
        self.textured: set[Any] = set()

    def bound(self, prim: Any) -> Look | None:
        """The look of the material bound to a prim (or a subset of its faces); None where none is bound."""
        (shade,) = sdk("UsdShade")
        material = shade.MaterialBindingAPI(prim).ComputeBoundMaterial()[0]
        if not material:
            return None
        path = material.GetPath()
        if path not in self._known:
            self._known[path] = self._look(material)
        return self._known[path]

    def _look(self, material: Any) -> Look | None:
        shader = material.ComputeSurfaceSource()[0]
        if not shader:
            shader = material.ComputeSurfaceSource("mdl")[0]
        if not shader:
            return None
        colour, opacity = None, 1.0
        for entry in shader.GetInputs():
            name = entry.GetBaseName()
            if name in _OTHER_SHADERS:
                colour = self._colour(material, entry) or colour
            elif name == "opacity":
                value = _constant(entry, self._time)
                opacity = float(value) if isinstance(value, int | float) else 1.0
        if colour is None:
            return None
        return Look(colour, min(max(opacity, 0.0), 1.0) or 1.0)

    def _colour(self, material: Any, entry: Any) -> tuple[float, float, float] | None:
        source = entry.GetConnectedSources()[0]
        if source and source[0].source.GetPrim().IsA("Shader"):
            shader = source[0].source.GetPrim()
            self.textured.add(material.GetPath())
            fallback = shader.GetAttribute("inputs:fallback")
            value = fallback.Get(self._time) if fallback else None
            return _triple(value)
        return _triple(_constant(entry, self._time))


def _constant(entry: Any, time: Any) -> Any:
    producing = entry.GetValueProducingAttributes()
    return producing[0].Get(time) if producing else entry.Get(time)


def _triple(value: Any) -> tuple[float, float, float] | None:
    try:
        r, g, b = (float(v) for v in list(value)[:3])
    except (TypeError, ValueError):
        return None
    return (r, g, b) if np.isfinite([r, g, b]).all() else None


def srgb(linear: Any) -> NDArray[np.uint8]:
    """(3,) or (n, 3) 0 to 255 of linear colours."""
    return srgb_from_linear(np.asarray(linear, dtype=np.float64))
