"""The door for all geometry: only finite, bounded arrays with valid indices come in; oddities are counted and told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from viewer.base.frames import IDENTITY
from viewer.base.ids import NodeId, PartId
from viewer.geometry.broken import broken
from viewer.geometry.model import GeometryModel
from viewer.twin.parts import Mesh, Node, Part

LARGEST_COORDINATE_M = 1e6
_FLAT = 1e-12
"""A node whose three axes span less than this share of a cube is flattened: nothing of it can be seen or turned back."""


def admitted(model: GeometryModel) -> GeometryModel:
    """The model as it may enter, warnings added. Raises BrokenFile where something in it would spoil the whole scene."""
    degenerate = sum(_check_mesh(part) for part in model.parts)
    if not model.parts and not model.points:
        broken("it holds no geometry; choose a file with surfaces, or export it again with them")
    nodes, flattened = _without_flat(model.nodes)
    _check_places(nodes, model.parts)
    told = list(model.warnings)
    if degenerate:
        told.append(f"{degenerate} triangles have no area")
    if flattened:
        told.append(f"{flattened} nodes are scaled to nothing and not shown")
    return replace(model, nodes=nodes, warnings=tuple(told))


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
    return _box(model.nodes, {part.id: part.mesh.bounds_m() for part in model.parts if len(part.mesh.points_in_part)})


def bounds_in_world(model: GeometryModel) -> NDArray[np.float64]:
    """(2, 3) exact lowest and highest corner of all instances, metres; zeros where nothing is shown."""
    points = {part.id: part.mesh.points_in_part for part in model.parts}
    low, high = np.full(3, np.inf), np.full(3, -np.inf)
    for node, matrix in zip(model.nodes, world_from_nodes(model.nodes), strict=True):
        if node.part is not None and len(points[node.part]):
            placed = points[node.part] @ matrix[:3, :3].T + matrix[:3, 3]
            low, high = np.minimum(low, placed.min(axis=0)), np.maximum(high, placed.max(axis=0))
    return np.stack([low, high]) if np.isfinite(low).all() else np.zeros((2, 3))


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


def _check_mesh(part: Part) -> int:
    """How many triangles have no area. Raises BrokenFile."""
    mesh = part.mesh
    points, triangles = mesh.points_in_part, mesh.triangles
    if len(points) and not np.isfinite(points).all():
        broken(f"part {part.name!r} has vertices that are no finite numbers (NaN or infinity); repair or export it again")
    if len(points) and float(np.abs(points).max()) >= LARGEST_COORDINATE_M:
        broken(f"part {part.name!r} reaches over {LARGEST_COORDINATE_M:g} m from its origin; check its unit and export it again")
    if len(triangles) and (int(triangles.min()) < 0 or int(triangles.max()) >= len(points)):
        broken(f"part {part.name!r} has a triangle that names vertex {int(triangles.max())} of {len(points)}; export it again")
    _check_companions(part.name, mesh)
    return _without_area(points, triangles)


def _check_companions(name: str, mesh: Mesh) -> None:
    normals_fit = mesh.normals is None or len(mesh.normals) == len(mesh.points_in_part)
    per_triangle = [len(a) for a in (mesh.face_of_triangle, mesh.rgb_of_triangle) if a is not None]
    if not normals_fit or any(count != len(mesh.triangles) for count in per_triangle):
        broken(f"part {name!r} has normals, faces or colours that don't match its vertices; export it again")


def _without_area(points: NDArray[np.float64], triangles: NDArray[np.int32]) -> int:
    if not len(triangles):
        return 0
    a, b, c = triangles.T
    same = (a == b) | (b == c) | (a == c)
    p, q, r = points[a], points[b], points[c]
    same |= (p == q).all(axis=1) | (q == r).all(axis=1) | (p == r).all(axis=1)
    return int(np.count_nonzero(same))


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
    reach = np.abs(world_from_nodes(nodes)[:, :3, 3]).max(axis=1, initial=0.0)
    far = np.flatnonzero(~(reach < LARGEST_COORDINATE_M))
    if len(far):
        broken(f"node {nodes[far[0]].name!r} stands {reach[far[0]]:.3g} m from the origin; check its unit and export it again")
    box = _box(nodes, {part.id: part.mesh.bounds_m() for part in parts if len(part.mesh.points_in_part)})
    if not (np.abs(box) < LARGEST_COORDINATE_M).all():
        broken(f"it reaches {np.abs(box).max():.3g} m from the origin; check its unit and places and export it again")
