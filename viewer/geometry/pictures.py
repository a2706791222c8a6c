"""Pictures of textures as the one colour they have from afar, and the curve between light and what a screen is told of it."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray

MAX_PIXELS = 64_000_000
"""A larger picture is not opened only to take its mean colour."""
FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "TGA", "GIF", "TIFF")


def srgb_from_linear(linear: NDArray[np.float64]) -> NDArray[np.uint8]:
    """0 to 255 per channel from linear 0 to 1 (IEC 61966-2-1)."""
    clipped = np.clip(np.nan_to_num(linear), 0.0, 1.0)
    curve = np.where(clipped <= 0.0031308, clipped * 12.92, 1.055 * np.power(clipped, 1 / 2.4) - 0.055)
    return np.rint(curve * 255).astype(np.uint8)


def linear_from_srgb(srgb: NDArray[np.float64]) -> NDArray[np.float64]:
    """The inverse, from 0 to 1."""
    return np.where(srgb <= 0.04045, srgb / 12.92, np.power((srgb + 0.055) / 1.055, 2.4))


def mean_linear(data: bytes) -> NDArray[np.float64]:
    """(3,) linear mean colour of a picture. Raises OSError, ValueError, SyntaxError where it is none that can be read."""
    from PIL import Image

    try:
        opened = Image.open(io.BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise ValueError("it has far too many pixels") from error
    with opened as picture:
        if picture.width * picture.height > MAX_PIXELS:
            raise ValueError(f"it is {picture.width} x {picture.height} pixels large")
        picture.draft("RGB", (256, 256))
        small = picture.convert("RGB").resize((64, 64), Image.Resampling.BOX)
    return linear_from_srgb(np.asarray(small, dtype=np.float64) / 255.0).reshape(-1, 3).mean(axis=0)
