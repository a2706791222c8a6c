"""Meshes compressed by Draco (KHR_draco_mesh_compression): decoded into the accessors that their primitive names."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np

from viewer.geometry.broken import broken
from viewer.geometry.gltf.accessors import Accessors
from viewer.geometry.gltf.document import Primitive

DRACO = "KHR_draco_mesh_compression"
_USED = ("POSITION", "NORMAL", "COLOR_0")


def unpack(primitive: Primitive, accessors: Accessors, of: str) -> None:
    """Decode a primitive that is compressed: its accessors have their numbers afterwards. Raises BrokenFile."""
    described = primitive.extensions.get(DRACO)
    if described is None or accessors.has_data(primitive.attributes["POSITION"]):
        return  # what stands uncompressed beside it is the same, for readers that can't decode
    ids = described.get("attributes") if isinstance(described, dict) else None
    view = described.get("bufferView") if isinstance(described, dict) else None
    if not isinstance(ids, dict) or not isinstance(view, int) or view < 0 or primitive.indices is None:
        broken(f"{of} is not described as {DRACO} asks; export it again")
    mesh = _decoded(accessors.bytes_of(view), of)
    for name in _USED:
        accessor, own = primitive.attributes.get(name), ids.get(name)
        if accessor is None or own is None:
            continue
        found = next((a for a in mesh.attributes if a["unique_id"] == own), None)
        if found is None:
            broken(f"{of} has no {name} in its compressed data; export it again")
        accessors.give(accessor, np.asarray(found["data"]), f"{name} of {of}")
    accessors.give(primitive.indices, np.asarray(mesh.faces).astype(np.uint32).reshape(-1, 1), f"indices of {of}")


def _decoded(data: bytes, of: str) -> Any:
    if find_spec("DracoPy") is None:
        broken(
            "it is compressed by Draco, and what reads that, the extra «draco», is not installed; "
            "install it with: pip install 'genchi[draco]'"
        )
    library = import_module("DracoPy")
    try:
        mesh = library.decode(data)
    except Exception as error:  # noqa: BLE001  (the library raises whatever it likes on bytes of others)
        broken(f"{of} is compressed by Draco and can't be decompressed ({str(error)[:120]}); export it again")
    if not hasattr(mesh, "faces") or mesh.faces is None:
        broken(f"{of} holds a compressed cloud of points, where triangles should be; export it again")
    return mesh
