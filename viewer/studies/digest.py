"""Digests: one SHA-256 of a twin's content, the same in every process, so that a run says exactly what it was computed from."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np

from viewer.twin.model import Twin
from viewer.twin.parts import Mesh, Part


def twin_digest(twin: Twin) -> str:
    """Hexadecimal SHA-256 of everything in the twin, geometry included; independent of the order of insertion."""
    total = hashlib.sha256()
    for part_id in sorted(twin.parts):
        total.update(part_digest(twin.parts[part_id]))
    rest = twin.with_(parts=type(twin.parts)())
    total.update(msgspec.json.encode(_plain(rest), enc_hook=_plain, order="sorted"))
    return total.hexdigest()


def part_digest(part: Part) -> bytes:
    """SHA-256 of one part."""
    total = hashlib.sha256(
        msgspec.json.encode((part.id, part.name, part.colour, part.opacity, dict(part.properties)), order="sorted")
    )
    mesh: Mesh = part.mesh
    for array in (mesh.points_in_part, mesh.triangles, mesh.normals, mesh.face_of_triangle, mesh.rgb_of_triangle):
        total.update(
            b"-" if array is None else f"{array.dtype.str}{array.shape}".encode() + np.ascontiguousarray(array).tobytes()
        )
    return total.digest()


def text_digest(text: str) -> str:
    """Hexadecimal SHA-256 of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, Twin):
        return {name: getattr(value, name) for name in Twin.__dataclass_fields__}
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"a {type(value).__name__} has no digest")
