"""An entry as the file tells it, before it is known which part and which of its faces it speaks of."""

from __future__ import annotations

from dataclasses import dataclass, field

from viewer.twin.pmi import PmiKind


@dataclass(slots=True)
class Draft:
    """See PmiEntry for the fields of the same names."""

    id: int
    """Of the instance in the file."""
    kind: PmiKind
    type: str
    text: str
    items: tuple[int, ...]
    """Numbers of the geometry instances it speaks of."""
    shape: int | None
    """The PRODUCT_DEFINITION_SHAPE it belongs to, where that is told."""
    name: str = ""
    nominal: float | None = None
    plus: float | None = None
    minus: float | None = None
    value: float | None = None
    unit: str = "mm"
    modifiers: list[str] = field(default_factory=list[str])
    datums: tuple[str, ...] = ()
