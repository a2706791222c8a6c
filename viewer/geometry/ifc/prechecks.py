"""What would keep the geometry kernel busy for ever, or grow without end, is found in an IFC model before it is asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from viewer.base.units import grouped
from viewer.geometry.broken import broken

MAX_NESTING = 256
MAX_SHOWN_ITEMS = 5_000_000
"""The most items that mapped representations may come to, each counted as often as it is shown."""

Edges = dict[int, list[int]]


def check(model: Any) -> None:
    """Raises BrokenFile where products, placements, mapped shapes or cut bodies go round, or lie too deep in one another."""
    _bounded(_relations(model), "products are parts of one another")
    _bounded(_references(model, "IfcObjectPlacement", "PlacementRelTo"), "placements stand in one another")
    operands = _references(model, "IfcBooleanResult", "FirstOperand")
    for number, others in _references(model, "IfcBooleanResult", "SecondOperand").items():
        operands.setdefault(number, []).extend(others)
    _bounded(operands, "bodies are cut from one another")
    mapped = _mapped(model)
    counts = _bounded(mapped, "shapes are shown within one another", {one.id(): len(one.Items or ()) for one in _shapes(model)})
    if sum(counts.values()) > MAX_SHOWN_ITEMS:
        broken(f"its shapes show one another over {grouped(MAX_SHOWN_ITEMS)} times; it may be made to harm: export it again")


def _relations(model: Any) -> Edges:
    """From each product to its wholes."""
    edges: Edges = {}
    for kind, whole_key, part_key in (
        ("IfcRelAggregates", "RelatingObject", "RelatedObjects"),
        ("IfcRelNests", "RelatingObject", "RelatedObjects"),
        ("IfcRelVoidsElement", "RelatingBuildingElement", "RelatedOpeningElement"),
        ("IfcRelFillsElement", "RelatingOpeningElement", "RelatedBuildingElement"),
        ("IfcRelContainedInSpatialStructure", "RelatingStructure", "RelatedElements"),
    ):
        for relation in model.by_type(kind):
            whole, parts = getattr(relation, whole_key), getattr(relation, part_key)
            for part in parts if isinstance(parts, tuple) else (parts,):
                if whole is not None and part is not None:
                    edges.setdefault(part.id(), []).append(whole.id())
    return edges


def _references(model: Any, kind: str, key: str) -> Edges:
    found: Edges = {}
    for one in model.by_type(kind):
        other = getattr(one, key, None)
        if other is not None and hasattr(other, "id"):
            found[one.id()] = [other.id()]
    return found


def _shapes(model: Any) -> Iterable[Any]:
    return model.by_type("IfcShapeModel" if not model.schema.startswith("IFC2X2") else "IfcShapeRepresentation")


def _mapped(model: Any) -> Edges:
    """From each representation to those it shows by mapped items."""
    edges: Edges = {}
    for shape in _shapes(model):
        for item in shape.Items or ():
            if item.is_a("IfcMappedItem") and item.MappingSource is not None:
                source = item.MappingSource.MappedRepresentation
                if source is not None:
                    edges.setdefault(shape.id(), []).append(source.id())
    return edges


def _bounded(edges: Edges, what: str, own: Mapping[int, int] | None = None) -> dict[int, int]:
    """How many things each node comes to with all it leads to. Raises BrokenFile for a ring or too deep a nest."""
    own = own or {}
    known: dict[int, int] = {}
    depth: dict[int, int] = {}
    for first in edges:
        way: list[tuple[int, bool]] = [(first, False)]
        open_: set[int] = set()
        while way:
            node, left = way.pop()
            if left:
                open_.discard(node)
                below = edges.get(node, ())
                depth[node] = 1 + max((depth[one] for one in below), default=0)
                known[node] = min(own.get(node, 0) + sum(known[one] for one in below), MAX_SHOWN_ITEMS + 1)
                if depth[node] > MAX_NESTING:
                    broken(f"its {what} over {MAX_NESTING} deep; export it again")
            elif node in open_:
                broken(f"its {what} in a ring; export it again")
            elif node not in known:
                open_.add(node)
                way.append((node, True))
                way += [(one, False) for one in edges.get(node, ())]
    return known
