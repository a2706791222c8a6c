"""What the inspector tells about a node that is not live: identity, size, links."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from viewer.base.ids import NodeId
from viewer.base.units import grouped
from viewer.twin.kinematics import world_from_node
from viewer.twin.model import Twin
from viewer.twin.process import Characteristic, Station
from viewer.ui.value_text import length_text


def title_of(twin: Twin, node_id: NodeId) -> str:
    """What a node is called: its name; where the file gave it none, its id with the station's name."""
    node = twin.nodes[node_id]
    if node.name and node.name != node_id:
        return node.name
    station = next((s for s in twin.stations.values() if s.node == node_id), None)
    return f"{node_id} {station.name}" if station is not None else node_id


def identity_facts(twin: Twin, node_id: NodeId) -> list[tuple[str, str]]:
    """Id, kind, part, triangles and size of a node; of a group the number of nodes below."""
    node = twin.nodes[node_id]
    facts: list[tuple[str, str]] = [("Id", node_id)]
    if node.kind:
        facts.append(("Kind", node.kind))
    part = twin.parts.get(node.part) if node.part is not None else None
    if part is not None:
        facts.append(("Part", part.name or part.id))
        if part.cloud is None:
            facts.append(("Triangles", f"{grouped(len(part.mesh.triangles))}"))
        low, high = part.bounds_m()
        # The poses above may scale: a robot's file gives meshes in millimetres and a scale of 0.001.
        stretch = np.linalg.norm(world_from_node(twin, node_id)[:3, :3], axis=0)
        facts.append(("Size", " × ".join(length_text(s) for s in ((high - low) * stretch).tolist())))
    if node_id in twin.children:
        facts.append(("Contains", f"{grouped(sum(1 for _ in twin.descendants(node_id)) - 1)} nodes"))
    return facts


def link_facts(twin: Twin, node_id: NodeId) -> list[tuple[str, str]]:
    """Station, process step and tags."""
    facts: list[tuple[str, str]] = []
    station = station_of(twin, node_id)
    if station is not None:
        facts.append(("Station", f"{station.name} ({station.id})" if station.name != station.id else station.id))
        if station.process:
            facts.append(("Process step", station.process))
        facts.append(("Cycle", f"{station.cycle_s:g} s"))
    tags = [c.id for c in twin.channels_of([node_id])]
    if tags:
        shown = ", ".join(tags[:6])
        facts.append(("Tags", shown + (f" and {len(tags) - 6} more" if len(tags) > 6 else "")))
    return facts


def station_of(twin: Twin, node_id: NodeId) -> Station | None:
    """The station that a node is or stands in."""
    chain = (node_id, *twin.ancestors(node_id))
    of_node = {s.node: s for s in twin.stations.values()}
    return next((of_node[n] for n in chain if n in of_node), None)


def characteristics_of(twin: Twin, nodes: Iterable[NodeId]) -> list[Characteristic]:
    """The characteristics bound to any of these nodes, sorted by id."""
    wanted = set(nodes)
    return sorted((c for c in twin.characteristics.values() if c.node in wanted), key=lambda c: c.id)


def common_centre_m(twin: Twin, nodes: Iterable[NodeId]) -> tuple[float, float, float]:
    """The mean position of nodes in their parents' frames, metres."""
    points = np.array([twin.nodes[n].parent_from_node.xyz_m for n in nodes])
    x, y, z = points.mean(axis=0).tolist()
    return (x, y, z)
