"""The measuring tool: clicks become picks, picks become measurements; one orbits and zooms meanwhile as always."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent

from viewer.measure.picks import Pick
from viewer.measure.readings import Kind, picks_needed
from viewer.ui.measure.board import Board
from viewer.ui.measure.snapper import Snapper
from viewer.ui.tools import Tool

if TYPE_CHECKING:
    from viewer.ui.main_window import MainWindow

_CLICK_PX, _HOVER_MS = 4.0, 30
_PARTS: frozenset[Kind] = frozenset(("clearance", "body"))
_ASKS: dict[Kind, tuple[str, ...]] = {
    "distance": ("Click a corner, an edge or a face", "Click the second one"),
    "angle": ("Click an edge or a face, or the first of three points", "Click the second one", "Click the third point"),
    "size": ("Click an edge, a hole or a face",),
    "point": ("Click a point",),
    "clearance": ("Click a part", "Click the other part"),
    "body": ("Click a part",),
}


class MeasureState(QObject):
    """What the tool is about to do; the strip and the layer follow it. Main thread."""

    changed = Signal()


class MeasureTool(Tool):
    """Picks with snap; Backspace takes back a pick, Delete the newest measurement, Esc ends."""

    id = "measure"
    hint = ""

    def __init__(self, window: MainWindow, board: Board, snapper: Snapper) -> None:
        self._w, self._board, self._snapper = window, board, snapper
        self.state = MeasureState(window)
        self.kind: Kind = "distance"
        self.points_only = False
        self.picks: list[Pick] = []
        self.hover: Pick | None = None
        self.is_taken = False
        self._pressed_at: QPointF | None = None
        self._at = QPointF()
        self._timer = QTimer(window, singleShot=True, interval=_HOVER_MS)
        self._timer.timeout.connect(self._look)
        snapper.ready.connect(self._look)

    @property
    def ask(self) -> str:
        """What to do next."""
        asks = _ASKS[self.kind]
        return asks[min(len(self.picks), len(asks) - 1)]

    def begin(self) -> None:
        self.is_taken = True
        self._w.view3d.setCursor(Qt.CursorShape.CrossCursor)
        self._changed()

    def end(self) -> None:
        self.is_taken = False
        self._w.view3d.unsetCursor()
        self.picks, self.hover = [], None
        self._timer.stop()
        self._changed()

    def use(self, kind: Kind) -> None:
        """Measure something else from now on."""
        self.kind, self.picks, self.hover = kind, [], None
        self._changed()

    def only_points(self, on: bool) -> None:
        """Take the point under the cursor instead of the edge or face."""
        self.points_only = on
        self._changed()

    def take_back(self) -> bool:
        """Undo the last pick; False where there is none."""
        if not self.picks:
            return False
        self.picks.pop()
        self._changed()
        return True

    def take(self, pick: Pick) -> None:
        """Add a pick; with enough of them it is measured."""
        self.picks.append(pick)
        if len(self.picks) >= picks_needed(self.kind, self.picks):
            picks, self.picks = tuple(self.picks), []
            self._board.add(self.kind, picks)
        self._changed()

    # -- mouse and keys

    def press(self, event: QMouseEvent) -> bool:
        self._pressed_at = event.position() if event.button() is Qt.MouseButton.LeftButton else None
        return False

    def move(self, event: QMouseEvent) -> bool:
        if event.buttons() != Qt.MouseButton.NoButton:
            if self._pressed_at is not None and _apart(event.position(), self._pressed_at) >= _CLICK_PX:
                self._pressed_at = None
                self.hover = None
            return False
        self._at = event.position()
        if not self._timer.isActive():
            self._timer.start()
        return True

    def release(self, event: QMouseEvent) -> bool:
        pressed, self._pressed_at = self._pressed_at, None
        if pressed is None or event.button() is not Qt.MouseButton.LeftButton:
            return False
        self._w.view3d.drop_press()
        self._at = event.position()
        self._look()
        if self.hover is not None:
            pick, self.hover = self.hover, None
            self.take(pick)
        return True

    def wants_key(self, event: QKeyEvent) -> bool:
        return event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace)

    def key_press(self, event: QKeyEvent) -> bool:
        if event.key() == Qt.Key.Key_Escape:
            return self.take_back()
        if event.key() == Qt.Key.Key_Backspace:
            return self.take_back() or self._board.remove_last()
        if event.key() == Qt.Key.Key_Delete:
            return self._board.remove_last()
        return False

    def leave(self, event: QEvent) -> None:
        self._timer.stop()
        self.hover = None
        self._changed()

    def _look(self) -> None:
        """See what is under the cursor."""
        if not self.is_taken:
            return
        parts = self.kind in _PARTS
        points = (
            self.points_only or self.kind == "point" or (self.kind == "angle" and bool(self.picks) and self.picks[0].is_point)
        )
        self.hover = self._snapper.pick(self._at, parts=parts, points=points)
        self._w.view3d.hover(self.hover.node if parts and self.hover is not None else None)
        self.state.changed.emit()

    def _changed(self) -> None:
        if self.is_taken:
            self._w.view3d.hover(None)
        self.state.changed.emit()


def _apart(one: QPointF, other: QPointF) -> float:
    return math.hypot(one.x() - other.x(), one.y() - other.y())
