"""Sights: which slots show from a viewpoint, and which would after a small move of the camera."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from viewer.render.camera import Camera, in_sight
from viewer.render.shaders import ALERTED, EDGES_APART_PX, HOVERED, SELECTED
from viewer.render.slots import SlotTable

_WIDER = 1.25
_LESS = 0.8


class Sights:
    """Masks over all slots (capacity,). What a shader would throw away is left out before: the rules are the shaders' own."""

    def __init__(self, table: SlotTable, camera: Camera, size_px: tuple[int, int], smallest_px: float) -> None:
        self.glassy = table.translucent()
        shown = np.flatnonzero(table.hidden_by == 0)
        centre, half = table.box_centre[shown], table.box_half[shown]
        radius = np.linalg.norm(half, axis=1)
        pixels = radius * camera.pixels_per_m(size_px[1])
        if not camera.parallel:
            pixels /= np.maximum((centre - camera.eye_m) @ camera.forward, np.maximum(radius * 0.05, 1e-12))
        marks, root_edges = table.marks()
        marked = (marks[shown] & np.uint8(SELECTED | HOVERED | ALERTED)) != 0
        apart = pixels / np.maximum(root_edges[shown], 1)
        soon = in_sight(_wider(camera), centre, half, size_px) & (pixels >= _LESS * smallest_px)
        seen = np.zeros(len(shown), dtype=np.bool_)
        near = np.flatnonzero(soon)
        seen[near] = in_sight(camera, centre[near], half[near], size_px) & (pixels[near] >= 0.99 * smallest_px)
        edged = (apart >= 0.99 * EDGES_APART_PX) | (marked & (pixels >= 2.9))
        edged_soon = (apart >= _LESS * EDGES_APART_PX) | marked
        self.seen, self.soon, self.edged, self.edged_soon = (
            _spread(mask, shown, table.capacity) for mask in (seen, soon, seen & edged, soon & edged_soon)
        )


def _wider(camera: Camera) -> Camera:
    """The camera with a wider picture: what it sees is soon in sight when the camera turns."""
    return replace(camera, angle_rad=min(camera.angle_rad * _WIDER, 3.0))


def _spread(mask: np.ndarray, at: np.ndarray, size: int) -> np.ndarray:
    whole = np.zeros(size, dtype=np.bool_)
    whole[at] = mask
    return whole
