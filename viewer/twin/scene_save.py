"""Saving: what differs between a scene's files and the twin goes back into the tables it came from; all else stays as written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from viewer.base.errors import UserMistake
from viewer.base.frames import IDENTITY
from viewer.base.ids import NodeId
from viewer.twin.atomic_write import write_all
from viewer.twin.edit_store import to_plain
from viewer.twin.edit_values import colour_to_plain, to_plain_value
from viewer.twin.joints import Joint
from viewer.twin.model import Twin
from viewer.twin.parts import Node
from viewer.twin.pose_table import pose_to_plain
from viewer.twin.process import View
from viewer.twin.scenarios import Scenario
from viewer.twin.scene_build import Model, build_twin, geometry_content
from viewer.twin.scene_document import GeometryEntry, Placement, SceneDocument
from viewer.twin.scene_file import load_scene
from viewer.twin.scene_joints import joints_of_files, table_of
from viewer.twin.schema import JointTable, NodeTable
from viewer.twin.toml_blocks import TomlEditor, toml_item

Plain = dict[str, Any]


def save_scene(
    document: SceneDocument,
    twin: Twin,
    models: Mapping[str, Model],
    *,
    scenarios: Iterable[Scenario] | None = None,
    geometry: Sequence[GeometryEntry] = (),
) -> SceneDocument:
    """Write the twin (the base, without any scenario) back into the scene's files; gives the document as it is then.

    `models` is what `build_twin` was given, for every geometry entry. `scenarios` replaces the scene's (None: they stay).
    `geometry` are files that joined the scene since; they lie in its folder, and `models` has them too. Comments, order and
    untouched tables stay byte for byte; each file is replaced at once or not at all. The order of siblings and of bindings is
    that of the tables. Raises UserMistake where a file changed on disk since it was read or can't be written, or a model is
    not loaded.
    """
    saving = _Saving(document)
    if absent := [entry.id for entry in (*document.geometry, *geometry) if entry.id not in models]:
        raise UserMistake(f'the scene cannot be saved while its geometry "{absent[0]}" is not loaded')
    kept = tuple(entry for entry in document.geometry if not _is_orphan(entry, document, twin))
    wider = replace(document, geometry=(*kept, *geometry))
    for index in reversed([i for i, entry in enumerate(document.geometry) if entry not in kept]):
        saving.remove("geometry", index)
    for entry in geometry:
        saving.add("geometry", _geometry_to_plain(entry, document.folder))
    _save_nodes(saving, wider, twin, models)
    for table, old, new in (
        ("channel", document.channels, twin.channels),
        ("path", document.paths, twin.paths),
        ("station", document.stations, twin.stations),
        ("flow", document.flows, twin.flows),
        ("characteristic", document.characteristics, twin.characteristics),
    ):
        _save_records(saving, table, {one.id: one for one in old}, new)
    _save_records(saving, "binding", {binding: binding for binding in document.bindings}, {b: b for b in twin.bindings})
    _save_views(saving, document.views, twin.views)
    if scenarios is not None:
        own = {scenario.id: scenario for scenario in document.scenarios}
        _save_records(saving, "scenario", own, {scenario.id: scenario for scenario in scenarios}, plain=_scenario_to_plain)
    write_all(saving.changed_files())
    return load_scene(document.path)


class _Saving:
    """The scene's files under change; tables are counted over all files, as the document counts them."""

    def __init__(self, document: SceneDocument) -> None:
        self._document = document
        for source in document.sources:
            if not source.path.is_file() or source.path.read_text(encoding="utf-8").replace("\r\n", "\n") != source.text:
                raise UserMistake(
                    f"{source.shown} was changed by somebody else since it was opened; open the scene again before saving"
                )
        self._editors = [TomlEditor(source.text) for source in document.sources]

    def update(self, table: str, index: int, values: Mapping[str, Any], gone: Iterable[str] = ()) -> None:
        """Set and take away keys of one table."""
        editor, own = self._at(table, index)
        editor.update(table, own, partial(_set_keys, values=values, gone=tuple(gone)))

    def remove(self, table: str, index: int) -> None:
        """Take one table out."""
        editor, own = self._at(table, index)
        editor.remove(table, own)

    def add(self, table: str, values: Mapping[str, Any]) -> None:
        """Add a table to the file that holds the last one of its name, or to scene.toml."""
        counts = self._document.counts.get(table, ())
        home = max((i for i, count in enumerate(counts) if count), default=0)
        self._editors[home].add(table, values)

    def changed_files(self) -> dict[Path, str]:
        """Path and new text of each file that is to be written."""
        pairs = zip(self._document.sources, self._editors, strict=True)
        return {source.path: text for source, editor in pairs if (text := editor.text()) != source.text}

    def _at(self, table: str, index: int) -> tuple[TomlEditor, int]:
        for source, editor, count in zip(
            self._document.sources, self._editors, self._document.counts.get(table, ()), strict=True
        ):
            if index < count:
                if editor.count(table) != count:
                    raise UserMistake(
                        f"{source.shown} has its {table} tables in one list; write each as [[{table}]] to save changes"
                    )
                return editor, index
            index -= count
        raise IndexError(index)


def _is_orphan(entry: GeometryEntry, document: SceneDocument, twin: Twin) -> bool:
    """Whether a file hung under a node of the scene's own that is gone with all the file's nodes: then the file goes too."""
    own = {table.id for table in document.nodes}
    parents = {NodeId(placement.parent) for placement in entry.placements}
    if not parents or any(not parent or parent in twin.nodes or parent not in own for parent in parents):
        return False
    heads = tuple(f"{placement.prefix}." for placement in entry.placements)
    return all(placement.prefix for placement in entry.placements) and not any(n.startswith(heads) for n in twin.nodes)


def _set_keys(table: Any, values: Mapping[str, Any], gone: Sequence[str]) -> None:
    for key in gone:
        if key in table:
            del table[key]
    for key, value in values.items():
        table[key] = toml_item(value)


def _save_nodes(saving: _Saving, document: SceneDocument, twin: Twin, models: Mapping[str, Model]) -> None:
    _, born = geometry_content(document, models)
    coming = _parents_to_come(document, twin)
    above = tuple(NodeTable(id=key) for key in coming)
    built = build_twin(replace(document, nodes=(*document.nodes, *above)), models)
    _save_joints(saving, document, twin, joints_of_files(document, models, born))
    born, before, after = (
        _at_rest(nodes, joints)
        for nodes, joints in (
            (born, joints_of_files(document, models, born)),
            (built.nodes, built.joints),
            (twin.nodes, twin.joints),
        )
    )
    tables = {NodeId(table.id): index for index, table in enumerate(document.nodes)}
    for key, node in after.items():
        old = None if key in coming else before.get(key)
        if old == node:
            continue
        changed = _node_changes(old or born.get(key), node)
        if key in tables:
            saving.update("node", tables[key], changed, ("removed",))
        else:
            saving.add("node", {"id": key, **changed})
    missing = {key for key in built.nodes if key not in twin.nodes}
    for key in missing:
        if key in born:
            if built.nodes[key].parent not in missing:
                _tombstone(saving, key, tables)
        elif key in tables:
            saving.remove("node", tables[key])


def _at_rest(nodes: Mapping[NodeId, Node], joints: Mapping[NodeId, Joint]) -> Mapping[NodeId, Node]:
    """The nodes with jointed ones where their joint is at zero: a pose in a [[node]] table says that, [[joint]] the value."""
    moved = {key: replace(nodes[key], parent_from_node=joint.rest) for key, joint in joints.items() if key in nodes}
    return {key: moved.get(key, node) for key, node in nodes.items()} if moved else nodes


def _save_joints(saving: _Saving, document: SceneDocument, twin: Twin, of_files: Mapping[NodeId, Joint]) -> None:
    """A table for each joint that stands elsewhere than its file says; followers need none."""
    leading = (joint for joint in twin.joints.values() if joint.follows is None or joint.follows not in twin.joints)
    moved = [joint for joint in leading if joint.node in twin.nodes and not _stands(joint, of_files.get(joint.node))]
    old = {NodeId(table.node): table for table in document.joints}
    _save_records(saving, "joint", old, {joint.node: joint for joint in moved}, plain=_joint_to_plain)


def _stands(joint: Joint, of_file: Joint | None) -> bool:
    return of_file is not None and table_of(joint) == table_of(of_file)


def _joint_to_plain(one: Joint | JointTable) -> Plain:
    if isinstance(one, Joint):
        return table_of(one)
    return {key: value for key in ("node", "value_deg", "value_m") if (value := getattr(one, key)) is not None}


def _parents_to_come(document: SceneDocument, twin: Twin) -> list[NodeId]:
    """The nodes that files hang under and that the scene's files don't have yet: they joined it together."""
    known = {table.id for table in document.nodes}
    parents = dict.fromkeys(NodeId(p.parent) for entry in document.geometry for p in entry.placements if p.parent)
    own = tuple(f"{p.prefix}." for entry in document.geometry for p in entry.placements if p.prefix)
    return [one for one in parents if one not in known and one in twin.nodes and not one.startswith(own)]


def _tombstone(saving: _Saving, node: NodeId, tables: Mapping[NodeId, int]) -> None:
    """Leave a geometry file's node out."""
    if node in tables:
        saving.update("node", tables[node], {"removed": True})
    else:
        saving.add("node", {"id": node, "removed": True})


def _node_changes(old: Node | None, new: Node) -> Plain:
    """The keys of a [[node]] table that lead from what the scene has to the node."""
    plain: Plain = {}
    base = old or Node(new.id, "")
    if new.name != base.name:
        plain["name"] = new.name
    if new.kind != base.kind:
        plain["kind"] = new.kind
    if new.parent != base.parent:
        plain["parent"] = new.parent
    if new.parent_from_node != base.parent_from_node:
        plain["pose"] = pose_to_plain(new.parent_from_node)
    if new.part != base.part and new.part is not None:
        plain["part"] = new.part
    if new.colour != base.colour:
        plain["colour"] = "none" if new.colour is None else colour_to_plain(new.colour)
    if new.visible != base.visible:
        plain["visible"] = new.visible
    if new.properties != base.properties:
        gone = {key: "" for key in base.properties if key not in new.properties}
        plain["properties"] = {**gone, **dict(sorted(new.properties.items()))}
    return plain


def _save_records(
    saving: _Saving,
    table: str,
    old: Mapping[Any, Any],
    new: Mapping[Any, Any],
    *,
    plain: Callable[[Any], Plain] = to_plain_value,
) -> None:
    """Tables of one name: changed keys, tables that went, tables that came."""
    for index, (key, record) in enumerate(old.items()):
        if key not in new:
            saving.remove(table, index)
        elif new[key] != record:
            before, after = plain(record), plain(new[key])
            changed = {k: v for k, v in after.items() if before.get(k) != v}
            saving.update(table, index, changed, [k for k in before if k not in after])
    for key, record in new.items():
        if key not in old:
            saving.add(table, plain(record))


def _save_views(saving: _Saving, old: Sequence[View], new: Sequence[View]) -> None:
    """Views are told apart by name; where their order changed, each table takes what now stands at its place."""
    names, kept = [view.name for view in old], {view.name for view in new}
    expected = [name for name in names if name in kept]
    if [view.name for view in new][: len(expected)] == expected:
        _save_records(saving, "view", {view.name: view for view in old}, {view.name: view for view in new})
    else:
        _save_records(saving, "view", dict(enumerate(old)), dict(enumerate(new)))


def _scenario_to_plain(scenario: Scenario) -> Plain:
    return {"id": scenario.id, "name": scenario.name, "edits": [to_plain(edit) for edit in scenario.edits]}


def _geometry_to_plain(entry: GeometryEntry, folder: Path) -> Plain:
    try:
        file = entry.path.resolve().relative_to(folder)
    except ValueError as error:
        raise UserMistake(f"a scene's geometry must lie in its folder; copy it into {folder}: {entry.path}") from error
    plain: Plain = {"id": entry.id, "file": file.as_posix()}
    if entry.unit is not None:
        plain["unit"] = entry.unit
    if entry.only:
        plain["only"] = list(entry.only)
    if len(entry.placements) == 1:
        return {**plain, **_placement_to_plain(entry.placements[0])}
    return {**plain, "copies": [{"prefix": one.prefix, **_placement_to_plain(one)} for one in entry.placements]}


def _placement_to_plain(placement: Placement) -> Plain:
    plain: Plain = {}
    if placement.parent:
        plain["parent"] = placement.parent
    if placement.prefix:
        plain["prefix"] = placement.prefix
    if placement.pose != IDENTITY:
        plain["pose"] = pose_to_plain(placement.pose)
    return plain
