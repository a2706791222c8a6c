"""Puts measuring into the window: the tool, its strip, the layer over the scene, the list, and their actions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from viewer.twin.deltas import Delta
from viewer.twin.model import Twin
from viewer.ui.actions import ActionSpec
from viewer.ui.measure.board import Board
from viewer.ui.measure.layer import MeasureLayer
from viewer.ui.measure.panel import MeasurePanel
from viewer.ui.measure.snapper import Snapper
from viewer.ui.measure.strip import MeasureStrip
from viewer.ui.measure.tool import MeasureTool

if TYPE_CHECKING:
    from viewer.ui.main_window import MainWindow


class Measuring:
    """All of it, for one window. Main thread."""

    def __init__(self, window: MainWindow) -> None:
        self._w = window
        self.board = Board(window.view3d, lambda: window.twin, window)
        self.snapper = Snapper(window.view3d, lambda: window.twin, window)
        self.tool = MeasureTool(window, self.board, self.snapper)
        self.strip = MeasureStrip(self.tool, self.board, window.look)
        self.panel = MeasurePanel(self.board, window.look)
        self.layer = MeasureLayer(window.view3d, self.board, self._pending)
        window.tools.add(self.tool)
        window.docks.add("measure", "Measurements", self.panel)
        window.view3d.add_strip(self.strip)
        window.view3d.add_overlay(self.layer)
        self._connect()
        for spec in self._specs():
            window.actions_.add(spec)

    def _pending(self) -> tuple[Any, Any, Any]:
        """What the tool holds for the layer to draw."""
        tool = self.tool
        centres = self.snapper.centres if tool.is_taken and tool.kind in ("distance", "point", "angle") else []
        return tuple(tool.picks), tool.hover, centres

    def _connect(self) -> None:
        w = self._w
        self.tool.state.changed.connect(self.layer.update)
        self.board.mistaken.connect(lambda text: w.notifications.say(text, "warning"))
        self.board.working.connect(lambda task: w.progress.watch(task))
        self.panel.said.connect(lambda text, severity: w.notifications.say(text, severity))
        self.panel.fly_asked.connect(lambda nodes: w.view3d.fly_to([n for n in nodes if n in w.twin.nodes]))
        self.strip.list_asked.connect(lambda: w.docks.show("measure"))
        self.strip.close_asked.connect(lambda: w.set_tool("select"))
        w.link.followers.append(self._follow)
        unit = w.state.text("measure_unit", "auto")
        units = [self.strip.units.itemText(i) for i in range(self.strip.units.count())]
        self.strip.units.setCurrentIndex(units.index(unit) if unit in units else 0)
        self.strip.units.currentTextChanged.connect(lambda text: w.state.set("measure_unit", text))

    def _follow(self, _twin: Twin, delta: Delta | None) -> None:
        """Nodes that went take their measurements along."""
        if delta is None or delta.scene_replaced or delta.removed:
            self.snapper.forget()
            self.tool.use(self.tool.kind)
            self.board.keep_known()

    def _specs(self) -> list[ActionSpec]:
        w, board = self._w, self.board

        def has_any() -> bool:
            return bool(board.measurements)

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
                "measure.show", "Show the measurements", lambda: board.show_all(is_shown=not board.is_shown), "Tools", "show", "",
                has_any, lambda: board.is_shown, group="measure",
            ),
            ActionSpec("measure.clear", "Clear the measurements", board.clear, "Tools", "delete", "", has_any, group="measure"),
        ]  # fmt: skip

    def _selection_title(self) -> str:
        two = len(self._w.selection.ids) == 2
        return "Clearance between the two selected" if two else "Volume and area of the selection"

    def toggle(self) -> None:
        """Take the tool up, or put it down."""
        self._w.set_tool("select" if self._w.tools.is_taken("measure") else "measure")

    def measure_selection(self) -> None:
        """The clearance of two selected nodes, or the body of one."""
        picks = tuple(self.snapper.part(node) for node in self._w.selection.ids)
        self.board.add("clearance" if len(picks) == 2 else "body", picks)
        self._w.docks.show("measure")


def install(window: MainWindow) -> Measuring:
    """See `viewer.ui.features`."""
    return Measuring(window)
