"""GLB, glTF, Draco, OBJ, STL and PLY files made to harm."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Callable
from typing import Any

from tests.fuzz.harm import DEEP, DOUBLINGS, made
from tests.geometry import glb as small


def _glb(binary: bytes = small.BINARY, **changes: Any) -> bytes:
    return small.glb(small.document(**changes), binary)


def _points(values: tuple[float, ...]) -> bytes:
    return struct.pack("<9f", *values) + small.BINARY[36:]


def _png(width: int, height: int) -> bytes:
    """A picture that says it is that large, and is a few bytes."""
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)),
        (b"IDAT", zlib.compress(bytes(100))),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in parts
    )


def _huge_picture() -> bytes:
    picture = _png(60_000, 60_000)
    views = [*small.document()["bufferViews"], {"buffer": 0, "byteOffset": 44, "byteLength": len(picture)}]
    material = {"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}}
    return _glb(
        small.BINARY + picture,
        materials=[material],
        textures=[{"source": 0}],
        images=[{"bufferView": 2, "mimeType": "image/png"}],
        bufferViews=views,
        buffers=[{"byteLength": 44 + len(picture)}],
    )


def _deep_json() -> bytes:
    text = b'{"asset":{"version":"2.0"},"extras":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    return struct.pack("<4sIIII", b"glTF", 2, 20 + len(text), len(text), 0x4E4F534A) + text


def _instances(count: int) -> bytes:
    """A node shown at so many places, whose accessor has no bytes: zeros."""
    accessors = [*small.document()["accessors"], {"componentType": 5126, "count": count, "type": "VEC3"}]
    spread = {"EXT_mesh_gpu_instancing": {"attributes": {"TRANSLATION": 2}}}
    return _glb(nodes=[{"mesh": 0, "extensions": spread}], accessors=accessors, extensionsUsed=["EXT_mesh_gpu_instancing"])


def _many_primitives() -> bytes:
    """Half a million corners, fifty thousand times, of the same bytes."""
    primitive = {"attributes": {"POSITION": 0}, "indices": 1}
    accessors = [
        {"bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC3"},
        {"componentType": 5123, "count": 499_998, "type": "SCALAR"},
    ]
    return _glb(meshes=[{"primitives": [primitive] * 50_000}], accessors=accessors)


GLB: dict[str, Callable[[], bytes]] = {
    "a node is its own grandchild": lambda: _glb(nodes=[{"children": [1]}, {"children": [0], "mesh": 0}]),
    "nodes 20,000 deep": lambda: _glb(nodes=[{"children": [i + 1]} for i in range(DEEP)] + [{"mesh": 0}]),
    "doubling nodes": lambda: _glb(nodes=[{"children": [i + 1, i + 1]} for i in range(DOUBLINGS)] + [{"mesh": 0}]),
    "JSON 100,000 deep": _deep_json,
    "a count of 2^48": lambda: _glb(accessors=[{"componentType": 5126, "count": 2**48, "type": "VEC3"}] * 2),
    "a thousand million instances": lambda: _instances(10**9),
    "the same bytes a million times": _many_primitives,
    "NaN vertices": lambda: _glb(_points((float("nan"),) * 9)),
    "infinite vertices": lambda: _glb(_points((float("inf"), *(0.0,) * 8))),
    "vertices at 1e30": lambda: _glb(_points((1e30, *(0.0,) * 8))),
    "a place at 1e300": lambda: _glb(nodes=[{"mesh": 0, "translation": [1e300, 0, 0]}]),
    "scales that multiply to infinity": lambda: _glb(
        nodes=[{"children": [i + 1], "scale": [1e38] * 3} for i in range(20)] + [{"mesh": 0}]
    ),
    "a picture of 60,000 x 60,000": _huge_picture,
    "a buffer outside its folder": lambda: _glb(buffers=[{"byteLength": 44, "uri": "../../../../../../etc/passwd"}]),
    "a buffer from a device": lambda: _glb(buffers=[{"byteLength": 44, "uri": "/dev/zero"}]),
    "a buffer from the network": lambda: _glb(buffers=[{"byteLength": 44, "uri": "http://127.0.0.1:9/x.bin"}]),
}


def _obj(text: str) -> Callable[[], bytes]:
    return lambda: ("v 0 0 0\nv 1 0 0\nv 0 1 0\n" + text).encode()


OBJ = {
    "a corner of 10^18": _obj("f 1 2 999999999999999999\n"),
    "a polygon of a million corners": _obj("f" + " 1 2 3" * 400_000 + "\n"),
    "a line of ten megabytes": _obj("f 1 2 3\n# " + "x" * 10_000_000),
    "NaN": _obj("v nan nan nan\nf 1 2 4\n"),
    "1e308": _obj("v 1e308 -1e308 1e308\nf 1 2 4\n"),
    "materials outside its folder": _obj("mtllib ../../../../etc/passwd\nf 1 2 3\n"),
    "a million groups": _obj("".join(f"g {i}\nf 1 2 3\n" for i in range(300_000))),
}

STL = {
    "a count of 2^32 - 1": lambda: bytes(80) + b"\xff\xff\xff\xff" + bytes(500),
    "NaN": lambda: bytes(80) + struct.pack("<I12fH", 1, *(float("nan"),) * 12, 0),
    "1e400": lambda: (
        b"solid x\nfacet normal 0 0 1\nouter loop\nvertex 0 0 1e400\nvertex 1 0 0\nvertex 0 1 0\nendloop\nendfacet\nendsolid"
    ),
    "a million solids": lambda: b"solid a\nendsolid a\n" * 300_000,
}

_PLY = "ply\nformat {} 1.0\n{}end_header\n"
PLY = {
    "10^12 vertices": lambda: (
        _PLY.format("binary_little_endian", "element vertex 999999999999\nproperty float x\n").encode() + bytes(99)
    ),
    "a list of 2^32": lambda: (
        _PLY.format(
            "binary_little_endian",
            "element vertex 1\nproperty float x\nproperty float y\nproperty float z\nelement face 1\n"
            "property list uint int vertex_indices\n",
        ).encode()
        + bytes(12)
        + b"\xff\xff\xff\xff"
    ),
    "a million properties": lambda: _PLY.format("ascii", "element vertex 1\n" + "property float x\n" * 1_000_000).encode(),
    "NaN": lambda: (
        _PLY.format("ascii", "element vertex 3\nproperty float x\nproperty float y\nproperty float z\n").encode()
        + b"nan nan nan\n" * 3
    ),
    "a negative list": lambda: (
        _PLY.format(
            "ascii",
            "element vertex 1\nproperty float x\nproperty float y\nproperty float z\nelement face 1\nproperty list char int i\n",
        ).encode()
        + b"0 0 0\n-1\n"
    ),
}

GLTF = {
    "a buffer outside its folder": lambda: json.dumps(
        small.document(buffers=[{"byteLength": 44, "uri": "../../etc/passwd"}])
    ).encode(),
    "itself as a buffer": lambda: json.dumps(small.document(buffers=[{"byteLength": 44, "uri": "x.gltf"}])).encode(),
    "a folder as a buffer": lambda: json.dumps(small.document(buffers=[{"byteLength": 44, "uri": "."}])).encode(),
    "a name with a zero": lambda: json.dumps(small.document(buffers=[{"byteLength": 44, "uri": "a\0b"}])).encode(),
    "a name of 100,000 letters": lambda: json.dumps(small.document(buffers=[{"byteLength": 44, "uri": "a" * 100_000}])).encode(),
    "names of 100,000 letters": lambda: json.dumps(small.document(nodes=[{"name": "n" * 100_000, "mesh": 0}])).encode(),
}  # fmt: skip

DRACO = {
    "a million faces in ten bytes": lambda: made("draco", "cube.glb").replace(b"DRACO", b"DRACO", 1)[:-40] + b"\xff" * 40,
}
