"""What a glTF material looks like to this program: one sRGB colour and an opacity."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewer.base.errors import UserMistake
from viewer.geometry.gltf.container import Buffers
from viewer.geometry.gltf.document import Document, Image, Material
from viewer.geometry.pictures import mean_linear, srgb_from_linear

_WHITE = (1.0, 1.0, 1.0)
_GLOSS = "KHR_materials_pbrSpecularGlossiness"
_GLASS = "KHR_materials_transmission"
_SEEN_THROUGH = 0.75
"""How much of what lies behind is seen through a material that transmits all light: a pane stays visible by the rest."""


class Looks:
    """The colours of one document's materials. A texture becomes its mean colour, and that is told."""

    def __init__(self, document: Document, buffers: Buffers, warn: Callable[[str], None]) -> None:
        self._document = document
        self._buffers = buffers
        self._warn = warn
        self._known: dict[int, tuple[NDArray[np.float64], float]] = {}
        self._srgb: dict[int, NDArray[np.uint8]] = {}
        self.textured = 0

    def linear(self, material: int | None) -> tuple[NDArray[np.float64], float]:
        """Linear RGB (3,) and opacity of a material; white and opaque where there is none."""
        if material is None or material >= len(self._document.materials):
            return np.array(_WHITE), 1.0
        if material not in self._known:
            self._known[material] = self._look(self._document.materials[material])
        return self._known[material]

    def srgb(self, material: int) -> NDArray[np.uint8]:
        """The colour of a material as people see it, (1, 3)."""
        if material not in self._srgb:
            self._srgb[material] = srgb_from_linear(self.linear(material)[0]).reshape(1, 3)
        return self._srgb[material]

    def name(self, material: int | None) -> str:
        """The material's name, or nothing."""
        return (
            self._document.materials[material].name if material is not None and material < len(self._document.materials) else ""
        )

    def _look(self, material: Material) -> tuple[NDArray[np.float64], float]:
        factor, texture = _base(material)
        colour = np.nan_to_num(np.array(factor[:3], dtype=np.float64))
        opacity = float(np.clip(np.nan_to_num(factor[3]), 0.0, 1.0)) if material.alpha_mode == "BLEND" else 1.0
        opacity *= 1.0 - _SEEN_THROUGH * _transmission(material)
        if texture is not None:
            colour = colour * self._mean_of_texture(texture)
        return colour, opacity

    def _mean_of_texture(self, index: int) -> NDArray[np.float64]:
        textures, images = self._document.textures, self._document.images
        source = textures[index].source if index < len(textures) else None
        if source is None or source >= len(images):
            return np.array(_WHITE)
        self.textured += 1
        try:
            return mean_linear(self._bytes(images[source]))
        except (UserMistake, OSError, ValueError, SyntaxError) as error:
            self._warn(f"a texture could not be read, so its part has its plain colour ({str(error)[:120]})")
            return np.array(_WHITE)

    def _bytes(self, image: Image) -> bytes:
        if image.buffer_view is not None:
            return bytes(self._buffers.view(self._document, image.buffer_view)[0])
        return bytes(self._buffers.resource(image.uri or ""))


def _base(material: Material) -> tuple[tuple[float, ...], int | None]:
    surface = material.pbr_metallic_roughness
    if surface is not None:
        texture = surface.base_color_texture
        return surface.base_color_factor, None if texture is None else texture.index
    gloss: Any = material.extensions.get(_GLOSS)
    if not isinstance(gloss, dict):
        return (1.0, 1.0, 1.0, 1.0), None
    factor, texture = gloss.get("diffuseFactor"), gloss.get("diffuseTexture")
    sound = isinstance(factor, list) and len(factor) == 4 and all(isinstance(v, int | float) for v in factor)
    index = texture.get("index") if isinstance(texture, dict) else None
    colour: Any = factor if sound else [1.0, 1.0, 1.0, 1.0]
    return tuple(float(v) for v in colour), index if isinstance(index, int) and index >= 0 else None


def _transmission(material: Material) -> float:
    """The share of light that passes, 0 to 1 (KHR_materials_transmission)."""
    glass: Any = material.extensions.get(_GLASS)
    factor = glass.get("transmissionFactor", 0.0) if isinstance(glass, dict) else 0.0
    return min(max(float(factor), 0.0), 1.0) if isinstance(factor, int | float) else 0.0
