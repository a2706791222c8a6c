"""The door for all geometry: only finite, bounded arrays with valid indices come in; oddities are counted and told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from viewer.base.frames import IDENTITY
from viewer.base.ids import NodeId, PartId
from viewer.geometry.broken import broken
from viewer.geometry.clouds.mapped import pieces
from viewer.geometry.health import health_of, health_sentence
from viewer.geometry.model import GeometryModel
from viewer.geometry.naming import clean, fits
from viewer.geometry.sound import LARGEST_COORDINATE_M, LARGEST_SCAN_M, check_sound
from viewer.twin.parts import Node, Part

_FLAT = 1e-12
"""A node whose three axes span less than this share of a cube is flattened: nothing of it can be seen or turned back."""
_WARNINGS, _WARNING = 200, 1000
"""Of one model, and characters of each."""


def admitted(model: GeometryModel) -> GeometryModel:
    """The model as it may enter, mended where that is harmless, with a word on what is odd about its meshes.

    Raises BrokenFile where something in it would spoil the whole scene.
    """
    if not model.parts and not model.points and "scans" not in model.facts:
        broken("it holds no geometry; choose a file with surfaces, or export it again with them")
    model = _readable(model)
    check_sound(model)
    nodes, flattened = _without_flat(model.nodes)
    _check_places(nodes, model.parts)
    told = list(model.warnings)
    health = health_of(model.parts)
    if (odd := health_sentence(health)) is not None:
        told.append(odd)
    if flattened:
        told.append(f"{flattened} nodes are scaled to nothing and not shown")
    return replace(model, nodes=nodes, warnings=bounded(told), health=health)


def verified(model: GeometryModel) -> GeometryModel:
    """A model that another process handed over, as it came. Raises BrokenFile where it is not what `admitted` lets through."""
    check_sound(model)
    _check_places(model.nodes, model.parts)
    return model


def _readable(model: GeometryModel) -> GeometryModel:
    """With names of one line of printable characters."""
    parts, nodes = model.parts, model.nodes
    if not all(fits(part.name) for part in parts):
        parts = tuple(part if fits(part.name) else replace(part, name=clean(part.name)) for part in parts)
    if not all(fits(node.name) for node in nodes):
        nodes = tuple(node if fits(node.name) else replace(node, name=clean(node.name)) for node in nodes)
    return replace(model, parts=parts, nodes=nodes, name=clean(model.name))


def bounded(told: Sequence[str]) -> tuple[str, ...]:
    """Each warning once, on one line, of bounded length, and not without end."""
    lines = dict.fromkeys(" ".join(one[:_WARNING].split()) for one in told)
    more = len(lines) - _WARNINGS
    return (*list(lines)[:_WARNINGS], *([f"and {more} more warnings"] if more > 0 else []))


def world_from_nodes(nodes: tuple[Node, ...]) -> NDArray[np.float64]:
    """`world_from_node` (n, 4, 4) of all nodes, taken level by level; parents must come first."""
    number = {node.id: i for i, node in enumerate(nodes)}
    parent = np.array([number[node.parent] if node.parent else -1 for node in nodes], dtype=np.int64)
    result = np.zeros((len(nodes), 4, 4))
    result[:, 3, 3] = 1.0
    result[:, :3] = np.array([node.parent_from_node.rows for node in nodes]).reshape(-1, 3, 4)
    depth = [0] * len(nodes)
    for i, above in enumerate(parent.tolist()):
        depth[i] = depth[above] + 1 if above >= 0 else 0
    depths = np.array(depth)
    with np.errstate(over="ignore", invalid="ignore"):
        for level in range(1, int(depths.max(initial=0)) + 1):
            here = np.flatnonzero(depths == level)
            result[here] = result[parent[here]] @ result[here]
    return result


def box_in_world(model: GeometryModel) -> NDArray[np.float64]:
    """(2, 3) corners of a box that holds all instances, metres: quick, and larger than need be where boxes are turned."""
    return _box(model.nodes, _boxes(model.parts))


def _boxes(parts: tuple[Part, ...]) -> dict[PartId, NDArray[np.float64]]:
    """The box of each part that has points, in its own frame."""
    return {part.id: part.bounds_m() for part in parts if part.cloud is not None or len(part.mesh.points_in_part)}


def bounds_in_world(model: GeometryModel) -> NDArray[np.float64]:
    """(2, 3) exact lowest and highest corner of all instances, metres; zeros where nothing is shown."""
    found = {part.id: part for part in model.parts}
    low, high = np.full(3, np.inf), np.full(3, -np.inf)
    for node, matrix in zip(model.nodes, world_from_nodes(model.nodes), strict=True):
        for points in _points_of(found[node.part]) if node.part is not None else ():
            placed = points @ matrix[:3, :3].T + matrix[:3, 3]
            low, high = np.minimum(low, placed.min(axis=0)), np.maximum(high, placed.max(axis=0))
    return np.stack([low, high]) if np.isfinite(low).all() else np.zeros((2, 3))


def _points_of(part: Part) -> Iterator[NDArray[np.float64]]:
    """A part's points (n, 3) in its frame, those of a cloud some at a time."""
    if part.cloud is None:
        if len(part.mesh.points_in_part):
            yield part.mesh.points_in_part
        return
    for points in pieces(part.cloud.points):
        yield points.astype(np.float64) + np.array(part.cloud.origin_m)


def _box(nodes: tuple[Node, ...], bounds: dict[PartId, NDArray[np.float64]]) -> NDArray[np.float64]:
    shown = [(i, node.part) for i, node in enumerate(nodes) if node.part is not None and node.part in bounds]
    if not shown:
        return np.zeros((2, 3))
    boxes = np.array([bounds[part] for _, part in shown])
    matrices = world_from_nodes(nodes)[[i for i, _ in shown]]
    with np.errstate(over="ignore", invalid="ignore"):
        middle = (matrices[:, :3, :3] @ boxes.mean(axis=1)[:, :, None])[:, :, 0] + matrices[:, :3, 3]
        half = (np.abs(matrices[:, :3, :3]) @ (np.ptp(boxes, axis=1) / 2)[:, :, None])[:, :, 0]
        return np.stack([(middle - half).min(axis=0), (middle + half).max(axis=0)])


def _without_flat(nodes: tuple[Node, ...]) -> tuple[tuple[Node, ...], int]:
    """Nodes whose pose has no inverse (scaled to zero) lose their part and that pose's harm: an identity stands instead."""
    rows = np.array([node.parent_from_node.rows for node in nodes]).reshape(-1, 3, 4)
    axes = rows[:, :, :3]
    longest = np.abs(axes).max(axis=(1, 2), initial=0.0)
    flat = np.abs(np.linalg.det(axes)) <= _FLAT * np.maximum(longest, 1e-30) ** 3
    if not flat.any():
        return nodes, 0
    hidden: set[NodeId] = set()
    result: list[Node] = []
    for node, is_flat in zip(nodes, flat, strict=True):
        if is_flat or node.parent in hidden:
            hidden.add(node.id)
            pose = IDENTITY if is_flat else node.parent_from_node
            node = replace(node, part=None, parent_from_node=pose, visible=False)
        result.append(node)
    return tuple(result), len(hidden)


def _check_places(nodes: tuple[Node, ...], parts: tuple[Part, ...]) -> None:
    """Raises BrokenFile where a node or what it shows stands further out than any scene reaches."""
    scans = any(part.cloud is not None for part in parts)
    limit = 2.0 * LARGEST_SCAN_M if scans else LARGEST_COORDINATE_M
    reach = np.abs(world_from_nodes(nodes)[:, :3, 3]).max(axis=1, initial=0.0)
    far = np.flatnonzero(~(reach < limit))
    if len(far):
        broken(f"node {nodes[far[0]].name!r} stands {reach[far[0]]:.3g} m from the origin; check its unit and export it again")
    box = _box(nodes, _boxes(parts))
    if not (np.abs(box) < limit).all():
        broken(f"it reaches {np.abs(box).max():.3g} m from the origin; check its unit and places and export it again")
