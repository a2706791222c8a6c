"""The kinds of sources: the one list. A new kind is a module with `read(table, place) -> SourceConfig`, named here."""

from __future__ import annotations

from importlib import import_module
from typing import Final, cast

from viewer.base.errors import UserMistake
from viewer.edge.kind import Place, ReadSource, SourceConfig
from viewer.edge.tables import Table

KINDS: Final[dict[str, str]] = {
    "simulated": "viewer.edge.simulated.kind",
    "device": "viewer.edge.devices",
    "mqtt": "viewer.edge.mqtt.plain",
    "sparkplug": "viewer.edge.mqtt.sparkplug",
    "mtconnect": "viewer.edge.mtconnect.kind",
    "opcua": "viewer.edge.opcua.kind",
    "csv": "viewer.edge.replay.kind",
    "parquet": "viewer.edge.replay.kind",
    "mat": "viewer.edge.replay.kind",
    "curves": "viewer.edge.replay.kind",
}
"""Kind to the module that has its `read`; imported only where the kind is used."""


def read_source(table: Table, place: Place) -> SourceConfig:
    """One [[source]]. Raises UserMistake with its place for a kind, key or value that is wrong."""
    kind = table.text("kind", like=f"one of {', '.join(KINDS)}")
    if kind not in KINDS:
        raise table.wrong("kind", f"one of {', '.join(KINDS)}")
    config = cast(ReadSource, import_module(KINDS[kind]).read)(table, place)
    table.close()
    return config


def read_sources(tables: list[Table], place: Place) -> tuple[SourceConfig, ...]:
    """All of them; names left out are made unique. Raises UserMistake where two are given the same."""
    sources = tuple(read_source(one, place) for one in tables)
    names = [one.name for one in sources]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise UserMistake(f"two sources have the name «{twice}»: give each a name of its own")
    return sources
