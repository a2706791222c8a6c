"""Length units at the door: what a file's numbers mean in metres, and doubts about it put into words."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from viewer.base.errors import UserMistake
from viewer.base.units import LENGTH_M
from viewer.geometry.model import SizeDoubt, UnitQuestion

LARGEST_M = 500.0
"""No plant is drawn larger in one file."""
SMALLEST_M = 0.0001
_METRES_BELOW = 2.0
"""A model without unit whose largest extent is below this many is taken in metres: no part is made 2 mm small as a whole,
while robot links and fixtures exported in metres (ROS, Blender) measure 0.05 to 2."""
_PROPOSED = ("mm", "inch", "cm", "m")


def metres_in(unit: str) -> float:
    """Metres in one `unit`. Raises UserMistake where it is no length unit geometry files use."""
    try:
        return LENGTH_M[unit.lower()]
    except KeyError:
        raise UserMistake(
            f"unknown length unit {unit!r}: expected one of {', '.join(LENGTH_M)}; give one of them with --unit"
        ) from None


def guess(extents: NDArray[np.float64]) -> UnitQuestion:
    """The unit that makes a file without one a plausible size, as a question. `extents` (3,) in the file's numbers."""
    largest = float(extents.max(initial=0.0))
    taken = "m" if largest < _METRES_BELOW else "mm"
    x, y, z = extents.tolist()
    return UnitQuestion(taken, (x, y, z))


def question_sentence(question: UnitQuestion) -> str:
    """What to tell where a unit was only guessed."""
    others = " or ".join(f"--unit {u}" for u in question.choices if u != question.taken)
    return (
        f"no unit in the file: taken as {question.taken} (so it is {size_text(question.size, question.taken)}); else say {others}"
    )


def size_doubt(size_m: NDArray[np.float64], unit: str) -> SizeDoubt | None:
    """Where a model of this size (3,) can't be a plant or a part: that, and the unit that would make it one."""
    largest = float(size_m.max(initial=0.0))
    if largest == 0.0 or SMALLEST_M <= largest <= LARGEST_M:
        return None
    wrong = "no plant is that large" if largest > LARGEST_M else "no part is that small"
    told = f"the model is {length_text(largest)} long, and {wrong}"
    metres = LENGTH_M.get(unit.lower())
    if metres is None:  # a surveyor's own unit, or degrees: whoever writes those means them
        return SizeDoubt(told)
    number = largest / metres
    fits = [u for u in _PROPOSED if u != unit and 0.001 <= number * LENGTH_M[u] <= LARGEST_M]
    if not fits:
        return SizeDoubt(told)
    return SizeDoubt(told, fits[0], length_text(number * LENGTH_M[fits[0]]), LENGTH_M[fits[0]] / metres)


def size_text(size: tuple[float, float, float], unit: str) -> str:
    """Extents such as «5 x 2.5 x 1.38 mm»."""
    return " x ".join(f"{v:.3g}" if v < 1000 else f"{v:.0f}" for v in size) + f" {unit}"


def length_text(length_m: float) -> str:
    """A length in the unit a person would say it in."""
    if length_m >= 1.0:
        return f"{length_m:.4g} m" if length_m < 10_000 else f"{length_m / 1000:.4g} km"
    return f"{length_m * 1000:.4g} mm" if length_m >= 0.001 else f"{length_m * 1e6:.4g} µm"
