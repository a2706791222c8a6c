"""Sights: which slots show from a viewpoint, in which detail, and which would after a small move of the camera."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from viewer.render.camera import Camera
from viewer.render.lists import Wanted
from viewer.render.shaders import ALERTED, EDGES_APART_PX, HOVERED, SELECTED
from viewer.render.shapes import EDGE_LIST, LISTS
from viewer.render.slots import SlotTable

_WIDER = 1.25
_LESS = 0.8
_FINER = 0.75
"""Lists are made for a tolerance that much tighter than the one they must keep, so that they last while one comes nearer."""
Floats = NDArray[np.float32]


class Boxes:
    """The shown slots' boxes as the sights need them; made anew only where the table changed."""

    def __init__(self) -> None:
        self._versions = (-1, -1)

    def follow(self, table: SlotTable) -> None:
        """Catch up with the table."""
        if self._versions == (table.poses_version, table.looks_version):
            return
        self._versions = (table.poses_version, table.looks_version)
        self.shown = np.flatnonzero(table.hidden_by == 0)
        half = table.box_half[self.shown].astype(np.float32)
        self.radius = np.linalg.norm(half, axis=1)
        self.centre = np.ascontiguousarray((table.box_centre[self.shown] - table.origin).T, dtype=np.float32)
        """(3, k): each coordinate in one piece."""
        self.half = np.ascontiguousarray(half.T)
        marks, root_edges = table.marks()
        self.marked = (marks[self.shown] & np.uint8(SELECTED | HOVERED | ALERTED)) != 0
        self.root_edges = np.maximum(root_edges[self.shown], 1).astype(np.float32)
        self.glassy = table.translucent()[self.shown]
        self.scale = table.scale[self.shown].astype(np.float32)


class Sights:
    """What a shader would throw away is left out before: the rules are the shaders' own."""

    def __init__(self, table: SlotTable, boxes: Boxes, camera: Camera, size_px: tuple[int, int], smallest_px: float) -> None:
        boxes.follow(table)
        self._boxes = boxes
        slack = 1e-3 * boxes.radius
        everywhere = slice(None)
        narrow, wide = (_planes(camera, size_px, wider, table.origin) for wider in (1.0, _WIDER))
        depth = -_above(narrow, 0, boxes, everywhere)  # the first plane lies through the eye
        per_m = np.float32(camera.pixels_per_m(size_px[1]))
        pixels = boxes.radius * per_m
        if not camera.parallel:
            pixels /= np.maximum(depth, np.maximum(boxes.radius * 0.05, 1e-12))
        near = np.flatnonzero(pixels >= _LESS * smallest_px)
        for plane in range(len(wide[1])):
            near = near[_above(wide, plane, boxes, near) <= _reach(wide, plane, boxes, near) + slack[near]]
        self._soon = near
        self._seen = pixels[near] >= 0.99 * smallest_px
        for plane in range(len(narrow[1])):
            self._seen &= _above(narrow, plane, boxes, near) <= _reach(narrow, plane, boxes, near) + slack[near]
        self._apart, self._pixels = pixels / boxes.root_edges, pixels
        closest = depth[self._soon] - boxes.radius[self._soon]
        floor = np.maximum(boxes.radius[self._soon] * 0.05, np.float32(1e-12))
        self._m_per_px = (np.float32(1.0) if camera.parallel else np.maximum(closest, floor)) / per_m

    def surfaces(self, error_m: Floats, tolerance_px: float, *, glassy: bool) -> Wanted:
        """Surfaces of slots, in the coarsest level (`error_m` (capacity, levels)) that strays less than the tolerance."""
        boxes = self._boxes
        right = boxes.glassy[self._soon] == glassy
        soon, seen = self._soon[right], self._seen[right]
        slots = boxes.shown[soon]
        may_m = (self._m_per_px[right] if isinstance(self._m_per_px, np.ndarray) else self._m_per_px) / boxes.scale[soon]
        errors = error_m[slots]
        fine = _coarsest(errors, may_m * np.float32(_FINER * tolerance_px))
        return Wanted(slots[seen], _coarsest(errors[seen], may_m[seen] * np.float32(tolerance_px)), slots, fine)

    def edges(self) -> Wanted:
        """Edges of slots whose edges lie far enough apart."""
        boxes, soon = self._boxes, self._soon
        marked, apart = boxes.marked[soon], self._apart[soon]
        need = self._seen & ((apart >= 0.99 * EDGES_APART_PX) | (marked & (self._pixels[soon] >= 2.9)))
        ready = need | (apart >= _LESS * EDGES_APART_PX) | marked
        slots = boxes.shown[soon]
        return Wanted(
            slots[need], np.full(int(need.sum()), EDGE_LIST, np.int8), slots[ready], np.full(int(ready.sum()), EDGE_LIST, np.int8)
        )


Planes = tuple[Floats, Floats]


def _above(planes: Planes, i: int, boxes: Boxes, at: NDArray[np.int64] | slice) -> Floats:
    """How far the boxes' middles lie outside a plane; by hand, since a matrix product of this form is slower."""
    (x, y, z), offset = planes[0][i], planes[1][i]
    return boxes.centre[0, at] * x + boxes.centre[1, at] * y + boxes.centre[2, at] * z - offset


def _reach(planes: Planes, i: int, boxes: Boxes, at: NDArray[np.int64]) -> Floats:
    x, y, z = np.abs(planes[0][i])
    return boxes.half[0, at] * x + boxes.half[1, at] * y + boxes.half[2, at] * z


def _coarsest(errors: Floats, may: Floats) -> NDArray[np.int8]:
    result = np.zeros(len(errors), dtype=np.int8)
    for level in range(1, min(errors.shape[1], LISTS)):
        result += errors[:, level] <= may
    return result


def _planes(camera: Camera, size_px: tuple[int, int], wider: float, origin: NDArray[np.float64]) -> Planes:
    """Outward normals (5, 3) of what is in sight, and their offsets: behind the eye, right, left, up, down."""
    tangent = math.tan(min(camera.angle_rad * wider, 3.0) / 2.0)
    wide = tangent * size_px[0] / max(size_px[1], 1)
    eye = camera.eye_m - origin
    if camera.parallel:
        high = camera.height_seen_m() / 2.0 * (tangent / math.tan(camera.angle_rad / 2.0))
        across = high * size_px[0] / max(size_px[1], 1)
        normals = np.array([-camera.forward, camera.right, -camera.right, camera.up, -camera.up])
        reach = np.array([1e30, across, across, high, high])
        return normals.astype(np.float32), (normals @ eye + reach).astype(np.float32)
    sides = ((camera.right, wide), (-camera.right, wide), (camera.up, tangent), (-camera.up, tangent))
    normals = np.array([-camera.forward, *(side - camera.forward * slope for side, slope in sides)])
    return normals.astype(np.float32), (normals @ eye).astype(np.float32)
