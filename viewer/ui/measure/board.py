"""The board: all measurements of a window, kept right while their parts move, and what each says now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Signal

from viewer.base.ids import NodeId
from viewer.base.job import Job
from viewer.measure import readings
from viewer.measure.bodies import Body, body_of
from viewer.measure.clearance import Clearance, clearance
from viewer.measure.picks import Pick
from viewer.measure.readings import Kind, Reading
from viewer.measure.topology import Topology
from viewer.measure.written import LengthUnit
from viewer.twin.kinematics import instances
from viewer.twin.model import Twin
from viewer.twin.parts import Mesh
from viewer.ui.background import BackgroundTask

_REST_MS = 300
"""A clearance is looked for anew once the parts have stood still for so long."""
Placed = list[tuple[Mesh, NDArray[np.float64]]]
"""Meshes with their poses in the world."""


@dataclass(frozen=True, slots=True, eq=False)
class Measurement:
    """One entry of the list."""

    number: int
    kind: Kind
    picks: tuple[Pick, ...]
    reading: Reading
    name: str = ""
    body: Body | None = None
    """Of a part that was measured itself."""
    is_shown: bool = True
    is_stale: bool = False
    """Whether parts moved since a clearance was computed."""


class Board(QObject):
    """Measurements in the order they were made. Main thread."""

    changed = Signal()
    """There are others, or they say something else."""
    mistaken = Signal(str)
    working = Signal(object)
    """A BackgroundTask that looks for a clearance or a volume."""

    def __init__(self, view: Any, twin: Callable[[], Twin], parent: QObject) -> None:
        super().__init__(parent)
        self._view, self._twin = view, twin
        self.measurements: list[Measurement] = []
        self.is_shown = True
        self.unit: LengthUnit = "auto"
        self.chosen: int | None = None
        """The number of the measurement that is marked."""
        self._next = 1
        self._rest = QTimer(self, singleShot=True, interval=_REST_MS)
        self._rest.timeout.connect(self._renew)

    # -- adding

    def add(self, kind: Kind, picks: tuple[Pick, ...]) -> None:
        """Measure what was picked; clearances and bodies come when they are computed. Says `mistaken` where it makes no sense."""
        if kind in ("clearance", "body"):
            self._compute(kind, picks, None)
            return
        try:
            reading = read(kind, picks)
        except ValueError as error:
            self.mistaken.emit(f"{str(error)[0].upper()}{str(error)[1:]}")
            return
        self._append(Measurement(self._next, kind, picks, reading))

    def _append(self, one: Measurement) -> None:
        self.measurements.append(replace(one, number=self._next, name=one.name or f"M{self._next}"))
        self.chosen = self._next
        self._next += 1
        self.is_shown = True
        self.changed.emit()

    def _compute(self, kind: Kind, picks: tuple[Pick, ...], of: Measurement | None) -> None:
        sides = [self._placed(pick.node) for pick in picks]
        if not all(sides):
            self.mistaken.emit("Nothing with triangles was picked: a clearance and a volume need parts with a surface")
            return
        title = "Find the clearance" if kind == "clearance" else "Measure the part"
        task = BackgroundTask(title, lambda job: _computed(kind, sides, job), self)
        task.finished.connect(lambda answer: self._computed(kind, picks, of, answer))
        task.mistaken.connect(self.mistaken)
        task.ended.connect(task.deleteLater)
        self.working.emit(task)
        task.start()

    def _computed(self, kind: Kind, picks: tuple[Pick, ...], of: Measurement | None, answer: Any) -> None:
        made = _body_measurement(picks, answer) if kind == "body" else _clearance_measurement(picks, answer)
        if of is None:
            self._append(made)
            return
        for row, one in enumerate(self.measurements):
            if one.number == of.number:
                self.measurements[row] = replace(one, picks=made.picks, reading=made.reading, is_stale=False)
        self.changed.emit()

    def _placed(self, node: NodeId) -> Placed:
        """The meshes at and below a node, where they stand."""
        twin = self._twin()
        if node not in twin.nodes:
            return []
        found: Placed = []
        for one in instances(twin, (node,)):
            part_id = twin.nodes[one].part
            part = None if part_id is None else twin.parts.get(part_id)
            if part is not None and len(part.mesh.triangles):
                found.append((part.mesh, self._view.scene.world_from_node(one)))
        return found

    # -- what is there

    def remove(self, numbers: set[int]) -> None:
        """Take measurements away."""
        self.measurements = [one for one in self.measurements if one.number not in numbers]
        self.changed.emit()

    def remove_last(self) -> bool:
        """Take the newest away; False where there is none."""
        if not self.measurements:
            return False
        self.remove({self.measurements[-1].number})
        return True

    def clear(self) -> None:
        """Take all away."""
        self.measurements = []
        self.changed.emit()

    def rename(self, number: int, name: str) -> None:
        """Call one something else."""
        self.measurements = [replace(one, name=name) if one.number == number else one for one in self.measurements]
        self.changed.emit()

    def show_one(self, number: int, *, is_shown: bool) -> None:
        """Draw one, or not."""
        self.measurements = [replace(one, is_shown=is_shown) if one.number == number else one for one in self.measurements]
        self.changed.emit()

    def show_all(self, *, is_shown: bool) -> None:
        """Draw them over the scene, or none."""
        self.is_shown = is_shown
        self.changed.emit()

    def choose(self, number: int | None) -> None:
        """Mark one."""
        self.chosen = number
        self.changed.emit()

    def use_unit(self, unit: LengthUnit) -> None:
        """Write lengths in another unit."""
        self.unit = unit
        self.changed.emit()

    # -- following the parts

    def keep_known(self) -> None:
        """Forget measurements on nodes that are no more."""
        nodes = self._twin().nodes
        kept = [one for one in self.measurements if all(pick.node in nodes for pick in one.picks)]
        if len(kept) != len(self.measurements):
            self.measurements = kept
            self.changed.emit()

    def follow(self) -> bool:
        """Bring everything to where its parts stand now; True where something says or stands other than before."""
        moved = False
        nodes = self._twin().nodes
        for row, one in enumerate(self.measurements):
            if any(pick.node not in nodes for pick in one.picks):
                continue
            picks = tuple(pick.moved(self._view.scene.world_from_node(pick.node)) for pick in one.picks)
            if all(a is b for a, b in zip(picks, one.picks, strict=True)):
                continue
            moved = True
            self.measurements[row] = self._followed(one, picks)
        if moved:
            self.changed.emit()
        return moved

    def _followed(self, one: Measurement, picks: tuple[Pick, ...]) -> Measurement:
        if one.kind == "body" and one.body is not None:
            return replace(one, picks=picks, reading=readings.body(picks[0], one.body, picks[0].world_from_node))
        if one.kind == "clearance":
            self._rest.start()
            return replace(one, picks=picks, is_stale=True)
        try:
            return replace(one, picks=picks, reading=read(one.kind, picks))
        except ValueError:
            return replace(one, picks=picks, is_stale=True)

    def _renew(self) -> None:
        for one in self.measurements:
            if one.kind == "clearance" and one.is_stale:
                self._compute("clearance", one.picks, one)


def read(kind: Kind, picks: tuple[Pick, ...]) -> Reading:
    """What picks measure. Raises ValueError with a sentence where they can't."""
    if kind == "distance":
        return readings.distance(picks[0], picks[1])
    if kind == "angle":
        return readings.angle(picks)
    if kind == "size":
        return readings.size(picks[0])
    return readings.point(picks[0])


def _computed(kind: Kind, sides: list[Placed], job: Job) -> Any:
    """Off the main thread: a clearance with the doubt of both sides, or a body's facts in the world."""
    job.progress(0.05, "gathering triangles")
    if kind == "body":
        return _sum([body_of(Topology(_stood(*one))) for one in sides[0]])
    merged = [_merged(side) for side in sides]
    job.progress(0.4, "searching")
    doubts = [_doubt(side) for side in sides]
    return clearance(merged[0], merged[1]), doubts


def _merged(side: Placed) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    points, triangles, count = [], [], 0
    for mesh, world in side:
        points.append(mesh.points_in_part @ world[:3, :3].T + world[:3, 3])
        triangles.append(np.asarray(mesh.triangles, dtype=np.int64) + count)
        count += len(mesh.points_in_part)
    return np.concatenate(points), np.concatenate(triangles)


def _stood(mesh: Mesh, world: NDArray[np.float64]) -> Mesh:
    points = mesh.points_in_part @ world[:3, :3].T + world[:3, 3]
    triangles = mesh.triangles if np.linalg.det(world[:3, :3]) > 0.0 else np.ascontiguousarray(mesh.triangles[:, ::-1])
    return Mesh(points, triangles, face_of_triangle=mesh.face_of_triangle)


def _doubt(side: Placed) -> float:
    """Of the largest mesh: the others of a group are seldom coarser."""
    from viewer.measure.bodies import deflection_m

    mesh, world = max(side, key=lambda one: len(one[0].triangles))
    if len(mesh.triangles) > 300_000:
        return 0.0
    return deflection_m(Topology(mesh)) * float(np.linalg.norm(world[:3, 0]))


def _sum(bodies: list[Body]) -> Body:
    """Several bodies as one; open where one of them is."""
    closed = all(one.is_closed for one in bodies)
    volumes = np.array([one.volume_m3 or 0.0 for one in bodies])
    weights = volumes if closed and volumes.sum() > 0.0 else np.array([one.area_m2 for one in bodies])
    centre = (np.array([one.centre for one in bodies]) * weights[:, None]).sum(axis=0) / max(float(weights.sum()), 1e-300)
    return Body(
        sum(one.triangles for one in bodies),
        sum(one.points for one in bodies),
        sum(one.area_m2 for one in bodies),
        closed,
        float(volumes.sum()) if closed else None,
        centre,
        np.max([one.size_m for one in bodies], axis=0),
        max(one.deflection_m for one in bodies),
    )


def _body_measurement(picks: tuple[Pick, ...], facts: Body) -> Measurement:
    """The facts are in the world: kept in the node's frame, so that they follow it."""
    world = picks[0].world_from_node
    inverse = np.linalg.inv(world)
    factor = float(np.linalg.norm(inverse[:3, 0]))
    local = replace(
        facts,
        area_m2=facts.area_m2 * factor**2,
        volume_m3=None if facts.volume_m3 is None else facts.volume_m3 * factor**3,
        centre=inverse[:3, :3] @ facts.centre + inverse[:3, 3],
        size_m=facts.size_m * factor,
        deflection_m=facts.deflection_m * factor,
    )
    return Measurement(0, "body", picks, readings.body(picks[0], local, world), body=local)


def _clearance_measurement(picks: tuple[Pick, ...], answer: tuple[Clearance, list[float]]) -> Measurement:
    found, doubts = answer
    one, other = (replace(pick, doubt_m=doubt) for pick, doubt in zip(picks, doubts, strict=True))
    return Measurement(0, "clearance", (one, other), readings.clearance(one, other, found))
