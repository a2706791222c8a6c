"""Glyphs: the copies of one shape drawn from one buffer, where merging them would take too much memory."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkPolyData
from vtkmodules.vtkRenderingCore import vtkActor, vtkGlyph3DMapper

from viewer.render.chunks import DRAFT, PartTextures, cells_of, dress, poly_data
from viewer.render.meshes import DrawMesh
from viewer.render.shaders import OPAQUE
from viewer.render.shapes import EDGE_LIST, NONE, Shapes


class _Copies:
    """One list of the shape, drawn once for each of some slots; the slot comes as the copy's place along x."""

    def __init__(self, source: vtkPolyData, textures: PartTextures, role: int) -> None:
        self._points = vtkPolyData()
        mapper = vtkGlyph3DMapper()
        mapper.SetInputData(self._points)
        mapper.SetSourceData(source)
        mapper.ScalingOff()
        mapper.OrientOff()
        mapper.ScalarVisibilityOff()
        self.actor = vtkActor()
        self.actor.SetMapper(mapper)
        dress(self.actor, textures, OPAQUE if role == DRAFT else role, instanced=True)

    def set_slots(self, slots: NDArray[np.int64]) -> None:
        """Draw exactly these."""
        places = vtkPoints()
        at = np.zeros((len(slots), 3), dtype=np.float32)
        at[:, 0] = slots
        places.SetData(numpy_to_vtk(at, deep=True))
        self._points.SetPoints(places)
        self._points.Modified()


class GlyphShape:
    """All slots that show one shape. A mapper for each list that is in use."""

    def __init__(self, shape: int, slots: NDArray[np.int64], shapes: Shapes, textures: PartTextures) -> None:
        self.slots = slots
        self._shape, self._shapes, self._textures = shape, shapes, textures
        mesh: DrawMesh = shapes.meshes[shape]
        self.vertices = len(mesh.points)
        self._vertices = vtkPoints()
        self._vertices.SetData(numpy_to_vtk(mesh.points, deep=False))
        self._normals = numpy_to_vtk(mesh.normals, deep=False)
        self._normals.SetName("Normals")
        self._closed, self._two_sided = mesh.closed, False
        self._copies: dict[tuple[int, int], _Copies] = {}
        self._used: dict[int, set[int]] = {}

    def hold(self, role: int, lists: NDArray[np.int8]) -> list[vtkActor]:
        """Draw in this role those lists of the slots (k,), NONE for nothing; the actors that are new."""
        made: list[vtkActor] = []
        used = set(np.unique(lists[lists != NONE]).tolist())
        for which in used:
            copies = self._copies.get((role, which))
            if copies is None:
                copies = self._copies[role, which] = _Copies(self._source(which), self._textures, role)
                made.append(copies.actor)
                self._cull()
            copies.set_slots(self.slots[lists == which])
        self._used[role] = used
        self.show(role, on=True)
        return made

    def _source(self, which: int) -> vtkPolyData:
        data = poly_data(self._vertices, {"Normals": self._normals})
        indices = self._shapes.indices(self._shape, which).copy()
        if which == EDGE_LIST:
            data.SetLines(cells_of(indices, 2))
        else:
            data.SetPolys(cells_of(indices, 3))
        return data

    def show(self, role: int, *, on: bool) -> None:
        """Draw it, or not."""
        used = self._used.get(role, set())
        for (one, which), copies in self._copies.items():
            if one == role:
                copies.actor.SetVisibility(on and which in used)

    def actors(self) -> list[vtkActor]:
        """All that were made."""
        return [copies.actor for copies in self._copies.values()]

    def cull(self, *, two_sided: bool) -> None:
        """Leave out faces that look away, unless a part was mirrored or cut open meanwhile."""
        if two_sided != self._two_sided:
            self._two_sided = two_sided
            self._cull()

    def _cull(self) -> None:
        for (role, _), copies in self._copies.items():
            if role in (OPAQUE, DRAFT):
                copies.actor.GetProperty().SetBackfaceCulling(self._closed and not self._two_sided)
