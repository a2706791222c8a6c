"""Puts looking into the window: section, explode, focus, saved views and walking, with their actions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QMouseEvent

from viewer.twin.document import Document
from viewer.twin.edit_values import from_plain_value, to_plain_value
from viewer.twin.process import View
from viewer.twin.view_state import Section, ViewState
from viewer.ui.actions import ActionSpec
from viewer.ui.looking.explode_strip import ExplodeStrip
from viewer.ui.looking.ghost_strip import GhostStrip
from viewer.ui.looking.section_control import SectionControl
from viewer.ui.looking.section_handles import SectionHandles, is_drawn
from viewer.ui.looking.section_strip import SectionStrip
from viewer.ui.looking.views_panel import ViewsPanel
from viewer.ui.looking.walk_tool import WalkTool
from viewer.ui.services import ColourBy
from viewer.ui.tools import Tool

if TYPE_CHECKING:
    from viewer.ui.main_window import MainWindow

_NUMBERS = range(1, 10)


class AlignTool(Tool):
    """The next click on a face puts the section's plane there."""

    id = "section.align"
    hint = "Click a face to cut along it   ·   drag: look round   ·   Esc: back"

    def __init__(self, window: MainWindow, control: SectionControl) -> None:
        self._w, self._control = window, control
        self._at = (0.0, 0.0)

    def press(self, event: QMouseEvent) -> bool:
        self._at = (event.position().x(), event.position().y())
        return False

    def release(self, event: QMouseEvent) -> bool:
        x, y = event.position().x(), event.position().y()
        if max(abs(x - self._at[0]), abs(y - self._at[1])) > 4.0:
            return False
        view = self._w.view3d
        ratio = view.devicePixelRatioF()
        hit = view.scene.pick(x * ratio, y * ratio)
        view.drop_press()
        if hit is not None:
            self._control.align(hit)
            self._w.set_tool("select")
        return True


class Looking:
    """All of it, for one window. Main thread."""

    def __init__(self, window: MainWindow) -> None:
        self._w = window
        self.section = SectionControl(window)
        self.strip = SectionStrip(self.section, window.look)
        self.explode = ExplodeStrip(window, window.look)
        self.ghosts = GhostStrip(window, window.look)
        self.views = ViewsPanel(window, self.current_view)
        self.walk = WalkTool(window)
        for strip in (self.ghosts, self.explode, self.strip):
            window.view3d.add_strip(strip)
        if is_drawn(window.view3d):
            self.handles = SectionHandles(window.view3d, self.section)
            window.view3d.add_overlay(self.handles)
        window.tools.add(self.walk)
        window.tools.add(AlignTool(window, self.section))
        window.docks.add("views", "Views", self.views)
        self.strip.align_asked.connect(lambda: window.set_tool("section.align"))
        self.strip.mistaken.connect(lambda text: window.notifications.say(text, "warning"))
        self._document: Document | None = None
        window.document_taken.connect(lambda: self._listen_to(window.services.document))
        window.scene_leaving.connect(self._remember)
        window.scene_shown.connect(self._recall)
        window.view_shown.connect(self._show)
        for spec in (*self._tools(), *self._views()):
            window.actions_.add(spec)

    # -- saved views

    def current_view(self, name: str) -> View:
        """The present viewpoint with all that is shown."""
        w = self._w
        view = w.view3d.current_view(name)
        return View(name, view.position_m, view.target_m, view.up, view.angle_rad, view.parallel, self.state())

    def state(self) -> ViewState:
        """What this window shows of its scene."""
        seen, colour = self._w.visibility, self._w.link.colour_by
        return ViewState(
            section=self.section.model.section,
            explode=self.explode.explode,
            hidden=tuple(sorted(seen.hidden)),
            isolated=tuple(sorted(seen.isolated)),
            x_rayed=tuple(sorted(seen.x_rayed)),
            focus=tuple(sorted(seen.focus)),
            x_ray_opacity=seen.opacity,
            colour_by=f"channels:{colour.glob}" if colour.kind == "channels" else colour.kind,
        )

    def _show(self, view: object) -> None:
        """What a saved view says beside the viewpoint."""
        state = view.state if isinstance(view, View) else None
        if state is None:
            return
        w, known = self._w, self._w.twin.nodes
        sets = [[node for node in one if node in known] for one in (state.hidden, state.isolated, state.x_rayed, state.focus)]
        self.section.take(state.section)
        self.explode.take(state.explode)
        w.visibility.set_opacity(state.x_ray_opacity)
        w.visibility.take(*sets)
        kind, _, glob = state.colour_by.partition(":")
        colour = (
            ColourBy("channels", glob) if kind == "channels" else ColourBy(kind) if kind in ("scene", "states", "none") else None
        )
        if colour is not None and colour != w.link.colour_by:
            w.link.choose_colours(colour)

    # -- between scenes

    def _remember(self) -> None:
        path = self._w.services.scene_path
        self._listen_to(None)
        if path is not None:
            section = self.section.model.section
            self._w.state.set(_key(path), json.dumps(to_plain_value(section)) if section else "")

    def _recall(self) -> None:
        if self._w.tools.is_taken("walk"):
            self._w.set_tool("select")
        self.explode.stop()
        self.section.model.reset()
        path = self._w.services.scene_path
        kept = self._w.state.text(_key(path)) if path is not None else ""
        self.section.take(_section_of(kept))
        self.views.refresh()

    def _listen_to(self, document: Document | None) -> None:
        """Follow the views of another document."""
        if self._document is not None:
            self._document.changed.disconnect(self._changed, missing_ok=True)
        self._document = document
        if document is not None:
            document.changed.connect(self._changed)
            self.views.refresh()

    def _changed(self, _delta: object) -> None:
        self.views.refresh()

    # -- actions

    def _tools(self) -> list[ActionSpec]:
        w, section = self._w, self.section

        def can_move() -> bool:
            return section.is_on and section.model.plane is not None

        def focus() -> None:
            w.visibility.toggle_focus(w.selection.ids)
            w.selection.clear()  # the focus keeps its own colours

        def can_focus() -> bool:
            return bool(w.selection.ids or w.visibility.focus)

        def walk() -> None:
            self.walk.go_back() if w.tools.is_taken("walk") else w.set_tool("walk")

        def nudge(name: str, text: str, key: str, steps: float) -> ActionSpec:
            return ActionSpec(f"section.{name}", text, lambda: section.nudge(steps), "Tools", "", key, can_move, group="section")

        return [
            ActionSpec(
                "section.toggle", "Section", section.toggle, "Tools", "section", "C", w.has_scene, lambda: section.is_on,
                group="section",
            ),
            nudge("forward", "Move the section's plane on", "PgUp", 1.0),
            nudge("back", "Move the section's plane back", "PgDown", -1.0),
            nudge("forward_finely", "Move the section's plane on finely", "Shift+PgUp", 0.1),
            nudge("back_finely", "Move the section's plane back finely", "Shift+PgDown", -0.1),
            ActionSpec(
                "section.align", "Cut along a face", lambda: w.set_tool("section.align"), "Tools", "align", "Shift+C",
                w.has_scene, group="section",
            ),
            ActionSpec(
                "section.reset", "Forget the section", section.reset, "Tools", "", "", lambda: section.is_on, group="section",
            ),
            ActionSpec(
                "explode.toggle", "Explode", self.explode.toggle, "Tools", "explode", "E", w.has_scene,
                lambda: self.explode.is_open, group="explode",
            ),
            ActionSpec(
                "view.focus", "Focus: all but the selection see-through", focus, "View", "focus", "Shift+X", can_focus,
                lambda: bool(w.visibility.focus), group="seen",
            ),
            ActionSpec(
                "tool.walk", "Walk", walk, "Tools", "walk", "Shift+W",
                w.has_scene, lambda: w.tools.is_taken("walk"), group="walk",
            ),
        ]  # fmt: skip

    def _views(self) -> list[ActionSpec]:
        w, views = self._w, self.views
        numbered = [
            ActionSpec(
                f"views.go{n}", f"Saved view {n}", lambda n=n: views.go_to(n), "View", "", f"Alt+{n}",
                lambda n=n: len(w.twin.views) >= n, title=lambda n=n: self._title(n), group="saved",
            )
            for n in _NUMBERS
        ]  # fmt: skip
        return [
            ActionSpec("views.save", "Save this view…", views.save, "View", "view", "Ctrl+Shift+V", w.has_scene, group="saved"),
            *numbered,
        ]

    def _title(self, number: int) -> str:
        views = self._w.twin.views
        return f"Saved view {number}: {views[number - 1].name}" if number <= len(views) else f"Saved view {number}"


def _key(scene: Path) -> str:
    return f"section {scene.absolute()}"


def _section_of(kept: str) -> Section:
    """The section that was kept; none where that can't be read any more."""
    if not kept:
        return Section()
    try:
        section: Section = from_plain_value(json.loads(kept), Section)
    except ValueError:
        return Section()
    return Section() if section.problem() else section


def install(window: MainWindow) -> Looking:
    """See `viewer.ui.features`."""
    return Looking(window)
