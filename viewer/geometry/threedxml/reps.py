"""Tessellated representations of 3DXML (.3DRep): faces of triangles, strips and fans over one buffer of vertices; colours."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from xml.etree.ElementTree import Element

import numpy as np
from numpy.typing import NDArray

from viewer.geometry.broken import broken
from viewer.twin.parts import Mesh, Rgb

METRES = 0.001
"""3DXML is in millimetres."""
_GREY: Rgb = (178, 178, 178)


@dataclass(frozen=True, slots=True)
class Surface:
    """One polygonal representation."""

    mesh: Mesh
    colour: Rgb | None
    opacity: float


def local(element: Element) -> str:
    """An element's name without its namespace."""
    return element.tag.rpartition("}")[2]


def surfaces(root: Element, metres: float) -> list[Surface]:
    """Every polygonal representation in a document. Raises BrokenFile."""
    found: list[Surface] = []
    for rep in root.iter():
        if local(rep) == "Rep" and any(local(child) == "VertexBuffer" for child in rep):
            made = _surface(rep, metres)
            if made is not None:
                found.append(made)
    return found


def _surface(rep: Element, metres: float) -> Surface | None:
    points = normals = None
    for buffer in (child for child in rep if local(child) == "VertexBuffer"):
        points = _vectors(_text(buffer, "Positions"), "positions")
        normals = _vectors(_text(buffer, "Normals"), "normals")
    if points is None or not len(points):
        return None
    base = _colour(rep)
    triangles: list[NDArray[np.int64]] = []
    colours: list[tuple[int, int, int, float]] = []
    for faces in (child for child in rep if local(child) == "Faces"):  # those of PolygonalLOD are coarser copies
        for face in faces:
            rows = _triangles(face)
            triangles.append(rows)
            colours += [_colour(face) or base or (*_GREY, 1.0)] * len(rows)
    if not triangles or not sum(map(len, triangles)):
        return None
    return _made(points * metres, normals, np.concatenate(triangles), np.array(colours), known=base is not None)


def _made(
    points: NDArray[np.float64], normals: NDArray[np.float64] | None, triangles: NDArray[np.int64], rgba: NDArray[np.float64],
    *, known: bool,
) -> Surface:  # fmt: skip
    if int(triangles.min()) < 0 or int(triangles.max()) >= len(points):
        broken(f"a face of it names vertex {int(triangles.max())} of {len(points)}; export it again")
    rgb = np.rint(rgba[:, :3]).astype(np.uint8)
    alike = bool((rgb == rgb[:1]).all())
    unit = None
    if normals is not None and len(normals) == len(points) and np.isfinite(normals).all():
        length = np.linalg.norm(normals, axis=1, keepdims=True)
        unit = (normals / length).astype(np.float32) if (length > 0).all() else None
    middle = np.median(rgb, axis=0)
    grey = alike and not known and tuple(rgb[0].tolist()) == _GREY
    colour = None if grey else (int(middle[0]), int(middle[1]), int(middle[2]))
    mesh = Mesh(points, triangles.astype(np.int32), unit, None, None if alike else rgb)
    return Surface(mesh, colour, float(np.clip(rgba[:, 3].mean(), 0.1, 1.0)))


def _triangles(face: Element) -> NDArray[np.int64]:
    """(m, 3) of a face: triangles as they stand, strips that turn at every other one, fans about their first corner."""
    found = [np.zeros((0, 3), np.int64)]
    for run in _runs(face.get("triangles")):
        found.append(run[: len(run) // 3 * 3].reshape(-1, 3))
    for run in _runs(face.get("strips")):
        i = np.arange(max(len(run) - 2, 0))
        odd = i % 2
        found.append(np.stack([run[i], run[i + 1 + odd], run[i + 2 - odd]], axis=1))
    for run in _runs(face.get("fans")):
        i = np.arange(1, max(len(run) - 1, 1))
        found.append(np.stack([np.broadcast_to(run[:1], i.shape), run[i], run[i + 1]], axis=1) if len(i) else found[0])
    return np.concatenate(found)


def _runs(text: str | None) -> Iterable[NDArray[np.int64]]:
    for run in (text or "").split(","):
        if run.strip():
            try:
                yield np.array(run.split(), dtype=np.int64)
            except (ValueError, OverflowError):
                broken(f"a face of it has {run[:60]!r} where whole numbers should be; export it again")


def _vectors(text: str, what: str) -> NDArray[np.float64] | None:
    """(n, 3)."""
    if not text:
        return None
    try:
        numbers = np.array(text.replace(",", " ").split(), dtype=np.float64)
    except ValueError as error:
        broken(f"its {what} hold something that is no number ({str(error)[:80]}); export it again")
    if len(numbers) % 3:
        broken(f"its {what} are {len(numbers)} numbers, which is no multiple of three; export it again")
    return numbers.reshape(-1, 3)


def _text(element: Element, name: str) -> str:
    return next(("".join(child.itertext()) for child in element if local(child) == name), "")


def _colour(element: Element) -> tuple[int, int, int, float] | None:
    """Red, green, blue 0 to 255 and alpha of an element's own surface attributes."""
    for attributes in (child for child in element if local(child) == "SurfaceAttributes"):
        for colour in (child for child in attributes.iter() if local(child) == "Color"):
            try:
                r, g, b = (float(colour.get(key, "0.7")) for key in ("red", "green", "blue"))
                alpha = float(colour.get("alpha", "1"))
            except ValueError:
                broken("a colour of it is no number; export it again")
            if np.isfinite([r, g, b, alpha]).all():
                r, g, b = (min(max(v, 0.0), 1.0) for v in (r, g, b))
                return round(r * 255), round(g * 255), round(b * 255), min(max(alpha, 0.0), 1.0)
    return None
