"""Picking through a section: rays meet what is left, and the filled cut where they enter a solid through a plane."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from viewer.render.picking import Hit, Picker
from viewer.render.section import Cut
from viewer.render.slots import SlotTable
from viewer.twin.parts import Mesh


def first_kept(
    picker: Picker,
    cut: Cut,
    table: SlotTable,
    mesh_of_slot: list[Mesh],
    origin_m: NDArray[np.float64],
    direction: NDArray[np.float64],
) -> Hit | None:
    """The nearest shown part along a ray, cut away or not being told by `cut`.

    On a filled cut the hit lies in the plane, with the plane's normal and no triangle.
    """
    for start, end, through in cut.stretches(origin_m, direction):
        hit = picker.first(table, mesh_of_slot, origin_m, direction, from_m=start)
        if hit is None or hit.distance_m > end:
            continue
        slot = table.slot_of[hit.node]
        if through < 0 or not table.solid()[slot] or not _from_behind(hit, table, mesh_of_slot[slot], slot, direction):
            return hit
        return Hit(hit.node, origin_m + direction * start, -cut.normals[through], start)
    return None


def _from_behind(hit: Hit, table: SlotTable, mesh: Mesh, slot: int, direction: NDArray[np.float64]) -> bool:
    """Whether the ray met the triangle from inside the part."""
    a, b, c = mesh.points_in_part[mesh.triangles[hit.triangle]] @ table.world_from_node[slot][:3, :3].T
    along = float(np.cross(b - a, c - a) @ direction)
    return along < 0.0 if table.mirrored[slot] else along > 0.0
