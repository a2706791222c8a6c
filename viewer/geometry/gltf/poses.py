"""Where glTF nodes stand: matrices or translation, rotation and scale as poses, checked to be finite."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from viewer.base.frames import IDENTITY, Pose
from viewer.geometry.broken import broken
from viewer.geometry.gltf.accessors import Accessors
from viewer.geometry.gltf.document import NodeTable

LARGEST = 1e9
"""No scale or shift of a node is larger; what the world holds in the end is checked in `checks`."""


def local_pose(node: NodeTable, called: str, scale: float) -> Pose:
    """`parent_from_node` with lengths times `scale`. Raises BrokenFile where a number is not finite."""
    if node.matrix is not None:
        if len(node.matrix) != 16:
            broken(f"the matrix of {called} has {len(node.matrix)} numbers instead of 16; export it again")
        m = node.matrix  # column by column
        rows = (m[0], m[4], m[8], m[12] * scale, m[1], m[5], m[9], m[13] * scale, m[2], m[6], m[10], m[14] * scale)
        return _checked(rows, called)
    if node.translation is None and node.rotation is None and node.scale is None:
        return IDENTITY
    t = node.translation or (0.0, 0.0, 0.0)
    return _checked(_rows(t, node.rotation or (0.0, 0.0, 0.0, 1.0), node.scale or (1.0, 1.0, 1.0), scale), called)


def up_is_z(pose: Pose) -> Pose:
    """The pose of a top-level node in the z-up world: (x, y, z) of glTF is (x, -z, y) here."""
    r = pose.rows
    return Pose((*r[0:4], *(0.0 - v for v in r[8:12]), *r[4:8]))


def instance_poses(spread: Any, accessors: Accessors, called: str, scale: float) -> list[Pose]:
    """`node_from_instance` for each instance of EXT_mesh_gpu_instancing. Raises BrokenFile."""
    attributes = spread.get("attributes") if isinstance(spread, dict) else None
    if not isinstance(attributes, dict) or not all(isinstance(v, int) and v >= 0 for v in attributes.values()):
        broken(f"the instances of {called} are not described as EXT_mesh_gpu_instancing asks; export it again")
    wanted = (("TRANSLATION", "VEC3"), ("ROTATION", "VEC4"), ("SCALE", "VEC3"))
    found = {
        name: accessors.floats(attributes[name], kinds=(kind,), use=f"instances of {called}")
        for name, kind in wanted
        if name in attributes
    }
    counts = {len(a) for a in found.values()}
    if len(counts) != 1 or max(counts) > 1_000_000:
        broken(f"the instances of {called} have {sorted(counts)} elements, expected one number up to 1000000; export it again")
    count = counts.pop()
    t = found.get("TRANSLATION", np.zeros((count, 3))).tolist()
    q = found.get("ROTATION", np.tile([0.0, 0.0, 0.0, 1.0], (count, 1))).tolist()
    s = found.get("SCALE", np.ones((count, 3))).tolist()
    return [_checked(_rows(t[i], q[i], s[i], scale), called) for i in range(count)]


def _rows(t: Any, q: Any, s: Any, scale: float) -> tuple[float, ...]:
    """Translation, rotation (unit quaternion x y z w, normalised here) and scale: T * R * S (glTF 2.0, 3.5.3)."""
    x, y, z, w = q
    n = x * x + y * y + z * z + w * w
    k = 2.0 / n if n > 0 else 0.0
    a, b, c = s
    return (
        a * (1 - k * (y * y + z * z)), b * k * (x * y - z * w), c * k * (x * z + y * w), t[0] * scale,
        a * k * (x * y + z * w), b * (1 - k * (x * x + z * z)), c * k * (y * z - x * w), t[1] * scale,
        a * k * (x * z - y * w), b * k * (y * z + x * w), c * (1 - k * (x * x + y * y)), t[2] * scale,
    )  # fmt: skip


def _checked(rows: tuple[float, ...], called: str) -> Pose:
    if not all(math.isfinite(v) and abs(v) <= LARGEST for v in rows):
        broken(f"{called} has a place that is not a finite, sensible number; export it again")
    return Pose(rows)
