"""The table of drawn parts: one slot per instance, with pose, box, colour and marks as arrays that the shaders read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from viewer.base.ids import NodeId
from viewer.render.shaders import ALERTED, HIDDEN, HOVERED, OVERLAID, OWN_COLOUR, SELECTED, SLOTS_PER_ROW

GONE, AUTHOR, USER, ISOLATED, TOGGLED, ROOF, CUT, FIELD = 1, 2, 4, 8, 16, 32, 64, 128
"""Why a slot is not shown; any one is enough."""
SOLID, CROSSED, GHOST = 1, 2, 4
"""Bits of a slot's solidity: it encloses a volume; a plane of the section goes through its box; x-ray or focus thins it."""
Slots = NDArray[np.int64]


class SlotTable:
    """All instances that are drawn. Arrays have `capacity` rows; rows of freed slots are marked GONE."""

    def __init__(self, count: int, origin: NDArray[np.float64]) -> None:
        self.capacity = -(-max(count, 1) // SLOTS_PER_ROW) * SLOTS_PER_ROW
        self.origin = origin
        """The world point that the graphics card's float32 numbers are measured from."""
        self.slot_of: dict[NodeId, int] = {}
        self.node_of: list[NodeId] = []
        n = self.capacity
        self.world_from_node = np.tile(np.eye(4), (n, 1, 1))
        """Where parts are drawn, exploding included."""
        self.shift_m = np.zeros((n, 3))
        """How far exploding takes each part from where it stands."""
        self.centre_in_part = np.zeros((n, 3))
        self.half_in_part = np.zeros((n, 3))
        self.mirrored = np.zeros(n, dtype=np.bool_)
        """Whether the pose turns the part inside out, so that its faces run the other way round."""
        self.scale = np.ones(n)
        """How much larger the pose makes the part."""
        self.box_centre = np.zeros((n, 3))
        self.box_half = np.zeros((n, 3))
        self.base_rgba = np.zeros((n, 4), dtype=np.uint8)
        self.own_colour = np.zeros(n, dtype=np.bool_)
        self.hidden_by = np.full(n, GONE, dtype=np.uint8)
        rows = n // SLOTS_PER_ROW
        self.poses = np.zeros((rows, SLOTS_PER_ROW * 4, 4), dtype=np.float32)
        self.looks = np.zeros((rows, SLOTS_PER_ROW * 2, 4), dtype=np.uint8)
        self._pose_rows = self.poses.reshape(n, 4, 4)
        self._look_rows = self.looks.reshape(n, 2, 4)
        self.packed_looks = np.zeros((rows, SLOTS_PER_ROW, 4), dtype=np.float32)
        """What the shaders read of the looks, as `pack_looks` last wrote it."""
        self._look_rows[:, 1, 0] = HIDDEN
        self.poses_version = self.looks_version = self.crossed_version = 0

    @property
    def room(self) -> int:
        """How many more instances fit."""
        return self.capacity - len(self.node_of)

    def add(self, nodes: Sequence[NodeId], bounds_m: NDArray[np.float64], own_colour: NDArray[np.bool_]) -> Slots:
        """Slots for nodes whose parts have these boxes, (k, 2, 3); poses and colours follow by `place` and `paint`."""
        first = len(self.node_of)
        slots = np.arange(first, first + len(nodes))
        self.slot_of.update(zip(nodes, slots.tolist(), strict=True))
        self.node_of.extend(nodes)
        self.centre_in_part[slots] = bounds_m.mean(axis=1)
        self.half_in_part[slots] = (bounds_m[:, 1] - bounds_m[:, 0]) / 2.0
        self.own_colour[slots] = own_colour
        self.hidden_by[slots] = 0
        return slots

    def know(self, slots: Slots, edges: NDArray[np.int64], solid: NDArray[np.bool_]) -> None:
        """What is known of parts once their meshes are ready: (k,) numbers of edges, and whether they enclose a volume."""
        self._look_rows[slots, 1, 2] = np.minimum(np.rint(np.sqrt(edges)), 255).astype(np.uint8)
        others = self._look_rows[slots, 1, 3] & np.uint8(CROSSED | GHOST)
        self._look_rows[slots, 1, 3] = others | np.where(solid, np.uint8(SOLID), np.uint8(0))
        self.looks_version += 1

    def free(self, node: NodeId) -> None:
        """The node is no more; its slot stays empty until the scene is built anew."""
        slot = self.slot_of.pop(node)
        self.hide(np.array([slot]), GONE, hidden=True)

    def slots(self, nodes: Iterable[NodeId]) -> Slots:
        """Slots of those nodes that are drawn, in their order; -1 where a node is not."""
        get = self.slot_of.get
        return np.array([get(node, -1) for node in nodes], dtype=np.int64)

    def place(self, slots: Slots, world_from_node: NDArray[np.float64]) -> None:
        """Pose parts; (k, 4, 4). Rows that hold a number that is not finite leave their part where it is."""
        good = np.isfinite(world_from_node).all(axis=(1, 2))
        if not good.all():
            slots, world_from_node = slots[good], world_from_node[good]
        if not len(slots):
            return
        if self.shift_m.any():
            world_from_node = world_from_node.copy()
            world_from_node[:, :3, 3] += self.shift_m[slots]
        self.world_from_node[slots] = world_from_node
        turn = world_from_node[:, :3, :3]
        self.mirrored[slots] = np.einsum("ki,ki->k", np.cross(turn[:, 0], turn[:, 1]), turn[:, 2]) < 0.0
        self.scale[slots] = np.maximum(np.sqrt(np.einsum("kij,kij->kj", turn, turn).max(axis=1)), 1e-12)
        middle = np.einsum("kij,kj->ki", turn, self.centre_in_part[slots]) + world_from_node[:, :3, 3]
        half = np.einsum("kij,kj->ki", np.abs(turn), self.half_in_part[slots])
        self.box_centre[slots] = middle
        self.box_half[slots] = half
        rows = np.empty((len(slots), 4, 4), dtype=np.float32)
        rows[:, :3, :3] = turn
        rows[:, :3, 3] = middle - self.origin
        rows[:, 3] = 0.0
        rows[:, 3, 0] = np.maximum(np.linalg.norm(half, axis=1), 1e-9)
        rows[:, 3, 1:3] = half[:, :2]
        rows[:, 3, 3] = middle[:, 2] - half[:, 2] - self.origin[2]
        self._pose_rows[slots] = rows
        self.poses_version += 1

    def shift(self, slots: Slots, shift_m: NDArray[np.float64]) -> None:
        """Draw these slots (k, 3) from where they stand, and all others where they stand."""
        wanted = np.zeros_like(self.shift_m)
        wanted[slots] = shift_m
        way = wanted - self.shift_m
        self.shift_m = wanted
        self.world_from_node[:, :3, 3] += way
        self.box_centre += way
        self._pose_rows[:, :3, 3] = self.box_centre - self.origin
        self._pose_rows[:, 3, 3] = self.box_centre[:, 2] - self.box_half[:, 2] - self.origin[2]
        self.poses_version += 1

    def standing(self, slot: int) -> NDArray[np.float64]:
        """(4, 4) where a part stands, exploding left out."""
        pose = self.world_from_node[slot].copy()
        pose[:3, 3] -= self.shift_m[slot]
        return pose

    def paint(self, slots: Slots, rgba: NDArray[np.uint8]) -> None:
        """The parts' own colours, (k, 4), under whatever is laid over them."""
        self.base_rgba[slots] = rgba
        plain = (self._look_rows[slots, 1, 0] & OVERLAID) == 0
        self._to_base(slots[plain])

    def overlay(self, slots: Slots, rgb: NDArray[np.uint8], condition: NDArray[np.uint8]) -> None:
        """Colours laid over the parts, (k, 3), and how far they can be trusted, (k,)."""
        looks = self._look_rows
        looks[slots, 0, :3] = rgb
        looks[slots, 1, 0] = (looks[slots, 1, 0] & ~np.uint8(OWN_COLOUR)) | np.uint8(OVERLAID)
        looks[slots, 1, 1] = condition
        self.looks_version += 1

    def clear_overlay(self, slots: Slots) -> None:
        """Back to the parts' own colours."""
        self._to_base(slots)

    def _to_base(self, slots: Slots) -> None:
        looks = self._look_rows
        looks[slots, 0] = self.base_rgba[slots]
        kept = looks[slots, 1, 0] & np.uint8(HIDDEN | SELECTED | HOVERED | ALERTED)
        looks[slots, 1, 0] = kept | np.where(self.own_colour[slots], np.uint8(OWN_COLOUR), np.uint8(0))
        looks[slots, 1, 1] = 0
        self.looks_version += 1

    def fade(self, slots: Slots, opacity: NDArray[np.float64] | float) -> None:
        """Opacity from 0 to 1, for x-ray; 1 gives back the part's own."""
        own = self.base_rgba[slots, 3]
        self._look_rows[slots, 0, 3] = np.minimum(own, np.rint(np.asarray(opacity) * 255.0)).astype(np.uint8)
        solidity = self._look_rows[slots, 1, 3]
        thin = solidity | np.uint8(GHOST)
        self._look_rows[slots, 1, 3] = np.where(np.asarray(opacity) < 1.0, thin, solidity & np.uint8(~GHOST & 255))
        self.looks_version += 1

    def hide(self, slots: Slots, why: int, *, hidden: bool | NDArray[np.bool_]) -> None:
        """Set or clear one reason for not being shown."""
        reasons = self.hidden_by[slots]
        self.hidden_by[slots] = np.where(hidden, reasons | np.uint8(why), reasons & np.uint8(~why & 255))
        self.mark(slots, HIDDEN, on=self.hidden_by[slots] != 0)

    def cross(self, crossed: NDArray[np.bool_]) -> None:
        """Say of all slots (capacity,) whether a plane of the section goes through them."""
        solidity = self._look_rows[:, 1, 3]
        told = np.where(crossed, solidity | np.uint8(CROSSED), solidity & np.uint8(~CROSSED & 255))
        if not np.array_equal(told, solidity):
            self._look_rows[:, 1, 3] = told
            self.looks_version += 1
            self.crossed_version += 1

    def crossed(self) -> NDArray[np.bool_]:
        """(capacity,) whether a plane of the section goes through the slot's box."""
        return (self._look_rows[:, 1, 3] & CROSSED) != 0

    def solid(self) -> NDArray[np.bool_]:
        """(capacity,) whether the slot's part encloses a volume."""
        return (self._look_rows[:, 1, 3] & SOLID) != 0

    def hide_only(self, slots: Slots, why: int) -> None:
        """Hide exactly these slots for this reason."""
        everything = np.arange(len(self.node_of))
        hidden = np.zeros(len(everything), dtype=np.bool_)
        hidden[slots] = True
        self.hide(everything, why, hidden=hidden)

    def mark(self, slots: Slots, bit: int, *, on: bool | NDArray[np.bool_]) -> None:
        """Set or clear a bit of the slots' marks."""
        marks = self._look_rows[slots, 1, 0]
        self._look_rows[slots, 1, 0] = np.where(on, marks | np.uint8(bit), marks & np.uint8(~bit & 255))
        self.looks_version += 1

    def mark_only(self, slots: Slots, bit: int) -> None:
        """Set the bit on exactly these slots."""
        self._look_rows[:, 1, 0] &= np.uint8(~bit & 255)
        self.mark(slots, bit, on=True)

    def pack_looks(self) -> None:
        """Write looks and radius as the shaders read them: one texel a slot, since each that is read costs every vertex.

        Three bytes a number, which single precision holds exactly: rgb; opacity, mark, condition; edges and solidity; the radius.
        """
        looks, packed = self._look_rows.reshape(-1, 8).astype(np.int32), self.packed_looks.reshape(-1, 4)
        packed[:, 0] = looks[:, 0] | (looks[:, 1] << 8) | (looks[:, 2] << 16)
        packed[:, 1] = looks[:, 3] | (looks[:, 4] << 8) | (looks[:, 5] << 16)
        packed[:, 2] = looks[:, 6] | (looks[:, 7] << 8)
        packed[:, 3] = self._pose_rows[:, 3, 0]

    def shown(self) -> Slots:
        """Slots that are drawn now."""
        return np.flatnonzero(self.hidden_by == 0)

    def marks(self) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """(capacity,) each: the slots' marks, and the root of their numbers of edges."""
        return self._look_rows[:, 1, 0], self._look_rows[:, 1, 2]

    def translucent(self) -> NDArray[np.bool_]:
        """(capacity,) whether the slot is drawn see-through."""
        return self._look_rows[:, 0, 3] < 254

    def bounds(self, slots: Slots) -> NDArray[np.float64] | None:
        """(2, 3) world box around the slots, or None where there is none."""
        if not len(slots):
            return None
        low = (self.box_centre[slots] - self.box_half[slots]).min(axis=0)
        return np.stack([low, (self.box_centre[slots] + self.box_half[slots]).max(axis=0)])
