"""The scene file: from a folder with scene.toml to a checked document, and from there to a twin."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from viewer.base.collecting import no_collecting
from viewer.base.errors import UserMistake
from viewer.base.ids import ScenarioId
from viewer.twin import scene_read, schema
from viewer.twin.binding_units import si_factor
from viewer.twin.channels import Binding
from viewer.twin.edit_store import from_plain
from viewer.twin.scenarios import Scenario
from viewer.twin.scene_build import build_twin
from viewer.twin.scene_document import GeometryEntry, Placement, SceneDocument
from viewer.twin.scene_mistakes import SourceFile, explained, nearest_id
from viewer.twin.toml_text import parse_file

__all__ = ["GeometryEntry", "Placement", "SceneDocument", "build_twin", "load_scene"]

TableT = TypeVar("TableT")
RecordT = TypeVar("RecordT")
_FILE = "scene.toml"
_LISTS = ("geometry", "node", "joint", "channel", "binding", "path", "station", "flow", "characteristic", "view", "scenario")


@no_collecting()
def load_scene(path: Path) -> SceneDocument:
    """The scene of a folder (or of its scene.toml), with all that it includes. Any thread.

    Raises UserMistake, one sentence with file, line and key, where a file is absent or wrong.
    """
    main = path / _FILE if path.is_dir() else path
    if path.is_dir() and not main.is_file():
        raise UserMistake(f"{path} holds no {_FILE}, so it is no scene folder")
    reading = _Reading(main.parent)
    reading.add(main, ())
    return reading.document(main)


READY = msgspec.json.Decoder(schema.SceneFile)
"""Never used: making it lets msgspec learn the tables here, once. It learns a struct at its first use, and crashes where two
threads begin with it at the same time, as the window's reading thread and the one that starts the gateway do."""


class _Reading:
    """The files of one scene while they are read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.inside = folder.resolve()
        self.sources: list[SourceFile] = []
        self.files: list[schema.SceneFile] = []
        self.found: set[Path] = set()

    def add(self, path: Path, above: tuple[Path, ...]) -> None:
        """Read a file and what it includes."""
        data, text = parse_file(path, str(path))
        source = SourceFile(path.resolve(), str(path), text)
        _check_schema(source, data, first=not above)
        try:
            file = msgspec.convert(data, schema.SceneFile)
        except msgspec.ValidationError as error:
            raise explained(source, data, error) from error
        self.sources.append(source)
        self.files.append(file)
        self.found.add(source.path)
        scene = file.scene or schema.SceneTable()
        if above and (scene.name or scene.currency != "EUR"):
            raise source.mistake(
                ["scene", "name"], "only the first file of a scene gives it a name and a currency; take them out here"
            )
        for include in scene.include:
            self._include(source, include, (*above, source.path))

    def _include(self, source: SourceFile, include: str, above: tuple[Path, ...]) -> None:
        path = self.within(source, ["scene", "include"], include)
        if path in above:
            raise source.mistake(["scene", "include"], f'include "{include}" leads back to itself')
        if path in self.found:
            raise source.mistake(["scene", "include"], f'"{include}" is included twice; once is enough')
        if not path.is_file():
            raise source.mistake(["scene", "include"], f'include "{include}" names no file')
        self.add(Path(source.shown).parent / include, above)

    def within(self, source: SourceFile, steps: Sequence[str | int], file: str) -> Path:
        """The absolute path of a file named in a scene file. Raises UserMistake where it lies outside the scene's folder."""
        path = (source.path.parent / file).resolve()
        if not path.is_relative_to(self.inside) or "\\" in file:
            raise source.mistake(steps, f'"{file}" lies outside the scene\'s folder; copy it into {self.folder}')
        return path

    def document(self, main: Path) -> SceneDocument:
        """All files as one document, references checked."""
        scene = self.files[0].scene or schema.SceneTable()
        bare = SceneDocument(
            path=main.resolve(),
            folder=self.inside,
            name=scene.name or self.inside.name,
            currency=scene.currency,
            sources=tuple(self.sources),
            counts={name: tuple(len(getattr(file, name)) for file in self.files) for name in _LISTS},
        )
        document = replace(
            bare,
            geometry=self._geometry(),
            nodes=self._tables("node"),
            joints=self._tables("joint"),
            channels=_records(bare, "channel", self._tables("channel"), scene_read.channel),
            bindings=_records(bare, "binding", self._tables("binding"), scene_read.binding),
            paths=_records(bare, "path", self._tables("path"), scene_read.path),
            stations=_records(bare, "station", self._tables("station"), scene_read.station),
            flows=_records(bare, "flow", self._tables("flow"), scene_read.flow),
            characteristics=_records(bare, "characteristic", self._tables("characteristic"), scene_read.characteristic),
            views=_records(bare, "view", self._tables("view"), scene_read.view),
            scenarios=_records(bare, "scenario", self._tables("scenario"), _scenario),
            simulation=self._simulation(),
        )
        _check_ids(document)
        _check_references(document)
        return document

    def _tables(self, name: str) -> tuple[Any, ...]:
        return tuple(table for file in self.files for table in getattr(file, name))

    def _geometry(self) -> tuple[GeometryEntry, ...]:
        return tuple(
            self._geometry_entry(source, index, table)
            for source, file in zip(self.sources, self.files, strict=True)
            for index, table in enumerate(file.geometry)
        )

    def _geometry_entry(self, source: SourceFile, index: int, table: schema.GeometryTable) -> GeometryEntry:
        path = self.within(source, ["geometry", index, "file"], table.file)
        try:
            own = Placement(table.prefix, table.parent, scene_read.pose(table.pose))
            copies = tuple(Placement(c.prefix, c.parent, scene_read.pose(c.pose)) for c in table.copies)
        except scene_read.Wrong as wrong:
            raise source.mistake(["geometry", index, wrong.key], f'geometry "{table.id}" {wrong.sentence}') from wrong
        return GeometryEntry(table.id, path, table.unit, table.only, copies or (own,))

    def _simulation(self) -> dict[str, Any]:
        merged: dict[str, Any] = {}
        for source, file in zip(self.sources, self.files, strict=True):
            twice = sorted(set(merged) & set(file.simulation))
            if twice:
                raise source.mistake(
                    ["simulation", twice[0]], f'[simulation] has "{twice[0]}", which another file of the scene has too'
                )
            merged.update(file.simulation)
        return merged


def _check_schema(source: SourceFile, data: dict[str, Any], *, first: bool) -> None:
    scene = data.get("scene")
    version = scene.get("schema") if isinstance(scene, dict) else None
    if version is None and first:
        raise source.mistake(
            ["scene"], f"there is no [scene] with schema = {schema.SCHEMA}, so this is no scene; add it at the top"
        )
    if isinstance(version, int) and version > schema.SCHEMA:
        sentence = f"the scene has schema {version}, this program reads up to {schema.SCHEMA}; open it with a newer Genchi"
        raise source.mistake(["scene", "schema"], sentence)
    if isinstance(version, int) and version < 1:
        raise source.mistake(["scene", "schema"], f"[scene] has schema = {version}, expected {schema.SCHEMA}")


def _records(document: SceneDocument, table: str, tables: Sequence[Any], read: Callable[[Any], RecordT]) -> tuple[RecordT, ...]:
    records: list[RecordT] = []
    for index, one in enumerate(tables):
        try:
            records.append(read(one))
        except scene_read.Wrong as wrong:
            raise document.mistake(table, index, wrong.key, f"{_called(table, one)} {wrong.sentence}") from wrong
        except UserMistake as error:
            raise document.mistake(table, index, "unit", f"{_called(table, one)} has an {error}") from error
    return tuple(records)


def _called(table: str, one: Any) -> str:
    own = getattr(one, "id", None) or getattr(one, "name", None)
    return f'{table} "{own}"' if own else f'{table} of "{getattr(one, "channel", "?")}" on "{getattr(one, "node", "?")}"'


def _scenario(table: schema.ScenarioTable) -> Scenario:
    try:
        return Scenario(ScenarioId(table.id), table.name or table.id, tuple(from_plain(edit) for edit in table.edits))
    except UserMistake as error:
        raise scene_read.Wrong("edits", f"has an edit that can't be: {error}") from error


def _check_ids(document: SceneDocument) -> None:
    """Every id once; none empty."""
    lists: dict[str, Sequence[Any]] = {
        "geometry": document.geometry,
        "node": document.nodes,
        "channel": document.channels,
        "path": document.paths,
        "station": document.stations,
        "flow": document.flows,
        "characteristic": document.characteristics,
        "scenario": document.scenarios,
    }
    for table, records in lists.items():
        seen: set[str] = set()
        for index, record in enumerate(records):
            if not record.id:
                raise document.mistake(table, index, "id", f"{table} number {index + 1} has an empty id")
            if record.id in seen:
                raise document.mistake(table, index, "id", f'{table} "{record.id}" is there twice; ids must differ')
            seen.add(record.id)
    names = [view.name for view in document.views]
    if twice := next((i for i, name in enumerate(names) if name in names[:i]), None):
        raise document.mistake("view", twice, "name", f'view "{names[twice]}" is there twice; names must differ')
    jointed = [table.node for table in document.joints]
    if twice := next((i for i, node in enumerate(jointed) if node in jointed[:i]), None):
        raise document.mistake("joint", twice, "node", f'the joint of "{jointed[twice]}" is there twice; once is enough')
    bound: set[Binding] = set()
    for i, binding in enumerate(document.bindings):
        if binding in bound:
            sentence = f'"{binding.channel}" is bound to "{binding.node}" twice in the same way; once is enough'
            raise document.mistake("binding", i, "channel", sentence)
        bound.add(binding)


def _check_references(document: SceneDocument) -> None:
    """Channels, paths and stations that are named must be there."""
    units = {c.id: c.unit for c in document.channels}
    channels = set(units)
    paths = {p.id for p in document.paths}
    stations = {s.id for s in document.stations}

    def check(table: str, index: int, key: str, wanted: str | None, known: Collection[Any], what: str) -> None:
        if wanted is not None and wanted not in known:
            sentence = f'{table} names {what} "{wanted}", which the scene does not have{nearest_id(wanted, known)}'
            raise document.mistake(table, index, key, sentence)

    for i, binding in enumerate(document.bindings):
        check("binding", i, "channel", binding.channel, channels, "the channel")
        check("binding", i, "path", binding.path, paths, "the path")
        try:
            si_factor(binding.kind, units[binding.channel])
        except UserMistake as error:
            raise document.mistake("binding", i, "channel", str(error)) from error
    for i, station in enumerate(document.stations):
        for channel in station.channels:
            check("station", i, "channels", channel, channels, "the channel")
    for i, flow in enumerate(document.flows):
        check("flow", i, "source", flow.source, stations, "the station")
        check("flow", i, "target", flow.target, stations, "the station")
        check("flow", i, "path", flow.path, paths, "the path")
    for i, characteristic in enumerate(document.characteristics):
        check("characteristic", i, "channel", characteristic.channel, channels, "the channel")
