"""The section: which points, parts and stretches of a ray its planes leave, as arrays; the shaders cut by the same numbers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from viewer.render.slots import CUT, SlotTable
from viewer.twin.view_state import NO_SECTION, Section

Floats = NDArray[np.float64]
_NEVER = np.inf


class Cut:
    """A section as arrays. Immutable; any thread. Point clouds and other layers ask `keeps`."""

    def __init__(self, section: Section = NO_SECTION) -> None:
        self.section = section
        cuts = section.cuts
        self.normals: Floats = np.array([cut.normal for cut in cuts], dtype=np.float64).reshape(-1, 3)
        """(k, 3) unit, into what is kept."""
        self.offsets_m: Floats = np.array([cut.offset_m for cut in cuts], dtype=np.float64)
        """(k,)."""
        self.corner = section.corner and len(cuts) > 1
        """Whether only the region that all planes leave out is cut away."""

    def __bool__(self) -> bool:
        return len(self.offsets_m) > 0

    def heights(self, points_in_world: Floats) -> Floats:
        """(n, k) signed distances, metres; positive on the side that a plane keeps."""
        return np.atleast_2d(points_in_world) @ self.normals.T - self.offsets_m

    def keeps(self, points_in_world: Floats) -> NDArray[np.bool_]:
        """(n,) which points are left; all where nothing is cut."""
        if not self:
            return np.ones(len(np.atleast_2d(points_in_world)), dtype=np.bool_)
        return self._joined(self.heights(points_in_world) >= 0.0)

    def _joined(self, inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """(n,) of (n, k): what any plane keeps, or all of them."""
        return np.logical_or.reduce(inside, axis=1) if self.corner else np.logical_and.reduce(inside, axis=1)

    def boxes(self, centre: Floats, half: Floats) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Of boxes (n, 3): (n,) which are cut away whole, and (n,) which a plane may cross."""
        count = len(centre)
        if not self:
            return np.zeros(count, dtype=np.bool_), np.zeros(count, dtype=np.bool_)
        middle, reach = self.heights(centre), half @ np.abs(self.normals).T
        gone, whole = ~self._joined(middle + reach >= 0.0), self._joined(middle - reach >= 0.0)
        return gone, ~gone & ~whole

    def stretches(self, origin_m: Floats, direction: Floats) -> list[tuple[float, float, int]]:
        """What is left of a ray, nearest first: from, to, and the plane that it comes in through (-1: none, it begins there)."""
        if not self:
            return [(0.0, _NEVER, -1)]
        height = self.heights(origin_m)[0]
        rise = self.normals @ direction
        enter, leave, through = _span(height, rise)
        if not self.corner:
            return [] if enter > leave or leave <= 0.0 else [(max(enter, 0.0), leave, through if enter > 0.0 else -1)]
        # What is cut away is itself a convex region: where all heights are negative.
        away_from, away_to, _ = _span(-height, -rise)
        if away_from >= away_to or away_to <= 0.0:
            return [(0.0, _NEVER, -1)]
        found = [(0.0, away_from, -1)] if away_from > 0.0 else []
        if np.isfinite(away_to):
            found.append((away_to, _NEVER, int(np.argmin(_crossings(height, rise, rising=True)))))
        return found


class CutSlots:
    """Keeps a table's slots in step with a section: what is cut away is hidden, what a plane crosses is marked. Main thread."""

    def __init__(self) -> None:
        self.cut = Cut()
        self._done: tuple[SlotTable, int, Cut] | None = None

    def set(self, section: Section) -> bool:
        """Cut by another section; False where it is the present one."""
        if section == self.cut.section:
            return False
        self.cut = Cut(section)
        return True

    def follow(self, table: SlotTable) -> None:
        """Before a frame and before picking: costs nothing where neither the section nor a pose changed."""
        if self._done is not None and self._done == (table, table.poses_version, self.cut):
            return
        self._done = (table, table.poses_version, self.cut)
        used = np.arange(len(table.node_of))
        gone, crossed = self.cut.boxes(table.box_centre, table.box_half)
        if not np.array_equal(gone[used], (table.hidden_by[used] & CUT) != 0):
            table.hide(used, CUT, hidden=gone[used])
        table.cross(crossed)


def _crossings(height: Floats, rise: Floats, *, rising: bool) -> Floats:
    """(k,) where a ray crosses each plane upwards (or downwards); infinite where it does not."""
    crosses = rise > 1e-12 if rising else rise < -1e-12
    return np.where(crosses, -height / np.where(crosses, rise, 1.0), _NEVER)


def _span(height: Floats, rise: Floats) -> tuple[float, float, int]:
    """Where a ray enters and leaves the region in which all heights are positive, and the plane through which it enters."""
    if bool(((np.abs(rise) <= 1e-12) & (height < 0.0)).any()):
        return _NEVER, -_NEVER, -1
    up = _crossings(height, rise, rising=True)
    enters = np.where(np.isfinite(up), up, -_NEVER)
    through = int(np.argmax(enters))
    leave = float(_crossings(height, rise, rising=False).min())
    return float(enters[through]), leave, through if np.isfinite(enters[through]) else -1
