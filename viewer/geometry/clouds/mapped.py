"""Arrays that live in a temporary file and not in memory, and how to let their pages go."""

from __future__ import annotations

import mmap
import os
import tempfile
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewer.base.paths import cache_dir

IN_MEMORY_BYTES = 64 * 2**20
"""Smaller arrays are plain ones."""
_PIECE_BYTES = 16 * 2**20


def temporary_file() -> Any:
    """An open file in the cache folder (where results go too, so that there is room), gone with its last user."""
    return tempfile.TemporaryFile(dir=cache_dir(), prefix="genchi-cloud-")


def roomy(shape: tuple[int, ...], dtype: np.dtype[Any]) -> NDArray[Any]:
    """A writable array of zeros: in memory while small, else mapped from a temporary file. Raises OSError on a full disk."""
    size = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
    if size <= IN_MEMORY_BYTES:
        return np.zeros(shape, dtype)
    with temporary_file() as file:
        if hasattr(os, "posix_fallocate"):  # without it a full disk would end the process where it first writes
            os.posix_fallocate(file.fileno(), 0, size)
        else:
            file.truncate(size)
        mapped = mmap.mmap(file.fileno(), size)
    return np.ndarray(shape, dtype, mapped)


def let_go(array: NDArray[Any]) -> None:
    """Give back the memory that a mapped array's pages take; the file keeps what was written. Nothing for plain arrays."""
    base: Any = array
    while isinstance(base, np.ndarray):
        base = base.base
    if isinstance(base, memoryview):
        base = base.obj
    if isinstance(base, mmap.mmap) and hasattr(base, "madvise"):
        base.madvise(mmap.MADV_DONTNEED)


def pieces(array: NDArray[Any], piece_bytes: int = _PIECE_BYTES) -> Iterator[NDArray[Any]]:
    """The rows of an array, some at a time; the pages of a mapped one are let go after each."""
    if not len(array):
        return
    rows = max(1, piece_bytes // max(array.nbytes // len(array), 1))
    for start in range(0, len(array), rows):
        yield array[start : start + rows]
        let_go(array)
