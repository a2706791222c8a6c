"""The body of a PLY file as columns of numpy arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewer.base.job import Job
from viewer.geometry.broken import broken
from viewer.geometry.ply.header import Element, Header

Columns = dict[str, NDArray[Any]]
"""By property: (n,), for lists of one length (n, length), for lists of several an object array of arrays."""


def read_elements(data: bytes, header: Header, job: Job) -> dict[str, Columns]:
    """Every element. Raises BrokenFile where the body ends early or isn't what the header says."""
    body: _Binary | _Ascii = _Binary(data, header.size, header.order) if header.order else _Ascii(data[header.size :])
    result: dict[str, Columns] = {}
    for done, element in enumerate(header.elements):
        job.progress(0.9 * done / len(header.elements), f"reading {element.name}")
        result[element.name] = body.take(element, job)
    return result


def _cut_off(element: Element) -> str:
    return f"the PLY ends within its {element.count} {element.name} rows: it is cut off; export or copy it again"


class _Binary:
    """Rows of bytes."""

    def __init__(self, data: bytes, offset: int, order: str) -> None:
        self._data = data
        self._offset = offset
        self._order = order

    def take(self, element: Element, job: Job) -> Columns:
        """The next element's columns."""
        if not element.count or not element.properties:
            return {}
        lengths = self._lengths_of_first_row(element)
        dtype = self._row(element, lengths)
        if self._offset + dtype.itemsize * element.count <= len(self._data):
            rows = np.frombuffer(self._data, dtype, element.count, self._offset)
            if all((rows[f"#{name}"] == length).all() for name, length in lengths.items()):
                self._offset += dtype.itemsize * element.count
                return {p.name: rows[p.name] for p in element.properties}
        if not lengths:
            broken(_cut_off(element))
        return self._row_by_row(element, job)

    def _row(self, element: Element, lengths: dict[str, int]) -> np.dtype[Any]:
        fields: list[tuple[Any, ...]] = []
        for p in element.properties:
            if p.length_dtype is None:
                fields.append((p.name, self._order + p.dtype))
            else:
                fields += [(f"#{p.name}", self._order + p.length_dtype), (p.name, self._order + p.dtype, (lengths[p.name],))]
        return np.dtype(fields)

    def _lengths_of_first_row(self, element: Element) -> dict[str, int]:
        at, lengths = self._offset, dict[str, int]()
        for p in element.properties:
            size = np.dtype(p.dtype).itemsize
            if p.length_dtype is not None:
                lengths[p.name], at = self._length(p.length_dtype, at, element)
                size *= lengths[p.name]
            at += size
        if at > len(self._data):
            broken(_cut_off(element))
        return lengths

    def _length(self, dtype: str, at: int, element: Element) -> tuple[int, int]:
        size = np.dtype(dtype).itemsize
        if at + size > len(self._data):
            broken(_cut_off(element))
        value = int.from_bytes(self._data[at : at + size], "little" if self._order == "<" else "big", signed=dtype[0] == "i")
        if value < 0 or value > len(self._data):
            broken(f"a list in the PLY's {element.name} rows claims {value} entries; export it again")
        return value, at + size

    def _row_by_row(self, element: Element, job: Job) -> Columns:
        """Lists of several lengths: each row is walked."""
        columns: dict[str, list[Any]] = {p.name: [] for p in element.properties}
        at = self._offset
        for number in range(element.count):
            if number % 50_000 == 0:
                job.check()
            for p in element.properties:
                count = 1
                if p.length_dtype is not None:
                    count, at = self._length(p.length_dtype, at, element)
                size = np.dtype(p.dtype).itemsize * count
                if at + size > len(self._data):
                    broken(_cut_off(element))
                values = np.frombuffer(self._data, self._order + p.dtype, count, at)
                columns[p.name].append(values[0] if p.length_dtype is None else values)
                at += size
        self._offset = at
        return {p.name: _column(columns[p.name], listed=p.length_dtype is not None) for p in element.properties}


class _Ascii:
    """Rows of words."""

    def __init__(self, text: bytes) -> None:
        self._lines = [line for line in text.splitlines() if line.strip()]
        self._next = 0

    def take(self, element: Element, job: Job) -> Columns:
        """The next element's columns."""
        lines = self._lines[self._next : self._next + element.count]
        self._next += element.count
        if len(lines) < element.count:
            broken(_cut_off(element))
        job.check()
        try:
            return self._columns(element, [line.split() for line in lines])
        except (ValueError, IndexError, OverflowError):
            broken(f"a {element.name} row of the PLY does not hold the numbers its header says; export it again")

    def _columns(self, element: Element, rows: list[list[bytes]]) -> Columns:
        if all(p.length_dtype is None for p in element.properties):
            width = len(element.properties)
            table = np.array([row[:width] for row in rows], dtype="S40").reshape(len(rows), width)
            return {p.name: _typed(table[:, k], p.dtype) for k, p in enumerate(element.properties)}
        columns: dict[str, list[Any]] = {p.name: [] for p in element.properties}
        for row in rows:
            at = 0
            for p in element.properties:
                if p.length_dtype is None:
                    columns[p.name].append(float(row[at]))
                    at += 1
                    continue
                count = int(row[at])
                if count < 0 or at + 1 + count > len(row):
                    raise ValueError(count)
                columns[p.name].append(np.array([int(float(word)) for word in row[at + 1 : at + 1 + count]], dtype=np.int64))
                at += 1 + count
        return {p.name: _column(columns[p.name], listed=p.length_dtype is not None) for p in element.properties}


def _typed(words: NDArray[Any], dtype: str) -> NDArray[Any]:
    numbers = words.astype(np.float64)
    if dtype[0] == "f":
        return numbers
    if not np.isfinite(numbers).all():
        raise ValueError("not finite")
    return np.clip(numbers, np.iinfo(dtype).min, np.iinfo(dtype).max).astype(dtype)


def _column(values: list[Any], *, listed: bool) -> NDArray[Any]:
    if not listed:
        return np.array(values)
    if len({len(v) for v in values}) == 1:
        return np.stack(values)
    result = np.empty(len(values), dtype=object)
    result[:] = values
    return result
