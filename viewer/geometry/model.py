"""What every reader returns: parts, the tree of nodes that show them, and what the file said about itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Protocol

import numpy as np
from immutables import Map
from numpy.typing import NDArray

from viewer.base.job import Job
from viewer.twin.joints import Joint
from viewer.twin.parts import Node, Part

Bounds = tuple[float, float, float, float, float, float]
"""A box with its sides along x, y and z: lowest x y z, highest x y z."""


@dataclass(frozen=True, slots=True)
class PmiCounts:
    """How much product manufacturing information a file holds (semantic entries): what was read, and what is in it."""

    dimensions: int = 0
    tolerances: int = 0
    datums: int = 0
    """As the CAD kernel labels them: dimensions with their mere presentations, datums once for each reference."""
    dimensions_in_file: int = 0
    tolerances_in_file: int = 0
    datums_in_file: int = 0
    """Counted in the file itself, beside the reader: so that «n of m read» can be said. Datums with their targets."""
    dimensions_read: int = 0
    tolerances_read: int = 0
    datums_read: int = 0
    """Of those in the file the ones that stand with type and value on a part."""


@dataclass(frozen=True, slots=True)
class UnitQuestion:
    """The file names no length unit: what was taken meanwhile, for a person to confirm or mend."""

    taken: str
    """The unit the numbers were taken in until somebody says better."""
    size: tuple[float, float, float]
    """Extents of the whole model in the file's own numbers, x y z (z up)."""
    choices: tuple[str, ...] = ("mm", "m", "cm", "inch")


@dataclass(frozen=True, slots=True)
class SizeDoubt:
    """The model is larger or smaller than anything can be: its numbers are mostly in another unit than it says."""

    told: str
    """«the model is 743.4 m long, and no plant is that large»."""
    unit: str = ""
    """The unit that would make it a possible size; empty where none does."""
    mended: str = ""
    """How long it would be then: «743.4 mm»."""
    factor: float = 1.0
    """By which its lengths would change."""

    def sentence(self) -> str:
        """For who can open it again with another unit on the command line."""
        if not self.unit:
            return f"{self.told}: check the unit it was exported in"
        fits = f"if its numbers are {self.unit} (factor {self.factor:g}, {self.mended} long)"
        return f"{self.told}: {fits}, open it with --unit {self.unit}"


@dataclass(frozen=True, slots=True)
class MeshHealth:
    """How sound its meshes are: sums over its parts, each counted once; points within a millionth of a part's size are one."""

    triangles_without_area: int = 0
    duplicate_triangles: int = 0
    """With the corners of another one."""
    non_manifold_edges: int = 0
    """Of more than two triangles."""
    open_edges: int = 0
    """Of one triangle: the border of a sheet, or of a hole."""
    miswound_edges: int = 0
    """Of two triangles, one seen from outside and one from inside."""
    closed_parts: int = 0
    """Without any edge of these kinds."""
    inverted_parts: int = 0
    """Closed, with a negative volume: their surfaces look inwards."""
    loose_points: int = 0
    """Of no triangle."""


@dataclass(frozen=True, slots=True)
class Beside:
    """A file that the model's file points at, as it was when the model was read."""

    name: str
    """Path from the model file's folder, with slashes; `..` where it lies in a package above."""
    digest: str = ""
    """BLAKE2b of its content; empty: it was not there."""


@dataclass(frozen=True, slots=True)
class GeometryModel:
    """One file's content, in metres, z up, right-handed; node ids unique within the file, parents before children."""

    format: str
    """Short name: glb, gltf, stl, obj, ply, step, …"""
    unit: str
    """The unit the file's numbers were taken in: m, mm, inch, …"""
    parts: tuple[Part, ...]
    nodes: tuple[Node, ...]
    warnings: tuple[str, ...] = ()
    pmi: PmiCounts = field(default=PmiCounts())
    points: int = 0
    """Vertices stored in the file's meshes, or points of a cloud."""
    unit_question: UnitQuestion | None = None
    """Set where the file has no unit and none was given."""
    facts: Mapping[str, float] = field(default=Map())
    """What only this format counts, such as solids and faces of a STEP file."""
    name: str = ""
    """What the file calls the whole, where that has no node of its own: the one root assembly of a STEP file."""
    bounds_m: Bounds | None = None
    """The box of all the file holds, exact, also of curves and annotations that have no triangles; None: not
    measured, so that of the triangles is the best known."""
    joints: tuple[Joint, ...] = ()
    """Of mechanisms (URDF, SDF); their nodes are nodes of this model."""
    beside: tuple[Beside, ...] = ()
    """Other files it was made of (`beside.note`): the door fills this in, and the cache asks whether they are still the same."""
    health: MeshHealth | None = None
    """Filled in by the door; None: too many triangles to look at every edge (`health.health_of`)."""
    about: Mapping[str, str] = field(default=Map())
    """What the file says about itself in words: schema, author, organisation, the program that wrote it, …"""
    size_doubt: SizeDoubt | None = None
    """Filled in by the door where the model can't be as large or as small as it says; its sentence is among the warnings."""


class Reader(Protocol):
    """One format. Stateless; runs in any thread or in a worker process (so it can be pickled).

    Its module imports nothing heavy: what reads the file is imported in `read`.
    """

    format: ClassVar[str]
    """Short name, as in GeometryModel.format."""
    title: ClassVar[str]
    """What such a file is, in words that follow «it is»: «an IFC building model», «STEP»."""
    suffixes: ClassVar[tuple[str, ...]]
    unitless: ClassVar[bool]
    """Whether files of this format never say their length unit."""
    extra: ClassVar[str]
    """Name of the extra of this package that brings its library; empty: always there."""
    needs: ClassVar[tuple[str, ...]]
    """Modules that the extra brings; where one can't be found, the file is refused with a sentence that names the extra."""
    heavy: ClassVar[bool]
    """Whether it is to run in a worker process."""

    def claims(self, head: bytes, suffix: str) -> bool:
        """Whether the first 4096 bytes (and, only where bytes can't tell, the suffix) look like this format."""
        ...

    def read(self, path: Path, *, unit: str | None, job: Job) -> GeometryModel:
        """Read the whole file. `unit` overrides or supplies the length unit where the format has none of its own.

        Raises UserMistake with one clear sentence where the file is broken, empty, too large or unsupported; Cancelled.
        """
        ...


def bounds_of(corners: NDArray[np.float64]) -> Bounds:
    """The lowest and the highest corner (2, 3) as plain numbers."""
    (x0, y0, z0), (x1, y1, z1) = corners.tolist()
    return x0, y0, z0, x1, y1, z1
