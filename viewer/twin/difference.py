"""Two twins compared: as a delta for whoever draws them, and as differences for people."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from viewer.base.frames import Pose
from viewer.base.ids import NodeId
from viewer.twin.deltas import Delta
from viewer.twin.kinematics import world_from_nodes
from viewer.twin.model import Twin
from viewer.twin.parts import Node

DifferenceKind = Literal["added", "removed", "moved", "restyled", "renamed", "reparented", "changed"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing in which two twins differ."""

    kind: DifferenceKind
    what: str
    """node, joint, channel, binding, characteristic, station, flow, path or view."""
    id: str
    name: str
    text: str
    """One sentence part for people, e.g. «moved by 2.00 m»."""
    distance_m: float = 0.0
    """Of a moved node: how far its origin moved in the world."""
    angle_rad: float = 0.0
    """Of a moved node: how far it turned in the world, 0 … π."""


def delta_between(before: Twin, after: Twin) -> Delta:
    """What to draw anew when one twin takes the place of another."""
    if before is after:
        return Delta()
    if before.parts is not after.parts and any(
        before.parts.get(p) is not part for p, part in after.parts.items() if p in before.parts
    ):
        return Delta(scene_replaced=True, channels=True, process=True)
    added, removed, moved, restyled = set[NodeId](), set[NodeId](), set[NodeId](), set[NodeId]()
    if before.nodes is not after.nodes:
        for node in _changed_nodes(before, after):
            _sort_node(node, before, after, (added, removed, moved, restyled))
    return Delta(
        added=frozenset(added),
        removed=frozenset(removed),
        moved=frozenset(moved - added),
        restyled=frozenset(restyled - added),
        channels=before.channels != after.channels or before.bindings != after.bindings or before.paths != after.paths,
        process=any(
            getattr(before, field) != getattr(after, field) for field in ("characteristics", "stations", "flows", "views")
        ),
    )


def compare(before: Twin, after: Twin) -> list[Difference]:
    """All differences between two twins, sorted: nodes first, then channels, product and process."""
    found = list(_node_differences(before, after))
    for what, field in (
        ("joint", "joints"),
        ("channel", "channels"),
        ("path", "paths"),
        ("characteristic", "characteristics"),
        ("station", "stations"),
        ("flow", "flows"),
    ):
        found += _record_differences(what, getattr(before, field), getattr(after, field))
    named = [{f"{b.kind} {b.channel} on {b.node}": b for b in twin.bindings} for twin in (before, after)]
    found += _record_differences("binding", named[0], named[1])
    views = [{view.name: view for view in twin.views} for twin in (before, after)]
    return found + _record_differences("view", views[0], views[1])


def same(one: Twin, other: Twin) -> bool:
    """Whether two twins hold the same, in the same order; parts are compared by identity."""
    fields = (
        "name",
        "currency",
        "nodes",
        "children",
        "channels",
        "bindings",
        "paths",
        "characteristics",
        "stations",
        "flows",
        "views",
        "joints",
    )
    return all(getattr(one, field) == getattr(other, field) for field in fields) and (
        len(one.parts) == len(other.parts) and all(other.parts.get(key) is part for key, part in one.parts.items())
    )


def _changed_nodes(before: Twin, after: Twin) -> Iterator[NodeId]:
    """Ids whose record is not the very same; in `after`'s order, then those that are gone."""
    old = before.nodes
    for key, node in after.nodes.items():
        if old.get(key) is not node:
            yield key
    if len(old) != len(after.nodes) or any(key not in after.nodes for key in old):
        yield from (key for key in old if key not in after.nodes)


def _sort_node(node: NodeId, before: Twin, after: Twin, sets: tuple[set[NodeId], set[NodeId], set[NodeId], set[NodeId]]) -> None:
    added, removed, moved, restyled = sets
    old, new = before.nodes.get(node), after.nodes.get(node)
    if new is None:
        removed.add(node)
    elif old is None:
        added.add(node)
    elif old.parent != new.parent or old.part != new.part:
        removed.update(before.descendants(node))
        added.update(after.descendants(node))
    else:
        if old.parent_from_node != new.parent_from_node:
            moved.add(node)
        if _style(old) != _style(new):
            restyled.add(node)


def _style(node: Node) -> tuple[Any, ...]:
    return (node.name, node.kind, node.colour, node.visible, node.properties)


def _node_differences(before: Twin, after: Twin) -> Iterator[Difference]:
    changed = sorted(_changed_nodes(before, after))
    for key in changed:
        old, new = before.nodes.get(key), after.nodes.get(key)
        if old is None and new is not None and (new.parent in before.nodes or not new.parent):
            below = sum(1 for _ in after.descendants(key)) - 1
            yield Difference("added", "node", key, new.name, f"added{f' with {below} nodes below' if below else ''}")
        elif new is None and old is not None and (old.parent in after.nodes or not old.parent):
            below = sum(1 for _ in before.descendants(key)) - 1
            yield Difference("removed", "node", key, old.name, f"removed{f' with {below} nodes below' if below else ''}")
        elif old is not None and new is not None:
            yield from _changes_of_node(before, after, old, new)


def _changes_of_node(before: Twin, after: Twin, old: Node, new: Node) -> Iterator[Difference]:
    if old.parent != new.parent:
        yield Difference(
            "reparented",
            "node",
            new.id,
            new.name,
            f"hangs under {new.parent or 'the scene'} instead of {old.parent or 'the scene'}",
        )
    if old.parent_from_node != new.parent_from_node or old.parent != new.parent:
        distance_m, angle_rad = _motion(before, after, new.id)
        if distance_m > 1e-9 or angle_rad > 1e-9:
            turned = f"turned by {math.degrees(angle_rad):.1f}°" if angle_rad > 1e-6 else ""
            shifted = f"moved by {distance_m:.3f} m" if distance_m > 1e-9 else ""
            text = " and ".join(part for part in (shifted, turned) if part) or "moved by less than can be seen"
            yield Difference("moved", "node", new.id, new.name, text, distance_m, angle_rad)
    if old.name != new.name:
        yield Difference("renamed", "node", new.id, new.name, f"was called {old.name}")
    if _style(old)[1:] != _style(new)[1:]:
        keys = [k for k in ("kind", "colour", "visible", "properties") if getattr(old, k) != getattr(new, k)]
        yield Difference("restyled", "node", new.id, new.name, f"differs in {', '.join(keys)}")


def _motion(before: Twin, after: Twin, node: NodeId) -> tuple[float, float]:
    """How far a node's origin moved and how far it turned in the world, metres and radians."""
    old, new = (Pose.from_matrix(world_from_nodes(twin, (node,))[0]).matrix() for twin in (before, after))
    shift = new[:3, 3] - old[:3, 3]
    turn = new[:3, :3] @ old[:3, :3].T
    cosine = (turn[0, 0] + turn[1, 1] + turn[2, 2] - 1.0) / 2.0
    sine = math.hypot(turn[2, 1] - turn[1, 2], turn[0, 2] - turn[2, 0], turn[1, 0] - turn[0, 1]) / 2.0
    return float(math.sqrt(shift @ shift)), math.atan2(sine, cosine)


def _record_differences(what: str, old: Mapping[Any, Any], new: Mapping[Any, Any]) -> list[Difference]:
    if old is new:
        return []
    found: list[Difference] = []
    for key in sorted({*old, *new}):
        one, other = old.get(key), new.get(key)
        if one == other:
            continue
        name = str(getattr(other or one, "name", key))
        if one is None:
            found.append(Difference("added", what, key, name, "added"))
        elif other is None:
            found.append(Difference("removed", what, key, name, "removed"))
        else:
            found.append(Difference("changed", what, key, name, _changed_fields(one, other)))
    return found


def _changed_fields(one: Any, other: Any) -> str:
    texts = []
    for field in type(one).__dataclass_fields__:
        a, b = getattr(one, field), getattr(other, field)
        if a != b:
            texts.append(f"{field} {_shown(a)} → {_shown(b)}")
    return ", ".join(texts)


def _shown(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else "none" if value is None else str(value)
