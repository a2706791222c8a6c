"""What is measured at the stations: channels with their range and limits, what they colour and label, and the devices behind them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Measured:
    """One process channel."""

    id: str
    name: str
    unit: str
    low: float
    high: float
    node: str
    limits: dict[str, float] = field(default_factory=dict)
    colour: str = ""
    """The colour map it gives its node; empty: none."""
    label: str = ""
    """The text before its value at its node; empty: no label."""
    period_s: float = 0.5

    def channel(self) -> dict[str, Any]:
        row: dict[str, Any] = {"id": self.id, "name": self.name, "unit": self.unit, "period_s": self.period_s, "node": self.node}
        row |= {"low": self.low, "high": self.high}
        return row | ({"limits": self.limits} if self.limits else {})

    def bindings(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        if self.colour:
            rows.append({"kind": "colour", "channel": self.id, "node": self.node, "colour_map": self.colour})
        if self.label:
            rows.append({"kind": "label", "channel": self.id, "node": self.node, "text": self.label})
        return rows


MEASURED: tuple[Measured, ...] = ()
DEVICES: list[dict[str, Any]] = []
