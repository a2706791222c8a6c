"""How point clouds are looked at: what their colours tell, how large and how many points. No part of plant or product."""

from __future__ import annotations

from dataclasses import dataclass

COLOURS = ("auto", "scan", "intensity", "height", "plain")
"""What the points' colours can tell; «auto»: the scan's own, else its intensity, else the height."""
BUDGETS = (500_000, 1_500_000, 5_000_000)
"""Points of a still picture: few, usual, many."""


@dataclass(frozen=True, slots=True)
class CloudLook:
    """One way of looking at all clouds of a scene."""

    colour: str = "auto"
    """One of `COLOURS`."""
    size: float = 1.0
    """Of the points, as a multiple of the size that just closes their surface."""
    budget: int = BUDGETS[1]
    """The most points that a still picture draws."""
    shaded: bool = True
    """Whether edges and hollows are shaded, so that shape can be read without colours."""
