"""Sources as a feature of the window: the dock, the chip beside the line's, and the actions of bindings and the doctor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from viewer.base.ids import ChannelId
from viewer.ui.sources.chip import SourcesChip
from viewer.ui.sources.line import SourceLine
from viewer.ui.sources.panel import SourcesPanel

if TYPE_CHECKING:
    from viewer.ui.main_window import MainWindow


class SourcesFeature:
    """What the window has of sources."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self.line = SourceLine(window)
        self.panel = SourcesPanel(window.look, self.line, window.services.clock)
        self.chip = SourcesChip(window.look, self.line)
        window.docks.add("sources", "Sources", self.panel)
        window.chips.append(self.chip)
        window.feed_taken.connect(self.line.set_feed)
        window.link.followers.append(lambda twin, _delta: self.panel.set_twin(twin))
        window.selection.changed.connect(lambda: self.panel.show_selection(window.selection.ids))
        self.panel.nodes_asked.connect(window.show_nodes)
        self.panel.trend_asked.connect(lambda ids: window.trend([ChannelId(one) for one in ids]))
        self.chip.clicked.connect(lambda _checked=False: window.docks.show("sources"))
        window.closing.connect(self.line.stop)


def install(window: MainWindow) -> SourcesFeature:
    """Add the dock, the chip and the actions."""
    return SourcesFeature(window)
