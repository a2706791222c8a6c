"""Models of formats that name no length unit (STL, OBJ, PLY): scaled by the unit given, else by a guess."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from immutables import Map
from numpy.typing import NDArray

from viewer.base.ids import ROOT, NodeId, PartId
from viewer.base.job import Job
from viewer.geometry.broken import broken
from viewer.geometry.lengths import guess, metres_in, question_sentence
from viewer.geometry.model import GeometryModel
from viewer.geometry.naming import NamesOfFile
from viewer.twin.parts import Mesh, Node, Part, Rgb


@dataclass(frozen=True, slots=True)
class Piece:
    """One named body in the file's own numbers."""

    name: str
    points: NDArray[np.float64]
    """(n, 3)"""
    triangles: NDArray[np.int32]
    normals: NDArray[np.float32] | None = None
    rgb_of_triangle: NDArray[np.uint8] | None = None
    colour: Rgb | None = None
    opacity: float = 1.0


def coloured(name: str, points: NDArray[np.float64], triangles: NDArray[np.int32], rgb: NDArray[np.uint8]) -> Piece:
    """A piece whose triangles have colours of their own (m, 3): where all are alike, simply one colour."""
    r, g, b = (int(v) for v in np.median(rgb, axis=0))
    alike = bool((rgb == rgb[:1]).all())
    return Piece(name, points, triangles, None, None if alike else rgb, (r, g, b))


def model_of(format_name: str, pieces: Sequence[Piece], *, unit: str | None, job: Job) -> GeometryModel:
    """One part and one node for each piece, in metres; the axes stay as they are (z up, as CAD exports them)."""
    extents = _extents(pieces)
    question = None if unit is not None else guess(extents)
    taken = unit if question is None else question.taken
    assert taken is not None
    if question is not None:
        job.warn(question_sentence(question))
    scale = metres_in(taken)
    names = NamesOfFile(piece.name for piece in pieces)
    parts = [_part(piece, PartId(names.take(piece.name, ROOT)), scale) for piece in pieces]
    nodes = tuple(Node(NodeId(part.id), part.name, part=part.id) for part in parts)
    points = sum(len(piece.points) for piece in pieces)
    return GeometryModel(format_name, taken, tuple(parts), nodes, points=points, unit_question=question, facts=Map())


def _extents(pieces: Sequence[Piece]) -> NDArray[np.float64]:
    """(3,) of all pieces. Raises BrokenFile where a vertex is no finite number."""
    filled = [piece.points for piece in pieces if len(piece.points)]
    if not filled:
        broken("it holds no vertices; export it again with surfaces")
    for piece in pieces:
        if not np.isfinite(piece.points).all():
            broken(f"{piece.name!r} has vertices that are no finite numbers (NaN or infinity); repair or export it again")
    return np.max([p.max(axis=0) for p in filled], axis=0) - np.min([p.min(axis=0) for p in filled], axis=0)


def _part(piece: Piece, part_id: PartId, scale: float) -> Part:
    mesh = Mesh(piece.points * scale, piece.triangles, piece.normals, None, piece.rgb_of_triangle)
    return Part(part_id, piece.name, mesh, piece.colour, piece.opacity)
