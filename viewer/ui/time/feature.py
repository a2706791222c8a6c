"""Time travel as a feature of the window: its actions, keys, marks and the panel of two moments."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from viewer.ui.actions import ActionSpec
from viewer.ui.time.moments_panel import MomentsPanel

if TYPE_CHECKING:
    from viewer.ui.main_window import MainWindow


def install(window: MainWindow) -> MomentsPanel:
    """Add actions to the menu Live, and the dock of moments."""
    cursor = window.time
    panel = MomentsPanel(window.look, cursor, window.asking)
    window.docks.add("moments", "Moments", panel)

    def has_line() -> bool:
        return window.services.feed is not None

    def in_past() -> bool:
        return has_line() and not cursor.is_live

    def mark(letter: str) -> None:
        panel.mark(letter)
        window.docks.show("moments")

    def act(name: str, text: str, run: Callable[[], object], keys: str, enabled: Callable[[], bool], picture: str = "") -> None:
        window.actions_.add(ActionSpec(f"time.{name}", text, run, "Live", picture, keys, enabled, group="time"))

    act("live", "Go live", cursor.go_live, "Ctrl+Shift+Home", in_past, "live")
    act("toggle", "Play or stop the past", cursor.toggle, "Ctrl+Shift+Space", has_line, "play")
    act("back", "Back by a second", lambda: cursor.step(-1.0), "Ctrl+Left", has_line)
    act("on", "On by a second", lambda: cursor.step(1.0), "Ctrl+Right", in_past)
    act("back_minute", "Back by a minute", lambda: cursor.step(-60.0), "Ctrl+Shift+Left", has_line)
    act("on_minute", "On by a minute", lambda: cursor.step(60.0), "Ctrl+Shift+Right", in_past)
    act("mark_a", "Mark this moment as A", lambda: mark("A"), "Ctrl+Alt+A", has_line)
    act("mark_b", "Mark this moment as B, and compare", lambda: mark("B"), "Ctrl+Alt+B", has_line)

    panel.set_reader(lambda: None if window.services.feed is None else window.services.feed.reader)
    panel.moment_asked.connect(cursor.go_to)
    panel.channel_asked.connect(lambda channel: window.trend([channel]))
    panel.node_asked.connect(lambda node: window.show_nodes([node]))
    panel.marks_changed.connect(lambda: window.timeline.show_marks(panel.marks()))
    panel.failed.connect(lambda sentence: window.notifications.say(sentence, "warning"))
    cursor.mode_changed.connect(window.actions_.refresh)
    window.link.followers.append(lambda twin, _delta: panel.set_twin(twin))
    return panel
