"""The binary half of a GLB that is being written: arrays as accessors, each stored once, aligned as glTF 2.0 asks."""

from __future__ import annotations

from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from viewer.base.errors import UserMistake

MAX_BYTES = 2**32 - 2**24
"""A GLB counts its bytes with 32 bits; some room is left for the JSON."""
_COMPONENTS = {"float32": 5126, "uint32": 5125, "uint16": 5123, "uint8": 5121}
_WIDTHS = {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4"}
_VERTICES, _INDICES = 34962, 34963


class GltfBuffers:
    """Collects accessors and buffer views; the arrays are held until they are written."""

    def __init__(self) -> None:
        self.accessors: list[dict[str, Any]] = []
        self.views: list[dict[str, Any]] = []
        self._arrays: list[NDArray[Any]] = []
        self.length = 0

    def vertices(self, array: NDArray[Any], *, bounds: bool = False, normalized: bool = False) -> int:
        """The accessor of an (n, k) array per vertex. Raises UserMistake where the file would be over 4 GB."""
        return self._add(array, _VERTICES, bounds=bounds, normalized=normalized)

    def indices(self, array: NDArray[Any]) -> int:
        """The accessor of triangles' corners, in as few bytes as they need."""
        flat = array.reshape(-1)
        small = len(flat) == 0 or int(flat.max()) < 65535
        return self._add(flat.astype(np.uint16 if small else np.uint32), _INDICES)

    def write(self, file: BinaryIO) -> None:
        """All bytes, in order."""
        for array in self._arrays:
            file.write(array.reshape(-1).view(np.uint8).data)
            file.write(b"\0" * (-array.nbytes % 4))

    def _add(self, array: NDArray[Any], target: int, *, bounds: bool = False, normalized: bool = False) -> int:
        plain = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
        width = plain.shape[1] if plain.ndim == 2 else 1
        self.views.append({"buffer": 0, "byteOffset": self.length, "byteLength": plain.nbytes, "target": target})
        accessor: dict[str, Any] = {
            "bufferView": len(self.views) - 1, "componentType": _COMPONENTS[plain.dtype.name], "count": len(plain),
            "type": _WIDTHS[width],
        }  # fmt: skip
        if bounds and len(plain):
            accessor |= {"min": plain.min(axis=0).tolist(), "max": plain.max(axis=0).tolist()}
        if normalized:
            accessor["normalized"] = True
        self._arrays.append(plain)
        self.length += plain.nbytes + -plain.nbytes % 4
        if self.length > MAX_BYTES:
            raise UserMistake("the scene is over the 4 GB that a GLB can hold; hide or isolate parts, and export those")
        self.accessors.append(accessor)
        return len(self.accessors) - 1
