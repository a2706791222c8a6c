"""Write a tree of nodes as binary glTF 2.0: every shape once, the same bytes for the same tree."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenes.battery_line.make.normals import creased
from scenes.battery_line.make.palette import MATERIALS
from scenes.battery_line.make.shape import Shape, turn
from scenes.battery_line.make.solids import Surface
from scenes.battery_line.make.tree import Node

FLOAT, UINT16, UINT32 = 5126, 5123, 5125
ARRAY, INDICES = 34962, 34963


class GlbWriter:
    """Collects nodes, meshes and materials. Frames stay z up; only the top level is turned into glTF's y up."""

    def __init__(self) -> None:
        self.json: dict[str, Any] = {"asset": {"version": "2.0", "generator": "scenes/battery_line/make"}}
        self.nodes: list[dict[str, Any]] = []
        self.meshes: list[dict[str, Any]] = []
        self.materials: dict[str, int] = {}
        self.accessors: list[dict[str, Any]] = []
        self.views: list[dict[str, Any]] = []
        self.binary = bytearray()
        self._mesh_of: dict[str, tuple[Shape, int]] = {}

    def top(self, nodes: list[Node]) -> None:
        """The scene's top level, given in the z-up world."""
        up = turn(-90, "x")
        roots = [self._node(n, (n.at[0], n.at[2], -n.at[1]), up @ n.turned) for n in nodes]
        self.json |= {"scene": 0, "scenes": [{"name": "battery_line", "nodes": roots}]}

    def _node(self, node: Node, at: tuple[float, ...], turned: NDArray[np.float64]) -> int:
        entry: dict[str, Any] = {"name": node.name}
        index = len(self.nodes)
        self.nodes.append(entry)
        if any(at):
            entry["translation"] = [round(float(v), 5) for v in at]
        if not np.allclose(turned, np.eye(3)):
            entry["rotation"] = quaternion(turned)
        if node.shape is not None and node.shape.surfaces:
            entry["mesh"] = self._mesh(node.shape)
        extras = ({"kind": node.kind} if node.kind else {}) | ({"properties": node.properties} if node.properties else {})
        if extras:
            entry["extras"] = extras
        children = [self._node(c, tuple(c.at), c.turned) for c in node.children]
        if children:
            entry["children"] = children
        return index

    def _mesh(self, shape: Shape) -> int:
        known = self._mesh_of.get(shape.name)
        if known is not None:
            if known[0] is not shape:
                raise ValueError(f"two shapes are named {shape.name}")
            return known[1]
        primitives = [self._primitive(material, surface, shape.crease_deg) for material, surface in shape.seen().items()]
        self.meshes.append({"name": shape.name, "primitives": primitives})
        self._mesh_of[shape.name] = (shape, len(self.meshes) - 1)
        return len(self.meshes) - 1

    def _primitive(self, material: str, surface: Surface, crease_deg: float) -> dict[str, Any]:
        places, normals, corners = creased(*surface, crease_deg)
        wide = len(places) > 65535
        indices = corners.reshape(-1).astype("<u4" if wide else "<u2")
        return {
            "attributes": {"POSITION": self._accessor(places, bounds=True), "NORMAL": self._accessor(normals)},
            "indices": self._store(indices.tobytes(), INDICES, UINT32 if wide else UINT16, len(indices), "SCALAR"),
            "material": self._material(material),
        }

    def _accessor(self, vectors: NDArray[np.float64], *, bounds: bool = False) -> int:
        data = np.round(vectors, 5).astype("<f4") + np.float32(0)
        index = self._store(data.tobytes(), ARRAY, FLOAT, len(data), "VEC3")
        if bounds:
            self.accessors[index] |= {"min": data.min(axis=0).tolist(), "max": data.max(axis=0).tolist()}
        return index

    def _store(self, data: bytes, target: int, component: int, count: int, kind: str) -> int:
        self.views.append({"buffer": 0, "byteOffset": len(self.binary), "byteLength": len(data), "target": target})
        self.binary += data + b"\0" * (-len(data) % 4)
        self.accessors.append({"bufferView": len(self.views) - 1, "componentType": component, "count": count, "type": kind})
        return len(self.accessors) - 1

    def _material(self, name: str) -> int:
        return self.materials.setdefault(name, len(self.materials))

    def save(self, path: Path) -> None:
        """Write the file."""
        self.json |= {
            "nodes": self.nodes,
            "meshes": self.meshes,
            "materials": [_material_json(name) for name in self.materials],
            "accessors": self.accessors,
            "bufferViews": self.views,
            "buffers": [{"byteLength": len(self.binary)}],
        }
        text = json.dumps(self.json, separators=(",", ":"), ensure_ascii=False).encode()
        text += b" " * (-len(text) % 4)
        body = struct.pack("<II", len(text), 0x4E4F534A) + text + struct.pack("<II", len(self.binary), 0x004E4942) + self.binary
        path.write_bytes(struct.pack("<4sII", b"glTF", 2, 12 + len(body)) + body)


def _material_json(name: str) -> dict[str, Any]:
    material = MATERIALS[name]
    surface = {"baseColorFactor": material.linear(), "metallicFactor": material.metallic, "roughnessFactor": material.roughness}
    see_through = {"alphaMode": "BLEND", "doubleSided": True} if material.opacity < 1 else {}
    return {"name": name, "pbrMetallicRoughness": surface} | see_through


def quaternion(matrix: NDArray[np.float64]) -> list[float]:
    """(x, y, z, w) of a rotation matrix, w >= 0 (Shepperd 1978)."""
    m = matrix
    four = np.array([m[0, 0], m[1, 1], m[2, 2], m[0, 0] + m[1, 1] + m[2, 2]])
    k = int(np.argmax(four))
    if k == 3:
        q = np.array([m[2, 1] - m[1, 2], m[0, 2] - m[2, 0], m[1, 0] - m[0, 1], 1 + four[3]])
    else:
        i, j, n = k, (k + 1) % 3, (k + 2) % 3
        q = np.zeros(4)
        q[i], q[j], q[n], q[3] = 1 - four[3] + 2 * m[i, i], m[j, i] + m[i, j], m[n, i] + m[i, n], m[n, j] - m[j, n]
    q = q / np.linalg.norm(q)
    q = q if q[3] >= 0 else -q
    return [round(float(v), 6) + 0.0 for v in q]
