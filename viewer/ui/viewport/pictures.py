"""How the view gets its pictures: into Qt's OpenGL context, no oftener than they cost, coarser in motion, in turns at rest."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QSurfaceFormat
from PySide6.QtOpenGLWidgets import QOpenGLWidget
from PySide6.QtWidgets import QWidget

from viewer.render.gl import HostedWindow
from viewer.render.look import Theme
from viewer.render.rules import DrawRules
from viewer.twin.cloud_look import CloudLook
from viewer.ui.viewport.waker import Waker

if TYPE_CHECKING:
    from viewer.render.turns import PictureInTurns
    from viewer.render.view import SceneView

_DRAFT_SCALE = 0.5
_RULES = DrawRules(levels=True, progressive=True)
_SLOW_S = 0.045
"""A full picture that takes longer than this is drawn as a draft while the camera moves."""
_SETTLED_S = 0.2
"""The camera is at rest that long after its last move."""
_SLICE_TRIANGLES, _TURN_S = 120_000, 0.02
"""Where the processor draws, slow pictures at rest come in goes of so many triangles, for so long in each turn of the loop."""


def prepare_surface_format() -> None:
    """Ask for OpenGL 3.2 core and 24 bits of depth; call it before the application object exists."""
    surface = QSurfaceFormat()
    surface.setRenderableType(QSurfaceFormat.RenderableType.OpenGL)
    surface.setVersion(3, 2)
    surface.setProfile(QSurfaceFormat.OpenGLContextProfile.CoreProfile)
    surface.setDepthBufferSize(24)
    surface.setAlphaBufferSize(8)
    QSurfaceFormat.setDefaultFormat(surface)


class Pictures(QOpenGLWidget):
    """A widget that VTK draws into. Main thread only. Many changes make one frame: each only asks for a redraw."""

    frame_drawn = Signal(float)
    """Milliseconds the last frame took."""

    def __init__(self, parent: QWidget | None, theme: Theme) -> None:
        super().__init__(parent)
        self._theme = theme
        self._cloud_look: CloudLook | None = None
        self._drawing: tuple[HostedWindow, SceneView] | None = None
        self._full_frame_s = self._free_at_s = 0.0
        self._moved_at_s = -_SETTLED_S
        self._due_timer = QTimer(self, singleShot=True)
        self._due_timer.timeout.connect(self._ask)
        self._settle_timer = QTimer(self, singleShot=True)
        self._settle_timer.timeout.connect(self._ask)
        self._slices: PictureInTurns | None = None
        self._slices_s = 0.0
        self._slice_timer = QTimer(self, singleShot=True, interval=1)
        self._slice_timer.timeout.connect(self._slice_on)
        self._asked = self._whole = self._stale = False
        self._shown_in: tuple[int, tuple[int, int]] | None = None
        self.setUpdateBehavior(QOpenGLWidget.UpdateBehavior.PartialUpdate)  # what was drawn stays until the next is whole
        self.waker = Waker()
        """From other threads: more of the scene is ready to be drawn."""
        self.waker.woken.connect(self._more, Qt.ConnectionType.QueuedConnection)

    @property
    def scene(self) -> SceneView:
        """What draws. Made, and VTK with it, when something is to be drawn: an empty window starts without (0.3 s of it)."""
        return self._made()[1]

    @property
    def is_drawing(self) -> bool:
        """Whether there was anything to draw yet."""
        return self._drawing is not None

    def _made(self) -> tuple[HostedWindow, SceneView]:
        if self._drawing is None:
            from viewer.render.view import SceneView

            window = HostedWindow()
            view = SceneView(window.vtk, theme=self._theme, rules=replace(_RULES, wake=self.waker.wake))
            if self._cloud_look is not None:
                view.set_cloud_look(self._cloud_look)
            self._drawing = (window, view)
        return self._drawing

    def initializeGL(self) -> None:
        """Also called again where the context is another one: the dock floated, or the window was made anew."""
        window, context = self._made()[0], self.context()
        window.begin()
        self._slices = self._shown_in = None
        # No method of this widget: when the context ends, the widget's Python half is gone already. While the signal is
        # emitted the context is current, and only then can VTK give back what it holds there.
        context.aboutToBeDestroyed.connect(lambda: window.end(), Qt.ConnectionType.DirectConnection)

    def paintGL(self) -> None:
        start = time.perf_counter()
        size, window, into = self._size_px(), self._made()[0], self.defaultFramebufferObject()
        asked, whole, self._asked, self._whole = self._asked, self._whole, False, False
        if whole or (self._slices is not None and not asked and self._shown_in == (into, size)):
            if whole:
                self._show_whole(size)
            return  # while the next picture comes, the last one stays
        self._slices = None
        moving = self._moves(start)
        scale = _DRAFT_SCALE if moving and window.software else 1.0
        window.resize((max(round(size[0] * scale), 1), max(round(size[1] * scale), 1)))
        self.scene.set_size(size, self.devicePixelRatioF())
        self.scene.prepare(scale=scale, moving=moving)
        slow = window.software and self.is_slow
        if asked and slow and not moving and self._shown_in == (into, size):
            self._slices, self._slices_s = self.scene.in_turns(_SLICE_TRIANGLES), time.perf_counter() - start
            self._slice_timer.start()
            return
        window.draw(self.context().extraFunctions(), into, size)
        self._shown_in = (into, size)
        self._frame_took(start, time.perf_counter(), draft=moving)
        if self.scene.lines_pending:
            self.redraw()

    def _slice_on(self) -> None:
        """Draw on with the picture that comes by and by, for a turn."""
        if self._slices is None or not self.isValid():
            return
        start, window = time.perf_counter(), self._made()[0]
        self.makeCurrent()
        gl = self.context().extraFunctions()

        def render() -> None:
            window.render(gl)
            gl.glFinish()

        self._slices.draw(render)
        while not self._slices.finished and time.perf_counter() < start + _TURN_S:
            self._slices.draw(render)
        self.doneCurrent()
        self._slices_s += time.perf_counter() - start
        if self._slices.finished:
            self._slices, self._whole = None, True
            self.update()
        else:
            self._slice_timer.start()

    def _show_whole(self, size: tuple[int, int]) -> None:
        """The picture that came by and by is there."""
        into = self.defaultFramebufferObject()
        self._made()[0].show(self.context().extraFunctions(), into, size)
        self._shown_in = (into, size)
        now = time.perf_counter()
        self._frame_took(now - self._slices_s, now, draft=False)
        if self._stale or self.scene.lines_pending:
            self._stale = False
            self.redraw()

    @property
    def is_slow(self) -> bool:
        """Whether a full picture takes so long that one does not draw it for small things."""
        return self._full_frame_s > _SLOW_S

    def _moves(self, now_s: float) -> bool:
        """Whether to draw coarser, and on software OpenGL smaller and stretched.

        In scenes that need it, while the camera moves or parts are still coming.
        """
        return self.is_slow and (self.scene.filling or now_s < self._moved_at_s + _SETTLED_S)

    def _frame_took(self, start_s: float, end_s: float, *, draft: bool) -> None:
        """Remember what it cost, so that drawing leaves the window half of its time; a draft is followed by a full picture."""
        self._free_at_s = end_s + min(end_s - start_s, 0.5)
        if draft:
            self._settle_timer.start(round(1e3 * _SETTLED_S))
        else:
            self._full_frame_s = end_s - start_s
        self.scene.frame_took(end_s - start_s, draft=draft)
        if self.scene.unfinished and (not draft or self.scene.filling):
            self.redraw()
        self.frame_drawn.emit((end_s - start_s) * 1e3)

    def redraw(self) -> None:
        """Ask for a frame, not sooner than the last one's cost ago; one that comes by and by is begun anew."""
        self._whole = False
        wait_s = self._free_at_s - time.perf_counter()
        if wait_s <= 0.0:
            self._ask()
        elif not self._due_timer.isActive():
            self._due_timer.start(round(1e3 * wait_s) + 1)

    def _more(self) -> None:
        """More of the scene is ready to be drawn: after the picture that is coming."""
        if self._slices is not None or self._whole:
            self._stale = True
        else:
            self.redraw()

    def _ask(self) -> None:
        self._asked = True
        self.update()

    def _size_px(self) -> tuple[int, int]:
        ratio = self.devicePixelRatioF()
        return max(round(self.width() * ratio), 1), max(round(self.height() * ratio), 1)
