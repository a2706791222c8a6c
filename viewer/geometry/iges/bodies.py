"""The bodies in an IGES document: solids as they are, and trimmed surfaces sewn together where their edges meet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from viewer.base.job import Job
from viewer.base.units import grouped
from viewer.geometry.step.mesh import diagonal_mm, explore
from viewer.geometry.step.occ import (
    FACE,
    SHELL,
    SOLID,
    BRep_Builder,
    BRepBuilderAPI_MakeSolid,
    BRepBuilderAPI_Sewing,
    BRepLib,
    ShapeMap,
    TopExp_Explorer,
    TopoDS,
    TopoDS_Compound,
)
from viewer.twin.parts import Rgb

MOST_SEWN = 20_000
"""Faces that are sewn; more would take minutes."""
_SHARE, _LEAST_MM, _MOST_MM = 2e-6, 1e-4, 0.02
"""Edges this far apart are one: a share of the model's diagonal, within bounds."""


@dataclass(frozen=True, slots=True)
class Body:
    """One part to be."""

    kind: str
    """solid, shell or surfaces."""
    shape: Any
    colours: list[Rgb | None]
    """Of its faces, in the order they are explored."""
    is_sewn: bool = False


def bodies_of(shape: Any, colours: Sequence[Rgb | None], resolution_mm: float, job: Job) -> list[Body]:
    """The bodies of one root. `colours` of its faces, in the order they are explored."""
    of_face = _Colours(explore(shape, FACE), colours)
    bodies = [Body("solid", solid, of_face.of(solid)) for solid in explore(shape, SOLID)]
    loose = _outside(shape, FACE, SOLID)
    return bodies + (_sewn(loose, of_face, resolution_mm, job) if loose else [])


def _outside(shape: Any, kind: Any, of: Any) -> list[Any]:
    explorer, found = TopExp_Explorer(shape, kind, of), list[Any]()
    while explorer.More():
        found.append(explorer.Current())
        explorer.Next()
    return found


def _sewn(faces: list[Any], of_face: _Colours, resolution_mm: float, job: Job) -> list[Body]:
    if len(faces) > MOST_SEWN:
        job.warn(
            f"its {grouped(len(faces))} surfaces are shown as they are: more than {grouped(MOST_SEWN)} are not sewn into bodies"
        )
        return [_surfaces(faces, of_face)]
    job.progress(0.45, f"sewing {grouped(len(faces))} surfaces")
    tolerance = float(np.clip(max(resolution_mm, _SHARE * diagonal_mm(_together(faces))), _LEAST_MM, _MOST_MM))
    sewing = BRepBuilderAPI_Sewing(tolerance)
    for face in faces:
        sewing.Add(face)
    sewing.Perform()
    whole = sewing.SewedShape()
    if whole.IsNull():
        return [_surfaces(faces, of_face)]
    for face in faces:
        of_face.became(face, sewing.ModifiedSubShape(face))
    bodies = [_shell(shell, of_face) for shell in explore(whole, SHELL)]
    left = _outside(whole, FACE, SHELL)
    return bodies + ([_surfaces(left, of_face)] if left else [])


def _shell(shell: Any, of_face: _Colours) -> Body:
    """A solid where the shell is closed; its surface then looks outwards."""
    if not shell.Closed():
        return Body("shell", shell, of_face.of(shell), is_sewn=True)
    solid = BRepBuilderAPI_MakeSolid(TopoDS.Shell(shell)).Solid()
    BRepLib.OrientClosedSolid_s(solid)
    return Body("solid", solid, of_face.of(solid), is_sewn=True)


def _surfaces(faces: list[Any], of_face: _Colours) -> Body:
    whole = _together(faces)
    return Body("surfaces", whole, of_face.of(whole))


def _together(shapes: list[Any]) -> Any:
    whole, builder = TopoDS_Compound(), BRep_Builder()
    builder.MakeCompound(whole)
    for shape in shapes:
        builder.Add(whole, shape)
    return whole


class _Colours:
    """Colours by face, also after sewing made other faces of them."""

    def __init__(self, faces: list[Any], colours: Sequence[Rgb | None]) -> None:
        self._map = ShapeMap()
        self._rgb: dict[int, Rgb] = {}
        for face, rgb in zip(faces, colours, strict=True):
            if rgb is not None:
                self._rgb[self._map.Add(face)] = rgb

    def became(self, face: Any, other: Any) -> None:
        rgb = self._rgb.get(self._map.FindIndex(face))
        if rgb is not None and not other.IsNull():
            for one in explore(other, FACE):
                self._rgb[self._map.Add(one)] = rgb

    def of(self, shape: Any) -> list[Rgb | None]:
        return [self._rgb.get(self._map.FindIndex(face)) for face in explore(shape, FACE)]
