"""Edits as plain dicts, for scene files, revisions and the wire: `edit` names the kind, the other keys its fields."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from viewer.base.errors import UserMistake
from viewer.twin import edits_joints, edits_nodes, edits_process
from viewer.twin.edit_values import from_plain_value, to_plain_value
from viewer.twin.edits import Edit, Edits
from viewer.twin.scene_mistakes import nearest_id

_STORED: tuple[type[Any], ...] = (
    edits_nodes.AddNodes,
    edits_nodes.RemoveNodes,
    edits_nodes.MoveNode,
    edits_nodes.Reparent,
    edits_nodes.RenameNode,
    edits_nodes.SetColour,
    edits_nodes.SetVisible,
    edits_nodes.SetProperties,
    edits_joints.SetJoint,
    edits_process.SetTolerance,
    edits_process.SetLimits,
    edits_process.AddChannel,
    edits_process.RemoveChannel,
    edits_process.ReplaceChannel,
    edits_process.BindChannel,
    edits_process.UnbindChannel,
    edits_process.SetStation,
    edits_process.RemoveStation,
    edits_process.SetFlow,
    edits_process.RemoveFlow,
    edits_process.AddView,
    edits_process.RemoveView,
    edits_process.ReplaceView,
    edits_process.MoveView,
)


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


EDITS: Mapping[str, type[Any]] = {_snake(kind.__name__): kind for kind in _STORED}
"""Every edit that can be stored, by its name: `move_node`, `set_tolerance` …"""


def to_plain(edit: Edit) -> dict[str, Any]:
    """An edit as dicts, lists, numbers and text, fit for TOML and JSON; poses as xyz_m with rpy_deg where they are rigid.

    Raises UserMistake for edits that hold meshes.
    """
    if isinstance(edit, Edits):
        plain = {"edit": "edits", "edits": [to_plain(one) for one in edit.edits]}
        return {**plain, "name": edit.name} if edit.name else plain
    name = _snake(type(edit).__name__)
    if EDITS.get(name) is not type(edit):
        raise UserMistake(f"«{edit.title()}» can't be stored: save the shapes as a geometry file and add that to the scene")
    return {"edit": name, **to_plain_value(edit)}


def from_plain(plain: Mapping[str, Any]) -> Edit:
    """The edit that `to_plain` wrote. Raises UserMistake naming the key."""
    rest = dict(plain)
    name = rest.pop("edit", None)
    if name == "edits":
        inner = rest.pop("edits", [])
        if not isinstance(inner, list) or set(rest) - {"name"}:
            raise UserMistake("a step of several edits has the keys edit, edits and name only")
        return Edits(tuple(from_plain(one) for one in inner), str(rest.get("name", "")))
    kind = EDITS.get(name) if isinstance(name, str) else None
    if kind is None:
        raise UserMistake(f'edit = "{name}" is no edit{nearest_id(str(name), EDITS) or "; known are " + ", ".join(EDITS)}')
    try:
        edit: Edit = from_plain_value(rest, kind)
    except (msgspec.ValidationError, ValueError) as error:
        raise UserMistake(f'edit = "{name}": {_lower_first(str(error))}') from error
    return edit


def _lower_first(text: str) -> str:
    return (text[:1].lower() + text[1:]).replace("`", "")
