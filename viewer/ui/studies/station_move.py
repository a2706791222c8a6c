"""Moving a station in the view: the layout study answers while it is dragged; the move is kept as a step or as a scenario."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from viewer.base.errors import UserMistake
from viewer.base.ids import NodeId
from viewer.studies.contract import StudyResult
from viewer.twin.edits import Edit
from viewer.twin.kinematics import world_from_node
from viewer.twin.model import Twin
from viewer.twin.process import Station
from viewer.ui.studies.move_strip import MoveStrip, Stage
from viewer.ui.studies.runs import StudyRuns

if TYPE_CHECKING:
    from viewer.ui.main_window import MainWindow

STUDY = "layout"
NEW_CLASH = 2.0
"""The value of a newly clashing node in the layout study's field."""
Pose44 = NDArray[np.float64]


def station_of(twin: Twin, node: NodeId | None) -> Station | None:
    """The station that a node is or belongs to; None where there is none."""
    if node is None or node not in twin.nodes:
        return None
    stations = {one.node: one for one in twin.stations.values()}
    return next((stations[one] for one in (node, *twin.ancestors(node)) if one in stations), None)


class StationMove(QObject):
    """Listens to the view's gizmo and to the studies' form. While one answer is computed only the newest question waits,
    so that a fast drag is answered all the time and not only when it stops. Main thread."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._w = window
        self.strip = MoveStrip(window.look)
        self._room = QWidget()
        self.back_to_live = QPushButton("Back to live colours")
        self.runs = StudyRuns(window.services.runner, self) if self._is_offered() else None
        self.station: Station | None = None
        self.stage: Stage = "stands"
        self.result: StudyResult | None = None
        self.answered_ms = math.nan
        """From the newest answered question to its figures on the screen."""
        self._before = Twin()
        self._after: Twin | None = None
        self._edit: Edit | None = None
        self._asked_s = 0.0
        self._going: Mapping[str, Any] = {}
        self._waiting: tuple[Twin, dict[str, Any], float] | None = None
        self._mine = False
        self._place()
        self._listen()

    # -- which station ----------------------------------------------------------------------------------------------

    def follow(self) -> None:
        """The tool, the selection or the scene is another: show the station that would be moved now, as it stands."""
        station = station_of(self._w.link.twin, self._w.selection.primary) if self._w.tools.current.id == "move" else None
        gizmo = getattr(self._w.view3d, "gizmo", None)
        if gizmo is not None and station is not None:
            gizmo.set_node(station.node, tuple(one.node for one in self._w.link.twin.stations.values() if one is not station))
        if self.stage == "pending" or (self.stage == "moved" and station == self.station and self._settled is self._after):
            return
        self.station, self.stage, self._after, self._edit = station, "stands", None, None
        self._w.view3d.alert(())
        if station is None or self.runs is None:
            self.strip.hide()
            self._waiting = None
            return
        self._show_stage("as it stands")
        self.strip.show_waiting()
        self._ask(self._settled, {"station": station.id})

    def recheck(self) -> None:
        """Something was done, undone or opened."""
        if not self._mine and self._settled is not self._after:
            self.stage = "stands"
            self.follow()

    @property
    def _settled(self) -> Twin:
        document = self._w.services.document
        return document.settled if document is not None else Twin()

    # -- dragging ---------------------------------------------------------------------------------------------------

    def drag(self, node: NodeId, world: Pose44, *, ended: bool) -> None:
        """The gizmo holds a node there, or let it go there."""
        station = self.station
        if station is None or node != station.node or self.runs is None:
            self._w.link.drag(node, world, ended=ended)
            return
        if self.stage != "dragging":
            self._before = self._settled
        if not ended and np.allclose(world, world_from_node(self._before, node), atol=1e-9):
            self._cancelled()
            return
        self.stage = "dragging"
        self._show_stage(_way(world_from_node(self._before, node), world))
        self._ask(self._before, _values(station, world))
        self._mine = True
        self._w.link.drag(node, world, ended=ended)
        self._mine = False
        if ended:
            self._let_go(world)

    def _cancelled(self) -> None:
        """It is back where it was taken up."""
        if self._w.services.document is not None:
            self._w.services.document.end_preview()
        self.stage = "stands"
        self.follow()

    def _let_go(self, world: Pose44) -> None:
        document = self._w.services.document
        if self.station is None or document is None:
            return
        self._after = document.settled
        self.stage = "moved" if self._after is not self._before else "stands"
        self._show_stage(_way(world_from_node(self._before, self.station.node), world))

    # -- typed in the form ------------------------------------------------------------------------------------------

    def preview(self, study_id: str, result: StudyResult | None) -> None:
        """The form of the layout study has an answer: show its move beforehand; None or another study takes it away."""
        document = self._w.services.document
        if document is None or self.runs is None:
            return
        if study_id != STUDY or result is None or not result.proposed:
            self.discard()
            return
        station = station_of(document.settled, NodeId(str(getattr(result.proposed[0], "node", ""))))
        if station is None or not self._w.link.try_(lambda: document.preview(result.proposed[0])):
            return
        self.station, self.stage, self._edit, self._before = station, "pending", result.proposed[0], document.settled
        places = [world_from_node(twin, station.node) for twin in (document.settled, document.twin)]
        self._show_stage(_way(*places))
        self._show(result, math.nan)

    def apply(self) -> None:
        """Do what is shown beforehand, as one step of the history."""
        document, edit = self._w.services.document, self._edit
        if document is not None and edit is not None and self.stage == "pending":
            self._mine = True
            done = self._w.link.try_(lambda: document.apply(edit))
            self._mine = False
            if done and self.station is not None:
                self._let_go(world_from_node(document.settled, self.station.node))

    def discard(self) -> None:
        """Take away what is shown beforehand."""
        if self.stage == "pending":
            if self._w.services.document is not None:
                self._w.services.document.end_preview()
            self.stage = "stands"
            self.follow()

    # -- what becomes of it -----------------------------------------------------------------------------------------

    def back(self) -> None:
        """Put it back where it was."""
        if self.stage == "pending":
            self.discard()
        elif self._settled is self._after:
            self._w.undo()

    def keep(self) -> None:
        """Move it into a scenario of its own; what was open stays as it was before."""
        document, result = self._w.services.document, self.result
        edit = self._edit if self.stage == "pending" else result.proposed[0] if result is not None and result.proposed else None
        if document is None or edit is None or self.station is None:
            return
        place = world_from_node(document.twin, self.station.node)[:2, 3]
        self._mine = True
        try:
            if self.stage == "moved" and document.settled is self._after:
                document.undo()
            opened = document.scenario
            name = f"{self.station.name or self.station.id} at {place[0]:.1f}, {place[1]:.1f} m"
            kept = document.new_scenario(name, (*(opened.edits if opened is not None else ()), edit))
        except UserMistake as mistake:
            self._w.notifications.say(str(mistake), "warning")
            return
        finally:
            self._mine = False
        self.stage = "stands"
        self._w.scenarios.keep_figures(kept, result.headlines if result is not None else ())
        self._w.docks.show("scenarios")
        self._w.notifications.say(f"Kept as the scenario «{name}»; the layout before is as it was", "good")
        self.follow()

    # -- asking and showing -----------------------------------------------------------------------------------------

    def _ask(self, twin: Twin, values: dict[str, Any]) -> None:
        values |= self._rules()
        self._waiting = (twin, values, time.perf_counter())
        if self.runs is not None and not self.runs.going:
            self._ask_next()

    def _ask_next(self) -> None:
        if self._waiting is None or self.runs is None:
            return
        (twin, self._going, self._asked_s), self._waiting = self._waiting, None
        self.runs.start(STUDY, twin, self._going)

    def _rules(self) -> dict[str, Any]:
        """What the form asks of clearance, aisles and hours, where it is open on the layout study."""
        form = getattr(self._w.studies, "form", None)
        fields = form.values() if form is not None else {}
        return {name: fields[name] for name in ("clearance", "aisle", "aisles", "hours_per_year") if name in fields}

    def _found(self, result: StudyResult) -> None:
        if self.station is None or self._going.get("station") != self.station.id:
            return
        self.answered_ms = 1e3 * (time.perf_counter() - self._asked_s)
        self._show(result, self.answered_ms)
        if self.stage == "moved" and self._waiting is None:
            answer = getattr(self._w.studies, "show_answer", None)
            if answer is not None:
                answer(STUDY, self._going, result)
            if self.runs is not None and self._after is not None:
                self._w.services.runner.run(STUDY, self._after, {"station": self.station.id} | self._rules())

    def _show(self, result: StudyResult, took_ms: float) -> None:
        self.result = result
        self.strip.show_figures(result.headlines, took_ms)
        fields = result.fields[:1]
        self._w.view3d.alert([n for f in fields for n, v in zip(f.nodes, f.values, strict=True) if v >= NEW_CLASH])

    def _failed(self, sentence: str) -> None:
        self.strip.hide()
        self._w.notifications.say(sentence, "warning")

    def _show_stage(self, where: str) -> None:
        if self.station is not None:
            self.strip.show_stage(f"{self.station.id} {self.station.name}".strip(), where, self.stage)
            legends = getattr(self._w.view3d, "legends", None)
            left = legends.width() if legends is not None and legends.isVisible() and legends.y() < 160 else 0
            self._room.setContentsMargins(left, 0, 0, 0)

    # -- wiring -----------------------------------------------------------------------------------------------------

    def _is_offered(self) -> bool:
        services = self._w.services
        if services.studies is None or services.runner is None:
            return False
        return any(one.id == STUDY for one in services.studies.studies())

    def _place(self) -> None:
        """A room of its own in the view's chips: it keeps the strip off the legends."""
        line = QHBoxLayout(self._room)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(self.strip)
        self.back_to_live.hide()
        line.addWidget(self.back_to_live, 0, Qt.AlignmentFlag.AlignTop)
        line.addStretch(1)
        self._w.view3d.chip_area.layout().addWidget(self._room)

    def _listen(self) -> None:
        view = self._w.view3d
        view.node_dragged.connect(lambda node, world: self.drag(NodeId(node), np.asarray(world), ended=False))
        view.drag_finished.connect(lambda node, world: self.drag(NodeId(node), np.asarray(world), ended=True))
        self._w.selection.changed.connect(self.follow)
        self.strip.keep_asked.connect(self.keep)
        self.strip.apply_asked.connect(self.apply)
        self.strip.back_asked.connect(self.back)
        if self.runs is not None:
            self.runs.found.connect(self._found)
            self.runs.failed.connect(self._failed)
            for ended in (self.runs.finished, self.runs.failed, self.runs.ended):
                ended.connect(lambda *_: self._ask_next())
        studies = self._w.studies
        if (proposed := getattr(studies, "proposed", None)) is not None:
            proposed.connect(self.preview)
            studies.kept.connect(lambda one: self._w.scenarios.keep_figures(one, studies.result.headlines))
            studies.field_chosen.connect(lambda field: self.back_to_live.setVisible(field is not None))
            self.back_to_live.clicked.connect(lambda: studies.lay_button.setChecked(False))


def _values(station: Station, world: Pose44) -> dict[str, Any]:
    angle = math.degrees(math.atan2(world[1, 0], world[0, 0]))
    return {"station": station.id, "x": float(world[0, 3]), "y": float(world[1, 3]), "angle": round(angle, 6)}


def _way(before: Pose44, after: Pose44) -> str:
    """How far and how much it is turned, in words."""
    far = float(np.linalg.norm(after[:3, 3] - before[:3, 3]))
    turn = math.degrees(math.atan2(after[1, 0], after[0, 0]) - math.atan2(before[1, 0], before[0, 0]))
    turn = (turn + 180.0) % 360.0 - 180.0
    words = [f"moved {far:.2f} m"] if far > 5e-4 else []
    words += [f"turned {turn:.0f}°"] if abs(turn) > 0.05 else []
    return ", ".join(words) or "as it stands"
