"""The kinds `csv`, `parquet`, `mat` and `curves` of a source: recordings in files, and how they are replayed."""

from __future__ import annotations

import glob
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, cast, get_args

from viewer.base.clock import SystemClock
from viewer.base.errors import UserMistake
from viewer.base.units import grouped
from viewer.edge.browsing import BrowseNode
from viewer.edge.kind import Place, SourceConfig, common
from viewer.edge.replay.dialect import DELIMITERS, Wished
from viewer.edge.replay.layout import Wish
from viewer.edge.replay.recording import Recording
from viewer.edge.replay.source import Pace, Progress, ReplaySource, Shift
from viewer.edge.replay.times import FORMATS, check_zone, start_of
from viewer.edge.tables import Table
from viewer.edge.tags import read_tags

_ENDINGS: Final = {"csv": ("csv", "txt", "dat", "tsv", "lvm"), "parquet": ("parquet", "pq"), "mat": ("mat",), "curves": ("json",)}
MOST_FILES: Final = 100_000


@dataclass(frozen=True, kw_only=True)
class ReplayConfig(SourceConfig):
    """A recording and how it is replayed."""

    kind: str = "csv"
    name: str = "csv"
    file: Path
    """A file, a folder, or a pattern of files; several are replayed in the order of their names."""
    wish: Wish = field(default_factory=Wish)
    wished: Wished = field(default_factory=Wished)
    pace: Pace = field(default_factory=Pace)
    transposed: bool = False
    variable: str = ""
    """Of a MATLAB file: which of its variables."""
    progress: Progress = field(default_factory=Progress, compare=False)
    """How far it is, for the next source that is made."""

    def make(self) -> ReplaySource:
        """A source on the system's clock. Raises UserMistake where the recording isn't there or isn't one."""
        return ReplaySource(self.name, self.open(), self.pace, self.progress, SystemClock())

    def open(self) -> Recording:
        """The recording. Raises UserMistake as `make` does."""
        paths = self.paths()
        if self.kind == "csv":
            from viewer.edge.replay.text_table import TextTables

            return TextTables(paths, self.wished, self.wish, transposed=self.transposed, follow=self.pace.follow)
        if self.kind == "parquet":
            from viewer.edge.replay.parquet import ParquetTables

            return ParquetTables(paths, self.wish)
        if self.kind == "mat":
            from viewer.edge.replay.matlab import MatlabTable

            return MatlabTable(paths[0], self.variable, self.wish)
        from viewer.edge.replay.curves import Curves

        return Curves(paths, self.wish)

    def paths(self) -> list[Path]:
        """All files, sorted by name. Raises UserMistake where there is none."""
        text = str(self.file)
        if self.file.is_dir():
            found = [one for one in self.file.iterdir() if one.suffix.lower().lstrip(".") in _ENDINGS[self.kind]]
        elif self.file.exists() or not glob.has_magic(text):
            found = [self.file]
        else:
            found = _matching(self.file)
        files = sorted(one for one in found if one.is_file())
        if not files:
            raise UserMistake(f"there is no recording of the kind {self.kind}: {self.file}")
        if len(files) > MOST_FILES:
            raise UserMistake(f"a recording has at most {grouped(MOST_FILES)} files, not {grouped(len(files))}: {self.file}")
        return files

    def browse(self, path: tuple[str, ...] = ()) -> tuple[BrowseNode, ...]:
        """Its columns with a value of each; beside the channels also what a tag may name."""
        from viewer.edge.replay.looking import browse

        return browse(self, path)


def read(table: Table, place: Place) -> SourceConfig:
    """Keys: file, prefix, speed, loop, shift, those of times, and those of the kind; tag."""
    kind, name = common(table)
    tags, bare = read_tags(table), _bare(table)
    pace = _pace(table, kind)
    wish = replace(
        _times(table, kind), tags=tags, bare=bare, prefix=table.text("prefix", "", most=100, like="a short text such as rig.")
    )
    slow = 1.0 / pace.speed if pace.speed and (pace.speed < 1.0 or pace.shift == "now") else 1.0
    return ReplayConfig(
        kind=kind,
        name=name,
        tags=tags,
        file=table.path("file"),
        wish=replace(wish, to_now=pace.shift == "now", slow=slow),
        wished=_wished(table) if kind == "csv" else Wished(),
        pace=pace,
        transposed=table.flag("transposed", False) if kind in ("csv", "mat") else False,
        variable=table.text("variable", "", most=200) if kind == "mat" else "",
    )


def _matching(pattern: Path) -> list[Path]:
    """The files that fit a pattern such as runs/*.csv."""
    folder = next(one for one in pattern.parents if not glob.has_magic(str(one)))
    return list(folder.glob(str(pattern.relative_to(folder)))) if folder.is_dir() else []


def _pace(table: Table, kind: str) -> Pace:
    pace = Pace(
        table.number("speed", 1.0, low=0.0, high=1e9),
        table.flag("loop", False),
        cast(Shift, table.choice("shift", get_args(Shift), "original")),
        table.flag("follow", False) if kind == "csv" else False,
    )
    if pace.shift == "now" and pace.speed == 0.0:
        raise UserMistake(f'{table.where}: shift = "now" needs a speed above 0, else its times would run ahead of the clock')
    if pace.follow and pace.loop:
        raise UserMistake(f"{table.where}: a recording that is followed while it grows can't loop: leave one of them out")
    return pace


def _times(table: Table, kind: str) -> Wish:
    zone = table.text("time_zone", "UTC", most=60, like="a name such as Europe/Berlin")
    start = table.text("start", "", most=60, like="a time such as 2026-03-01T08:00:00")
    try:
        check_zone(zone)
        if start:
            start_of(start, zone)
    except UserMistake as mistake:
        raise UserMistake(f"{table.where}: {mistake}") from mistake
    if kind == "curves":
        return Wish(zone=zone, start=start, time=table.text("time", "", most=200), date=table.text("date", "", most=200))
    form = table.text(
        "time_format", "auto", pattern=r"(?s).*%.*|" + "|".join(FORMATS), like=f"one of {', '.join(FORMATS)} or a pattern"
    )
    return Wish(
        zone=zone,
        start=start,
        time=table.text("time", "", most=200),
        date=table.text("date", "", most=200),
        time_format=form,
        period_s=table.number("period_s", 0.0, low=0.0, high=1e6),
    )


def _wished(table: Table) -> Wished:
    delimiter: str | None = None
    if table.has("delimiter"):
        said = table.text(
            "delimiter",
            like=f"one character, or one of {', '.join(DELIMITERS)}",
            pattern=r"(?s)[^\n\r\"0-9]|" + "|".join(DELIMITERS),
        )
        delimiter = DELIMITERS.get(said, said)
    return Wished(
        encoding=table.text("encoding", pattern=r"[A-Za-z0-9._-]{1,40}", like="a name such as utf-8 or cp1252")
        if table.has("encoding")
        else None,
        delimiter=delimiter,
        decimal=table.choice("decimal", (".", ",")) if table.has("decimal") else None,
        header_line=table.whole("header_line", high=1_000) if table.has("header_line") else None,
        units_row=table.flag("units_row") if table.has("units_row") else None,
    )


def _bare(table: Table) -> frozenset[str]:
    """What the rows of [[source.tag]] leave to the recording."""
    found: set[str] = set()
    prefix = ""
    for one in table.tables("tag"):
        channel = prefix + (one.text("channel", "") or one.text("tag"))
        found |= {word + channel for word, key in (("unit:", "unit"), ("period:", "period_s")) if not one.has(key)}
    return frozenset(found)
