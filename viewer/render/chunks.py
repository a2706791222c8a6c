"""Chunks: many instances merged into one mesh whose vertices carry their slot, drawn by one call per role."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper

from viewer.render.facts import SceneFacts
from viewer.render.meshes import DrawMesh
from viewer.render.shaders import EDGES, OPAQUE, OUTLINE, SHADE, TRANSLUCENT, fragment_shader, vertex_shader
from viewer.render.shapes import NONE, Gather
from viewer.render.textures import ArrayTexture

DRAFT = -1
"""Drawn while the camera moves: opaque surfaces, coarser. Its program is that of OPAQUE."""
ROLES = (OPAQUE, DRAFT, TRANSLUCENT, EDGES)


@dataclass(frozen=True, slots=True, eq=False)
class PartTextures:
    """What all chunks of a scene look up."""

    poses: ArrayTexture[np.float32]
    looks: ArrayTexture[np.float32]
    facts: SceneFacts
    dressed: dict[tuple[int, bool, bool], vtkActor] = field(default_factory=dict)
    """For each kind of program an actor that is never drawn: all others of the kind share its shader property, so that the facts
    are told once a kind and not once an actor."""

    def end(self) -> None:
        """The programs are needed no more."""
        for actor in self.dressed.values():
            self.facts.leave(actor)
        self.dressed.clear()


@dataclass(frozen=True, slots=True, eq=False)
class Merged:
    """Instances merged: arrays over all vertices."""

    points: NDArray[np.float32]
    normals: NDArray[np.float32]
    slots: NDArray[np.float32]
    packed_rgb: NDArray[np.float32] | None
    order: NDArray[np.int64]
    """(k,) the slots, in the order in which their vertices follow one another."""
    first_vertex: NDArray[np.int32]
    """(k,) where those of each begin."""


def merge(instances: Sequence[tuple[DrawMesh, NDArray[np.int64]]]) -> Merged:
    """Meshes with the slots that show each; the cost is per mesh, not per instance, in Python. Any thread."""
    counts = np.array([len(at) for _, at in instances])
    sizes = np.array([len(mesh.points) for mesh, _ in instances])
    total = int(counts @ sizes) if len(counts) else 0
    own = any(mesh.packed_rgb is not None for mesh, _ in instances)
    points, normals = np.empty((total, 3), dtype=np.float32), np.empty((total, 3), dtype=np.float32)
    rgb = np.full(total, -1.0, dtype=np.float32) if own else None
    start = 0
    for mesh, at in instances:
        end = start + len(mesh.points) * len(at)
        points[start:end].reshape(len(at), -1, 3)[:] = mesh.points
        normals[start:end].reshape(len(at), -1, 3)[:] = mesh.normals
        if rgb is not None and mesh.packed_rgb is not None:
            rgb[start:end].reshape(len(at), -1)[:] = mesh.packed_rgb
        start = end
    order = np.concatenate([at for _, at in instances]) if instances else np.zeros(0, dtype=np.int64)
    size_of = np.repeat(sizes, counts)
    first = np.cumsum(size_of) - size_of
    return Merged(points, normals, np.repeat(order.astype(np.float32), size_of), rgb, order, first.astype(np.int32))


class Batch:
    """What one actor draws of a chunk: those primitives of each slot that suit the viewpoint, and no others.

    The vertices stay on the card; only the list of indices is made anew, which costs a tenth of drawing them.
    """

    def __init__(self, actor: vtkActor, data: vtkPolyData, corners: int) -> None:
        self.actor = actor
        self._data, self._corners = data, corners

    def hold(self, indices: NDArray[np.int32]) -> None:
        """Draw these and no others."""
        cells = cells_of(indices, self._corners)
        if self._corners == 3:
            self._data.SetPolys(cells)
        else:
            self._data.SetLines(cells)


class Chunk:
    """One merged mesh and its batches: surfaces, edges, and see-through surfaces where a part needs them.

    Where all its parts are closed, faces that look away are not drawn.
    """

    def __init__(
        self, merged: Merged, shapes: NDArray[np.int32], gather: Gather, textures: PartTextures, *, closed: bool
    ) -> None:
        self.slots = merged.order
        self.vertices = len(merged.points)
        self._shapes, self._first, self._gather = shapes, merged.first_vertex, gather
        self._own = merged.packed_rgb is not None
        self._points, self._arrays = _vtk_arrays(merged)
        self._textures = textures
        self._closed, self._two_sided = closed, False
        self.batches: dict[int, Batch] = {}

    def hold(self, role: int, lists: NDArray[np.int8]) -> list[vtkActor]:
        """Draw in this role those lists of the slots (k,), NONE for nothing; the actors that are new."""
        made: list[vtkActor] = []
        if role not in self.batches:
            data = poly_data(self._points, self._arrays)
            actor = part_actor(data, self._textures, OPAQUE if role == DRAFT else role, own_colours=self._own)
            self.batches[role] = Batch(actor, data, 2 if role == EDGES else 3)
            made.append(actor)
            self._cull()
        rows = np.flatnonzero(lists != NONE)
        self.batches[role].hold(self._gather(self._shapes[rows], lists[rows], self._first[rows]))
        return made

    def show(self, role: int, *, on: bool) -> None:
        """Draw it, or not."""
        if role in self.batches:
            self.batches[role].actor.SetVisibility(on)

    def actors(self) -> list[vtkActor]:
        """All that were made."""
        return [batch.actor for batch in self.batches.values()]

    def cull(self, *, two_sided: bool) -> None:
        """Leave out faces that look away, unless a part was mirrored or cut open meanwhile."""
        if two_sided != self._two_sided:
            self._two_sided = two_sided
            self._cull()

    def _cull(self) -> None:
        for role in (OPAQUE, DRAFT):
            if role in self.batches:
                self.batches[role].actor.GetProperty().SetBackfaceCulling(self._closed and not self._two_sided)


def outline_chunk(instances: Sequence[tuple[DrawMesh, NDArray[np.int64]]], textures: PartTextures) -> vtkActor:
    """The hull around selected parts: their surface pushed outwards on the screen, seen from behind."""
    merged = merge(instances)
    points, arrays = _vtk_arrays(merged)
    surface = poly_data(points, arrays)
    triangles: list[NDArray[np.int32]] = []
    row = 0
    for mesh, at in instances:
        shift = merged.first_vertex[row : row + len(at)]
        triangles.append((mesh.triangles.ravel()[None] + shift[:, None]).ravel())
        row += len(at)
    surface.SetPolys(cells_of(np.concatenate(triangles), 3))
    actor = part_actor(surface, textures, OUTLINE, own_colours=False)
    actor.GetProperty().FrontfaceCullingOn()
    return actor


def shade_actor(slots: NDArray[np.int64], textures: PartTextures) -> vtkActor:
    """The soft shades that these slots throw on the floor: a square each, which the shader lays under the part's box."""
    corners = np.tile(np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]], dtype=np.float32), (len(slots), 1))
    points = vtkPoints()
    points.SetData(numpy_to_vtk(corners, deep=True))
    ids = numpy_to_vtk(np.repeat(slots.astype(np.float32), 4), deep=True)
    ids.SetName("partId")
    squares = poly_data(points, {"partId": ids})
    pair = np.array([[0, 1, 2], [0, 2, 3]], dtype=np.int32)
    squares.SetPolys(cells_of((np.arange(len(slots), dtype=np.int32)[:, None, None] * 4 + pair).ravel(), 3))
    return part_actor(squares, textures, SHADE, own_colours=False)


def _vtk_arrays(merged: Merged) -> tuple[Any, dict[str, Any]]:
    """VTK's arrays over the merged ones' own memory, which they keep."""
    points = vtkPoints()
    points.SetData(numpy_to_vtk(merged.points, deep=False))
    arrays: dict[str, Any] = {"partId": numpy_to_vtk(merged.slots, deep=False)}
    if merged.packed_rgb is not None:
        arrays["ownRgb"] = numpy_to_vtk(merged.packed_rgb, deep=False)
    arrays["Normals"] = numpy_to_vtk(merged.normals, deep=False)
    for name, array in arrays.items():
        array.SetName(name)
    return points, arrays


def poly_data(points: Any, arrays: dict[str, Any]) -> vtkPolyData:
    """Poly data over shared arrays; VTK keeps one buffer on the card for all that share them."""
    data = vtkPolyData()
    data.SetPoints(points)
    for name, array in arrays.items():
        if name == "Normals":
            data.GetPointData().SetNormals(array)
        else:
            data.GetPointData().AddArray(array)
    return data


def cells_of(indices: NDArray[np.int32], corners: int) -> vtkCellArray:
    """Cells of so many corners each, over the memory of the flat indices."""
    cells = vtkCellArray()
    offsets = np.arange(0, len(indices) + 1, corners, dtype=np.int32)
    cells.SetData(numpy_to_vtk(offsets, deep=False), numpy_to_vtk(indices, deep=False))
    return cells


def part_actor(data: vtkPolyData, textures: PartTextures, role: int, *, own_colours: bool) -> vtkActor:
    """An actor whose vertices carry their slots."""
    mapper = vtkPolyDataMapper()
    mapper.SetInputData(data)
    mapper.SetVBOShiftScaleMethod(0)
    mapper.ScalarVisibilityOff()
    mapper.MapDataArrayToVertexAttribute("partId", "partId", 0, -1)
    if own_colours:
        mapper.MapDataArrayToVertexAttribute("ownRgb", "ownRgb", 0, -1)
    actor = vtkActor()
    actor.SetMapper(mapper)
    dress(actor, textures, role, own_colours=own_colours)
    return actor


def dress(actor: vtkActor, textures: PartTextures, role: int, *, own_colours: bool = False, instanced: bool = False) -> None:
    """Give an actor the textures and programs of a role."""
    look = actor.GetProperty()
    look.SetTexture("partPoses", textures.poses.texture)
    look.SetTexture("partLooks", textures.looks.texture)
    kind = (role, own_colours, instanced)
    first = textures.dressed.get(kind)
    if first is None:
        first = textures.dressed[kind] = vtkActor()
        _join(first, textures, kind)
    actor.SetShaderProperty(first.GetShaderProperty())
    if role in (TRANSLUCENT, SHADE):
        actor.ForceTranslucentOn()
    else:
        actor.ForceOpaqueOn()


def _join(actor: vtkActor, textures: PartTextures, kind: tuple[int, bool, bool]) -> None:
    role, own_colours, instanced = kind

    def programs(cut: bool) -> tuple[str, str]:
        vertex = vertex_shader(role, own_colours=own_colours, cut=cut, instanced=instanced)
        if instanced:
            _put_before_glyphs(actor, vertex)
        return vertex, fragment_shader(role, cut=cut)

    textures.facts.join(actor, programs)


def _put_before_glyphs(actor: vtkActor, vertex: str) -> None:
    """Glyph mappers keep to their own vertex program: ours is put before it, and theirs becomes a function that nobody calls."""
    shader, head = actor.GetShaderProperty(), "//VTK::System::Dec"
    shader.ClearVertexShaderReplacement(head, True)
    taken = ("vertexMC", "normalMC", "GCMCMatrix", "MCDCMatrix", "MCVCMatrix", "cameraParallel", "main")
    aside = "\n".join(f"#define {name} vtk_{name}" for name in taken)
    shader.AddVertexShaderReplacement(head, True, f"{vertex}\n{aside}\n", False)
