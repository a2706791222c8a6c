"""What the window does with the simulated plant's faults: the panel, the palette's entries, and a toast for each answer."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from viewer.ui.command_palette import Entry
from viewer.ui.faults import Faults
from viewer.ui.faults_panel import FaultsPanel

if TYPE_CHECKING:
    from viewer.ui.main_window import MainWindow


class FaultControl:
    """Offered only while the line has faults. Main thread."""

    def __init__(self, window: MainWindow) -> None:
        self._w = window
        self.faults = Faults(window)
        self.panel: FaultsPanel | None = None
        self.faults.changed.connect(self._changed)
        self.faults.refused.connect(lambda text: window.notifications.say(text, "warning"))
        self.faults.done.connect(lambda text: window.notifications.say(text, "info"))
        window.actions_["live.faults"].setVisible(False)

    def is_offered(self) -> bool:
        return bool(self.faults.infos)

    def open(self) -> None:
        """Show the panel."""
        if self.panel is None:
            self.panel = FaultsPanel(self._w, self.faults, self._w.look)
        self.panel.show()
        self.panel.raise_()

    def entries(self) -> Iterator[Entry]:
        """One for each fault; its parameters are the defaults."""
        for info in self.faults.infos:
            verb, run = ("Clear", self.faults.clear) if info.active else ("Inject", self.faults.inject)
            yield Entry(f"fault:{info.name}", f"{verb}: {info.title}", "fault", "fault", partial(run, info.name))

    def _changed(self) -> None:
        self._w.actions_["live.faults"].setVisible(self.is_offered())
        self._w.actions_.refresh()
        if not self.is_offered() and self.panel is not None:
            self.panel.hide()
