"""Looking into a recording before anything is bound to it: its columns, with their units and a value of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from viewer.base.errors import UserMistake
from viewer.edge.browsing import BrowseNode
from viewer.edge.replay.recording import Column

if TYPE_CHECKING:
    from viewer.edge.replay.kind import ReplayConfig


def browse(config: ReplayConfig, path: tuple[str, ...]) -> tuple[BrowseNode, ...]:
    """Of a table its columns; of a MATLAB file first its variables; of curves the curves, and then the facts by their pointers.
    Reads the first file's beginning. Raises UserMistake where it can't be read."""
    first = config.paths()[0]
    if config.kind == "csv":
        from viewer.edge.replay.text_table import open_table

        return _nodes(open_table(first, config.wished, transposed=config.transposed).columns)
    if config.kind == "parquet":
        from viewer.edge.replay.parquet import look

        return _nodes(look(first)[0])
    if config.kind == "mat":
        from viewer.edge.replay.matlab import as_columns, variables

        found = variables(first)
        name = path[0] if path else config.variable
        if not name and len(found) > 1:
            return tuple(BrowseNode(one, "", "", "", f"{len(runs)} runs", has_children=True) for one, runs in found.items())
        if name and name not in found:
            raise UserMistake(f"the recording has no table «{name[:60]}»: {first}")
        return _nodes(as_columns(found[name] if name else next(iter(found.values())))[0])
    from viewer.edge.replay.curves import columns_of, read_cycle

    return _nodes(columns_of(read_cycle(first)))


def _nodes(columns: Sequence[Column]) -> tuple[BrowseNode, ...]:
    return tuple(
        BrowseNode(one.name, one.name, "state" if one.texts else "measurement", one.unit, one.example, has_children=False)
        for one in columns
    )
