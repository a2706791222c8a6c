"""Bound nodes in motion: which nodes move, what their rest is, and their world poses for the values of one frame.

Only bound nodes are multiplied level by level. What hangs rigidly below one follows it by a pose that never changes, so a frame
costs one product per bound node and one per moving part, whatever the depth of the tree.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from viewer.base.frames import Pose
from viewer.base.ids import ROOT, ChannelId, NodeId, PathId
from viewer.twin.binding_units import si_factor
from viewer.twin.channels import Binding, BindingKind
from viewer.twin.joints import Follower, Joint, followers
from viewer.twin.kinematics import Levels, parent_from_nodes
from viewer.twin.model import Twin
from viewer.twin.paths import CompiledPath

Array = NDArray[np.float64]

POSE_KINDS = frozenset(("revolute", "prismatic", "joint", "path"))
STILL = -1
"""The carrier of a node that no binding moves."""


@dataclass(frozen=True, slots=True)
class Drive:
    """One node that a pose binding moves: by the channel's value, times a ratio, plus an offset (radians or metres)."""

    binding: Binding
    node: NodeId
    turns: bool
    axis: tuple[float, float, float]
    unit_kind: BindingKind
    """What the channel's unit has to measure."""
    ratio: float = 1.0
    offset: float = 0.0
    without: float = 0.0
    """The motion while there is no value: where the joint stands."""
    rest: Pose | None = None
    """Where the motion starts; None: where the node stands."""


def drives(twin: Twin, bindings: Iterable[Binding]) -> list[Drive]:
    """What pose bindings move, in their order: of a joint also all that follow it, unless they have a channel of their own."""
    known = list(bindings)
    own = {b.node for b in known if b.kind == "joint"}
    found: list[Drive] = []
    for binding in known:
        if binding.kind != "joint":
            turns = binding.kind == "revolute"
            found.append(Drive(binding, binding.node, turns, binding.axis, binding.kind))
            continue
        for one in followers(twin.joints, binding.node) if binding.node in twin.joints else ():
            if one.node in twin.nodes and (one.node == binding.node or one.node not in own):
                found.append(_drive(binding, twin.joints[one.node], twin.joints[binding.node].kind, one))
    return found


def _drive(binding: Binding, joint: Joint, unit_kind: BindingKind, follower: Follower) -> Drive:
    turns = joint.kind == "revolute"
    return Drive(binding, joint.node, turns, joint.axis, unit_kind, follower.ratio, follower.offset, joint.value, joint.rest)


class MovingTree:
    """The nodes that pose bindings move, with everything a frame needs as arrays. Immutable after it is made; any thread."""

    def __init__(self, twin: Twin, bindings: Sequence[Binding], row_of_channel: dict[ChannelId, int]) -> None:
        self._twin = twin
        driven = drives(twin, bindings)
        moving = dict.fromkeys(one.node for one in driven)
        levels = Levels(twin, moving)
        self.bound: tuple[NodeId, ...] = tuple(node for node in levels.nodes if node in moving)
        """Bound nodes, parents before children."""
        self._row = {node: row for row, node in enumerate(self.bound)}
        rest_world = levels.world(parent_from_nodes(twin, levels.nodes))
        self._rest_world = {node: rest_world[levels.row[node]] for node in self.bound}
        carriers = [self.carrier(twin.nodes[node].parent) for node in self.bound]
        parents = rest_world[[levels.row[twin.nodes[node].parent] for node in self.bound]].reshape(-1, 4, 4)
        self._carrier_from_parent = self._from_carriers(carriers, parents)
        self._rest = parent_from_nodes(twin, self.bound)
        for one in driven:
            if one.rest is not None:
                self._rest[self._row[one.node]] = one.rest.matrix()
        self._levels = _by_depth(carriers)
        self._carriers = np.array(carriers, dtype=np.intp)
        self._set_motions(twin, driven, row_of_channel)

    def carrier(self, node: NodeId) -> int:
        """The row of the nearest bound node at or above a node; STILL where none is."""
        while node != ROOT:
            row = self._row.get(node)
            if row is not None:
                return row
            node = self._twin.nodes[node].parent
        return STILL

    def riders(self, nodes: Sequence[NodeId], world: Array) -> Riders:
        """What follows the bound nodes: nodes with their (n, 4, 4) rest poses in the world."""
        carriers = [self.carrier(node) for node in nodes]
        return Riders(np.array(carriers, dtype=np.intp), self._from_carriers(carriers, world))

    def points(self, nodes: Sequence[NodeId], points_in_world: Array) -> tuple[NDArray[np.intp], Array]:
        """Carrier rows, and (n, 4) homogeneous points in their carriers' frames, of points (n, 3) that rest in the world."""
        carriers = [self.carrier(node) for node in nodes]
        frames = np.tile(np.eye(4), (len(nodes), 1, 1))
        frames[:, :3, 3] = points_in_world
        return np.array(carriers, dtype=np.intp), self._from_carriers(carriers, frames)[:, :, 3]

    def world(self, values: Array) -> Array:
        """(bound + 1, 4, 4) world poses of the bound nodes for the channels' values; the last is the world itself (STILL).

        A NaN value leaves its node at rest.
        """
        local = self._rest.copy()
        for motion in self._paths:
            motion.place(local, values)
        for motion in self._motions:
            rows = motion.rows
            local[rows] = local[rows] @ motion.matrices(values)
        world = np.empty((len(self.bound) + 1, 4, 4))
        world[STILL] = np.eye(4)
        for level in self._levels:
            world[level] = world[self._carriers[level]] @ (self._carrier_from_parent[level] @ local[level])
        return world

    def _from_carriers(self, carriers: Sequence[int], world: Array) -> Array:
        """(n, 4, 4) poses in their carriers of what rests at `world`."""
        if not len(carriers):
            return np.zeros((0, 4, 4))
        inverses = [np.linalg.inv(self._rest_world[node]) for node in self.bound]
        return np.array([*inverses, np.eye(4)])[np.asarray(carriers)] @ world

    def _set_motions(self, twin: Twin, driven: Sequence[Drive], row_of_channel: dict[ChannelId, int]) -> None:
        by_path: dict[PathId, list[Binding]] = {}
        rounds: list[list[Drive]] = []
        seen: dict[NodeId, int] = {}
        for one in driven:
            if one.binding.kind == "path":
                by_path.setdefault(one.binding.path or PathId(""), []).append(one.binding)
                continue
            turn = seen.get(one.node, 0)
            seen[one.node] = turn + 1
            rounds[turn : turn + 1] = [[*(rounds[turn] if turn < len(rounds) else ()), one]]
        compiled = {p.id: CompiledPath(p) for p in twin.paths.values() if p.id in by_path}
        self._paths = [_PathMotion(compiled[p], b, self._row, row_of_channel, twin) for p, b in by_path.items() if p in compiled]
        self._motions = [_AxisMotion(b, self._row, row_of_channel, twin) for b in rounds]


class Riders:
    """Nodes that ride rigidly on bound nodes."""

    def __init__(self, carriers: NDArray[np.intp], carrier_from_node: Array) -> None:
        self.carriers = carriers
        """(n,) rows of the bound nodes that carry them; STILL for those that stand."""
        self._pose = carrier_from_node

    def world(self, world_from_bound: Array) -> Array:
        """(n, 4, 4) world poses, from what `MovingTree.world` gives."""
        return world_from_bound[self.carriers] @ self._pose


class _PathMotion:
    """All nodes that drive along one path."""

    def __init__(
        self, path: CompiledPath, bindings: Iterable[Binding], row: dict[NodeId, int], channel: dict[ChannelId, int], twin: Twin
    ) -> None:
        own = list(bindings)
        self._path = path
        self._rows = np.array([row[b.node] for b in own], dtype=np.intp)
        self._channels = np.array([channel[b.channel] for b in own], dtype=np.intp)
        self._factor = np.array([si_factor(b.kind, twin.channels[b.channel].unit) for b in own])

    def place(self, local: Array, values: Array) -> None:
        """Put the nodes where their values say; those without a value stay."""
        s_m = values[self._channels] * self._factor
        known = np.isfinite(s_m)
        local[self._rows[known]] = self._path.frames(s_m[known])


class _AxisMotion:
    """One turn or shift of each of several nodes."""

    def __init__(self, driven: Sequence[Drive], row: dict[NodeId, int], channel: dict[ChannelId, int], twin: Twin) -> None:
        self.rows = np.array([row[one.node] for one in driven], dtype=np.intp)
        self._channels = np.array([channel[one.binding.channel] for one in driven], dtype=np.intp)
        factors = [one.ratio * si_factor(one.unit_kind, twin.channels[one.binding.channel].unit) for one in driven]
        self._factor = np.array(factors)
        self._offset = np.array([one.offset for one in driven])
        self._without = np.array([one.without for one in driven])
        self._turns = np.array([one.turns for one in driven])
        axes = np.array([one.axis for one in driven], dtype=np.float64)
        self._axes = axes / np.linalg.norm(axes, axis=1, keepdims=True)
        x, y, z = self._axes.T
        nought = np.zeros_like(x)
        self._cross = np.stack([nought, -z, y, z, nought, -x, -y, x, nought], axis=1).reshape(-1, 3, 3)
        self._cross2 = self._cross @ self._cross

    def matrices(self, values: Array) -> Array:
        """(n, 4, 4) motions, by Rodrigues' formula R = I + sin(a) K + (1 - cos(a)) K²; where there is no value, as it stands."""
        value = values[self._channels] * self._factor + self._offset
        value = np.where(np.isfinite(value), value, self._without)
        angle = np.where(self._turns, value, 0.0)[:, None, None]
        result = np.zeros((len(value), 4, 4))
        result[:, :3, :3] = np.eye(3) + np.sin(angle) * self._cross + (1.0 - np.cos(angle)) * self._cross2
        result[:, :3, 3] = self._axes * np.where(self._turns, 0.0, value)[:, None]
        result[:, 3, 3] = 1.0
        return result


def _by_depth(carriers: Sequence[int]) -> list[NDArray[np.intp]]:
    """Rows of bound nodes by how many bound nodes are above them."""
    depth: list[int] = []
    for carrier in carriers:
        depth.append(0 if carrier == STILL else depth[carrier] + 1)
    array = np.array(depth, dtype=np.intp)
    return [np.flatnonzero(array == d) for d in range(int(array.max()) + 1)] if len(array) else []
