"""What the rest of the program may rely on in any model, however it came: arrays finite, bounded and of one length, a sound tree.

Quick enough to be asked twice: in the reading process, which then mends and counts, and again of what that process handed over.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from viewer.base.ids import NodeId, PartId
from viewer.base.units import grouped
from viewer.geometry.broken import broken
from viewer.geometry.clouds.mapped import pieces
from viewer.geometry.model import GeometryModel
from viewer.twin.clouds import PointCloud
from viewer.twin.joints import Joint
from viewer.twin.parts import Mesh, Node, Part, Rgb

LARGEST_COORDINATE_M = 1e6
LARGEST_SCAN_M = 1e8
"""Scans are written in a country's coordinates: a zone's number may stand before the easting."""
_AT_ONCE_BYTES = 1 << 24
MAX_NODES = 1_000_000
MAX_DEPTH = 512
"""Of the nodes' tree: readers allow 64, of robots' chains 256."""
MAX_NAME = 1000
MAX_ID = 20_000
"""Ids may be whole paths of names."""
MAX_PROPERTIES = 5000
"""Of one part or node."""
MAX_TEXT = 100_000
"""Characters of one property's value."""
MAX_PMI = 100_000
MAX_FACES = 10_000_000
"""Of one part. A face too small for a triangle has a number too, so the triangles alone don't say how many there are."""


def check_sound(model: GeometryModel) -> None:
    """Raises BrokenFile with the first thing that would harm the scene."""
    for part in model.parts:
        check_part(part)
    _check_tree(model.nodes, {part.id for part in model.parts})
    if len({part.id for part in model.parts}) != len(model.parts):
        broken("two of its parts have one id; export it again")
    _check_joints(model.joints, {node.id for node in model.nodes})
    _check_text("its name", model.name, MAX_NAME)
    _check_properties("the file", model.about)
    if not _finite(model.facts.values()):
        broken("one of its counts is no finite number; export it again")
    if model.bounds_m is not None and not _finite(model.bounds_m):
        broken("its bounds are no finite numbers; export it again")


def check_part(part: Part) -> None:
    """Raises BrokenFile where its surface, points, colours, texts or PMI are not as `Part` promises."""
    _check_text("a part's name", part.name, MAX_NAME)
    _check_colour(part.name, part.colour)
    if not 0.0 <= part.opacity <= 1.0:
        broken(f"part {part.name!r} has the opacity {part.opacity}, expected 0 to 1; export it again")
    _check_properties(part.name, part.properties)
    _check_mesh(part.name, part.mesh)
    if part.cloud is not None:
        _check_cloud(part.name, part.cloud)
    _check_pmi(part)


def _check_mesh(name: str, mesh: Mesh) -> None:
    points, triangles = mesh.points_in_part, mesh.triangles
    if points.ndim != 2 or points.shape[1] != 3 or triangles.ndim != 2 or triangles.shape[1] != 3:
        broken(f"part {name!r} has vertices or triangles of {points.shape} and {triangles.shape} numbers; export it again")
    if points.dtype != np.float64 or triangles.dtype != np.int32:
        broken(f"part {name!r} has vertices or triangles of the wrong kind; export it again")
    low, high = _range(points)
    if not (math.isfinite(low) and math.isfinite(high)):
        broken(f"part {name!r} has vertices that are no finite numbers (NaN or infinity); repair or export it again")
    if max(-low, high) >= LARGEST_COORDINATE_M:
        broken(f"part {name!r} reaches over {LARGEST_COORDINATE_M:g} m from its origin; check its unit and export it again")
    if len(triangles) and (int(triangles.min()) < 0 or int(triangles.max()) >= len(points)):
        broken(f"part {name!r} has a triangle that names vertex {int(triangles.max())} of {len(points)}; export it again")
    _check_companions(name, mesh)


def _check_companions(name: str, mesh: Mesh) -> None:
    normals, faces, rgb = mesh.normals, mesh.face_of_triangle, mesh.rgb_of_triangle
    fits = (
        (normals is None or (normals.shape == mesh.points_in_part.shape and normals.dtype == np.float32))
        and (faces is None or (faces.shape == (len(mesh.triangles),) and faces.dtype == np.int32))
        and (rgb is None or (rgb.shape == mesh.triangles.shape and rgb.dtype == np.uint8))
    )
    if not fits:
        broken(f"part {name!r} has normals, faces or colours that don't match its vertices; export it again")
    if normals is not None and not all(math.isfinite(v) and abs(v) <= 1e6 for v in _range(normals)):
        broken(f"part {name!r} has normals that are no finite numbers; repair or export it again")


def _check_cloud(name: str, cloud: PointCloud) -> None:
    starts, bounds, count = cloud.chunk_starts, cloud.chunk_bounds, len(cloud.points)
    shaped = cloud.points.shape == (count, 3) and bounds.shape == (len(starts) - 1, 2, 3)
    kinds = (cloud.points.dtype, bounds.dtype, starts.dtype) == (np.float32, np.float32, np.int64)
    counted = shaped and starts[0] == 0 and starts[-1] == count and bool((np.diff(starts) >= 0).all())
    rgb, intensity = cloud.rgb, cloud.intensity
    alike = (rgb is None or (rgb.shape == (count, 3) and rgb.dtype == np.uint8)) and (
        intensity is None or (intensity.shape == (count,) and intensity.dtype == np.uint8)
    )
    if not (kinds and counted and alike):
        broken(f"scan {name!r} has chunks, colours or intensities that don't match its points; export it again")
    numbers = (np.array(cloud.origin_m), bounds, cloud.points)
    if not all(math.isfinite(v) and abs(v) <= 2.0 * LARGEST_SCAN_M for array in numbers for v in _range(array)):
        broken(f"scan {name!r} has points that are no finite numbers or too far out; export it again")


def _range(array: NDArray[np.generic]) -> tuple[float, float]:
    """Least and greatest number, NaN where there is one; the pages of a mapped array are let go."""
    if not array.size:
        return 0.0, 0.0
    if array.nbytes <= _AT_ONCE_BYTES:
        return float(array.min()), float(array.max())
    low, high = math.inf, -math.inf
    for piece in pieces(array):
        least, greatest = float(piece.min()), float(piece.max())
        if math.isnan(least):
            return least, least
        low, high = min(low, least), max(high, greatest)
    return low, high


def _check_pmi(part: Part) -> None:
    if len(part.pmi) > MAX_PMI:
        broken(
            f"part {part.name!r} has {grouped(len(part.pmi))} dimensions and tolerances, and at most {grouped(MAX_PMI)} are read"
        )
    for entry in part.pmi:
        numbers = (entry.nominal, entry.plus, entry.minus, entry.value, *(entry.point_in_part or ()))
        if not _finite(v for v in numbers if v is not None):
            broken(f"part {part.name!r} has a dimension or tolerance that is no finite number; export it again")
        if entry.faces and (min(entry.faces) < 0 or max(entry.faces) >= MAX_FACES):
            broken(f"part {part.name!r} has a tolerance on face {max(entry.faces)}, which can't be; export it again")
        for text in (entry.type, entry.text, entry.name, *entry.modifiers, *entry.datums):
            _check_text(f"a dimension of part {part.name!r}", text, MAX_NAME)


def _check_tree(nodes: tuple[Node, ...], parts: set[PartId]) -> None:
    if len(nodes) > MAX_NODES:
        broken(f"it has {grouped(len(nodes))} nodes, more than the {grouped(MAX_NODES)} allowed; split the model")
    depths: dict[NodeId, int] = {}
    for node in nodes:
        if not node.id or node.id in depths or len(node.id) > MAX_ID:
            broken(f"two of its nodes have one id, {str(node.id)[:120]!r}; export it again")
        if node.parent and node.parent not in depths:
            broken(f"node {node.name[:120]!r} hangs below none of the nodes before it; export it again")
        depth = depths[node.parent] + 1 if node.parent else 1
        if depth > MAX_DEPTH:
            broken(f"its nodes are nested more than {MAX_DEPTH} deep; flatten the tree and export it again")
        depths[node.id] = depth
        if node.part is not None and node.part not in parts:
            broken(f"node {node.name[:120]!r} shows a part that is not there; export it again")
        _check_node(node)


def _check_node(node: Node) -> None:
    _check_text("a node's name", node.name, MAX_NAME)
    _check_text("a node's kind", node.kind, MAX_NAME)
    if node.colour is not None:
        _check_colour(node.name, node.colour)
    if node.properties:
        _check_properties(node.name, node.properties)
    if len(node.parent_from_node.rows) != 12 or not _finite(node.parent_from_node.rows):
        broken(f"node {node.name!r} stands at a place that is no finite number (NaN or infinity); export it again")


def _check_joints(joints: tuple[Joint, ...], nodes: set[NodeId]) -> None:
    moved: set[NodeId] = set()
    for joint in joints:
        if joint.node not in nodes or joint.node in moved or (joint.follows is not None and joint.follows not in nodes):
            broken(f"joint {joint.name[:120]!r} moves a node that is not there, or that another joint moves; export it again")
        moved.add(joint.node)
        _check_text("a joint's name", joint.name, MAX_NAME)
        limits = (joint.low, joint.high, joint.max_speed, joint.max_effort)
        numbers = (*joint.axis, *joint.rest.rows, joint.value, joint.ratio, joint.offset, *(v for v in limits if v is not None))
        if not _finite(numbers) or abs(math.hypot(*joint.axis) - 1.0) > 1e-6:
            broken(f"joint {joint.name!r} has an axis or limits that are no sound numbers; export it again")


def _check_colour(name: str, colour: Rgb | None) -> None:
    if colour is not None and not (len(colour) == 3 and all(0 <= v <= 255 for v in colour)):
        broken(f"{name!r} has the colour {colour}, expected three numbers from 0 to 255; export it again")


def _check_properties(name: str, properties: Mapping[str, str]) -> None:
    if len(properties) > MAX_PROPERTIES:
        broken(
            f"{name!r} has {grouped(len(properties))} properties, and at most {grouped(MAX_PROPERTIES)} are read; export it again"
        )
    if any(len(key) > MAX_NAME or len(value) > MAX_TEXT for key, value in properties.items()):
        broken(f"{name!r} has a property of over {grouped(MAX_TEXT)} characters; export it again")


def _check_text(what: str, text: str, most: int) -> None:
    if len(text) > most:
        broken(f"{what} has {grouped(len(text))} characters, and at most {grouped(most)} are read; export it again")


def _finite(values: Iterable[float]) -> bool:
    return all(map(math.isfinite, values))
