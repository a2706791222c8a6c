"""Reads Wavefront OBJ: objects and groups as parts, material colours from MTL files in the same folder, axes as written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from viewer.base.job import Job
from viewer.base.units import grouped
from viewer.geometry.broken import BrokenFile, broken
from viewer.geometry.model import GeometryModel
from viewer.geometry.naming import clean, text_of
from viewer.geometry.obj.bodies import Body, Vertices
from viewer.geometry.obj.materials import Look, read_materials
from viewer.geometry.obj.runs import FACE, OTHER, PASSED, VERTEX, Run, blocks_of, corners_of_faces, numbers_of_vertices, runs_of
from viewer.geometry.polygons import triangulate
from viewer.geometry.references import inside_folder
from viewer.geometry.unitless import Piece, coloured, model_of

_WORDS = {b"v", b"vn", b"vt", b"f", b"o", b"g", b"usemtl", b"mtllib", b"s", b"l", b"p"}
_FEW = 8
"""So many lines are as quick one by one."""
_MOST = 2**31 - 2
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


class _Statements:
    """The file's lines, taken in order."""

    def __init__(self, path: Path, job: Job) -> None:
        self._path = path
        self._job = job
        self._vertices = Vertices()
        self._bodies: dict[str, Body] = {}
        self._body = self._body_of(path.stem)
        self._names: list[str] = [""]
        self._number_of: dict[str, int] = {"": 0}
        self._material = 0
        self._looks: dict[str, Look] = {}
        self._flat = 0
        self._begun = b""

    def take(self, data: bytes) -> None:
        """Read all lines. Raises BrokenFile with the line's number."""
        if b"\r" in data:
            data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        number, done = 1, 0
        for block in blocks_of(data):
            if self._begun or b"\\" in block:  # lines that go on in the next
                number += self._one_by_one(block, number)
            else:
                for run in runs_of(block):
                    self._run(run, block, number)
                    number += run.lines
            done += len(block)
            self._job.progress(0.9 * done / len(data), "reading faces")
        if self._flat:
            self._job.warn(f"{self._flat} lines or points are not shown")

    def _run(self, run: Run, block: bytes, number: int) -> None:
        """Lines of one kind, from this line on."""
        if run.kind == PASSED:
            return
        text = block[run.start : run.stop]
        if run.kind == OTHER or run.lines < _FEW:
            self._one_by_one(text, number)
        elif run.kind == VERTEX and (numbers := numbers_of_vertices(text, run.lines)) is not None:
            self._vertices.add_many(numbers)
        elif not (run.kind == FACE and self._faces(text, run.lines)):
            self._one_by_one(text, number)

    def _faces(self, text: bytes, lines: int) -> bool:
        """Many faces at once; False where one of them is odd, so that it is to be found and named."""
        found = corners_of_faces(text, lines)
        if found is None:
            return False
        named, counts = found
        corners = np.where(named > 0, named - 1, named + self._vertices.count)
        if counts.min() < 3 or not named.all() or corners.min() < 0 or corners.max() > _MOST:
            return False
        self._body.add_many(corners, counts, self._material)
        return True

    def _one_by_one(self, text: bytes, number: int) -> int:
        """Lines as they come, from this line on; how many they were."""
        lines = text.splitlines()
        for line in lines:
            self._line(line, number)
            number += 1
        return len(lines)

    def _line(self, line: bytes, number: int) -> None:
        if line.endswith(b"\\"):
            self._begun += line[:-1] + b" "
            return
        if self._begun:
            line, self._begun = self._begun + line, b""
        if line.startswith((b"v ", b"v\t")):
            self._vertices.add(line)
        elif line.startswith((b"f ", b"f\t")):
            self._face(line.split()[1:], number)
        else:
            self._other(line.strip(), number)

    def _face(self, words: list[bytes], number: int) -> None:
        count = self._vertices.count
        try:
            indices = [int(word.partition(b"/")[0]) for word in words]
        except ValueError:
            broken(f"line {number} has a face that names no whole numbers; export it again")
        corners = [i - 1 if i > 0 else count + i for i in indices]
        if len(corners) < 3 or min(corners) < 0 or 0 in indices or max(corners) > _MOST:
            broken(f"line {number} has a face with {len(corners)} corners or a vertex that is not there; export it again")
        self._body.add(corners, self._material)

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
            self._vertices.add(line)
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

    def _body_of(self, name: str) -> Body:
        return self._bodies.setdefault(name, Body(name))

    def pieces(self) -> list[Piece]:
        """A piece for each body that has faces. Raises BrokenFile."""
        vertices, colours = self._vertices.places(), self._vertices.colours()
        filled = [body for body in self._bodies.values() if body.filled]
        if not filled:
            broken("it holds no faces; export it again with surfaces")
        if len(filled) > MAX_PARTS:
            broken(
                f"it has {grouped(len(filled))} objects and groups, and at most {grouped(MAX_PARTS)} are read; "
                "export it again with fewer"
            )
        last = max(int(body.faces()[0].max()) for body in filled)
        if last >= len(vertices):
            broken(f"a face names vertex {last + 1} of {len(vertices)}; export it again")
        return [self._piece(body, vertices, colours) for body in filled]

    def _piece(self, body: Body, vertices: NDArray[np.float64], colours: NDArray[np.uint8] | None) -> Piece:
        named, counts, materials = body.faces()
        used, corners = _used(named, len(vertices))
        points = vertices[used]
        wide, face = triangulate(points, corners, counts)
        triangles = wide.astype(np.int32)
        looks = [self._looks.get(name) for name in self._names]
        material = materials[face]
        if colours is not None and not any(looks[number] for number in np.unique(materials)):
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


def _used(named: NDArray[np.int64], count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The vertices that are named, in order, and what each becomes among them; of many at once without sorting."""
    if 8 * len(named) < count:  # one of many small bodies: a table of all vertices for each would take too long
        used, corners = np.unique(named, return_inverse=True)
        return used, corners.reshape(-1)
    here = np.zeros(count, dtype=np.bool_)
    here[named] = True
    place = np.cumsum(here) - 1
    return np.flatnonzero(here), place[named]
