"""Cells of text as numbers, or as the numbers of their texts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

MISSING: Final = frozenset({"", "-", "--", "?", "na", "n/a", "#n/a", "nan", "null", "none", "nil", "-nan", "missing", "#value!"})
MOST_TEXTS: Final = 10_000
"""Different texts of one column; a further one is bad."""


def numbers(cells: Sequence[str], decimal: str = ".") -> NDArray[np.float64]:
    """(n,) NaN where a cell is no finite number."""
    if decimal == ",":
        cells = [cell.replace(".", "").replace(",", ".") for cell in cells]
    try:
        values = np.array(cells, np.float64)
    except ValueError:
        values = np.array([_number(cell) for cell in cells], np.float64)
    values[~np.isfinite(values)] = np.nan
    return values


def is_missing(cell: str) -> bool:
    """Whether a cell says that there is no value."""
    return cell.strip().lower() in MISSING


def is_number(cell: str, decimal: str = ".") -> bool:
    """Whether it is one, infinities and NaN among them."""
    if decimal == ",":
        cell = cell.replace(".", "").replace(",", ".")
    return is_missing(cell) or not np.isnan(_number(cell))


def _number(cell: str) -> float:
    try:
        return float("nan") if "_" in cell else float(cell)
    except ValueError:
        return float("nan")


class States:
    """The texts of one column and their numbers, from 0; unless they are fixed, they become more as they come."""

    def __init__(self, texts: Sequence[str], *, fixed: bool) -> None:
        self.fixed = fixed
        self._of = {text: float(number) for number, text in enumerate(texts)}

    @property
    def texts(self) -> tuple[str, ...]:
        """By number."""
        return tuple(self._of)

    def numbers(self, cells: Sequence[str]) -> NDArray[np.float64]:
        """(n,) NaN where a cell is empty or its text has no number."""
        kept = [" ".join(cell.split())[:200] for cell in cells]
        if not self.fixed:
            for text in dict.fromkeys(kept):
                if text and text not in self._of and not is_missing(text) and len(self._of) < MOST_TEXTS:
                    self._of[text] = float(len(self._of))
        return np.array([self._of.get(text, np.nan) for text in kept], np.float64)
