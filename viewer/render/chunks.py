"""Chunks: many instances merged into one mesh whose vertices carry their slot, drawn by one call per role."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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
from viewer.render.textures import ArrayTexture

_TRIANGLE = 3
_WASTE = 0.25
"""Share of a batch's primitives that may be out of sight before its list is made anew."""


@dataclass(frozen=True, slots=True, eq=False)
class PartTextures:
    """What all chunks of a scene look up."""

    poses: ArrayTexture[np.float32]
    looks: ArrayTexture[np.uint8]
    facts: SceneFacts


@dataclass(frozen=True, slots=True, eq=False)
class Merged:
    """Instances merged: arrays over all vertices, triangles and edges."""

    points: NDArray[np.float32]
    normals: NDArray[np.float32]
    slots: NDArray[np.float32]
    triangles: NDArray[np.int32]
    edges: NDArray[np.int32]
    packed_rgb: NDArray[np.float32] | None
    order: NDArray[np.int64]
    """(k,) the slots, in the order in which their triangles and edges follow one another."""
    triangle_counts: NDArray[np.int64]
    """(k,) triangles of each of them."""
    edge_counts: NDArray[np.int64]
    """(k,) edges of each of them."""


def merge(instances: Sequence[tuple[DrawMesh, NDArray[np.int64]]]) -> Merged:
    """Meshes with the slots that show each; the cost is per mesh, not per instance, in Python."""
    points, normals, slots, triangles, edges, colours = [], [], [], [], [], []
    own = any(mesh.packed_rgb is not None for mesh, _ in instances)
    start = 0
    for mesh, at in instances:
        size, count = len(mesh.points), len(at)
        shift = (start + np.arange(count) * size)[:, None, None]
        points.append(np.tile(mesh.points, (count, 1)))
        normals.append(np.tile(mesh.normals, (count, 1)))
        slots.append(np.repeat(at.astype(np.float32), size))
        triangles.append((mesh.triangles[None] + shift).reshape(-1, 3).astype(np.int32))
        edges.append((mesh.edges[None] + shift).reshape(-1, 2).astype(np.int32))
        if own:
            rgb = np.full(size, -1.0, dtype=np.float32) if mesh.packed_rgb is None else mesh.packed_rgb
            colours.append(np.tile(rgb, count))
        start += size * count
    shown = [len(at) for _, at in instances]
    return Merged(
        np.concatenate(points),
        np.concatenate(normals),
        np.concatenate(slots),
        np.concatenate(triangles),
        np.concatenate(edges),
        np.concatenate(colours) if own else None,
        np.concatenate([at for _, at in instances]),
        np.repeat([len(mesh.triangles) for mesh, _ in instances], shown),
        np.repeat([len(mesh.edges) for mesh, _ in instances], shown),
    )


class Batch:
    """What one actor draws of a chunk: the primitives of those slots that matter from here, and no others.

    The vertices stay on the card; only the list of indices is made anew, which costs a tenth of drawing them.
    """

    def __init__(self, actor: vtkActor, data: vtkPolyData, indices: NDArray[np.int32], counts: NDArray[np.int64]) -> None:
        self.actor = actor
        self._data, self._indices, self._counts = data, indices, counts
        self._held = np.zeros(len(counts), dtype=np.bool_)
        self._size = 0

    def hold(self, needed: NDArray[np.bool_], useful: NDArray[np.bool_]) -> None:
        """Draw at least the `needed` slots (k,); `useful` is more than that, to be held ready for when the camera moves on."""
        if not needed.any():
            self.actor.SetVisibility(False)
            return
        self.actor.SetVisibility(True)
        lacking = bool((needed & ~self._held).any())
        wasted = self._size - int(self._counts[useful & self._held].sum())
        if not lacking and wasted <= _WASTE * self._size:
            return
        self._held = useful | needed
        self._size = int(self._counts[self._held].sum())
        cells = _cells(self._indices[np.repeat(self._held, self._counts)])
        if self._indices.shape[1] == _TRIANGLE:
            self._data.SetPolys(cells)
        else:
            self._data.SetLines(cells)


class Chunk:
    """One merged mesh and its batches: surfaces, edges, and see-through surfaces where a part needs them.

    Where all its parts are closed, faces that look away are not drawn.
    """

    def __init__(self, merged: Merged, textures: PartTextures, *, closed: bool) -> None:
        self.slots = merged.order
        self.triangles = len(merged.triangles)
        self.vertices = len(merged.points)
        own = merged.packed_rgb is not None
        points, arrays = _vtk_arrays(merged)
        self.batches: dict[int, Batch] = {}
        for role in (OPAQUE, TRANSLUCENT, EDGES):
            indices, counts = merged.triangles, merged.triangle_counts
            if role == EDGES:
                indices, counts = merged.edges, merged.edge_counts
            if len(indices):
                data = _poly_data(points, arrays)
                self.batches[role] = Batch(_actor(data, textures, role, own_colours=own), data, indices, counts)
        self._closed = closed

    def cull(self, *, inside_out: bool) -> None:
        """Leave out faces that look away, unless a part was mirrored meanwhile."""
        if OPAQUE in self.batches:
            self.batches[OPAQUE].actor.GetProperty().SetBackfaceCulling(self._closed and not inside_out)


def outline_chunk(merged: Merged, textures: PartTextures) -> vtkActor:
    """The hull around selected parts: their surface pushed outwards on the screen, seen from behind."""
    points, arrays = _vtk_arrays(merged)
    surface = _poly_data(points, arrays)
    surface.SetPolys(_cells(merged.triangles))
    actor = _actor(surface, textures, OUTLINE, own_colours=False)
    actor.GetProperty().FrontfaceCullingOn()
    return actor


def shade_actor(slots: NDArray[np.int64], textures: PartTextures) -> vtkActor:
    """The soft shades that these slots throw on the floor: a square each, which the shader lays under the part's box."""
    corners = np.tile(np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]], dtype=np.float32), (len(slots), 1))
    points = vtkPoints()
    points.SetData(numpy_to_vtk(corners, deep=True))
    ids = numpy_to_vtk(np.repeat(slots.astype(np.float32), 4), deep=True)
    ids.SetName("partId")
    squares = _poly_data(points, {"partId": ids})
    pair = np.array([[0, 1, 2], [0, 2, 3]], dtype=np.int32)
    squares.SetPolys(_cells((np.arange(len(slots), dtype=np.int32)[:, None, None] * 4 + pair).reshape(-1, 3)))
    return _actor(squares, textures, SHADE, own_colours=False)


def _vtk_arrays(merged: Merged) -> tuple[Any, dict[str, Any]]:
    points = vtkPoints()
    points.SetData(numpy_to_vtk(merged.points, deep=True))
    arrays: dict[str, Any] = {"partId": numpy_to_vtk(merged.slots, deep=True)}
    if merged.packed_rgb is not None:
        arrays["ownRgb"] = numpy_to_vtk(merged.packed_rgb, deep=True)
    normals = numpy_to_vtk(merged.normals, deep=True)
    normals.SetName("Normals")
    for name, array in arrays.items():
        array.SetName(name)
    arrays["Normals"] = normals
    return points, arrays


def _poly_data(points: Any, arrays: dict[str, Any]) -> vtkPolyData:
    """Poly data over shared arrays; VTK keeps one buffer on the card for all that share them."""
    data = vtkPolyData()
    data.SetPoints(points)
    for name, array in arrays.items():
        if name == "Normals":
            data.GetPointData().SetNormals(array)
        else:
            data.GetPointData().AddArray(array)
    return data


def _cells(indices: NDArray[np.int32]) -> vtkCellArray:
    count, size = indices.shape
    cells = vtkCellArray()
    offsets = np.arange(0, count * size + 1, size, dtype=np.int32)
    cells.SetData(numpy_to_vtk(offsets, deep=True), numpy_to_vtk(indices.ravel(), deep=True))
    return cells


def _actor(data: vtkPolyData, textures: PartTextures, role: int, *, own_colours: bool) -> vtkActor:
    mapper = vtkPolyDataMapper()
    mapper.SetInputData(data)
    mapper.SetVBOShiftScaleMethod(0)
    mapper.ScalarVisibilityOff()
    mapper.MapDataArrayToVertexAttribute("partId", "partId", 0, -1)
    if own_colours:
        mapper.MapDataArrayToVertexAttribute("ownRgb", "ownRgb", 0, -1)
    actor = vtkActor()
    actor.SetMapper(mapper)
    look = actor.GetProperty()
    look.SetTexture("partPoses", textures.poses.texture)
    look.SetTexture("partLooks", textures.looks.texture)
    textures.facts.join(
        actor, lambda cut: (vertex_shader(role, own_colours=own_colours, cut=cut), fragment_shader(role, cut=cut))
    )
    if role in (TRANSLUCENT, SHADE):
        actor.ForceTranslucentOn()
    else:
        actor.ForceOpaqueOn()
    return actor
