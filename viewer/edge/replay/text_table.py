"""Tables of text as recordings: read in pieces of bounded size, also while the file grows."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, TextIO

from viewer.base.errors import UserMistake
from viewer.base.units import grouped
from viewer.edge.replay.dialect import MOST_LINE, Dialect, Wished, dialect_of, encoding_of, sample_lines, split
from viewer.edge.replay.labview import LabView, labview_of
from viewer.edge.replay.layout import Layout, Wish, is_text, texts_of
from viewer.edge.replay.naming import unique, unit_in, written_unit
from viewer.edge.replay.recording import BegunAgain, Column, Piece, Remarks
from viewer.edge.tags import Tag

_CELLS: Final = 200_000
_ROWS: Final = 4096
_MOST_TRANSPOSED: Final = 256 << 20
_SAMPLED: Final = 1000


@dataclass(frozen=True, slots=True)
class Table:
    """One file: how it is written, and its columns judged by the first rows."""

    path: Path
    dialect: Dialect
    columns: tuple[Column, ...]
    sample: tuple[tuple[str, ...], ...]
    """By column."""
    labview: LabView | None


def open_table(path: Path, wished: Wished, *, transposed: bool = False) -> Table:
    """Raises UserMistake where it is no table."""
    encoding = encoding_of(path, wished.encoding)
    lines = sample_lines(path, encoding)
    labview = labview_of(lines)
    dialect = dialect_of(lines, wished, encoding, labview, path)
    if transposed:
        return _turned(path, dialect)
    rows = list(itertools.islice(_whole_rows(lines[dialect.skip :], dialect, path), _SAMPLED))
    return _table(path, dialect, _even(rows, dialect.columns, None), labview)


class TextTables:
    """A recording of one or more such files, one after another."""

    def __init__(
        self, paths: Sequence[Path], wished: Wished, wish: Wish, *, transposed: bool = False, follow: bool = False
    ) -> None:
        """Raises UserMistake where the first of them is no table, or has not what is asked for."""
        self._paths, self._wished, self._transposed, self._follow = tuple(paths), wished, transposed, follow
        first = open_table(self._paths[0], wished, transposed=transposed)
        self._layout = Layout(first.columns, first.sample, _with_header(wish, first), first.dialect.decimal)

    @property
    def tags(self) -> tuple[Tag, ...]:
        """What becomes channels."""
        return self._layout.tags

    def pieces(self, remarks: Remarks) -> Iterator[Piece | None]:
        """Some thousand rows at a time."""
        first = 0
        for number, path in enumerate(self._paths):
            table = open_table(path, self._wished, transposed=self._transposed)
            if number:
                self._layout.fit(table.columns, table.dialect.decimal)
            follow = self._follow and number == len(self._paths) - 1
            for rows in self._rows(table, follow=follow, remarks=remarks):
                if rows is None:
                    yield None
                    continue
                columns = list(zip(*rows, strict=True))
                yield self._layout.piece(columns.__getitem__, first, len(rows), remarks)
                first += len(rows)

    def _rows(self, table: Table, *, follow: bool, remarks: Remarks) -> Iterator[list[list[str]] | None]:
        if self._transposed:
            for at in range(0, len(table.sample[0]) if table.sample else 0, _ROWS):
                yield [list(row) for row in zip(*(column[at : at + _ROWS] for column in table.sample), strict=True)]
            return
        most = max(1, min(_ROWS, _CELLS // table.dialect.columns))
        for lines in _lines(table, most, follow=follow):
            if lines is None:
                yield None
            elif lines:
                rows = [row for row in _parsed(lines, table.dialect, table.path) if row]
                if rows:
                    yield _even(rows, table.dialect.columns, remarks)


def _with_header(wish: Wish, table: Table) -> Wish:
    """What the file's own header says and the configuration doesn't."""
    if table.labview is None:
        return wish
    one = table.labview
    wish = replace(wish, start=wish.start or one.start)
    if not one.has_time and not wish.time:
        return replace(wish, period_s=wish.period_s or one.period_s)
    return wish if wish.time or wish.period_s else replace(wish, time="1", time_format="seconds")


def _table(path: Path, dialect: Dialect, rows: Sequence[Sequence[str]], labview: LabView | None) -> Table:
    sample = tuple(zip(*rows, strict=True)) or ((),) * dialect.columns
    written = [*dialect.names, *[""] * dialect.columns][: dialect.columns]
    names = unique(written)
    columns: list[Column] = []
    for place, (name, cells) in enumerate(zip(names, sample, strict=True)):
        said = dialect.units[place] if place < len(dialect.units) else ""
        texts = texts_of(cells) if is_text(cells, dialect.decimal) else ()
        unit = written_unit(said) if said.strip() else unit_in(written[place])
        columns.append(
            Column(name, "" if texts else unit, texts, next((cell.strip() for cell in cells if cell.strip()), "")[:60])
        )
    return Table(path, dialect, tuple(columns), sample, labview)


def _turned(path: Path, dialect: Dialect) -> Table:
    """A table whose rows are the columns; it has to be held as a whole."""
    if path.stat().st_size > _MOST_TRANSPOSED:
        raise UserMistake(f"a transposed recording has at most {_MOST_TRANSPOSED >> 20} MB, since all of it must be held: {path}")
    with path.open(encoding=dialect.encoding, newline=None) as file:
        rows = [row for row in _parsed(file.read().splitlines(), dialect, path) if row]
    width = max(len(row) for row in rows)
    rows = _even(rows, width, None)
    named = sum(is_text([row[0]], dialect.decimal) for row in rows) * 2 > len(rows)
    names = tuple(row[0] for row in rows) if named else ()
    turned = list(zip(*rows, strict=True))[1 if named else 0 :]
    return _table(path, replace(dialect, names=names, units=(), columns=len(rows)), turned, None)


def _lines(table: Table, most: int, *, follow: bool) -> Iterator[list[str] | None]:
    """Lines that hold whole rows; None where nothing more is there for now."""
    where = table.dialect.skip
    try:
        with table.path.open(encoding=table.dialect.encoding, newline=None) as file:
            for _ in range(where):
                file.readline(MOST_LINE)
            lines: list[str] = []
            begun, held = "", _Held(table)
            while True:
                line = file.readline(MOST_LINE + 1)
                if len(line) > MOST_LINE:
                    raise UserMistake(f"line {where + 1} is longer than {grouped(MOST_LINE)} characters: {table.path}")
                if line.endswith("\n"):
                    lines.append((begun + line).rstrip("\n"))
                    begun, where = "", where + 1
                    if held.is_whole(lines[-1], where) and len(lines) >= most:
                        yield lines
                        lines, held = [], _Held(table)
                    continue
                begun += line
                if line:
                    continue
                if lines and (not follow or not held.quotes % 2):
                    yield lines if follow or not begun else [*lines, begun]
                    lines, begun, held = [], begun if follow else "", _Held(table)
                if not follow:
                    if begun:
                        yield [begun]
                    return
                yield None
                _check_not_shorter(file, table.path)
    except (UnicodeError, LookupError) as error:
        raise UserMistake(f"after line {where} the recording is not written in {table.dialect.encoding}: {table.path}") from error
    except OSError as error:
        raise UserMistake(f"the recording can't be read ({error.strerror}): {table.path}") from error


class _Held:
    """Lines that are held until no quotation goes on in the next one."""

    def __init__(self, table: Table) -> None:
        self._table, self.quotes, self._size = table, 0, 0

    def is_whole(self, line: str, where: int) -> bool:
        """With this line. Raises UserMistake for a quotation that goes on too long."""
        if self._table.dialect.delimiter == " ":
            return True
        self.quotes += line.count('"')
        self._size = self._size + len(line) if self.quotes % 2 else 0
        if self._size > MOST_LINE:
            raise UserMistake(f"before line {where} a quotation begins that does not end: {self._table.path}")
        return self.quotes % 2 == 0


def _check_not_shorter(file: TextIO, path: Path) -> None:
    if path.stat().st_size < file.buffer.tell():
        raise BegunAgain(f"the growing recording became shorter: it is read again from its beginning: {path}")


def _parsed(lines: Sequence[str], dialect: Dialect, path: Path) -> list[list[str]]:
    try:
        return split([line.replace("\0", "") for line in lines], dialect.delimiter)
    except csv.Error as error:
        raise UserMistake(f"the recording is no table ({error}; does each quotation end?): {path}") from error


def _whole_rows(lines: Sequence[str], dialect: Dialect, path: Path) -> Iterator[list[str]]:
    """Of the sample: up to the first quotation that does not end there."""
    kept = list(lines)
    while kept and dialect.delimiter != " " and sum(line.count('"') for line in kept) % 2:
        kept = kept[: len(kept) // 2]
    return (row for row in _parsed(kept or lines[:1], dialect, path) if row)


def _even(rows: list[list[str]], columns: int, remarks: Remarks | None) -> list[list[str]]:
    """All rows with so many cells: missing ones are empty, surplus ones left out, and both told."""
    odd = [at for at, row in enumerate(rows) if len(row) != columns]
    for at in odd:
        rows[at] = (rows[at] + [""] * columns)[:columns]
    if odd and remarks is not None:
        remarks.counts["rows have another number of cells than the rest"] += len(odd)
    return rows
