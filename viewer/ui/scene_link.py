"""The link between the document and everything that shows it: one delta comes in, each panel is told what concerns it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from viewer.base.errors import UserMistake
from viewer.base.frames import Pose
from viewer.base.ids import ROOT, NodeId
from viewer.studies.contract import NodeField
from viewer.twin.attributes import Colouring
from viewer.twin.channel_overlay import ChannelOverlay
from viewer.twin.deltas import Delta
from viewer.twin.document import Document
from viewer.twin.edits_nodes import MoveNode
from viewer.twin.kinematics import world_from_nodes
from viewer.twin.model import Twin
from viewer.twin.overlays import OverlayFrame, OverlayPlan
from viewer.ui import colour_by
from viewer.ui.carried_overlay import CarriedOverlay
from viewer.ui.painted_overlay import PaintedOverlay
from viewer.ui.services import ColourBy
from viewer.ui.studies.overlay import StudyOverlay

if TYPE_CHECKING:
    from viewer.ui.main_window import MainWindow


class SceneLink:
    """Listens to one document at a time. Main thread."""

    def __init__(self, window: MainWindow) -> None:
        self._w = window
        self.colour_by = ColourBy()
        self._field: NodeField | None = None
        self._painted: Callable[[Twin], Colouring] | None = None
        self._carried: CarriedOverlay | None = None
        self._dragged: NodeId | None = None
        self.followers: list[Callable[[Twin, Delta | None], object]] = []
        """Features that are told of every other twin, with what changed; None: all of it."""

    @property
    def twin(self) -> Twin:
        """The twin that is shown; an empty one where there is no scene."""
        document = self._w.services.document
        return document.twin if document is not None else Twin()

    def take(self, document: Document | None) -> None:
        """Show another document from now on."""
        w, old = self._w, self._w.services.document
        if old is not None:
            self.leave(old)
        w.services.document, self._field, self._painted = document, None, None
        if document is not None:
            document.changed.connect(self._changed)
            document.history_changed.connect(w.show_history)
            document.scenario_changed.connect(w.show_history)
            document.history_changed.connect(w.mover.recheck)
        w.scenarios.set_document(document)
        if w.studies is not None:
            w.studies.set_document(document)
        w.opener.twin = self.twin
        w.view3d.set_twin(self.twin)
        for part in (w.tree, w.inspector, w.trends):
            part.set_twin(self.twin)
        self.show_overlay()
        w.show_history()
        w.show_selection()
        w.mover.follow()
        w.document_taken.emit()
        for follow in self.followers:
            follow(self.twin, None)

    def leave(self, document: Document) -> None:
        """Listen no more."""
        document.changed.disconnect(self._changed, missing_ok=True)
        document.history_changed.disconnect(self._w.show_history, missing_ok=True)
        document.scenario_changed.disconnect(self._w.show_history, missing_ok=True)
        document.history_changed.disconnect(self._w.mover.recheck, missing_ok=True)

    def choose_colours(self, choice: ColourBy) -> None:
        """Colour the parts by something else."""
        self.colour_by, self._field, self._painted = choice, None, None
        self.show_overlay()

    def paint(self, colouring: Callable[[Twin], Colouring] | None) -> None:
        """Colour the parts by what a function makes of the twin, also after edits; None gives back what was chosen."""
        self._painted, self._field = colouring, None
        self.show_overlay()

    def lay_field(self, field: NodeField | None) -> None:
        """Colour the parts by a study's result; None takes it away. Parts go on moving with their channels."""
        self._field = field
        self.show_overlay()

    def show_overlay(self) -> None:
        """Plans name nodes and rest poses, so they are made anew when those change."""
        try:
            overlay = self._overlay()
        except UserMistake as mistake:
            self._w.notifications.say(str(mistake), "warning")
            return
        self._carried = CarriedOverlay(overlay, self.twin)
        self._w.view3d.set_overlay(overlay.plan)
        self._w.live.set_twin(self.twin, self._carried)
        if self._w.services.feed is None and not isinstance(overlay, ChannelOverlay):
            self._w.view3d.update_overlay(self._carried.still())

    def laid_over(self) -> tuple[OverlayPlan, OverlayFrame] | None:
        """The overlay as it is shown now, for who takes the scene elsewhere; None where nothing was laid over it yet."""
        frame = None if self._carried is None else self._carried.shown()
        return None if self._carried is None or frame is None else (self._carried.plan, frame)

    def _overlay(self) -> ChannelOverlay | PaintedOverlay | StudyOverlay:
        if self._field is not None:
            return StudyOverlay(self.twin, self._field)
        if self._painted is not None:
            live = colour_by.overlay_of(self.twin, ColourBy("none"))
            return PaintedOverlay(live, self._painted(self.twin)) if isinstance(live, ChannelOverlay) else live
        return colour_by.overlay_of(self.twin, self.colour_by)

    def try_(self, command: Callable[[], object]) -> bool:
        """Give a command; where it does not fit, say why. Returns whether it was done."""
        try:
            command()
        except UserMistake as mistake:
            self._w.notifications.say(str(mistake), "warning")
            return False
        return True

    def drag(self, node: NodeId, world_from_node: NDArray[np.float64], *, ended: bool) -> None:
        """The view's gizmo moved a node: previewed while it goes on, one step of the history when it ends."""
        document = self._w.services.document
        if document is None or node not in self.twin.nodes:
            return
        parent = self.twin.nodes[node].parent
        world_from_parent = np.eye(4) if parent == ROOT else world_from_nodes(self.twin, (parent,))[0]
        edit = MoveNode(node, Pose.from_matrix(np.linalg.inv(world_from_parent) @ world_from_node))
        self._dragged = None if ended else node
        self.try_((lambda: document.apply(edit)) if ended else (lambda: document.preview(edit)))
        self._dragged = None

    def _leaves_overlay(self, twin: Twin, moved: frozenset[NodeId] | None) -> bool:
        """Whether a move, such as a robot's jog, touches nothing that the overlay poses: its plan then stays as it is."""
        if moved is None or self._painted is not None or self._carried is None:
            return False
        return not self._carried.is_moved_by(twin, moved)

    def _changed(self, delta: Delta) -> None:
        w, twin = self._w, self.twin
        w.opener.twin = twin
        w.selection.keep_only(twin.nodes)
        w.visibility.keep_only(twin.nodes)
        w.view3d.apply(twin, delta)
        w.tree.set_twin(twin, delta)
        only_moved = delta.moved if delta == Delta(moved=delta.moved) else None
        w.inspector.set_twin(twin, only_moved)
        if self._carried is not None and self._dragged is not None and only_moved == frozenset((self._dragged,)):
            if (frame := self._carried.carry(twin, self._dragged)) is not None:
                w.view3d.update_overlay(frame)
        elif delta != Delta(restyled=delta.restyled) and not self._leaves_overlay(twin, only_moved):
            self.show_overlay()
        if delta.channels or delta.scene_replaced:
            w.trends.set_twin(twin)
        if only_moved is None:
            w.timeline.set_twin(twin, w.selection.ids)
        for follow in self.followers:
            follow(twin, delta)
        w.show_facts()
