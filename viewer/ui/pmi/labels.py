"""The labels of a part's PMI over the 3D view: entries of the same faces in one chip with a leader to them."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt, QTimer
from PySide6.QtGui import QPainter, QPaintEvent, QPen

from viewer.render.label_layout import Placement, layout_labels, leader_end
from viewer.render.look import DARK, Theme
from viewer.twin.parts import Mesh, Part
from viewer.twin.pmi import PmiEntry
from viewer.ui.look import application_font
from viewer.ui.painting import painting
from viewer.ui.pmi.board import PmiBoard
from viewer.ui.pmi.frame import frame_width, paint_frame
from viewer.ui.view_area import Overlay
from viewer.ui.viewport.paint import colour

_ROW, _PAD_X, _PAD_Y = 23.0, 8.0, 3.0
_REST_MS, _BUDGET_S = 200, 0.02
"""Which ends can be seen is looked for once the camera rests, a few hundredths of a second at a time."""
_MOST_ENDS = 12
_BEHIND = 0.004
"""How far before a point something must stand to hide it, as a share of its distance."""


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Entries that speak of the same faces."""

    entries: tuple[PmiEntry, ...]
    points_in_part: NDArray[np.float64]
    """(k, 3) where its leader may end: their own point, then others spread over the faces, for where that one can't be seen."""


def groups_of(part: Part) -> list[Group]:
    """Entries with a place, those of the same faces together: dimensions over their tolerances over the datum they make."""
    order = {"dimension": 0, "tolerance": 1, "datum": 2}
    found: dict[tuple[int, ...], list[PmiEntry]] = {}
    for entry in part.pmi:
        if entry.point_in_part is not None:
            found.setdefault(entry.faces, []).append(entry)
    groups = [sorted(own, key=lambda entry: order[entry.kind]) for own in found.values()]
    return [Group(tuple(own), _ends(part.mesh, own[0])) for own in groups]


def _ends(mesh: Mesh, entry: PmiEntry) -> NDArray[np.float64]:
    own = np.array([entry.point_in_part], dtype=np.float64).reshape(-1, 3)
    if mesh.face_of_triangle is None:
        return own
    corners = np.unique(mesh.triangles[np.isin(mesh.face_of_triangle, entry.faces)])
    spread = np.linspace(0, len(corners) - 1, min(_MOST_ENDS, len(corners))).astype(np.int64)
    return np.concatenate([own, mesh.points_in_part[corners[spread]]])


class PmiLabels(Overlay):
    """Lets the mouse through. Main thread."""

    def __init__(self, view: Any, board: PmiBoard) -> None:
        super().__init__()
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._view, self._board = view, board
        self._theme = DARK
        self._font = application_font(13)
        self._part: Part | None = None
        self._groups: list[Group] = []
        self._points = np.zeros((0, 3))
        self._sizes = np.zeros((0, 2))
        self._px = np.zeros((0, 3))
        self._placement: Placement | None = None
        self._behind = np.zeros(0, dtype=np.bool_)
        self._waiting: list[int] = []
        self._seen: Any = None
        self._look_timer = QTimer(self, singleShot=True)
        self._look_timer.timeout.connect(self._look)
        board.changed.connect(self.set_groups)

    def set_theme(self, theme: Theme) -> None:
        """Colours of the chips."""
        self._theme = theme
        self.update()

    def set_groups(self) -> None:
        """The board speaks of something else."""
        part = self._board.part if self._board.are_labels_shown and hasattr(self._view, "scene") else None
        if part is not self._part:
            self._part = part
            groups = [] if part is None else groups_of(part)
            self._groups, self._seen, self._placement, self._waiting = groups, None, None, []
            self._points = np.array([one.points_in_part[0] for one in groups]).reshape(-1, 3)
            widths = [max(frame_width(entry, self._font) for entry in one.entries) + 2 * _PAD_X for one in groups]
            heights = [_ROW * len(one.entries) + 2 * _PAD_Y for one in groups]
            self._sizes = np.ceil(np.array([widths, heights]).T.reshape(-1, 2))
            self._behind = np.zeros(len(groups), dtype=np.bool_)
        self.refresh()

    def shown(self) -> int:
        """How many chips found a place."""
        return 0 if self._placement is None else int((self._placement.choice >= 0).sum())

    def refresh(self) -> None:
        """Place the chips for the camera and the part as they are."""
        if not self._groups or self._board.node is None:
            if self._placement is not None:
                self._placement = None
                self.update()
            return
        scene = self._view.scene
        pose = scene.world_from_node(self._board.node)
        world = self._points @ pose[:3, :3].T + pose[:3, 3]
        self._px = scene.world_to_display(world)
        self._px[:, :2] /= self._view.devicePixelRatioF()
        chosen = self._chosen()
        placed_first = self._px.copy()
        placed_first[chosen, 2] = np.minimum(placed_first[chosen, 2], 1e-6 * (placed_first[chosen, 2] > 0))
        placed_first[self._behind & ~chosen, 2] = -1.0
        before = None if self._placement is None else np.where(chosen | ~chosen.any(), self._placement.choice, -1)
        room = (float(self.width()), float(self.height()))
        self._placement = layout_labels(placed_first, self._sizes, room, before=before, obstacles_px=self._view.occupied_px())
        now = (self._view.camera, pose.tobytes())
        if now != self._seen:
            self._seen = now
            self._waiting = list(range(len(self._groups)))
            self._look_timer.start(_REST_MS)
        self.update()

    def _chosen(self) -> NDArray[np.bool_]:
        return np.array([any(e.id in self._board.chosen for e in one.entries) for one in self._groups], dtype=np.bool_)

    def _look(self) -> None:
        """See which points are behind something, for a moment; the rest at the next turn."""
        if self._board.node is None:
            return
        pose = self._view.scene.world_from_node(self._board.node)
        until = time.perf_counter() + _BUDGET_S
        while self._waiting and time.perf_counter() < until:
            row = self._waiting.pop()
            ends = self._groups[row].points_in_part
            seen = next((point for point in ends if self._is_seen(pose[:3, :3] @ point + pose[:3, 3])), None)
            self._behind[row] = seen is None
            self._points[row] = ends[0] if seen is None else seen
        if self._waiting:
            self._look_timer.start(0)
        self.refresh()

    def _is_seen(self, point_in_world: NDArray[np.float64]) -> bool:
        scene = self._view.scene
        x, y, depth = scene.world_to_display(point_in_world[None])[0]
        hit = scene.pick(float(x), float(y)) if depth > 0.0 else None
        return depth > 0.0 and (hit is None or scene.world_to_display(hit.point_in_world[None])[0, 2] >= depth * (1.0 - _BEHIND))

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._placement is None:
            return
        chosen = self._chosen()
        shown = [row for row in np.argsort(-self._px[:, 2]).tolist() if self._placement.choice[row] >= 0]
        with painting(self) as painter:
            for row in shown:
                self._paint_leader(painter, row, is_chosen=bool(chosen[row]))
            for row in sorted(shown, key=lambda one: bool(chosen[one])):
                self._paint_chip(painter, row, is_chosen=bool(chosen[row]))

    def _paint_leader(self, painter: QPainter, row: int, *, is_chosen: bool) -> None:
        placement, theme = self._placement, self._theme
        if placement is None:
            return
        point = self._px[row, :2]
        end = leader_end(point, placement.corner_px[row], self._sizes[row])
        ink = colour(theme.accent if is_chosen else theme.text_dim)
        painter.setPen(QPen(colour(theme.chip, 0.6), 3.0))
        painter.drawLine(QPointF(*point), QPointF(*end))
        painter.setPen(QPen(ink, 1.2))
        painter.drawLine(QPointF(*point), QPointF(*end))
        painter.setBrush(ink)
        painter.drawEllipse(QPointF(*point), 2.6, 2.6)

    def _paint_chip(self, painter: QPainter, row: int, *, is_chosen: bool) -> None:
        placement, theme = self._placement, self._theme
        if placement is None:
            return
        (x, y), (width, height) = placement.corner_px[row], self._sizes[row]
        painter.setPen(QPen(colour(theme.accent if is_chosen else theme.chip_edge), 1.5 if is_chosen else 1.0))
        painter.setBrush(colour(theme.chip, 0.94))
        painter.drawRoundedRect(QRectF(x + 0.5, y + 0.5, width - 1.0, height - 1.0), 5.0, 5.0)
        for number, entry in enumerate(self._groups[row].entries):
            is_own = not is_chosen or entry.id in self._board.chosen
            middle = y + _PAD_Y + (number + 0.5) * _ROW
            ink = colour(theme.text, 1.0 if is_own else 0.55)
            paint_frame(painter, x + _PAD_X, middle, entry, self._font, ink, colour(theme.text_dim))
