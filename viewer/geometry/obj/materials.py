"""The colours in an MTL file."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from viewer.geometry.broken import broken
from viewer.twin.parts import Rgb

MAX_BYTES = 16 * 2**20


@dataclass(frozen=True, slots=True)
class Look:
    """One material."""

    rgb: Rgb = (200, 200, 200)
    opacity: float = 1.0


def read_materials(path: Path) -> dict[str, Look]:
    """Diffuse colour (Kd, taken as sRGB as the programs do that write it) and opacity (d, or 1 - Tr) by name.

    Raises BrokenFile, OSError.
    """
    if path.stat().st_size > MAX_BYTES:
        broken("its material file is over 16 MB")
    looks: dict[str, Look] = {}
    name = ""
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        word, _, rest = line.strip().partition(" ")
        if word == "newmtl":
            name = rest.strip()
            looks[name] = Look()
        elif name and word in ("Kd", "d", "Tr"):
            looks[name] = _changed(looks[name], word, rest.split())
    return looks


def _changed(look: Look, word: str, values: list[str]) -> Look:
    try:
        numbers = [min(max(float(value), 0.0), 1.0) for value in values[:3]]
    except ValueError:
        return look  # a spectral curve or an option: the colour stays plain
    if not numbers or any(math.isnan(v) for v in numbers):
        return look
    if word == "Kd" and len(numbers) == 3:
        r, g, b = (round(255 * v) for v in numbers)
        return Look((r, g, b), look.opacity)
    return Look(look.rgb, numbers[0] if word == "d" else 1.0 - numbers[0]) if word != "Kd" else look
