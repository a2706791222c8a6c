"""Arrays of MATLAB files (up to version 7.2) as recordings: fields of one length are columns, an array of structures its runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, cast

import numpy as np
from numpy.typing import NDArray

from viewer.base.errors import UserMistake
from viewer.edge.replay.layout import Cells, Layout, Wish
from viewer.edge.replay.naming import unit_in
from viewer.edge.replay.recording import Column, Piece, Remarks
from viewer.edge.tags import Tag

_ROWS: Final = 16_384
_MOST_BYTES: Final = 1 << 30
_Run = dict[str, NDArray[np.float64]]


class MatlabTable:
    """A recording of one variable: a structure whose fields are columns, an array of such structures one after another, or a
    matrix; or of all plain vectors of one length."""

    def __init__(self, path: Path, variable: str, wish: Wish) -> None:
        """Raises UserMistake where there is no such variable, or which of them is not said."""
        found = variables(path)
        if not found:
            raise UserMistake(f"the recording has no numbers in columns: {path}")
        if not variable and len(found) > 1:
            raise UserMistake(f"the recording has several tables: say which as variable: {', '.join(found)}: {path}")
        if variable and variable not in found:
            raise UserMistake(f"the recording has no table «{variable[:60]}», but {', '.join(found)}: {path}")
        self._runs = found[variable] if variable else next(iter(found.values()))
        columns, sample = as_columns(self._runs)
        self._names = [one.name for one in columns]
        self._layout = Layout(columns, sample, wish)

    @property
    def tags(self) -> tuple[Tag, ...]:
        """What becomes channels."""
        return self._layout.tags

    def pieces(self, remarks: Remarks) -> Iterator[Piece | None]:
        """Run by run."""
        first = 0
        for run in self._runs:
            cells = [run[name] for name in self._names]
            for at in range(0, len(cells[0]), _ROWS):
                part: list[Cells] = [one[at : at + _ROWS] for one in cells]
                yield self._layout.piece(part.__getitem__, first, len(part[0]), remarks)
                first += len(part[0])


def as_columns(runs: list[_Run]) -> tuple[list[Column], list[Cells]]:
    """The columns that all runs have, and the first run's cells."""
    names = [name for name in runs[0] if all(name in run for run in runs)]
    columns = [Column(name, unit_in(name), (), f"{runs[0][name][0]:g}" if len(runs[0][name]) else "") for name in names]
    return columns, [runs[0][name] for name in names]


def variables(path: Path) -> dict[str, list[_Run]]:
    """What can be replayed, by name: each a list of runs with columns of one length. Raises UserMistake for another file."""
    import scipy.io

    try:
        if path.stat().st_size > _MOST_BYTES:
            raise UserMistake(f"a MATLAB file has at most {_MOST_BYTES >> 20} MB: {path}")
        raw = cast("dict[str, Any]", scipy.io.loadmat(str(path), squeeze_me=False))
    except NotImplementedError as error:
        raise UserMistake(f"a MATLAB file of version 7.3 is not read: save it with -v7: {path}") from error
    except (OSError, ValueError, TypeError, KeyError, IndexError, EOFError, MemoryError) as error:
        raise UserMistake(f"the recording is no MATLAB file that can be read ({str(error)[:120]}): {path}") from error
    except Exception as error:
        # scipy's reader lets zlib's and its own errors through; whatever a damaged file raises is told as one sentence
        raise UserMistake(f"the recording is no MATLAB file that can be read ({str(error)[:120]}): {path}") from error
    found: dict[str, list[_Run]] = {}
    vectors: _Run = {}
    for name, value in raw.items():
        if name.startswith("__") or not isinstance(value, np.ndarray):
            continue
        array = cast("NDArray[Any]", value)
        if array.dtype.names:
            runs = [run for one in array.ravel() if (run := _fields(one, array.dtype.names))]
            if runs:
                found[name] = runs
        elif array.dtype.kind in "fiu" and array.ndim == 2 and min(array.shape) == 1 and array.size > 1:
            vectors[name] = array.ravel().astype(np.float64)
        elif array.dtype.kind in "fiu" and array.ndim == 2 and array.size:
            found[name] = [{f"column {at + 1}": array[:, at].astype(np.float64) for at in range(array.shape[1])}]
    longest = max((len(one) for one in vectors.values()), default=0)
    if longest:
        found["vectors"] = [{name: one for name, one in vectors.items() if len(one) == longest}]
    return found


def _fields(one: Any, names: tuple[str, ...]) -> _Run:
    """The numeric fields of a structure that have the usual length."""
    run: _Run = {}
    for name in names:
        value: Any = one[name]
        if isinstance(value, np.ndarray) and value.dtype.kind in "fiu" and value.size and value.size == max(value.shape):
            run[name] = value.ravel().astype(np.float64)
    longest = max((len(values) for values in run.values()), default=0)
    return {name: values for name, values in run.items() if len(values) == longest}
