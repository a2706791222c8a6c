"""Trends as a feature of the window: actions, alarms shaded, copies, export, and what is remembered of them for each scene."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication, QFileDialog

from viewer.base.ids import ChannelId
from viewer.base.job import Job
from viewer.base.units import grouped
from viewer.ui.actions import ActionSpec
from viewer.ui.background import BackgroundTask
from viewer.ui.scene_facts import first_trends
from viewer.ui.trends.alarm_spans import AlarmLine, AlarmSpan, read_alarms
from viewer.ui.trends.export import drawn_as_csv, export_span
from viewer.ui.ui_state import UiState

if TYPE_CHECKING:
    from viewer.ui.main_window import MainWindow
    from viewer.ui.trends.panel import Trends

_ALARMS = "trends.alarms"
_ALARM_GAP_NS = 3_000_000_000


class TrendFeature:
    """What surrounds the panel. Main thread."""

    def __init__(self, window: MainWindow) -> None:
        self._w, self._trends = window, window.trends
        self._asked: tuple[object, int, int] = ((), 0, 0)
        self._dialog: QFileDialog | None = None
        self.task: BackgroundTask | None = None
        """The export that goes on."""
        self._has_scene = False
        self._add_actions()
        window.scene_shown.connect(self._shown)
        window.scene_leaving.connect(self._remember)
        window.asking.answered.connect(self._take)
        self._trends.span_changed.connect(self._ask_alarms)
        window.live.refreshed.connect(lambda _snapshot: self._ask_alarms())

    def _add_actions(self) -> None:
        trends, w = self._trends, self._w

        def has_curves() -> bool:
            return bool(trends.channels)

        def has_line() -> bool:
            return has_curves() and w.services.feed is not None

        def act(name: str, text: str, run: Callable[[], object], enabled: Callable[[], bool], picture: str = "") -> None:
            w.actions_.add(ActionSpec(f"trends.{name}", text, run, "Live", picture, "", enabled, group="trends"))

        act("follow", "Let the trends follow again", trends.back, has_curves)
        act("measure", "Measure in the trends with two cursors", trends.measure, has_curves)
        act("copy", "Copy the curves as CSV", self.copy, has_curves, "copy")
        act("picture", "Copy the trends as a picture", self.copy_picture, has_curves)
        act("export", "Export the span of the trends…", self.ask_export, has_line, "export")
        trends.menu.addActions([w.actions_[f"trends.{name}"] for name in ("follow", "measure", "copy", "picture", "export")])

    # -- alarms ------------------------------------------------------------------------------------------------------

    def _ask_alarms(self) -> None:
        """Ask for the alarms of the span shown, where it has changed; live, every few seconds."""
        feed, span = self._w.services.feed, self._trends.span
        if not isinstance(feed, AlarmLine) or not self._trends.isVisible() or not self._trends.channels:
            return
        asked = (self._trends.channels, round(span.span_s * 1e3), span.end_ns)
        if asked[:2] == self._asked[:2] and abs(asked[2] - self._asked[2]) < max(_ALARM_GAP_NS, round(1e7 * span.span_s)):
            return
        self._asked = asked
        channels, t0_ns, t1_ns = set(self._trends.channels), span.start_ns, span.end_ns
        self._w.asking.ask(_ALARMS, lambda: read_alarms(feed, channels, t0_ns, t1_ns))

    def _take(self, key: str, answer: object) -> None:
        if key == _ALARMS and isinstance(answer, tuple):
            self._trends.show_marks([one for one in answer if isinstance(one, AlarmSpan)])

    # -- copies ------------------------------------------------------------------------------------------------------

    def copy(self) -> None:
        """What is drawn, as CSV, to the clipboard."""
        trends = self._trends
        records = [self._w.twin.channels[c] for c in trends.channels]
        text = drawn_as_csv(records, trends.curves.values(), trends.span.start_ns, trends.span.end_ns)
        QApplication.clipboard().setText(text)
        self._w.notifications.say(f"{grouped(text.count(chr(10)) - 1)} points are on the clipboard as CSV", "good")

    def copy_picture(self) -> None:
        """The plots and their legend, as they are seen, to the clipboard."""
        QApplication.clipboard().setPixmap(self._trends.grab())
        self._w.notifications.say("The trends are on the clipboard as a picture", "good")

    def ask_export(self) -> None:
        """Let somebody choose the file."""
        dialog = QFileDialog(self._w, "Export every sample of the span shown", "", "CSV (*.csv)")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("csv")
        dialog.selectFile("trends.csv")
        dialog.fileSelected.connect(lambda path: self.export(Path(path)))
        dialog.finished.connect(dialog.deleteLater)
        self._dialog = dialog
        dialog.open()

    def export(self, path: Path) -> None:
        """Write every sample of the span shown."""
        feed = self._w.services.feed
        if feed is None:
            return
        reader, span, notes = feed.reader, self._trends.span, self._w.notifications
        records = [self._w.twin.channels[c] for c in self._trends.channels]

        def write(job: Job) -> tuple[int, Path]:
            return export_span(reader, records, (span.start_ns, span.end_ns), path, job)

        task = BackgroundTask(f"Export {path.name}", write, self._w)
        task.finished.connect(lambda done: notes.say(f"Exported {grouped(done[0])} samples: {done[1]}", "good"))
        task.mistaken.connect(lambda text: notes.say(text, "alarm"))
        task.cancelled.connect(lambda: notes.say(f"Exporting {path.name} was cancelled"))
        task.ended.connect(self._ended)
        self.task = task
        self._w.progress.watch(task)
        task.start()

    def _ended(self) -> None:
        task, self.task = self.task, None
        if task is not None:
            task.deleteLater()

    # -- memory ------------------------------------------------------------------------------------------------------

    def _shown(self) -> None:
        self._has_scene = True

    def _remember(self) -> None:
        if self._has_scene and self._w.twin.channels:  # a scene without any says nothing about what one likes to see
            remember_trends(self._w.state, self._w.services.scene_path, self._trends)


def remember_trends(state: UiState, scene: Path | None, trends: Trends) -> None:
    """Keep channels, span and ranges for a scene."""
    key = _key(scene)
    state.set(key, [str(c) for c in trends.channels])
    state.set(f"{key} span", [trends.span.span_s])
    state.set(f"{key} ranges", [f"{low!r} {high!r} {unit}" for unit, (low, high) in sorted(trends.ranges.items())])


def recall_trends(state: UiState, scene: Path | None, trends: Trends, window: MainWindow) -> None:
    """Show what was kept for a scene; the scene's own first curves where nothing was."""
    key = _key(scene)
    span = state.numbers(f"{key} span")
    trends.ranges = dict(filter(None, map(_range_of, state.texts(f"{key} ranges"))))
    wanted = state.texts(key) if state.has(key) else first_trends(window.twin)
    trends.show_channels([ChannelId(c) for c in wanted])
    if len(span) == 1 and span[0] > 0.0:
        trends.show_span(span[0])


def _range_of(text: str) -> tuple[str, tuple[float, float]] | None:
    """What was kept of one unit; None where somebody has changed the file so that it says nothing."""
    low, high, unit = (*text.split(" ", 2), "", "")[:3]
    try:
        chosen = (float(low), float(high))
    except ValueError:
        return None
    return (unit, chosen) if chosen[0] < chosen[1] < float("inf") else None


def _key(scene: Path | None) -> str:
    return "trends" if scene is None else f"trends {scene.absolute()}"


def install(window: MainWindow) -> TrendFeature:
    """Add actions to the menu Live."""
    return TrendFeature(window)
