"""What the window asks of the 3D view, and a plain stand-in where there is none (no OpenGL, tests of the panels)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

from PySide6.QtCore import QPoint, Signal
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from viewer.base.ids import NodeId
from viewer.twin.cloud_look import CloudLook
from viewer.twin.deltas import Delta
from viewer.twin.model import Twin
from viewer.twin.overlays import OverlayFrame, OverlayPlan
from viewer.twin.process import View
from viewer.twin.view_state import Explode, Section
from viewer.ui.look import Look
from viewer.ui.painting import painting
from viewer.ui.theme import Theme
from viewer.ui.tools import Tool


class Overlay(QWidget):
    """A sheet over the whole 3D view that paints what goes with the scene; lets the mouse through."""

    def set_theme(self, theme: Any) -> None:
        """Colours of the scene's theme (`viewer.render.look.Theme`)."""

    def refresh(self) -> None:
        """The picture changed: paint anew."""
        self.update()


class View3D(Protocol):
    """The commands the window gives; `viewer.ui.viewport.widget.Viewport` obeys them. Main thread."""

    def set_twin(self, twin: Twin) -> None: ...
    def apply(self, twin: Twin, delta: Delta) -> None: ...
    def set_overlay(self, plan: OverlayPlan) -> None: ...
    def update_overlay(self, frame: OverlayFrame) -> None: ...
    def select(self, ids: Iterable[NodeId]) -> None: ...
    def alert(self, ids: Iterable[NodeId]) -> None: ...
    def mark_faces(self, node: NodeId | None, faces: Iterable[int] = ()) -> None: ...
    def hide_nodes(self, ids: Iterable[NodeId]) -> None: ...
    def isolate(self, ids: Iterable[NodeId] | None) -> None: ...
    def set_xray(self, ids: Iterable[NodeId], opacity: float) -> None: ...
    def set_focus(self, ids: Iterable[NodeId], opacity: float) -> None: ...
    def set_section(self, section: Section) -> None: ...
    def set_explode(self, explode: Explode, about: Iterable[NodeId]) -> None: ...
    def fit(self, ids: Iterable[NodeId] | None = None) -> None: ...
    def fly_to(self, where: View | Iterable[NodeId]) -> None: ...
    def standard_view(self, name: str) -> None: ...
    def set_tool(self, tool: Tool) -> None: ...
    def set_hint(self, text: str) -> None: ...
    def add_strip(self, strip: QWidget) -> None: ...
    def set_cloud_look(self, look: CloudLook) -> None: ...
    def cloud_points(self) -> tuple[int, int]: ...
    def add_overlay(self, overlay: Overlay) -> None: ...
    def show_ghosts(self, ghosts: Sequence[Any], *, opacity: float = 0.4) -> None: ...
    def current_view(self, name: str) -> View: ...


ViewFactory = Callable[[Look], QWidget]
"""Makes the 3D view: a widget that obeys View3D and has the signals of NoView."""


class NoView(QWidget):
    """Says that nothing is drawn here; takes every command and keeps what the last ones said."""

    picked = Signal(str, bool)
    hit = Signal(object)
    hovered = Signal(str)
    context_requested = Signal(QPoint, str)
    node_dragged = Signal(str, object)
    drag_finished = Signal(str, object)
    escaped = Signal()
    frame_drawn = Signal(float)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self.chip_area = QWidget(self)
        self._chips = QHBoxLayout(self.chip_area)
        self.twin: Twin | None = None
        self.told: dict[str, Any] = {}
        look.changed.connect(self.update)

    def set_twin(self, twin: Twin) -> None:
        self.twin = twin

    def apply(self, twin: Twin, delta: Delta) -> None:
        self.twin, self.told["delta"] = twin, delta

    def set_overlay(self, plan: OverlayPlan) -> None:
        self.told["plan"] = plan

    def update_overlay(self, frame: OverlayFrame) -> None:
        self.told["frame"] = frame

    def select(self, ids: Iterable[NodeId]) -> None:
        self.told["selected"] = tuple(ids)

    def alert(self, ids: Iterable[NodeId]) -> None:
        self.told["alerted"] = tuple(ids)

    def mark_faces(self, node: NodeId | None, faces: Iterable[int] = ()) -> None:
        self.told["marked"] = (node, tuple(faces))

    def hide_nodes(self, ids: Iterable[NodeId]) -> None:
        self.told["hidden"] = frozenset(ids)

    def isolate(self, ids: Iterable[NodeId] | None) -> None:
        self.told["isolated"] = None if ids is None else frozenset(ids)

    def set_xray(self, ids: Iterable[NodeId], opacity: float) -> None:
        self.told["x_rayed"], self.told["opacity"] = frozenset(ids), opacity

    def set_focus(self, ids: Iterable[NodeId], opacity: float) -> None:
        self.told["focus"], self.told["opacity"] = frozenset(ids), opacity

    def set_section(self, section: Section) -> None:
        self.told["section"] = section

    def set_explode(self, explode: Explode, about: Iterable[NodeId]) -> None:
        self.told["explode"] = (explode, tuple(about))

    def fit(self, ids: Iterable[NodeId] | None = None) -> None:
        self.told["fit"] = None if ids is None else tuple(ids)

    def fly_to(self, where: View | Iterable[NodeId]) -> None:
        self.told["flown"] = where if isinstance(where, View) else tuple(where)

    def standard_view(self, name: str) -> None:
        self.told["view"] = name

    def set_tool(self, tool: Tool) -> None:
        self.told["tool"] = tool.id

    def show_ghosts(self, ghosts: Sequence[Any], *, opacity: float = 0.4) -> None:
        self.told["ghosts"] = tuple(ghosts)

    def add_overlay(self, overlay: Overlay) -> None:
        overlay.setParent(self)
        overlay.hide()

    def set_cloud_look(self, look: CloudLook) -> None:
        self.told["cloud_look"] = look

    def cloud_points(self) -> tuple[int, int]:
        parts = () if self.twin is None else self.twin.parts.values()
        return 0, sum(len(part.cloud.points) for part in parts if part.cloud is not None)

    def add_strip(self, strip: QWidget) -> None:
        self._chips.addWidget(strip)

    def set_hint(self, text: str) -> None:
        self.told["hint"] = text

    def current_view(self, name: str) -> View:
        return View(name, (10.0, -10.0, 8.0), (0.0, 0.0, 0.0))

    def paintEvent(self, event: QPaintEvent) -> None:
        theme: Theme = self._look.theme
        with painting(self) as painter:
            painter.fillRect(self.rect(), theme.colour("viewport_bottom"))
