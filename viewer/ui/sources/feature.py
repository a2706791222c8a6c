"""Sources as a feature of the window: the dock, the chip beside the line's, and the actions of bindings, wizard and doctor."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from viewer.base.ids import ChannelId
from viewer.twin.edits import Edit
from viewer.ui.actions import ActionSpec
from viewer.ui.sources.chip import SourcesChip
from viewer.ui.sources.line import SourceLine
from viewer.ui.sources.panel import SourcesPanel

if TYPE_CHECKING:
    from viewer.ui.main_window import MainWindow
    from viewer.ui.sources.bindings_panel import BindingsPanel
    from viewer.ui.sources.doctor_panel import DoctorPanel
    from viewer.ui.sources.wizard import SourceWizard

_FILE = "gateway_file"


class SourcesFeature:
    """What the window has of sources. The large panels are made when they are asked for."""

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
        self.panel.add_button("Add a source…", "Look into a source and bind what it offers", self.open_wizard)
        self.panel.add_button("Bindings…", "Which tag is which channel, in a gateway's file (Ctrl+Alt+T)", self.open_bindings)
        self._add_actions()

    def open_bindings(self, path: Path | None = None) -> BindingsPanel:
        """The table of bindings, with the file that was used last."""
        from viewer.ui.sources.bindings_panel import BindingsPanel

        panel = BindingsPanel(self._window, self._window.look, self._window.twin)
        panel.edit_asked.connect(self._edit)
        panel.file_used.connect(lambda text: self._window.state.set(_FILE, text))
        last = path or self._last()
        if last is not None:
            panel.open_file(last)
        panel.open_panel()
        return panel

    def open_wizard(self) -> SourceWizard:
        """The wizard that looks into a source."""
        from viewer.ui.sources.wizard import SourceWizard

        scene = self._window.services.scene_path
        wizard = SourceWizard(self._window, self._window.look, self._window.twin, scene)
        wizard.edit_asked.connect(self._edit)
        wizard.file_used.connect(lambda text: self._window.state.set(_FILE, text))
        last = self._last()
        wizard.form.file.setText(str(last) if last is not None else "")
        wizard.open_panel()
        return wizard

    def open_doctor(self) -> DoctorPanel | None:
        """The doctor's findings; None where the window was given none."""
        from viewer.ui.sources.doctor_panel import DoctorPanel

        examine = self._window.services.examine
        if examine is None:
            return None
        panel = DoctorPanel(self._window, self._window.look, examine)
        panel.open_panel()
        return panel

    def _add_actions(self) -> None:
        window = self._window
        for spec in (
            ActionSpec("sources.add", "Add a source…", self.open_wizard, "Live", "add", "", group="sources"),
            ActionSpec(
                "sources.bindings",
                "Bindings of tags to channels…",
                self.open_bindings,
                "Live",
                "link",
                "Ctrl+Alt+T",
                group="sources",
            ),
            ActionSpec(
                "help.doctor", "Doctor…", self.open_doctor, "Help", "fault", "", lambda: window.services.examine is not None
            ),
        ):
            window.actions_.add(spec)

    def _edit(self, edit: Edit) -> None:
        if self._window.edit(edit):
            self._window.notifications.say(f"{edit.title()}: done", offer=("Undo", self._window.undo))

    def _last(self) -> Path | None:
        text = self._window.state.text(_FILE)
        return Path(text) if text and Path(text).is_file() else None


def install(window: MainWindow) -> SourcesFeature:
    """Add the dock, the chip and the actions."""
    return SourcesFeature(window)
