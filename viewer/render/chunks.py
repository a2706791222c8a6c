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
    return Merged(
        np.concatenate(points),
        np.concatenate(normals),
        np.concatenate(slots),
        np.concatenate(triangles),
        np.concatenate(edges),
        np.concatenate(colours) if own else None,
    )


class Chunk:
    """One merged mesh and its actors: surfaces, edges, and see-through surfaces where a part needs them.

    Where all its parts are closed, faces that look away are not drawn.
    """

    def __init__(self, merged: Merged, textures: PartTextures, slots: NDArray[np.int64], *, closed: bool) -> None:
        self.slots = slots
        self.triangles = len(merged.triangles)
        self.vertices = len(merged.points)
        own = merged.packed_rgb is not None
        points, arrays = _vtk_arrays(merged)
        surface = _poly_data(points, arrays)
        surface.SetPolys(_cells(merged.triangles))
        self.actors = {
            OPAQUE: _actor(surface, textures, OPAQUE, own_colours=own),
            TRANSLUCENT: _actor(surface, textures, TRANSLUCENT, own_colours=own),
        }
        if closed:
            self.actors[OPAQUE].GetProperty().BackfaceCullingOn()
        if len(merged.edges):
            lines = _poly_data(points, arrays)
            lines.SetLines(_cells(merged.edges))
            self.actors[EDGES] = _actor(lines, textures, EDGES, own_colours=own)


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
    shader = actor.GetShaderProperty()
    shader.SetVertexShaderCode(vertex_shader(role, own_colours=own_colours))
    shader.SetFragmentShaderCode(fragment_shader(role))
    look = actor.GetProperty()
    look.SetTexture("partPoses", textures.poses.texture)
    look.SetTexture("partLooks", textures.looks.texture)
    textures.facts.join(actor)
    if role in (TRANSLUCENT, SHADE):
        actor.ForceTranslucentOn()
    else:
        actor.ForceOpaqueOn()
    return actor
