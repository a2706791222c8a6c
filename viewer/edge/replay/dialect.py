"""How a table of text is written: its encoding, delimiter and decimal sign, and where names, units and values begin."""

from __future__ import annotations

import codecs
import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from viewer.base.errors import UserMistake
from viewer.base.units import grouped
from viewer.edge.replay.cells import is_missing, is_number
from viewer.edge.replay.labview import LabView
from viewer.edge.replay.naming import written_unit
from viewer.edge.replay.times import is_stamp

SAMPLE_BYTES: Final = 1 << 20
MOST_LINE: Final = 1 << 22
"""Characters of one line."""
MOST_COLUMNS: Final = 20_000
DELIMITERS: Final = {"semicolon": ";", "tab": "\t", "pipe": "|", "comma": ",", "space": " "}
"""In the order in which one is taken where two fit as well. `space` is any run of white space."""
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
_MOST_LINES: Final = 2000


@dataclass(frozen=True, slots=True)
class Wished:
    """What the configuration says; None is found out."""

    encoding: str | None = None
    delimiter: str | None = None
    decimal: str | None = None
    header_line: int | None = None
    """From 1; 0 is a table without one."""
    units_row: bool | None = None


@dataclass(frozen=True, slots=True)
class Dialect:
    """What was found out, or wished."""

    encoding: str
    delimiter: str
    decimal: str
    names: tuple[str, ...]
    """Of the columns; empty where there is no header."""
    units: tuple[str, ...]
    skip: int
    """Lines before the first row."""
    columns: int


def encoding_of(path: Path, wished: str | None) -> str:
    """Raises UserMistake for an unknown one, a file that isn't there, and one that is no text."""
    try:
        with path.open("rb") as file:
            head = file.read(SAMPLE_BYTES)
    except OSError as error:
        raise UserMistake(f"the recording can't be read ({error.strerror}): {path}") from error
    if wished is not None:
        return wished
    marked = next((name for mark, name in _MARKS if head.startswith(mark)), None)
    if marked is not None:
        return marked
    if b"\0" in head:
        raise UserMistake(f"the recording is no text (it has zero bytes); where it is UTF-16, say encoding: {path}")
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return "cp1252" if not any(byte in head for byte in (0x81, 0x8D, 0x8F, 0x90, 0x9D)) else "latin-1"
    return "utf-8"


def sample_lines(path: Path, encoding: str) -> list[str]:
    """The first lines, without their ends; of the last only what was read. Raises UserMistake for other text than that."""
    lines: list[str] = []
    size = 0
    try:
        with path.open(encoding=encoding, newline=None) as file:
            while size < SAMPLE_BYTES and len(lines) < _MOST_LINES:
                line = file.readline(MOST_LINE + 1)
                if not line:
                    break
                if len(line) > MOST_LINE:
                    raise UserMistake(
                        f"line {len(lines) + 1} is longer than {grouped(MOST_LINE)} characters: no table of rows: {path}"
                    )
                size += len(line)
                lines.append(line.rstrip("\n"))
    except (UnicodeError, LookupError) as error:
        raise UserMistake(f"the recording is not written in {encoding} ({error}): say its encoding: {path}") from error
    return lines


def split(lines: Sequence[str], delimiter: str) -> list[list[str]]:
    """The cells of lines that hold whole rows. Raises csv.Error for a quotation that does not end."""
    if delimiter == " ":
        return [line.split() for line in lines]
    return list(csv.reader(lines, delimiter=delimiter, skipinitialspace=True))


def dialect_of(lines: Sequence[str], wished: Wished, encoding: str, labview: LabView | None, path: Path) -> Dialect:
    """Judged by the lines at the file's beginning. Raises UserMistake where there is no table."""
    if not any(line.strip() for line in lines):
        raise UserMistake(f"the recording is empty: {path}")
    delimiter, decimal = wished.delimiter, wished.decimal
    if labview is not None:
        delimiter, decimal = delimiter or labview.delimiter, decimal or labview.decimal
    if delimiter is None or decimal is None:
        begin = labview.header_line if labview is not None else wished.header_line or len(lines) // 2
        body = [line for line in lines[begin:] if line.strip()] or [line for line in lines if line.strip()]
        delimiter, decimal = _best(body, delimiter, decimal)
    rows = _rows(lines, delimiter)
    return _laid_out(rows, wished, encoding, delimiter, decimal, labview, path)


def _best(body: Sequence[str], delimiter: str | None, decimal: str | None) -> tuple[str, str]:
    best, found = -1.0, (delimiter or ",", decimal or ".")
    for sign in [delimiter] if delimiter else DELIMITERS.values():
        for point in [decimal] if decimal else (".", ","):
            if point == sign:
                continue
            score = _score(_rows(body, sign), point) - 0.02 * (point == ",") - 0.05 * (sign == " ")
            if score > best + 1e-9:
                best, found = score, (sign, point)
    return found


def _score(rows: Sequence[Sequence[str]], decimal: str) -> float:
    """How much the lines look like a table: of how many is the number of cells the usual one, and how many cells are values."""
    counts = Counter(len(row) for row in rows if row)
    if not counts:
        return 0.0
    usual, times = counts.most_common(1)[0]
    cells = [cell for row in rows[:200] if len(row) == usual for cell in row[:200]]
    values = sum(bool(cell.strip()) and (is_number(cell, decimal) or is_stamp(cell)) for cell in cells) / max(1, len(cells))
    return times / sum(counts.values()) * (0.2 + values) * (1.0 if usual > 1 else 0.6)


def _rows(lines: Sequence[str], delimiter: str) -> list[list[str]]:
    """Of each line for itself, however its quotations end."""
    rows: list[list[str]] = []
    for line in lines:
        try:
            cells = split([line], delimiter)
        except csv.Error:
            cells = [line.split(delimiter)]
        rows.append(cells[0] if cells else [])
    return rows


def _laid_out(
    rows: list[list[str]], wished: Wished, encoding: str, delimiter: str, decimal: str, labview: LabView | None, path: Path
) -> Dialect:
    begin = labview.header_line if labview is not None else wished.header_line or len(rows) // 2
    usual = Counter(len(row) for row in rows[begin:] if row)
    columns = usual.most_common(1)[0][0] if usual else max(len(row) for row in rows)
    if columns > MOST_COLUMNS:
        raise UserMistake(f"the recording has {grouped(columns)} columns, at most {grouped(MOST_COLUMNS)} are read: {path}")
    if labview is not None:
        header = labview.header_line
    elif wished.header_line is not None:
        header = wished.header_line
    else:
        first = _first_row(rows, columns, decimal)
        return _found(rows, first, wished, Dialect(encoding, delimiter, decimal, (), (), first, columns))
    if header > len(rows):
        raise UserMistake(f"the header is to stand in line {header}, but the recording's beginning has {len(rows)}: {path}")
    names = tuple(rows[header - 1]) if header else ()
    skip, units = header, ()
    if header and len(rows) > header and _is_units(rows[header], wished, decimal):
        units, skip = tuple(rows[header]), header + 1
    units = units or (labview.units if labview is not None else ())
    return Dialect(encoding, delimiter, decimal, names, units, skip, max(columns, len(names)))


def _first_row(rows: Sequence[Sequence[str]], columns: int, decimal: str) -> int:
    """The line of the first values: from there most lines have the usual number of cells, and as many values."""
    fits = [len(row) == columns for row in rows]
    values = [_values(row, decimal) if fit else 0.0 for row, fit in zip(rows, fits, strict=True)]
    late = sorted(value for value, fit in zip(values[len(rows) // 2 :], fits[len(rows) // 2 :], strict=True) if fit)
    typical = late[len(late) // 2] if late else 0.0
    if typical == 0.0:
        return 1 if len(rows) > 1 else 0
    left, fitting = sum(bool(row) for row in rows), sum(fits)
    for number, (row, fit, value) in enumerate(zip(rows, fits, values, strict=True)):
        if fit and value >= 0.5 * typical and fitting >= 0.9 * left:
            return number
        left, fitting = left - bool(row), fitting - fit
    return 0


def _found(rows: Sequence[Sequence[str]], first: int, wished: Wished, bare: Dialect) -> Dialect:
    before = [(number, row) for number, row in enumerate(rows[:first]) if row]
    if not before or abs(len(before[-1][1]) - bare.columns) > 1:
        return bare
    names, units = before[-1][1], ()
    if len(before) > 1 and len(before[-2][1]) == len(names) and _is_units(names, wished, bare.decimal):
        units, names = tuple(names), before[-2][1]
    names = [name.lstrip("#% ") if not place else name for place, name in enumerate(names)]
    return Dialect(bare.encoding, bare.delimiter, bare.decimal, tuple(names), units, first, bare.columns)


def _is_units(row: Sequence[str], wished: Wished, decimal: str) -> bool:
    if wished.units_row is not None:
        return wished.units_row
    some = [cell.strip(" []()<>") for cell in row if cell.strip()]
    return bool(some) and all(len(cell) <= 16 and not is_number(cell, decimal) for cell in some) and sum(
        bool(written_unit(cell)) for cell in some) * 3 >= len(some)  # fmt: skip


def _values(row: Sequence[str], decimal: str) -> float:
    return sum(not is_missing(cell) and (is_number(cell, decimal) or is_stamp(cell)) for cell in row) / max(1, len(row))
