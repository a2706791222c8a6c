"""Reads STL, binary and ASCII: bodies of triangles; solid colours where a header or facet names them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from viewer.base.job import Job
from viewer.geometry.broken import broken
from viewer.geometry.model import GeometryModel
from viewer.geometry.naming import clean, text_of
from viewer.geometry.places import distinct_places
from viewer.geometry.unitless import Piece, model_of
from viewer.twin.parts import Rgb

_FACET = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
_HEADER = 84
_SOLID = re.compile(rb"^[ \t]*solid\b[ \t]*([^\r\n]*)", re.MULTILINE | re.IGNORECASE)
_VERTEX = re.compile(rb"^[ \t]*vertex[ \t]+(\S+)[ \t]+(\S+)[ \t]+(\S+)[ \t]*\r?$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class StlReader:
    """Stereolithography triangles; no unit, no tree."""

    format: ClassVar[str] = "stl"
    title: ClassVar[str] = "STL"
    suffixes: ClassVar[tuple[str, ...]] = (".stl",)
    heavy: ClassVar[bool] = False
    unitless: ClassVar[bool] = True
    extra: ClassVar[str] = ""
    needs: ClassVar[tuple[str, ...]] = ()

    def claims(self, head: bytes, suffix: str) -> bool:
        """ASCII by its words; binary has no signature, so by its suffix (or a count that fits the head's own facets)."""
        if head.lstrip()[:5].lower() == b"solid" and (b"facet" in head.lower() or b"endsolid" in head.lower()):
            return True
        return suffix == ".stl" or _looks_binary(head)

    def read(self, path: Path, *, unit: str | None, job: Job) -> GeometryModel:
        """See Reader."""
        data = path.read_bytes()
        job.progress(0.3, "reading triangles")
        if _is_ascii(data):
            pieces = _ascii(data, path.stem)
        else:
            pieces = [_binary(data, path.stem, job)]
        job.progress(0.9, "reading triangles")
        return model_of("stl", pieces, unit=unit, job=job)


def _looks_binary(head: bytes) -> bool:
    """Whether an unnamed file is plausibly binary STL: its first facets hold finite numbers and unit or zero normals."""
    count = int.from_bytes(head[80:84], "little") if len(head) >= _HEADER + 50 else 0
    if not count or b"\0" not in head:
        return False
    facets = np.frombuffer(head, _FACET, min(count, (len(head) - _HEADER) // 50), _HEADER)
    with np.errstate(over="ignore", invalid="ignore"):
        length = np.linalg.norm(facets["normal"].astype(np.float64), axis=1)
        sound = np.isfinite(facets["corners"]).all() and (np.abs(facets["corners"]) < 1e9).all()
    return bool(sound and ((np.abs(length - 1) < 0.01) | (length == 0)).all())


def _is_ascii(data: bytes) -> bool:
    """Many binary files begin with the word solid too: what counts is whether the binary length fits."""
    if len(data) >= _HEADER and len(data) == _HEADER + 50 * int.from_bytes(data[80:84], "little"):
        return False
    return data.lstrip()[:5].lower() == b"solid" and b"\0" not in data[:4096]


def _binary(data: bytes, stem: str, job: Job) -> Piece:
    if len(data) < _HEADER:
        broken(f"the STL is cut off: {len(data)} bytes, and its header alone has {_HEADER}; export or copy it again")
    count = int.from_bytes(data[80:84], "little")
    if len(data) < _HEADER + 50 * count:
        broken(
            f"the STL says {count} triangles, which need {_HEADER + 50 * count} bytes, and has {len(data)}: it is cut off; "
            "export or copy it again"
        )
    fitting, rest = divmod(len(data) - _HEADER, 50)
    if not count and fitting and not rest:
        job.warn(f"the STL says 0 triangles and its length fits {fitting}: taken as {fitting}")
        count = fitting
    if not count:
        broken("the STL holds no triangles; export it again")
    if len(data) > _HEADER + 50 * count:
        job.warn(f"the STL has {len(data) - _HEADER - 50 * count} bytes after its {count} triangles, which are passed over")
    facets = np.frombuffer(data, _FACET, count, _HEADER)
    return _piece(stem, np.ascontiguousarray(facets["corners"]).astype(np.float32, copy=False), _header_colour(data[:80]))


def _header_colour(header: bytes) -> Rgb | None:
    """The body's colour that Materialise's programs write into the header: COLOR= and four bytes RGBA."""
    at = header.find(b"COLOR=")
    if at < 0 or at + 10 > len(header):
        return None
    return (header[at + 6], header[at + 7], header[at + 8])


def _ascii(data: bytes, stem: str) -> list[Piece]:
    text = data.lower()
    if b"endsolid" not in text:
        broken("the ASCII STL is cut off: its last line endsolid is missing; export or copy it again")
    solids = list(_SOLID.finditer(data))
    pieces: list[Piece] = []
    for number, solid in enumerate(solids):
        end = solids[number + 1].start() if number + 1 < len(solids) else len(data)
        corners = _corners(text[solid.end() : end])
        if len(corners):
            name = clean(text_of(solid.group(1)))
            pieces.append(_piece(name or stem, corners, None))
    if not pieces:
        broken("the ASCII STL holds no triangles; export it again")
    return pieces


def _corners(text: bytes) -> NDArray[np.float64]:
    """(m, 3, 3) from the vertex lines of one solid. Raises BrokenFile."""
    found = _VERTEX.findall(text)
    facets = len(re.findall(rb"\bendfacet\b", text))
    if len(found) != 3 * facets or text.count(b"vertex") != len(found):
        broken(f"the ASCII STL has {facets} facets and {len(found)} sound vertices, expected {3 * facets}; export it again")
    try:
        return np.array(found, dtype="S64").astype(np.float64).reshape(-1, 3, 3)
    except ValueError as error:
        broken(f"the ASCII STL has a vertex that is no number ({str(error)[:80]}); export it again")


def _piece(name: str, corners: NDArray[np.floating[Any]], colour: Rgb | None) -> Piece:
    if not np.isfinite(corners).all():
        broken("the STL has vertices that are no finite numbers (NaN or infinity); repair or export it again")
    points, index = distinct_places(corners.reshape(-1, 3))
    return Piece(name, points, index.reshape(-1, 3).astype(np.int32), None, None, colour)
