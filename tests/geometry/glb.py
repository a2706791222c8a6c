"""Small glTF files made for tests: a triangle in a binary chunk, and whatever JSON a test wants around it."""

import json
import struct
from typing import Any

import numpy as np

POINTS = np.array([[0, 0, 0], [1, 0, 0], [0, 2, 0]], dtype="<f4")
INDICES = np.array([0, 1, 2], dtype="<u2")
BINARY = POINTS.tobytes() + INDICES.tobytes() + b"\0\0"


def document(**changes: Any) -> dict[str, Any]:
    """One node «thing» that shows one red triangle; `changes` replace top-level keys."""
    return {
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"name": "thing", "mesh": 0}],
        "meshes": [{"name": "shape", "primitives": [{"attributes": {"POSITION": 0}, "indices": 1, "material": 0}]}],
        "materials": [{"name": "red", "pbrMetallicRoughness": {"baseColorFactor": [1, 0, 0, 1]}}],
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC3", "min": [0, 0, 0], "max": [1, 2, 0]},
            {"bufferView": 1, "componentType": 5123, "count": 3, "type": "SCALAR"},
        ],
        "bufferViews": [{"buffer": 0, "byteLength": 36}, {"buffer": 0, "byteOffset": 36, "byteLength": 6}],
        "buffers": [{"byteLength": len(BINARY)}],
    } | changes


def glb(content: dict[str, Any] | None = None, binary: bytes = BINARY) -> bytes:
    """The bytes of a .glb."""
    text = json.dumps(document() if content is None else content).encode()
    text += b" " * (-len(text) % 4)
    body = struct.pack("<II", len(text), 0x4E4F534A) + text + struct.pack("<II", len(binary), 0x004E4942) + binary
    return struct.pack("<4sII", b"glTF", 2, 12 + len(body)) + body
