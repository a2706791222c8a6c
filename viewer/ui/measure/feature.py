"""Puts measuring into the window: the tool, its strip, the layer over the scene, the list, and their actions."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from viewer.twin.deltas import Delta
from viewer.twin.model import Twin
from viewer.ui.actions import ActionSpec
from viewer.ui.lazy_panel import LazyPanel
from viewer.ui.tools import Tool

if TYPE_CHECKING:
    from viewer.ui.main_window import MainWindow
    from viewer.ui.measure.board import Board
    from viewer.ui.measure.layer import MeasureLayer
    from viewer.ui.measure.panel import MeasurePanel
    from viewer.ui.measure.snapper import Snapper
    from viewer.ui.measure.strip import MeasureStrip
    from viewer.ui.measure.tool import MeasureTool


class Measuring:
    """All of it, for one window; each piece is made when it is first needed, since most runs measure nothing. Main thread."""

    def __init__(self, window: MainWindow) -> None:
        self._w = window
        self._is_made = False
        window.tools.add(_Door(self))
        window.docks.add("measure", "Measurements", LazyPanel(lambda: self.panel))
        window.link.followers.append(self._follow)
        for spec in self._specs():
            window.actions_.add(spec)

    @cached_property
    def board(self) -> Board:
        """The measurements, with the layer that draws them."""
        from viewer.ui.measure.board import Board

        w, board = self._w, Board(self._w.view3d, lambda: self._w.twin, self._w)
        self._is_made = True
        board.mistaken.connect(lambda text: w.notifications.say(text, "warning"))
        board.working.connect(w.progress.watch)
        board.changed.connect(w.actions_.refresh)
        return board

    @cached_property
    def snapper(self) -> Snapper:
        """What finds corners, edges and faces under the cursor."""
        from viewer.ui.measure.snapper import Snapper

        return Snapper(self._w.view3d, lambda: self._w.twin, self._w)

    @cached_property
    def layer(self) -> MeasureLayer:
        """The lines and values over the scene."""
        from viewer.ui.measure.layer import MeasureLayer

        layer = MeasureLayer(self._w.view3d, self.board, self._pending)
        self._w.view3d.add_overlay(layer)
        return layer

    @cached_property
    def tool(self) -> MeasureTool:
        """The tool itself; its strip and the layer come with it."""
        from viewer.ui.measure.tool import MeasureTool

        tool = MeasureTool(self._w, self.board, self.snapper)
        tool.state.changed.connect(self.layer.update)
        return tool

    @cached_property
    def strip(self) -> MeasureStrip:
        """The tool's controls at the lower edge of the view."""
        from viewer.ui.measure.strip import MeasureStrip

        w, strip = self._w, MeasureStrip(self.tool, self.board, self._w.look)
        w.view3d.add_strip(strip)
        strip.list_asked.connect(lambda: w.docks.show("measure"))
        strip.close_asked.connect(lambda: w.set_tool("select"))
        units = [strip.units.itemText(i) for i in range(strip.units.count())]
        unit = w.state.text("measure_unit", units[0])
        strip.units.setCurrentIndex(units.index(unit) if unit in units else 0)
        strip.units.currentTextChanged.connect(lambda text: w.state.set("measure_unit", text))
        return strip

    @cached_property
    def panel(self) -> MeasurePanel:
        """The list."""
        from viewer.ui.measure.panel import MeasurePanel

        w, panel = self._w, MeasurePanel(self.board, self._w.look)
        panel.said.connect(lambda text, severity: w.notifications.say(text, severity))
        panel.fly_asked.connect(lambda nodes: w.view3d.fly_to([n for n in nodes if n in w.twin.nodes]))
        return panel

    def take_door(self, tool: MeasureTool) -> None:
        """The tool takes the place that was kept for it."""
        self._w.tools.replace(tool)

    def _pending(self) -> tuple[Any, Any, Any]:
        """What the tool holds for the layer to draw."""
        tool = self.tool
        centres = self.snapper.centres if tool.is_taken and tool.kind in ("distance", "point", "angle") else []
        return tuple(tool.picks), tool.hover, centres

    def _follow(self, _twin: Twin, delta: Delta | None) -> None:
        """Nodes that went take their measurements along."""
        if self._is_made and (delta is None or delta.scene_replaced or delta.removed):
            self.snapper.forget()
            self.tool.use(self.tool.kind)
            self.board.keep_known()

    def _specs(self) -> list[ActionSpec]:
        w = self._w

        def has_any() -> bool:
            return self._is_made and bool(self.board.measurements)

        def can_measure_selection() -> bool:
            return 1 <= len(w.selection.ids) <= 2

        return [
            ActionSpec(
                "tool.measure", "Measure", self.toggle, "Tools", "ruler", "M", w.has_scene,
                lambda: w.tools.is_taken("measure"), group="measure",
            ),
            ActionSpec(
                "measure.selection", "Measure the selection", self.measure_selection, "Tools", "", "Shift+M",
                can_measure_selection, title=self._selection_title, group="measure",
            ),
            ActionSpec(
                "measure.show", "Show the measurements", self.toggle_shown, "Tools", "show", "", has_any,
                lambda: not self._is_made or self.board.is_shown, group="measure",
            ),
            ActionSpec(
                "measure.clear", "Clear the measurements", lambda: self.board.clear(), "Tools", "delete", "", has_any,
                group="measure",
            ),
        ]  # fmt: skip

    def _selection_title(self) -> str:
        two = len(self._w.selection.ids) == 2
        return "Clearance between the two selected" if two else "Volume and area of the selection"

    def toggle_shown(self) -> None:
        """Draw the measurements over the scene, or not."""
        self.board.show_all(is_shown=not self.board.is_shown)

    def toggle(self) -> None:
        """Take the tool up, or put it down."""
        self._w.set_tool("select" if self._w.tools.is_taken("measure") else "measure")

    def measure_selection(self) -> None:
        """The clearance of two selected nodes, or the body of one."""
        picks = tuple(self.snapper.part(node) for node in self._w.selection.ids)
        self._w.docks.show("measure")
        self.layer.update()
        self.board.add("clearance" if len(picks) == 2 else "body", picks)


class _Door(Tool):
    """Stands where the tool will be: it is made when it is first taken up."""

    id = "measure"

    def __init__(self, measuring: Measuring) -> None:
        self._measuring = measuring

    def begin(self) -> None:
        measuring = self._measuring
        measuring.strip.refresh()
        measuring.take_door(measuring.tool)
        measuring.tool.begin()


def install(window: MainWindow) -> Measuring:
    """See `viewer.ui.features`."""
    return Measuring(window)
