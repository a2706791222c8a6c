"""glTF accessors as numpy arrays: every offset, stride and count checked before anything is read."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewer.geometry.broken import broken
from viewer.geometry.gltf.container import Buffers
from viewer.geometry.gltf.document import Accessor, Document

Array = NDArray[Any]

_DTYPES = {5120: "<i1", 5121: "<u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}
MAX_ELEMENTS = 50_000_000
"""The most elements of one accessor, and the most vertices or corners of a whole file."""


class Accessors:
    """Reads accessors of one document."""

    def __init__(self, document: Document, buffers: Buffers) -> None:
        self._document = document
        self._buffers = buffers
        self._given: dict[int, Array] = {}

    def give(self, index: int, array: Array, use: str) -> None:
        """Let an accessor have (count, width) numbers that an extension decoded. Raises BrokenFile where they don't fit."""
        if index >= len(self._document.accessors):
            broken(f"its {use} point at accessor {index} of {len(self._document.accessors)}; export it again")
        accessor = self._document.accessors[index]
        width = _WIDTHS.get(accessor.type, 0)
        if array.shape != (accessor.count, width):
            broken(f"its {use} should be {accessor.count} x {width} and are {array.shape}; export it again")
        self._given[index] = array

    def bytes_of(self, view: int) -> bytes:
        """The bytes of a buffer view. Raises BrokenFile."""
        return bytes(self._buffers.view(self._document, view)[0])

    def array(self, index: int, *, kinds: tuple[str, ...], use: str) -> Array:
        """(count, width) in the file's own number type; `kinds` are those allowed, `use` what to call it. Raises BrokenFile."""
        if index >= len(self._document.accessors):
            broken(f"its {use} point at accessor {index} of {len(self._document.accessors)}; export it again")
        accessor = self._document.accessors[index]
        if accessor.type not in kinds or accessor.component_type not in _DTYPES:
            broken(
                f"its {use} are {accessor.type[:20]}/{accessor.component_type}, expected {' or '.join(kinds)}; export it again"
            )
        if accessor.count > MAX_ELEMENTS:
            broken(f"its {use} claim {accessor.count} elements, more than the {MAX_ELEMENTS} allowed; split the model")
        if index in self._given:
            return self._given[index]
        width = _WIDTHS[accessor.type]
        result = self._base(accessor, width, use)
        return result if accessor.sparse is None else self._with_sparse(result, accessor, width, use)

    def has_data(self, index: int) -> bool:
        """Whether the accessor has numbers in the file; where it has none they are zeros, or in an extension."""
        return index < len(self._document.accessors) and self._document.accessors[index].buffer_view is not None

    def floats(self, index: int, *, kinds: tuple[str, ...], use: str) -> NDArray[np.float64]:
        """The same as float64, normalised integers turned into -1..1 or 0..1 (glTF 2.0, 3.6.2.2). Raises BrokenFile."""
        array = self.array(index, kinds=kinds, use=use)
        result = array.astype(np.float64)
        if array.dtype.kind in "iu" and self._document.accessors[index].normalized:
            result = np.maximum(result / np.iinfo(array.dtype).max, -1.0)
        return result

    def _base(self, accessor: Accessor, width: int, use: str) -> Array:
        dtype = np.dtype(_DTYPES[accessor.component_type])
        if accessor.buffer_view is None:
            return np.zeros((accessor.count, width), dtype)
        return self._elements(accessor.buffer_view, accessor.byte_offset, dtype, accessor.count, width, use)

    def _elements(self, view_index: int, offset: int, dtype: np.dtype[Any], count: int, width: int, use: str) -> Array:
        data, view = self._buffers.view(self._document, view_index)
        size = dtype.itemsize * width
        stride = view.byte_stride or size
        needed = offset + stride * (count - 1) + size if count else 0
        if needed > len(data) or stride < size:
            broken(f"its {use} need {needed} bytes and their buffer view has {len(data)}; the file is damaged: export it again")
        return np.ndarray((count, width), dtype, data, offset if count else 0, (stride, dtype.itemsize))

    def _with_sparse(self, base: Array, accessor: Accessor, width: int, use: str) -> Array:
        sparse = accessor.sparse
        assert sparse is not None
        if sparse.count > accessor.count or sparse.indices.component_type not in (5121, 5123, 5125):
            broken(f"its sparse {use} have {sparse.count} entries for {accessor.count} elements; export it again")
        kind = np.dtype(_DTYPES[sparse.indices.component_type])
        where = self._elements(sparse.indices.buffer_view, sparse.indices.byte_offset, kind, sparse.count, 1, use)[:, 0]
        values = self._elements(sparse.values.buffer_view, sparse.values.byte_offset, base.dtype, sparse.count, width, use)
        if sparse.count and int(where.max()) >= accessor.count:
            broken(f"its sparse {use} name element {int(where.max())} of {accessor.count}; export it again")
        result = base.copy()
        result[where] = values
        return result
