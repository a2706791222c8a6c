"""Which IFC product hangs under which: project, sites, buildings, storeys, spaces, and what they hold; parents first, no ring."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

MAX_DEPTH = 64


@dataclass(frozen=True, slots=True)
class Place:
    """A product (or the project) and the one it hangs under, by their numbers in the file."""

    entity: Any
    parent: int | None


def places(model: Any) -> list[Place]:
    """All products below their parents, parents first; those that hang nowhere come under the project.

    A product has the parent that holds it closest: the whole it is a part of (IfcRelAggregates, IfcRelNests), else the element
    that it voids or fills, else the storey or space that contains it. What stands in a ring, or deeper than 64, goes to the top.
    """
    parent_of = _parents(model)
    projects = [entity.id() for entity in model.by_type("IfcProject")]
    entities = {entity.id(): entity for entity in (*model.by_type("IfcProject"), *model.by_type("IfcProduct"))}
    children: dict[int | None, list[int]] = {}
    for number in entities:
        parent = parent_of.get(number)
        if parent not in entities or parent == number:
            parent = None if number in projects or not projects else projects[0]
        children.setdefault(parent, []).append(number)
    order = _walked(children)
    lost = [number for number in entities if number not in order]
    top = projects[0] if projects else None
    for number in lost:  # in a ring, or below one
        order[number] = top
    return [Place(entities[number], parent) for number, parent in order.items()]


def _walked(children: dict[int | None, list[int]]) -> dict[int, int | None]:
    order: dict[int, int | None] = {}
    stack: list[tuple[int, int | None, int]] = [(one, None, 1) for one in reversed(children.get(None, []))]
    while stack:
        number, parent, depth = stack.pop()
        order[number] = parent
        if depth < MAX_DEPTH:
            stack += [(child, number, depth + 1) for child in reversed(children.get(number, []))]
    return order


def _parents(model: Any) -> dict[int, int]:
    """Number of the parent by number of the product; the first relation that names a product in this order wins."""
    found: dict[int, int] = {}
    for kind, parent_key, child_key in (
        ("IfcRelAggregates", "RelatingObject", "RelatedObjects"),
        ("IfcRelNests", "RelatingObject", "RelatedObjects"),
        ("IfcRelVoidsElement", "RelatingBuildingElement", "RelatedOpeningElement"),
        ("IfcRelProjectsElement", "RelatingElement", "RelatedFeatureElement"),
        ("IfcRelContainedInSpatialStructure", "RelatingStructure", "RelatedElements"),
        ("IfcRelFillsElement", "RelatingOpeningElement", "RelatedBuildingElement"),
    ):
        for relation in model.by_type(kind):
            parent, children = getattr(relation, parent_key), getattr(relation, child_key)
            for child in children if isinstance(children, tuple) else (children,):
                if parent is not None and child is not None:
                    found.setdefault(child.id(), parent.id())
    return found


def shown_by_default(entity: Any) -> bool:
    """Whether a product is something to see: openings are holes, spaces are air, virtual elements are nothing.

    A site is: its shape is the terrain.
    """
    return not (is_air(entity) or entity.is_a("IfcFeatureElementSubtraction") or entity.is_a("IfcVirtualElement"))


def is_air(entity: Any) -> bool:
    """Whether a product's shape is the room that it is, and no matter."""
    return any(entity.is_a(kind) for kind in _AIR)


_AIR = ("IfcSpace", "IfcSpatialZone", "IfcExternalSpatialElement", "IfcBuildingStorey", "IfcBuilding")
