"""Puts the search with its result list into the window, and what can be done with all that was found."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from viewer.base.ids import NodeId
from viewer.base.units import grouped
from viewer.twin.attributes import PALETTE, Colouring
from viewer.twin.channels import Condition, StateLabel
from viewer.twin.colour_maps import NEUTRAL
from viewer.twin.deltas import Delta
from viewer.twin.kinematics import instances
from viewer.twin.model import Twin
from viewer.twin.overlays import Legend
from viewer.ui.actions import ActionSpec
from viewer.ui.search_panel import SearchPanel

if TYPE_CHECKING:
    from viewer.ui.main_window import MainWindow


class Finding:
    """The search of one window. Main thread."""

    def __init__(self, window: MainWindow) -> None:
        self._w = window
        self.panel = SearchPanel(window.look, window.state.texts("recent_searches"))
        window.docks.add("search", "Search", self.panel)
        self._connect()
        window.actions_.add(
            ActionSpec(
                "search.open", "Search with a result list", self.open, "Edit", "filter", "/", window.has_scene, group="find"
            )
        )

    def open(self) -> None:
        """Show the search, ready to type."""
        self._w.docks.show("search")
        self.panel.field.setFocus()
        self.panel.field.selectAll()

    def ask(self, query: str) -> None:
        """Show the search with the answer to a query."""
        self.open()
        self.panel.ask(query)

    def follow(self, twin: Twin, delta: Delta | None = None) -> None:
        """The window shows another twin; poses alone change no answer."""
        if delta is None or delta != Delta(moved=delta.moved):
            self.panel.set_twin(twin)

    def _connect(self) -> None:
        w, panel = self._w, self.panel
        w.link.followers.append(self.follow)
        panel.selected.connect(w.selection.select)
        panel.select_all_asked.connect(w.selection.select)
        panel.fly_asked.connect(self._fly)
        panel.isolate_asked.connect(lambda nodes: w.visibility.toggle_isolated(nodes))
        panel.colour_asked.connect(lambda nodes, query: w.link.paint(painted(nodes, query)))
        panel.said.connect(lambda text, severity: w.notifications.say(text, severity))
        panel.said.connect(lambda *_: self.remember())
        panel.field.editingFinished.connect(self.remember)

    def remember(self) -> None:
        """Keep the recent searches for the next run."""
        self._w.state.set("recent_searches", list(self.panel.recent))

    def _fly(self, nodes: list[NodeId]) -> None:
        self._w.selection.select(nodes)
        if nodes:
            self._w.view3d.fly_to(nodes)


def painted(nodes: list[NodeId], query: str) -> Callable[[Twin], Colouring]:
    """Colours that set off some nodes with all below them from the rest."""

    def colouring(twin: Twin) -> Colouring:
        wanted = set(instances(twin, [node for node in nodes if node in twin.nodes]))
        shown = tuple(instances(twin))
        hit = np.array([node in wanted for node in shown], dtype=np.bool_)
        rgb = np.where(hit[:, None], np.array(PALETTE[1]), np.array(NEUTRAL)).astype(np.uint8).reshape(-1, 3)
        states = (
            StateLabel(0, f"found ({grouped(int(hit.sum()))})", PALETTE[1]),
            StateLabel(1, f"others ({grouped(int((~hit).sum()))})", NEUTRAL),
        )
        condition = np.full(len(shown), Condition.NORMAL, dtype=np.uint8)
        return Colouring(shown, rgb, condition, (Legend(f"Search: {query[:40]}", "", states=states),))

    return colouring


def install(window: MainWindow) -> Finding:
    """See `viewer.ui.features`."""
    return Finding(window)
