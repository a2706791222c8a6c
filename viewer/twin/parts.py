"""Parts and nodes: shared geometry, and the tree of places where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from immutables import Map
from numpy.typing import NDArray

from viewer.base.frames import IDENTITY, Pose
from viewer.base.ids import ROOT, NodeId, PartId
from viewer.twin.clouds import PointCloud
from viewer.twin.pmi import PmiEntry

Rgb = tuple[int, int, int]
"""Red, green, blue, each 0 to 255, sRGB."""

NOTHING: Mapping[str, str] = Map()


@dataclass(frozen=True, slots=True, eq=False)
class Mesh:
    """Triangles of one part in the part's own frame. Arrays are read-only and finite; compared by identity."""

    points_in_part: NDArray[np.float64]
    """(n, 3), metres."""
    triangles: NDArray[np.int32]
    """(m, 3) indices into the points, counter-clockwise seen from outside."""
    normals: NDArray[np.float32] | None = None
    """(n, 3) unit normals per point, or None to have them made."""
    face_of_triangle: NDArray[np.int32] | None = None
    """(m,) number of the CAD face each triangle came from (0-based), where the format has faces."""
    rgb_of_triangle: NDArray[np.uint8] | None = None
    """(m, 3) colour per triangle, where one part has several."""

    def __post_init__(self) -> None:
        for array in (self.points_in_part, self.triangles, self.normals, self.face_of_triangle, self.rgb_of_triangle):
            if array is not None:
                array.setflags(write=False)

    def __reduce__(self) -> tuple[type[Mesh], tuple[NDArray[np.generic] | None, ...]]:
        """Made anew where it is unpickled, so that its arrays are read-only there too."""
        return Mesh, (self.points_in_part, self.triangles, self.normals, self.face_of_triangle, self.rgb_of_triangle)

    def bounds_m(self) -> NDArray[np.float64]:
        """(2, 3) lowest and highest corner, metres; zeros where there is no point."""
        if len(self.points_in_part) == 0:
            return np.zeros((2, 3))
        return np.stack([self.points_in_part.min(axis=0), self.points_in_part.max(axis=0)])


NO_MESH = Mesh(np.zeros((0, 3)), np.zeros((0, 3), dtype=np.int32))
"""Of parts that are no surface."""


@dataclass(frozen=True, slots=True)
class Part:
    """A shape that many nodes may show: geometry, name and default colour."""

    id: PartId
    name: str
    mesh: Mesh
    colour: Rgb | None = None
    opacity: float = 1.0
    properties: Mapping[str, str] = NOTHING
    cloud: PointCloud | None = None
    """The points of a scan; the mesh is then empty (`NO_MESH`)."""
    pmi: tuple[PmiEntry, ...] = ()
    """Dimensions, tolerances and datums of the part's own faces (`Mesh.face_of_triangle`)."""

    def bounds_m(self) -> NDArray[np.float64]:
        """(2, 3) lowest and highest corner of mesh or cloud in the part's frame, metres; zeros where there is nothing."""
        return self.mesh.bounds_m() if self.cloud is None else self.cloud.bounds_m()


@dataclass(frozen=True, slots=True)
class Node:
    """A named place in the scene's tree; with a part it is an instance of that part."""

    id: NodeId
    name: str
    parent: NodeId = ROOT
    parent_from_node: Pose = IDENTITY
    part: PartId | None = None
    colour: Rgb | None = None
    """Overrides the part's colour for this instance."""
    kind: str = ""
    """What it is to the plant: hall, station, robot, link, vehicle, conveyor, fence, product, …; free text."""
    visible: bool = True
    """As the scene's author wants it; what one window hides is not kept here."""
    properties: Mapping[str, str] = field(default=NOTHING)

    def __reduce__(self) -> tuple[type[Node], tuple[object, ...]]:
        """Unpickled by its constructor: three times as fast as field by field, which counts for thousands."""
        style = (self.colour, self.kind, self.visible, self.properties)
        return Node, (self.id, self.name, self.parent, self.parent_from_node, self.part, *style)
