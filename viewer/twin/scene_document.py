"""A scene as read from its files, before any geometry: frozen records, and where each of them stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from viewer.base.errors import UserMistake
from viewer.base.frames import IDENTITY, Pose
from viewer.twin.channels import Binding, Channel
from viewer.twin.channels import Path as FlowPath
from viewer.twin.process import Characteristic, Flow, Station, View
from viewer.twin.scenarios import Scenario
from viewer.twin.scene_mistakes import SourceFile
from viewer.twin.schema import JointTable, NodeTable


@dataclass(frozen=True, slots=True)
class Placement:
    """Where one copy of a geometry file's nodes stands."""

    prefix: str = ""
    """Put before every node id with a dot; empty: none."""
    parent: str = ""
    pose: Pose = IDENTITY


@dataclass(frozen=True, slots=True)
class GeometryEntry:
    """A geometry file whose nodes join the scene, once for each placement, sharing its parts."""

    id: str
    path: Path
    """The file itself, absolute, within the scene's folder; it may not exist (the reader says so)."""
    unit: str | None = None
    only: tuple[str, ...] = ()
    """Globs of node ids, before the prefix; empty takes all."""
    placements: tuple[Placement, ...] = (Placement(),)


@dataclass(frozen=True, slots=True, eq=False)
class SceneDocument:
    """Everything a scene's files say. References among its records are checked; those to nodes when the twin is built."""

    path: Path
    """scene.toml."""
    folder: Path
    name: str
    currency: str = "EUR"
    geometry: tuple[GeometryEntry, ...] = ()
    nodes: tuple[NodeTable, ...] = ()
    joints: tuple[JointTable, ...] = ()
    channels: tuple[Channel, ...] = ()
    bindings: tuple[Binding, ...] = ()
    paths: tuple[FlowPath, ...] = ()
    stations: tuple[Station, ...] = ()
    flows: tuple[Flow, ...] = ()
    characteristics: tuple[Characteristic, ...] = ()
    views: tuple[View, ...] = ()
    scenarios: tuple[Scenario, ...] = ()
    simulation: Mapping[str, Any] = field(default_factory=dict)
    """The simulated plant's own table, as written."""
    sources: tuple[SourceFile, ...] = ()
    """The files it was read from, scene.toml first."""
    counts: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """How many tables of each name each source brought, in the order of `sources`."""

    def mistake(self, table: str, index: int, key: str, sentence: str) -> UserMistake:
        """A UserMistake at a key of the `index`-th (from 0, over all files) table of a name."""
        for source, count in zip(self.sources, self.counts.get(table, ()), strict=False):
            if index < count:
                return source.mistake([table, index, key], sentence)
            index -= count
        return UserMistake(f"{self.path}: {sentence}")
