"""Draw lists: which list of which slot each drawable holds, kept good enough for the viewpoint with as little work as can be."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from vtkmodules.vtkRenderingCore import vtkActor, vtkProp

from viewer.render.chunks import ROLES
from viewer.render.shapes import NONE, Shapes

_WASTE = 1.33
"""A list that holds that many times what would do is made anew."""
_FEW = 600
"""Indices that are not worth the trouble."""
WASTE_A_FRAME = 6
"""Lists that are merely wasteful are made anew so many a frame."""


class Drawable(Protocol):
    """Something that draws some slots: a merged chunk, or the copies of one shape."""

    slots: NDArray[np.int64]
    vertices: int

    def hold(self, role: int, lists: NDArray[np.int8]) -> list[vtkActor]:
        """Draw in this role those lists of the slots; the actors that are new."""
        ...

    def show(self, role: int, *, on: bool) -> None:
        """Draw it, or not."""
        ...

    def actors(self) -> list[vtkActor]:
        """All that were made."""
        ...

    def cull(self, *, two_sided: bool) -> None:
        """Whether faces that look away are needed."""
        ...


class _Held:
    def __init__(self, slots: int) -> None:
        self.lists = np.full(slots, NONE, dtype=np.int8)
        self.size = np.zeros(0, dtype=np.int64)
        self.on = np.zeros(0, dtype=np.bool_)


class Wanted:
    """What one role has to show: slots that need at least a list, and slots with the list that they had best get."""

    def __init__(
        self, need: NDArray[np.int64], need_list: NDArray[np.int8], soon: NDArray[np.int64], soon_list: NDArray[np.int8]
    ) -> None:
        self.need, self.need_list, self.soon, self.soon_list = need, need_list, soon, soon_list


class DrawLists:
    """All drawables of a scene. Main thread only; the cost in Python is per drawable that changes."""

    def __init__(self, shapes: Shapes, slots: int) -> None:
        self.drawables: list[Drawable] = []
        self.drawable_of = np.full(slots, NONE, dtype=np.int32)
        self.shape_of = np.zeros(slots, dtype=np.int32)
        self._shapes = shapes
        self._held = {role: _Held(slots) for role in ROLES}
        self.settled = True
        """Whether nothing wasteful is left to be made anew."""

    def add(self, drawable: Drawable, shapes: NDArray[np.int32]) -> None:
        """One more, with the shape of each of its slots."""
        self.drawable_of[drawable.slots] = len(self.drawables)
        self.shape_of[drawable.slots] = shapes
        self.drawables.append(drawable)
        for held in self._held.values():
            held.size, held.on = np.append(held.size, 0), np.append(held.on, False)

    def off(self, role: int) -> None:
        """Draw nothing in this role; what is held is kept."""
        on = self._held[role].on
        for i in np.flatnonzero(on).tolist():
            self.drawables[i].show(role, on=False)
        on[:] = False

    def update(self, role: int, wanted: Wanted, *, at_once: bool) -> list[vtkActor]:
        """Draw what is wanted in one role; the actors that are new. All that is lacking is made at once, waste only `at_once`."""
        held, count = self._held[role], len(self.drawables)
        owner = self.drawable_of[wanted.need]
        if not count:
            return []
        have = held.lists[wanted.need]
        lacking = (have < 0) | (have > wanted.need_list)
        on = np.bincount(owner[owner >= 0], minlength=count) > 0
        lack = np.bincount(owner[lacking & (owner >= 0)], minlength=count) > 0
        soon_owner = self.drawable_of[wanted.soon]
        drawn = soon_owner >= 0
        sizes = self._shapes.count[self.shape_of[wanted.soon], wanted.soon_list]
        best = np.bincount(soon_owner[drawn], weights=sizes[drawn], minlength=count)
        waste = on & ~lack & (held.size > _WASTE * best + _FEW)
        anew = np.flatnonzero(on & lack)
        wasteful = np.flatnonzero(waste)
        if len(wasteful) > WASTE_A_FRAME and not at_once:
            excess = held.size[wasteful] - best[wasteful]
            wasteful = wasteful[np.argsort(-excess)[:WASTE_A_FRAME]]
            self.settled = False
        made: list[vtkActor] = []
        if len(anew) or len(wasteful):
            target = np.full(len(held.lists), NONE, dtype=np.int8)
            target[wanted.soon] = wanted.soon_list
            for i in (*anew.tolist(), *wasteful.tolist()):
                made.extend(self._make(role, i, target))
        for i in np.flatnonzero(on != held.on).tolist():
            self.drawables[i].show(role, on=bool(on[i]))
        held.on = on
        return made

    def _make(self, role: int, i: int, target: NDArray[np.int8]) -> list[vtkActor]:
        drawable, held = self.drawables[i], self._held[role]
        lists = target[drawable.slots]
        made = drawable.hold(role, lists)
        held.lists[drawable.slots] = lists
        shown = lists != NONE
        held.size[i] = int(self._shapes.count[self.shape_of[drawable.slots[shown]], lists[shown]].sum())
        return made

    def drawn(self, role: int) -> int:
        """Indices that the visible lists of a role hold."""
        held = self._held[role]
        return int(held.size[held.on].sum())

    def triangles(self) -> dict[vtkProp, int]:
        """About how many triangles each actor that is drawn now holds."""
        held = sum(np.where(one.on, one.size, 0) for one in self._held.values()) // 3
        found: dict[vtkProp, int] = {}
        for drawable, count in zip(self.drawables, np.asarray(held).reshape(-1).tolist(), strict=True):
            shown = [actor for actor in drawable.actors() if actor.GetVisibility()]
            found |= dict.fromkeys(shown, count // max(len(shown), 1))
        return found

    def cull(self, two_sided: NDArray[np.bool_]) -> None:
        """Faces that look away are needed where any of a drawable's slots (capacity,) is two-sided."""
        owners = self.drawable_of[two_sided]
        open_ = np.bincount(owners[owners >= 0], minlength=len(self.drawables)) > 0
        for drawable, one in zip(self.drawables, open_.tolist(), strict=True):
            drawable.cull(two_sided=one)
