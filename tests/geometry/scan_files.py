"""Small scans made in code: E57 with poses, spherical and scaled fields; LAS of every point format; PTX and texts."""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


def shell(count: int, seed: int = 1) -> NDArray[np.float64]:
    """(n, 3) points of a unit sphere's shell, float32-exact."""
    at = np.random.default_rng(seed).normal(size=(count, 3))
    return (at / np.linalg.norm(at, axis=1, keepdims=True)).astype(np.float32).astype(np.float64)


class E57File:
    """Writes an E57 scan by scan."""

    def __init__(self, path: Path) -> None:
        from pye57 import E57

        self._lib: Any = import_module("pye57.libe57")
        self._e57: Any = E57(str(path), mode="w")
        self._file: Any = self._e57.image_file

    def __enter__(self) -> "E57File":
        return self

    def __exit__(self, *_: object) -> None:
        self._e57.close()

    def integer(self, value: int, low: int, high: int) -> Any:
        """An integer node with its limits."""
        return self._lib.IntegerNode(self._file, value, low, high)

    def scaled(self, low: int, high: int, scale: float, offset: float) -> Any:
        """A scaled integer node."""
        return self._lib.ScaledIntegerNode(self._file, 0, low, high, scale, offset)

    def real(self, *, double: bool = True) -> Any:
        """A float node."""
        precision = self._lib.E57_DOUBLE if double else self._lib.E57_SINGLE
        return self._lib.FloatNode(self._file, 0.0, precision)

    def scan(
        self,
        columns: dict[str, tuple[Any, NDArray[Any]]],
        *,
        name: str = "",
        pose: tuple[tuple[float, float, float, float], tuple[float, float, float]] | None = None,
        limits: Mapping[str, Mapping[str, float]] | None = None,
        texts: dict[str, str] | None = None,
    ) -> None:
        """A scan with a node and values for each field."""
        lib, file = self._lib, self._file
        node = lib.StructureNode(file)
        node.set("guid", lib.StringNode(file, "{1}"))
        for key, value in {"name": name, **(texts or {})}.items():
            node.set(key, lib.StringNode(file, value))
        for group, numbers in (limits or {}).items():
            box = lib.StructureNode(file)
            for key, value in numbers.items():
                whole = isinstance(value, int)
                box.set(key, lib.IntegerNode(file, value) if whole else lib.FloatNode(file, value))
            node.set(group, box)
        if pose is not None:
            whole = lib.StructureNode(file)
            node.set("pose", whole)
            for key, letters, values in (("rotation", "wxyz", pose[0]), ("translation", "xyz", pose[1])):
                part = lib.StructureNode(file)
                for letter, value in zip(letters, values, strict=True):
                    part.set(letter, lib.FloatNode(file, value))
                whole.set(key, part)
        prototype = lib.StructureNode(file)
        for key, (field, _) in columns.items():
            prototype.set(key, field)
        codecs = lib.VectorNode(file, True)
        points = lib.CompressedVectorNode(file, prototype, codecs)
        node.set("points", points)
        self._e57.data3d.append(node)
        buffers = lib.VectorSourceDestBuffer()
        arrays = {key: np.ascontiguousarray(values, dtype=np.float64) for key, (_, values) in columns.items()}
        for key, values in arrays.items():
            buffers.append(lib.SourceDestBuffer(file, key, values, len(values), True, True))
        writer = points.writer(buffers)
        writer.write(len(next(iter(arrays.values()))))
        writer.close()


def las_bytes(
    path: Path,
    at: NDArray[np.float64],
    *,
    point_format: int = 3,
    version: str = "1.2",
    offset: tuple[float, float, float] = (0.0, 0.0, 0.0),
    vlrs: tuple[Any, ...] = (),
    **fields: NDArray[Any],
) -> Path:
    """A LAS or LAZ file, by the path's suffix."""
    import laspy

    header = laspy.LasHeader(point_format=point_format, version=version)
    header.scales, header.offsets = np.full(3, 0.001), np.array(offset)
    header.vlrs.extend(vlrs)
    las = laspy.LasData(header)
    las.x, las.y, las.z = at.T
    for name, values in fields.items():
        setattr(las, name, values)
    las.write(str(path))
    return path


def ptx(scans: list[tuple[NDArray[np.float64], NDArray[np.float64]]]) -> bytes:
    """`scans`: a matrix (4, 4) `world_from_scan` and rows (n, 4 or 7) each, as one column."""
    text: list[str] = []
    for matrix, rows in scans:
        text += ["1", str(len(rows)), "0 0 0", "1 0 0", "0 1 0", "0 0 1"]
        text += [" ".join(f"{v:.9g}" for v in column) for column in matrix.T]
        text += [" ".join(f"{v:.9g}" for v in row) for row in rows]
    return ("\n".join(text) + "\n").encode()
