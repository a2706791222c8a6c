"""VTK by itself: an actor a part, the composite mapper, one glyph mapper a shape, and one merged mesh in which nothing moves."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray
from vtkmodules import vtkInteractionStyle, vtkRenderingOpenGL2, vtkRenderingUI
from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkMultiBlockDataSet, vtkPolyData
from vtkmodules.vtkCommonMath import vtkMatrix4x4
from vtkmodules.vtkFiltersCore import vtkPolyDataNormals
from vtkmodules.vtkRenderingCore import (
    vtkActor,
    vtkCompositeDataDisplayAttributes,
    vtkCompositePolyDataMapper,
    vtkGlyph3DMapper,
    vtkPolyDataMapper,
    vtkRenderer,
)

from benchmarks.peers.contender import CHANGED, TURN_DEG
from viewer.base.ids import PartId
from viewer.render.gl import offscreen_window
from viewer.twin.model import Twin
from viewer.twin.parts import Mesh, Node

FACTORIES = (vtkInteractionStyle, vtkRenderingOpenGL2, vtkRenderingUI)
"""Imported, for VTK finds the classes that draw by them."""


def poly_data(mesh: Mesh) -> Any:
    """A mesh with normals, as VTK's own filter makes them."""
    data, points, cells = vtkPolyData(), vtkPoints(), vtkCellArray()
    points.SetData(numpy_to_vtk(mesh.points_in_part.astype(np.float32), deep=True))
    offsets = np.arange(0, mesh.triangles.size + 1, 3, dtype=np.int32)
    cells.SetData(numpy_to_vtk(offsets, deep=True), numpy_to_vtk(mesh.triangles.ravel(), deep=True))
    data.SetPoints(points)
    data.SetPolys(cells)
    normals = vtkPolyDataNormals()
    normals.SetInputData(data)
    normals.Update()
    return normals.GetOutput()


class _Vtk(ABC):
    """Window, renderer and orbit."""

    def build(self, twin: Twin, size_px: tuple[int, int]) -> None:
        self.twin = twin
        self.window, self.renderer = offscreen_window(size_px), vtkRenderer()
        self.window.AddRenderer(self.renderer)
        self.rng = np.random.default_rng(2)
        self.shapes: dict[PartId, Any] = {part.id: poly_data(part.mesh) for part in twin.parts.values()}
        self.nodes = [node for node in twin.nodes.values() if node.part is not None]
        """Those that show something."""
        self.make()
        self.renderer.ResetCamera()

    @abstractmethod
    def make(self) -> None:
        """The actors of all nodes, in the renderer."""

    def shape_of(self, node: Node) -> Any:
        """What a node of `nodes` shows."""
        assert node.part is not None
        return self.shapes[node.part]

    def colour_of(self, part: PartId | None) -> tuple[float, float, float]:
        r, g, b = self.twin.parts[part].colour or (176, 181, 187) if part is not None else (176, 181, 187)
        return r / 255, g / 255, b / 255

    def frame(self, i: int) -> None:
        self.renderer.GetActiveCamera().Azimuth(TURN_DEG)
        self.renderer.ResetCameraClippingRange()
        self.window.Render()
        self.window.WaitForCompletion()

    def facts(self) -> dict[str, Any]:
        return {"actors": self.renderer.GetActors().GetNumberOfItems()}


class ActorAPart(_Vtk):
    """An actor and a mapper for each part."""

    def make(self) -> None:
        self.actors: list[tuple[Any, Any]] = []
        for node in self.nodes:
            actor, mapper, matrix = vtkActor(), vtkPolyDataMapper(), vtkMatrix4x4()
            mapper.SetInputData(self.shape_of(node))
            matrix.DeepCopy(node.parent_from_node.matrix().ravel().tolist())
            actor.SetUserMatrix(matrix)
            actor.SetMapper(mapper)
            actor.GetProperty().SetColor(*self.colour_of(node.part))
            self.renderer.AddActor(actor)
            self.actors.append((actor, matrix))

    def recolour(self, i: int) -> None:
        for actor, _ in self.actors[:CHANGED]:
            actor.GetProperty().SetColor(*self.rng.random(3))

    def move(self, i: int) -> None:
        for _, matrix in self.actors[:CHANGED]:
            matrix.SetElement(2, 3, 0.01 * i)


class Composite(_Vtk):
    """vtkCompositePolyDataMapper: one block a part, placed for good; colours by block."""

    def make(self) -> None:
        blocks = vtkMultiBlockDataSet()
        blocks.SetNumberOfBlocks(len(self.nodes))
        self.attributes = vtkCompositeDataDisplayAttributes()
        self.blocks: list[Any] = []
        for row, node in enumerate(self.nodes):
            block = placed(self.shape_of(node), node.parent_from_node.matrix())
            blocks.SetBlock(row, block)
            self.attributes.SetBlockColor(block, self.colour_of(node.part))
            self.blocks.append(block)
        mapper = vtkCompositePolyDataMapper()
        mapper.SetInputDataObject(blocks)
        mapper.SetCompositeDataDisplayAttributes(self.attributes)
        self.mapper, actor = mapper, vtkActor()
        actor.SetMapper(mapper)
        self.renderer.AddActor(actor)

    def recolour(self, i: int) -> None:
        for block in self.blocks[:CHANGED]:
            self.attributes.SetBlockColor(block, tuple(self.rng.random(3)))
        self.mapper.Modified()

    def move(self, i: int) -> None:
        for block in self.blocks[:CHANGED]:
            vtk_to_numpy(block.GetPoints().GetData())[:, 2] += 0.01
            block.GetPoints().Modified()
            block.Modified()
        self.mapper.Modified()


class Glyphs(_Vtk):
    """One vtkGlyph3DMapper a shape, its points the parts' places."""

    def make(self) -> None:
        self.groups: list[tuple[Any, NDArray[np.float32], NDArray[np.uint8]]] = []
        for part in self.twin.parts.values():
            at = np.array([n.parent_from_node.xyz_m for n in self.nodes if n.part == part.id], dtype=np.float32)
            rgb = np.tile(np.array([round(255 * c) for c in self.colour_of(part.id)], dtype=np.uint8), (len(at), 1))
            data, points = vtkPolyData(), vtkPoints()
            points.SetData(numpy_to_vtk(at, deep=False))
            data.SetPoints(points)
            colours = numpy_to_vtk(rgb, deep=False)
            colours.SetName("colours")
            data.GetPointData().SetScalars(colours)
            mapper, actor = vtkGlyph3DMapper(), vtkActor()
            mapper.SetInputData(data)
            mapper.SetSourceData(self.shapes[part.id])
            mapper.ScalingOff()
            mapper.OrientOff()
            actor.SetMapper(mapper)
            self.renderer.AddActor(actor)
            self.groups.append((data, at, rgb))

    def _changed(self) -> int:
        return -(-CHANGED * len(self.groups) // len(self.nodes))

    def recolour(self, i: int) -> None:
        for data, _, rgb in self.groups[: self._changed()]:
            rgb[:] = self.rng.integers(0, 255, rgb.shape, dtype=np.uint8)
            data.GetPointData().GetScalars().Modified()
            data.Modified()

    def move(self, i: int) -> None:
        for data, at, _ in self.groups[: self._changed()]:
            at[:, 2] += 0.01
            data.GetPoints().Modified()
            data.Modified()


class Merged(_Vtk):
    """One mesh, one colour a vertex: the floor that no way of keeping the parts apart gets under."""

    def make(self) -> None:
        points, normals, triangles, rgb = [], [], [], []
        first = 0
        for node in self.nodes:
            shape, matrix = self.shape_of(node), node.parent_from_node.matrix()
            own = vtk_to_numpy(shape.GetPoints().GetData())
            points.append((own @ matrix[:3, :3].T + matrix[:3, 3]).astype(np.float32))
            normals.append(vtk_to_numpy(shape.GetPointData().GetNormals()))
            triangles.append(vtk_to_numpy(shape.GetPolys().GetConnectivityArray()).reshape(-1, 3) + first)
            rgb.append(np.tile(np.array([round(255 * c) for c in self.colour_of(node.part)], dtype=np.uint8), (len(own), 1)))
            first += len(own)
        self.vertices = [len(p) for p in points]
        self.rgb = np.concatenate(rgb)
        data = poly_data_of(np.concatenate(points), np.concatenate(triangles).astype(np.int32))
        data.GetPointData().SetNormals(numpy_to_vtk(np.concatenate(normals), deep=True))
        self.colours = numpy_to_vtk(self.rgb, deep=False)
        data.GetPointData().SetScalars(self.colours)
        self.data, mapper, actor = data, vtkPolyDataMapper(), vtkActor()
        mapper.SetInputData(data)
        actor.SetMapper(mapper)
        self.renderer.AddActor(actor)

    def recolour(self, i: int) -> None:
        counts = self.vertices[:CHANGED]
        self.rgb[: sum(counts)] = np.repeat(self.rng.integers(0, 255, (len(counts), 3), dtype=np.uint8), counts, axis=0)
        self.colours.Modified()
        self.data.Modified()

    def move(self, i: int) -> None:
        at = vtk_to_numpy(self.data.GetPoints().GetData())
        at[: sum(self.vertices[:CHANGED]), 2] += 0.01
        self.data.GetPoints().Modified()
        self.data.Modified()


def poly_data_of(points: NDArray[np.float32], triangles: NDArray[np.int32]) -> Any:
    """Poly data over copies of the arrays."""
    data, at, cells = vtkPolyData(), vtkPoints(), vtkCellArray()
    at.SetData(numpy_to_vtk(points, deep=True))
    offsets = np.arange(0, triangles.size + 1, 3, dtype=np.int32)
    cells.SetData(numpy_to_vtk(offsets, deep=True), numpy_to_vtk(triangles.ravel(), deep=True))
    data.SetPoints(at)
    data.SetPolys(cells)
    return data


def placed(shape: Any, matrix: NDArray[np.float64]) -> Any:
    """A copy of a shape, moved."""
    own = vtk_to_numpy(shape.GetPoints().GetData())
    data = poly_data_of(
        (own @ matrix[:3, :3].T + matrix[:3, 3]).astype(np.float32),
        vtk_to_numpy(shape.GetPolys().GetConnectivityArray()).reshape(-1, 3).astype(np.int32),
    )
    data.GetPointData().SetNormals(shape.GetPointData().GetNormals())
    return data
