"""Snapping: which corner, edge, middle, centre or face of a part lies under the cursor, as pixels see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from viewer.measure.shapes import EdgeShape, FaceShape, edge_shape, face_shape
from viewer.measure.topology import Topology
from viewer.render.camera import Camera
from viewer.twin.parts import Mesh

VERTEX_PX, EDGE_PX = 10.0, 8.0
"""How near the cursor has to be, in the window system's pixels."""
_MOST_OUTLINED = 6000
"""Segments of a face's outline that are drawn at most."""


@dataclass(frozen=True, slots=True)
class Found:
    """The nearest corner or edge of one face, in pixels from the cursor."""

    kind: Literal["vertex", "midpoint", "edge", "face"]
    """A face where nothing else is near."""
    point_in_part: NDArray[np.float64]
    edge: int = -1
    """Its number in the topology."""
    distance_px: float = 0.0


class PartShapes:
    """A mesh's topology with what its edges and faces are, each recognised when first asked for. Main thread."""

    def __init__(self, mesh: Mesh, topology: Topology | None = None) -> None:
        self.topology = topology or Topology(mesh)
        self._edges: dict[int, EdgeShape] = {}
        self._faces: dict[int, FaceShape] = {}
        self._outlines: dict[int, NDArray[np.float64]] = {}

    def edge(self, number: int) -> EdgeShape:
        """What an edge is, in the part's frame."""
        if number not in self._edges:
            self._edges[number] = edge_shape(self.topology.chain(number))
        return self._edges[number]

    def face(self, number: int) -> FaceShape:
        """What a face is, in the part's frame."""
        if number not in self._faces:
            self._faces[number] = face_shape(self.topology, number)
        return self._faces[number]

    def outline(self, face: int) -> NDArray[np.float64]:
        """(2k, 3) the segments around a face, end after end."""
        if face not in self._outlines:
            rows = self.topology.segments_of_face(face)[:_MOST_OUTLINED]
            self._outlines[face] = self.topology.points[self.topology.ends[self.topology.segments[rows]]].reshape(-1, 3)
        return self._outlines[face]

    def find(
        self,
        face: int,
        world_from_node: NDArray[np.float64],
        camera: Camera,
        size_px: tuple[int, int],
        at_px: tuple[float, float],
        ratio: float = 1.0,
    ) -> Found | None:
        """The corner, middle or edge of a face under a device pixel; None where none is near. `ratio`: device pixels in one."""
        rows = self.topology.segments_of_face(face)
        if not len(rows):
            return None
        ends = self.topology.points[self.topology.ends[self.topology.segments[rows]]]
        world = ends @ world_from_node[:3, :3].T + world_from_node[:3, 3]
        pixels = camera.to_pixels(world.reshape(-1, 3), size_px).reshape(-1, 2, 3)
        share, apart = _along(pixels, np.array(at_px))
        best = int(np.argmin(apart))
        if not np.isfinite(apart[best]) or apart[best] > VERTEX_PX * ratio:
            return None
        edge = int(self.topology.edge_of_segment[rows[best]])
        corner = self._corner(rows, pixels, np.array(at_px))
        if corner is not None and corner[1] <= VERTEX_PX * ratio:
            return Found("vertex", self.topology.points[corner[0]], edge, corner[1])
        shape = self.edge(edge)
        if not shape.is_closed:
            middle = shape.middle @ world_from_node[:3, :3].T + world_from_node[:3, 3]
            off = float(np.linalg.norm(camera.to_pixels(middle[None], size_px)[0, :2] - at_px))
            if off <= VERTEX_PX * ratio:
                return Found("midpoint", shape.middle, edge, off)
        if apart[best] > EDGE_PX * ratio:
            return None
        t = _true_share(float(share[best]), pixels[best, :, 2])
        return Found("edge", ends[best, 0] + t * (ends[best, 1] - ends[best, 0]), edge, float(apart[best]))

    def _corner(
        self, rows: NDArray[np.int64], pixels: NDArray[np.float64], at_px: NDArray[np.float64]
    ) -> tuple[int, float] | None:
        """The nearest corner among the ends of segments, and how far it is."""
        points = self.topology.ends[self.topology.segments[rows]]
        apart = np.linalg.norm(pixels[:, :, :2] - at_px, axis=2)
        apart = np.where(self.topology.is_corner[points] & (pixels[:, :, 2] > 0.0), apart, np.inf)
        best = int(np.argmin(apart))
        least = float(apart.ravel()[best])
        return (int(points.ravel()[best]), least) if np.isfinite(least) else None


def _along(pixels: NDArray[np.float64], at_px: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Where on each segment (n, 2, 3: x, y, depth) the pixel's foot is, 0 to 1, and how far off; infinite behind the eye."""
    start, way = pixels[:, 0, :2], pixels[:, 1, :2] - pixels[:, 0, :2]
    square = np.maximum((way * way).sum(axis=1), 1e-12)
    share = np.clip(((at_px - start) * way).sum(axis=1) / square, 0.0, 1.0)
    apart = np.linalg.norm(start + share[:, None] * way - at_px, axis=1)
    return share, np.where((pixels[:, :, 2] > 0.0).all(axis=1), apart, np.inf)


def _true_share(share: float, depth: NDArray[np.float64]) -> float:
    """Where on the segment itself the point is that is seen at a share of its picture: perspective shortens what is far."""
    near, far = float(depth[0]), float(depth[1])
    return share * near / max(far + share * (near - far), 1e-12)
