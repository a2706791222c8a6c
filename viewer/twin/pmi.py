"""Product manufacturing information: dimensions, geometric tolerances and datums, tied to the faces that they speak of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

PmiKind = Literal["dimension", "tolerance", "datum"]


@dataclass(frozen=True, slots=True)
class PmiEntry:
    """One semantic entry of a part (ISO 16792, ASME Y14.5). Lengths in the file's unit as drawn, see `unit`."""

    id: str
    """Unique within the part."""
    kind: PmiKind
    type: str
    """What it controls, in the standard's words: diameter, position, flatness, profile of a surface, …"""
    text: str
    """As a drawing shows it: «⌀ 35 ±0.1», «⌖ ⌀0.5 Ⓜ | A | B Ⓜ | C», «A»."""
    name: str = ""
    nominal: float | None = None
    plus: float | None = None
    """Upper deviation from nominal, signed."""
    minus: float | None = None
    """Lower deviation from nominal, signed."""
    value: float | None = None
    """Size of the tolerance zone."""
    unit: str = "mm"
    """mm, inch, or deg for angles."""
    modifiers: tuple[str, ...] = ()
    """In words: maximum material condition, free state, …"""
    datums: tuple[str, ...] = ()
    """Letters in order of precedence, each with its own modifiers: «B Ⓜ»."""
    faces: tuple[int, ...] = ()
    """Numbers of the part's CAD faces, as in `Mesh.face_of_triangle`."""
    point_in_part: tuple[float, float, float] | None = None
    """Where its label points, metres; None: nowhere."""
