"""Parquet files as recordings, read a row group at a time; needs the extra `parquet`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from viewer.base.errors import UserMistake
from viewer.edge.replay.layout import Cells, Layout, Wish, is_text, texts_of
from viewer.edge.replay.naming import unique, unit_in, written_unit
from viewer.edge.replay.recording import Column, Piece, Remarks
from viewer.edge.tags import Tag

_ROWS: Final = 16_384


class ParquetTables:
    """A recording of one or more such files, one after another."""

    def __init__(self, paths: Sequence[Path], wish: Wish) -> None:
        """Raises UserMistake where the extra is missing, the first is no Parquet, or has not what is asked for."""
        self._paths = tuple(paths)
        columns, sample = look(self._paths[0])
        self._layout = Layout(columns, sample, wish)

    @property
    def tags(self) -> tuple[Tag, ...]:
        """What becomes channels."""
        return self._layout.tags

    def pieces(self, remarks: Remarks) -> Iterator[Piece | None]:
        """Some thousand rows at a time."""
        first = 0
        for number, path in enumerate(self._paths):
            if number:
                columns, _ = look(path)
                self._layout.fit(columns, ".")
            for cells in _batches(path, _ROWS):
                count = len(cells[0])
                yield self._layout.piece(cells.__getitem__, first, count, remarks)
                first += count


def look(path: Path) -> tuple[list[Column], list[Cells]]:
    """Its columns, and their cells in the first rows. Raises UserMistake as ParquetTables does."""
    schema: Any = _opened(path).schema_arrow
    none: list[Cells] = [() for _ in schema]
    cells = next(_batches(path, 1000), none)
    columns: list[Column] = []
    for name, field, some in zip(unique([str(one) for one in schema.names]), schema, cells, strict=True):
        texts = texts_of(some) if is_text(some) else ()
        said = {
            key.decode("utf-8", "replace").lower(): value.decode("utf-8", "replace")
            for key, value in (field.metadata or {}).items()
        }
        unit = written_unit(said["unit"]) if "unit" in said else unit_in(name)
        columns.append(Column(name, "" if texts else unit, texts, str(some[0])[:60] if len(some) else ""))
    return columns, cells


def _opened(path: Path) -> Any:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise UserMistake("Parquet needs the extra parquet: pip install genchi[parquet]") from error
    module: Any = pyarrow.parquet
    try:
        return module.ParquetFile(path)
    except (OSError, pyarrow.ArrowException) as error:
        raise UserMistake(f"the recording is no Parquet file that can be read ({_first_line(error)}): {path}") from error


def _batches(path: Path, rows: int) -> Iterator[list[Cells]]:
    file = _opened(path)
    try:
        for batch in file.iter_batches(batch_size=rows):
            if batch.num_rows:
                yield [_cells(column) for column in batch.columns]
    except (OSError, ValueError) as error:
        raise UserMistake(f"the recording is damaged ({_first_line(error)}): {path}") from error


def _cells(column: Any) -> Cells:
    """Numbers as float64 with NaN for null, times as datetime64[ns], anything else as texts."""
    import pyarrow

    types: Any = pyarrow.types
    kind = column.type
    if types.is_timestamp(kind) or types.is_date(kind):
        return column.cast(pyarrow.timestamp("ns", getattr(kind, "tz", None)), safe=False).to_numpy(zero_copy_only=False)
    if types.is_dictionary(kind):
        column, kind = column.dictionary_decode(), kind.value_type
    if types.is_decimal(kind) or types.is_integer(kind) or types.is_floating(kind):
        return np.asarray(column.cast(pyarrow.float64(), safe=False).to_numpy(zero_copy_only=False), np.float64)
    if types.is_boolean(kind):
        return np.array([np.nan if one is None else float(one) for one in column.to_pylist()])
    return ["" if one is None else str(one) for one in column.to_pylist()]


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__
