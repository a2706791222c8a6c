"""The question about a file's length unit: asked once it is read, each unit with the size that it gives."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from viewer.base.units import LENGTH_M
from viewer.ui.sheet import Sheet

if TYPE_CHECKING:
    from viewer.geometry.model import UnitQuestion

UNITS = ("mm", "m", "inch", "cm")


def ask_unit(
    window: QWidget, path: Path, question: UnitQuestion, chosen: Callable[[str], object], cancelled: Callable[[], object]
) -> Sheet:
    """Ask over the window; the unit that fits best comes first, and is the one the file was read in meanwhile. Main thread."""
    units = sorted(UNITS, key=lambda unit: (unit != question.taken, UNITS.index(unit)))
    choices = [(f"{unit} ({size_in(question.size, unit)})", lambda u=unit: chosen(u)) for unit in units]
    sentence = f"The file doesn't say. In {question.taken} it is {size_in(question.size, question.taken)} large, which fits best."
    return Sheet(window, f"Which unit is {path.name} in?", sentence, [*choices, ("Cancel", cancelled)])


def size_in(size: tuple[float, float, float], unit: str) -> str:
    """The largest extent in words: «1.2 m»."""
    from viewer.geometry.lengths import length_text

    return length_text(max(size) * LENGTH_M[unit])
