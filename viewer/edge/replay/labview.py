"""The header that LabVIEW writes before the values of a .lvm file (LabVIEW Measurement File, version 2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_MAGIC: Final = "LabVIEW Measurement"
_END: Final = "***End_of_Header***"


@dataclass(frozen=True, slots=True)
class LabView:
    """What the header says of the values."""

    delimiter: str
    decimal: str
    header_line: int
    """From 1: the line with the columns' names."""
    start: str
    """Local date and time as ISO 8601; empty where it says none."""
    period_s: float
    """Between rows; 0 where it says none."""
    has_time: bool
    """Whether the first column has seconds since the start."""
    units: tuple[str, ...]
    """By column, the first among them."""


def labview_of(lines: Sequence[str]) -> LabView | None:
    """The header at the beginning of these lines; None where they have none."""
    if not lines or not lines[0].lstrip("\ufeff").startswith(_MAGIC):
        return None
    ends = [number for number, line in enumerate(lines) if line.strip().startswith(_END)]
    if not ends:
        return None
    facts: dict[str, list[str]] = {}
    for line in lines[: ends[min(1, len(ends) - 1)]]:
        delimiter = "," if "," in line and "\t" not in line else "\t"
        key, *values = line.split(delimiter)
        facts[key.strip()] = [value.strip() for value in values]
    header = next((at for at in range(ends[-1 if len(ends) < 2 else 1] + 1, len(lines)) if lines[at].strip()), len(lines) - 1)
    first = {key: values[0] if values else "" for key, values in facts.items()}
    decimal = first.get("Decimal_Separator", ".") or "."
    date, time = first.get("Date", "").replace("/", "-"), first.get("Time", "").replace(",", ".")
    has_time = first.get("X_Columns", "One") != "No"
    units = tuple(facts.get("Y_Unit_Label", ()))
    return LabView(
        delimiter="," if first.get("Separator") == "Comma" else "\t",
        decimal="," if decimal.startswith(",") else ".",
        header_line=header + 1,
        start=f"{date}T{time[:18]}" if date and time else "",
        period_s=_number(first.get("Delta_X", "0"), decimal),
        has_time=has_time,
        units=("s", *units) if units else (),
    )


def _number(text: str, decimal: str) -> float:
    try:
        value = float(text.replace(decimal, "."))
    except ValueError:
        return 0.0
    return value if 0.0 < value < 1e9 else 0.0
