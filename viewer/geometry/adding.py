"""A geometry file that joins a scene: read, placed under a node of its own, copied into the scene's folder on saving."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from immutables import Map

from viewer.base.errors import UserMistake
from viewer.base.frames import IDENTITY, Pose
from viewer.base.ids import ROOT, NodeId, unique_id
from viewer.base.job import Job
from viewer.geometry.checks import bounds_in_world
from viewer.geometry.model import GeometryModel
from viewer.geometry.naming import clean
from viewer.geometry.reading import read_model
from viewer.twin.edits_geometry import AddGeometry
from viewer.twin.model import Twin
from viewer.twin.parts import Node
from viewer.twin.scene_build import geometry_content
from viewer.twin.scene_document import GeometryEntry, Placement, SceneDocument
from viewer.twin.scene_joints import joints_of_files

FOLDER = "geometry"
"""Below the scene's folder: where files that joined it are kept."""

Point = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Addition:
    """A file that was read to join a scene."""

    entry: GeometryEntry
    """Its path is the file's own, outside the scene's folder as yet."""
    model: GeometryModel
    edit: AddGeometry

    @property
    def node(self) -> NodeId:
        """The node that all of it hangs under."""
        return self.edit.nodes[0].id


def read_addition(path: Path, twin: Twin, *, unit: str | None, at_m: Point | None, taken: Iterable[str], job: Job) -> Addition:
    """Read a geometry file to be added to a twin; `taken` are entry ids that the scene has already. Any thread.

    With `at_m` the middle of its underside stands there, else its own origin is the world's. Raises UserMistake, Cancelled.
    """
    path = path.absolute()
    model = read_model(path, unit=unit, job=job)
    ids = {*taken, *twin.nodes}
    wanted = clean(path.stem).replace("/", "-").replace("\\", "-") or "model"
    own = unique_id(wanted, ids)
    entry = GeometryEntry(own, path, unit, (), (Placement(prefix=own, parent=own),))
    around = SceneDocument(path=path, folder=path.parent, name=own, geometry=(entry,))
    parts, nodes = geometry_content(around, {own: model})
    top = Node(NodeId(own), clean(path.stem) or own, ROOT, _standing(model, at_m), properties=_about(model))
    joints = joints_of_files(around, {own: model}, nodes)
    edit = AddGeometry(path.name, tuple(parts.values()), (top, *nodes.values()), tuple(joints.values()))
    return Addition(entry, model, edit)


def _about(model: GeometryModel) -> Map[str, str]:
    """What the file says about itself, as properties of the node that all of it hangs under."""
    return Map({f"File.{key}": value for key, value in model.about.items()})


def is_in(addition: Addition, twin: Twin) -> bool:
    """Whether what was read is in the twin: a file that was read twice, or added and taken out again, has the same ids."""
    parts = addition.edit.parts
    own = not parts or any(twin.parts.get(part.id) is part for part in parts)
    return own and any(node.id in twin.nodes for node in addition.edit.nodes)


def copied_into(folder: Path, addition: Addition) -> GeometryEntry:
    """Copy the file, and those beside it that it is made of, below a scene's folder; gives its entry there. Raises UserMistake.

    A file that lies in the folder already stays where it is.
    """
    source = addition.entry.path.resolve()
    if source.is_relative_to(folder.resolve()):
        return replace(addition.entry, path=source)
    beside = [(source.parent / one.name).resolve() for one in addition.model.beside]
    files = [source, *(one for one in beside if one.is_file())]
    root = Path(os.path.commonpath([one.parent for one in files]))
    try:
        target = _free_folder(folder / FOLDER, addition.entry.id)
        for one in files:
            copy = target / one.relative_to(root)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(one, copy)
    except OSError as error:
        raise UserMistake(
            f"{source.name} can't be copied into the scene's folder ({error.strerror or error}); make room there: {folder}"
        ) from error
    return replace(addition.entry, path=target / source.relative_to(root))


def _free_folder(below: Path, name: str) -> Path:
    plain = "".join(c if c.isalnum() or c in " -_." else "_" for c in name).strip(" .") or "model"
    below.mkdir(parents=True, exist_ok=True)
    return below / unique_id(plain, {one.name for one in below.iterdir()}).replace("~", "-")


def _standing(model: GeometryModel, at_m: Point | None) -> Pose:
    """Where the top node stands, so that the middle of the model's underside is at a point."""
    if at_m is None:
        return IDENTITY
    low, high = bounds_in_world(model)
    foot = np.array([(low[0] + high[0]) / 2.0, (low[1] + high[1]) / 2.0, low[2]])
    shift = np.round(np.array(at_m) - foot, 3)
    return IDENTITY.moved_to(shift.tolist())
