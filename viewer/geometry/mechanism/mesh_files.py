"""Meshes that a robot or world names: each file read once by the reader that claims it, in metres, axes as ROS takes them.

They are read where the robot is read, which is a reading process already (`viewer.geometry.reading`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from viewer.base.errors import UserMistake
from viewer.base.job import Job
from viewer.geometry.beside import note
from viewer.geometry.broken import BrokenFile, broken
from viewer.geometry.checks import world_from_nodes
from viewer.geometry.collada.reader import ColladaReader
from viewer.geometry.model import GeometryModel, Reader
from viewer.geometry.readers import unitless_suffixes
from viewer.geometry.reading import read_here, reader_for
from viewer.geometry.references import reaching
from viewer.twin.parts import Part

MAX_TRIANGLES = 50_000_000
"""Of all mesh files of one robot or world together."""
_DESCRIPTIONS = ("urdf", "sdf")


@dataclass(frozen=True, slots=True)
class Shape:
    """One part of a mesh file and where it stands in the file's frame."""

    part: Part
    name: str
    file_from_shape: NDArray[np.float64]
    """(4, 4)"""


class MeshFiles:
    """Reads files when they are first asked for. `home` says which package a file was found in: it may name files there."""

    def __init__(self, job: Job, home: Callable[[Path], Path]) -> None:
        self._job, self._home = job, home
        self._known: dict[Path, tuple[Shape, ...] | str] = {}
        self._triangles = 0
        self.points = 0
        self.told: dict[str, int] = {}
        """What the readers had to tell, with how many files said so."""

    def shapes(self, path: Path) -> tuple[Shape, ...]:
        """What the file shows. Raises BrokenFile with the reader's sentence."""
        if path not in self._known:
            try:
                self._known[path] = self._read(path)
            except UserMistake as mistake:
                self._known[path] = _short(mistake, path)
        found = self._known[path]
        if isinstance(found, str):
            broken(found)
        return found

    def _read(self, path: Path) -> tuple[Shape, ...]:
        self._job.check()
        reader = reader_for(path)
        if reader.format in _DESCRIPTIONS:
            broken(f"it is {reader.title}, and a mesh is expected")
        model = self._model(reader, path)
        self.points += model.points
        self._triangles += sum(len(part.mesh.triangles) for part in model.parts)
        if self._triangles > MAX_TRIANGLES:
            broken(f"its meshes have more than {MAX_TRIANGLES} triangles together; simplify them")
        parts = {part.id: part for part in model.parts}
        world = world_from_nodes(model.nodes)
        return tuple(
            Shape(parts[node.part], node.name, matrix)
            for node, matrix in zip(model.nodes, world, strict=True)
            if node.part is not None and node.visible
        )

    def _model(self, reader: Reader, path: Path) -> GeometryModel:
        """Files without a unit are in metres, as URDF and SDF say."""
        unit = "m" if path.suffix.lower() in unitless_suffixes() or reader.unitless else None
        if isinstance(reader, ColladaReader):
            reader = ColladaReader(keeps_axes=True)
        with reaching(self._home(path)):
            model = read_here(reader, path, unit=unit, job=_Quiet(self._job, self.told))
        for other in model.beside:
            note(path.parent / other.name)
        return model


class _Quiet:
    """A job that only passes on cancelling; what readers tell about one of many meshes is counted."""

    def __init__(self, job: Job, told: dict[str, int]) -> None:
        self._job = job
        self._told = told

    def progress(self, fraction: float, doing: str = "") -> None:
        """Nothing: the whole has progress of its own."""

    def warn(self, sentence: str) -> None:
        self._told[sentence] = self._told.get(sentence, 0) + 1

    def check(self) -> None:
        self._job.check()


def _short(mistake: UserMistake, path: Path) -> str:
    """The sentence without the door's own words and without the path."""
    if isinstance(mistake, BrokenFile):
        return str(mistake)
    return str(mistake).removeprefix("cannot open this file: ").removesuffix(f": {path}")
