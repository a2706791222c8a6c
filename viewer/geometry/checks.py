"""The door for all geometry: only finite, bounded arrays with valid indices come in; oddities are counted and told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from viewer.base.frames import IDENTITY, Matrix
from viewer.base.ids import NodeId
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
    _check_places(nodes, {part.id: part for part in model.parts})
    told = list(model.warnings)
    if degenerate:
        told.append(f"{degenerate} triangles have no area")
    if flattened:
        told.append(f"{flattened} nodes are scaled to nothing and not shown")
    return replace(model, nodes=nodes, warnings=tuple(told))


def world_from_nodes(nodes: tuple[Node, ...]) -> dict[NodeId, Matrix]:
    """`world_from_node` (4, 4) of each node; parents must come first."""
    result: dict[NodeId, Matrix] = {}
    for node in nodes:
        matrix = node.parent_from_node.matrix()
        result[node.id] = result[node.parent] @ matrix if node.parent else matrix
    return result


def bounds_in_world(model: GeometryModel) -> NDArray[np.float64]:
    """(2, 3) exact lowest and highest corner of all instances, metres; zeros where nothing is shown."""
    points = {part.id: part.mesh.points_in_part for part in model.parts}
    low, high = np.full(3, np.inf), np.full(3, -np.inf)
    world = world_from_nodes(model.nodes)
    for node in model.nodes:
        if node.part is not None and len(points[node.part]):
            matrix = world[node.id]
            placed = points[node.part] @ matrix[:3, :3].T + matrix[:3, 3]
            low, high = np.minimum(low, placed.min(axis=0)), np.maximum(high, placed.max(axis=0))
    return np.stack([low, high]) if np.isfinite(low).all() else np.zeros((2, 3))


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


def _check_places(nodes: tuple[Node, ...], parts: dict[str, Part]) -> None:
    corners = {name: part.mesh.bounds_m() for name, part in parts.items()}
    world = world_from_nodes(nodes)
    for node in nodes:
        matrix = world[node.id]
        reach = np.abs(matrix[:3, 3]).max()
        if node.part is not None:
            reach += (np.abs(matrix[:3, :3]) @ np.abs(corners[node.part]).max(axis=0)).max()
        if not reach < LARGEST_COORDINATE_M * 2:
            broken(f"node {node.name!r} stands {reach:.3g} m from the origin; check its unit and place and export it again")
