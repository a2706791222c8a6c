"""Reads Wavefront OBJ: objects and groups as parts, material colours from MTL files in the same folder, axes as written."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from viewer.base.job import Job
from viewer.geometry.broken import BrokenFile, broken
from viewer.geometry.model import GeometryModel
from viewer.geometry.naming import clean, text_of
from viewer.geometry.obj.materials import Look, read_materials
from viewer.geometry.polygons import triangulate
from viewer.geometry.references import inside_folder
from viewer.geometry.unitless import Piece, coloured, model_of

_WORDS = {b"v", b"vn", b"vt", b"f", b"o", b"g", b"usemtl", b"mtllib", b"s", b"l", b"p"}
MAX_PARTS = 100_000
"""Each takes a fifth of a millisecond, however few its faces."""


@dataclass(frozen=True, slots=True)
class ObjReader:
    """Wavefront OBJ; no unit."""

    format: ClassVar[str] = "obj"
    title: ClassVar[str] = "OBJ"
    suffixes: ClassVar[tuple[str, ...]] = (".obj",)
    heavy: ClassVar[bool] = False
    unitless: ClassVar[bool] = True
    extra: ClassVar[str] = ""
    needs: ClassVar[tuple[str, ...]] = ()

    def claims(self, head: bytes, suffix: str) -> bool:
        """By its statements: text whose lines all begin with OBJ's words, a vertex among them."""
        if b"\0" in head:
            return False
        lines = [line.split() for line in head.splitlines()[: -1 if len(head) == 4096 else None] if line.strip()]
        said = [words[0] for words in lines if not words[0].startswith(b"#")]
        if suffix == ".obj":
            return bool(said) and any(word in _WORDS for word in said)
        return b"v" in said and all(word in _WORDS for word in said)

    def read(self, path: Path, *, unit: str | None, job: Job) -> GeometryModel:
        """See Reader."""
        data = _Statements(path, job)
        data.take(path.read_bytes())
        pieces = data.pieces()
        return model_of("obj", pieces, unit=unit, job=job)


@dataclass(slots=True)
class _Body:
    """Faces of one object or group, vertices from 0."""

    name: str
    corners: list[int] = field(default_factory=list[int])
    counts: list[int] = field(default_factory=list[int])
    """How many corners each face has."""
    material: list[int] = field(default_factory=list[int])
    """Number of each face's material."""


class _Statements:
    """The file's lines, taken in order."""

    def __init__(self, path: Path, job: Job) -> None:
        self._path = path
        self._job = job
        self._vertices: list[bytes] = []
        self._bodies: dict[str, _Body] = {}
        self._body = self._body_of(path.stem)
        self._names: list[str] = [""]
        self._number_of: dict[str, int] = {"": 0}
        self._material = 0
        self._looks: dict[str, Look] = {}
        self._flat = 0

    def take(self, data: bytes) -> None:
        """Read all lines. Raises BrokenFile with the line's number."""
        lines = data.splitlines()
        begun = b""
        for number, line in enumerate(lines, 1):
            if number % 200_000 == 0:
                self._job.progress(0.9 * number / len(lines), "reading faces")
            if line.endswith(b"\\"):
                begun += line[:-1] + b" "
                continue
            if begun:
                line, begun = begun + line, b""
            if line.startswith((b"v ", b"v\t")):
                self._vertices.append(line)
            elif line.startswith((b"f ", b"f\t")):
                self._face(line.split()[1:], number)
            else:
                self._other(line.strip(), number)
        if self._flat:
            self._job.warn(f"{self._flat} lines or points are not shown")

    def _face(self, words: list[bytes], number: int) -> None:
        count = len(self._vertices)
        try:
            indices = [int(word.partition(b"/")[0]) for word in words]
        except ValueError:
            broken(f"line {number} has a face that names no whole numbers; export it again")
        corners = [i - 1 if i > 0 else count + i for i in indices]
        if len(corners) < 3 or min(corners) < 0 or 0 in indices or max(corners) > 2**31 - 2:
            broken(f"line {number} has a face with {len(corners)} corners or a vertex that is not there; export it again")
        self._body.corners += corners
        self._body.counts.append(len(corners))
        self._body.material.append(self._material)

    def _other(self, line: bytes, number: int) -> None:
        word, *rest = line.split(None, 1)[:2] or [b""]
        text = text_of(rest[0]).strip() if rest else ""
        if word in (b"o", b"g"):
            self._body = self._body_of(clean(text) or self._path.stem)
        elif word == b"usemtl":
            self._material = self._number_of.setdefault(text, len(self._names))
            if self._material == len(self._names):
                self._names.append(text)
        elif word == b"mtllib":
            self._library(text)
        elif word in (b"l", b"p"):
            self._flat += 1
        elif word == b"v":
            self._vertices.append(line)
        elif word == b"f":
            self._face(rest[0].split() if rest else [], number)

    def _library(self, names: str) -> None:
        """One name, which may hold blanks, or several with blanks between."""
        several = names.split()
        whole = len(several) > 1 and not (self._path.parent / several[0]).exists()
        for name in [names] if whole else several:
            try:
                self._looks |= read_materials(inside_folder(self._path.parent, name))
            except (BrokenFile, OSError) as error:
                self._job.warn(f"its colours are left out: {error}")

    def _body_of(self, name: str) -> _Body:
        return self._bodies.setdefault(name, _Body(name))

    def pieces(self) -> list[Piece]:
        """A piece for each body that has faces. Raises BrokenFile."""
        vertices, colours = _numbers(self._vertices), _colours(self._vertices)
        filled = [body for body in self._bodies.values() if body.corners]
        if not filled:
            broken("it holds no faces; export it again with surfaces")
        if len(filled) > MAX_PARTS:
            broken(f"it has {len(filled):,} objects and groups, and at most {MAX_PARTS:,} are read; export it again with fewer")
        if max(max(body.corners) for body in filled) >= len(vertices):
            broken(f"a face names vertex {max(max(b.corners) for b in filled) + 1} of {len(vertices)}; export it again")
        return [self._piece(body, vertices, colours) for body in filled]

    def _piece(self, body: _Body, vertices: NDArray[np.float64], colours: NDArray[np.uint8] | None) -> Piece:
        used, corners = np.unique(np.array(body.corners, dtype=np.int64), return_inverse=True)
        points = vertices[used]
        wide, face = triangulate(points, corners.ravel(), np.array(body.counts, dtype=np.int64))
        triangles = wide.astype(np.int32)
        looks = [self._looks.get(name) for name in self._names]
        material = np.array(body.material)[face]
        if colours is not None and not any(looks[number] for number in set(body.material)):
            rgb = colours[used][triangles].mean(axis=1).round().astype(np.uint8)
            return coloured(body.name, points, triangles, rgb)
        numbers, counts = np.unique(material, return_counts=True)
        main = looks[int(numbers[counts.argmax()])]
        rgb = None
        if len({None if (look := looks[int(n)]) is None else look.rgb for n in numbers}) > 1:
            rgb = np.array([(200, 200, 200) if look is None else look.rgb for look in looks], np.uint8)[material]
        return Piece(
            body.name, points, triangles, None, rgb, None if main is None else main.rgb, 1.0 if main is None else main.opacity
        )


def _colours(lines: list[bytes]) -> NDArray[np.uint8] | None:
    """(n, 3) where every `v` line carries a colour after its place, from 0 to 1 or 0 to 255, as scanning programs write it."""
    if not lines or len(lines[0].split()) < 7:
        return None
    try:
        values = np.array([line.split()[4:7] for line in lines], dtype="S64").astype(np.float64).reshape(-1, 3)
    except ValueError:
        return None  # some vertices have none: the colours are left out as a whole
    top = 255.0 if float(np.nan_to_num(values).max(initial=0.0)) <= 1.0 else 1.0
    return np.rint(np.clip(np.nan_to_num(values) * top, 0, 255)).astype(np.uint8)


def _numbers(lines: list[bytes]) -> NDArray[np.float64]:
    """(n, 3) from `v` lines, which may carry a weight or a colour too. Raises BrokenFile."""
    try:
        return np.array([line.split()[1:4] for line in lines], dtype="S64").astype(np.float64).reshape(-1, 3)
    except ValueError as error:
        broken(f"a vertex is not three numbers ({str(error)[:80]}); export it again")
