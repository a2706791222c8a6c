"""Colours by attribute: what nodes are (kind, part, file, a property, size …) as one colour each and a legend.

Categories take a palette that colour-blind people can tell apart (Okabe and Ito 2008, then Tol's «muted», 2021); what is left
over after the commonest is grey, and said so. Numbers take an even map over their range; sizes and counts take classes by tens.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from viewer.base.ids import NodeId
from viewer.base.units import grouped, pretty_unit
from viewer.twin.channels import Condition, StateLabel
from viewer.twin.colour_maps import NEUTRAL, colour_map, colours
from viewer.twin.kinematics import instances
from viewer.twin.model import Twin
from viewer.twin.overlays import Legend
from viewer.twin.parts import Rgb
from viewer.twin.query import split_number
from viewer.twin.search import measures

Attribute = Literal["kind", "part", "file", "property", "size", "volume", "triangles"]
PALETTE: tuple[Rgb, ...] = (
    (86, 180, 233), (230, 159, 0), (0, 158, 115), (240, 228, 66), (204, 121, 167), (213, 94, 0), (0, 114, 178),
    (136, 34, 85), (153, 153, 51), (72, 58, 160), (68, 170, 153), (221, 204, 119),
)  # fmt: skip
_MOST = 10
"""Categories with a colour and a line of the legend."""
_NUMERIC_SHARE, _FEWEST_NUMBERS = 0.9, 6
"""A property is a number where so many of its values are, and so many differ."""
_STEPS: dict[str, tuple[tuple[float, str], ...]] = {
    "size": ((0.01, "under 10 mm"), (0.1, "10 to 100 mm"), (1.0, "0.1 to 1 m"), (10.0, "1 to 10 m"), (np.inf, "over 10 m")),
    "volume": (
        (1e-6, "under 1 cm³"), (1e-5, "1 to 10 cm³"), (1e-4, "10 to 100 cm³"), (1e-3, "0.1 to 1 dm³"), (1e-2, "1 to 10 dm³"),
        (1.0, "0.01 to 1 m³"), (np.inf, "over 1 m³"),
    ),
    "triangles": (
        (100, "under 100"), (1_000, "100 to 1,000"), (10_000, "1,000 to 10,000"), (100_000, "10,000 to 100,000"),
        (np.inf, "over 100,000"),
    ),
}  # fmt: skip
_TITLES: dict[Attribute, str] = {
    "kind": "Kind", "part": "Part", "file": "File", "size": "Largest extent", "volume": "Volume", "triangles": "Triangles",
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Colouring:
    """A colour for each of some nodes with a part, and what the colours mean. As data of an overlay plan and its one frame."""

    nodes: tuple[NodeId, ...]
    rgb: NDArray[np.uint8]
    """(nodes, 3)."""
    condition: NDArray[np.uint8]
    """(nodes,) MISSING where a node has no such attribute."""
    legends: tuple[Legend, ...] = ()


def colouring(twin: Twin, attribute: Attribute, key: str = "") -> Colouring:
    """The colours of all nodes with a part by an attribute; `key` names the property. Any thread."""
    nodes = tuple(instances(twin))
    if attribute in _STEPS:
        return by_steps(nodes, measures(twin, nodes)[attribute], _TITLES[attribute], _STEPS[attribute])
    values = [_value(twin, node, attribute, key) for node in nodes]
    if attribute == "property":
        numeric = _as_numbers(values)
        if numeric is not None:
            return _by_number(nodes, *numeric, key)
    return by_category(nodes, values, key.rpartition(".")[2] if key else _TITLES[attribute])


def property_keys(twin: Twin) -> list[tuple[str, int]]:
    """The properties of all nodes and parts, with how many nodes have each, commonest first."""
    shown = Counter(node.part for node in twin.nodes.values() if node.part is not None)
    counts: Counter[str] = Counter()
    for node in twin.nodes.values():
        counts.update(node.properties.keys())
    for part_id, count in shown.items():
        part = twin.parts.get(part_id)
        for name in part.properties if part is not None else ():
            counts[name] += count
    return sorted(counts.items(), key=lambda one: (-one[1], one[0]))


def by_category(nodes: tuple[NodeId, ...], values: Sequence[str], title: str) -> Colouring:
    """One colour for each of the commonest values; grey with hatching for nodes without one."""
    counts = Counter(value for value in values if value)
    common = [value for value, _ in sorted(counts.items(), key=lambda one: (-one[1], one[0]))]
    coloured = common[: _MOST if len(common) > _MOST + 1 else len(common)]
    code = {value: row for row, value in enumerate(coloured)}
    table = np.array([*(PALETTE[row % len(PALETTE)] for row in range(len(coloured))), NEUTRAL, NEUTRAL], dtype=np.uint8)
    row = np.array([code.get(value, len(coloured)) if value else len(coloured) + 1 for value in values], dtype=np.intp)
    states = [
        StateLabel(i, f"{_short(value)} ({grouped(counts[value])})", PALETTE[i % len(PALETTE)])
        for i, value in enumerate(coloured)
    ]
    rest = len(common) - len(coloured)
    if rest:
        states.append(StateLabel(len(states), f"{grouped(rest)} others", NEUTRAL))
    missing = row == len(coloured) + 1
    condition = np.where(missing, Condition.MISSING, Condition.NORMAL).astype(np.uint8)
    return Colouring(nodes, table[row].reshape(-1, 3), condition, (Legend(title, "", states=tuple(states)),))


def by_steps(
    nodes: tuple[NodeId, ...], values: NDArray[np.float64], title: str, classes: Sequence[tuple[float, str]]
) -> Colouring:
    """Classes in order, from the dark to the light end of one map."""
    ends = np.array([end for end, _ in classes[:-1]])
    shades = colour_map("viridis")[np.linspace(20, 250, len(classes)).astype(int)]
    row = np.searchsorted(ends, np.nan_to_num(values), side="right")
    rgb = shades[row]
    missing = np.isnan(values)
    rgb[missing] = NEUTRAL
    counts = np.bincount(row[~missing], minlength=len(classes))
    states = tuple(
        StateLabel(i, f"{text} ({grouped(counts[i])})", (int(shades[i, 0]), int(shades[i, 1]), int(shades[i, 2])))
        for i, (_, text) in enumerate(classes)
        if counts[i]
    )
    condition = np.where(missing, Condition.MISSING, Condition.NORMAL).astype(np.uint8)
    return Colouring(nodes, rgb.reshape(-1, 3).astype(np.uint8), condition, (Legend(title, "", states=states),))


def _by_number(nodes: tuple[NodeId, ...], values: NDArray[np.float64], unit: str, key: str) -> Colouring:
    finite = values[np.isfinite(values)]
    low, high = float(finite.min()), float(finite.max())
    condition = np.where(np.isnan(values), Condition.MISSING, Condition.NORMAL).astype(np.uint8)
    legend = Legend(key.rpartition(".")[2], pretty_unit(unit), "viridis", low, high)
    return Colouring(nodes, colours(values, low, high, "viridis").reshape(-1, 3), condition, (legend,))


def _value(twin: Twin, node_id: NodeId, attribute: Attribute, key: str) -> str:
    """What a node is; of its kind and properties also what it hangs below."""
    node = twin.nodes[node_id]
    part = twin.parts.get(node.part) if node.part is not None else None
    if attribute == "part":
        return "" if part is None else part.name or part.id
    if attribute == "file":
        return (node.part or "").partition("/")[0]
    for one in (node, *(twin.nodes[above] for above in twin.ancestors(node_id))):
        found = one.kind if attribute == "kind" else one.properties.get(key, "")
        if found:
            return found
        if one is node and attribute == "property" and part is not None and part.properties.get(key):
            return part.properties[key]
    return ""


def _as_numbers(values: Sequence[str]) -> tuple[NDArray[np.float64], str] | None:
    """Values as numbers and their unit, where they are numbers of one unit; None where they are words."""
    read = {value: split_number(value) for value in set(values) if value}
    numbers = [number for number, _ in read.values() if number is not None]
    units = {unit for number, unit in read.values() if number is not None}
    if len(set(numbers)) < _FEWEST_NUMBERS or len(numbers) < _NUMERIC_SHARE * len(read) or len(units) != 1:
        return None
    nothing = (None, "")
    found = [read.get(value, nothing)[0] for value in values]
    return np.array([np.nan if one is None else one for one in found], dtype=np.float64), units.pop()


def _short(text: str) -> str:
    return text if len(text) <= 28 else f"{text[:27]}…"
