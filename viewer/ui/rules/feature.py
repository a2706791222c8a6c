"""Rules as a feature of the window: the dock, reading what is written, trials in the background, their ticks on the timeline."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog

from viewer.access.roles import may
from viewer.live.past_words import ChannelOrigin
from viewer.ui.background import BackgroundTask
from viewer.ui.rules import trying
from viewer.ui.rules.panel import RulesPanel
from viewer.ui.rules.trying import Draft
from viewer.ui.sources.line import TellsSources
from viewer.ui.time.canvas import TimeMark

if TYPE_CHECKING:
    from viewer.edge.rules.backtest import BacktestReport
    from viewer.edge.rules.rule import Rule
    from viewer.ui.main_window import MainWindow

_READ, _KNOWN, _ARM, _MARKS = "rules.read", "rules.known", "rules.arm", "rules"
_WITHIN_S = 20.0


class RulesFeature(QObject):
    """Main thread; what takes a while is done on others."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window, self.panel = window, RulesPanel()
        self._task: BackgroundTask | None = None
        self._tried: tuple[Draft, Rule, BacktestReport] | None = None
        window.docks.add("rules", "Rules", self.panel)
        self.panel.changed.connect(self._read)
        self.panel.try_asked.connect(self._try)
        self.panel.cancel_asked.connect(self._cancel)
        self.panel.arm_asked.connect(self._choose)
        window.asking.answered.connect(self._take)
        window.asking.failed.connect(self._miss)
        window.feed_taken.connect(lambda _feed: self.look())
        window.closing.connect(self._cancel)

    def look(self) -> None:
        """Ask for the gateway's rules and their trials."""
        feed = self._window.services.feed
        if not isinstance(feed, TellsSources):
            self.panel.show_rules([])
            return
        status = feed.status()
        self._window.asking.ask(
            _KNOWN, lambda: _rows(feed.request_metadata(["*"]).result(_WITHIN_S), list(trying.trials(status)))
        )

    def arm_into(self, file: Path) -> None:
        """Arm the rule that was tried, in this file."""
        feed, tried = self._window.services.feed, self._tried
        if feed is None or tried is None:
            return
        status, clock = feed.status(), self._window.services.clock
        _, rule, report = tried

        def arm() -> object:
            from viewer.live.keys import user_name

            return trying.armed(report, rule, file, status, user_name(), clock)

        self._window.asking.ask(_ARM, arm)

    def _read(self, draft: Draft) -> None:
        self._window.timeline.show_marks([], _MARKS)
        channels = tuple(self._window.link.twin.channels)
        self._window.asking.ask(_READ, lambda: (draft, trying.read(draft, channels)))

    def _try(self, draft: Draft, span_s: float) -> None:
        feed = self._window.services.feed
        if feed is None or self._task is not None:
            return
        reader, t1_ns = feed.reader, self._window.services.clock.now_ns()
        channels = tuple(self._window.link.twin.channels)

        def work(job: Any) -> object:
            rule, _ = trying.read(draft, channels)
            return draft, rule, trying.tried(rule, reader, t1_ns - round(1e9 * span_s), t1_ns, job)

        self._task = task = BackgroundTask("trying a rule on history", work, self)
        task.progressed.connect(lambda share, doing: self.panel.show_busy(f"{doing}: {share:.0%}"))
        task.finished.connect(self._done)
        task.mistaken.connect(self.panel.found.setText)
        task.cancelled.connect(lambda: self.panel.found.setText("The trial was ended"))
        task.ended.connect(self._ended)
        self.panel.show_busy("Reading the history")
        task.start()

    def _done(self, answer: tuple[Draft, Rule, BacktestReport]) -> None:
        self._tried = answer
        draft, rule, report = answer
        self.panel.show_report(report)
        marks = [TimeMark(one.t0_ns, f"{rule.id} would have been raised", 3, one.t1_ns) for one in report.raised]
        self._window.timeline.show_marks(marks, _MARKS)
        feed = self._window.services.feed
        role = feed.status().role if feed is not None else ""
        if draft == self.panel.draft:
            engineer = may(role, "arm_rule")
            self.panel.allow_arming(engineer, f"The role {role or 'of somebody unknown'} arms no rules: an engineer has to")

    def _ended(self) -> None:
        self._task = None
        self.panel.show_busy("")

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def _choose(self) -> None:
        options = QFileDialog.Option.DontConfirmOverwrite
        name, _ = QFileDialog.getSaveFileName(self.panel, "Write the rule into", "rules.toml", "Rules (*.toml)", options=options)
        if name:
            self.arm_into(Path(name))

    def _take(self, key: str, answer: object) -> None:
        if key == _READ and isinstance(answer, tuple) and answer[0] == self.panel.draft:
            _, (_, channels) = answer
            self.panel.show_read(f"Reads {', '.join(channels)}", is_right=True)
        elif key == _KNOWN and isinstance(answer, list):
            self.panel.show_rules(answer)
        elif key == _ARM:
            self._window.notifications.say(str(answer), "info")
            self.panel.allow_arming(False, "It is armed")
            self.look()

    def _miss(self, key: str, sentence: str) -> None:
        if key == _READ:
            self.panel.show_read(sentence[:1].upper() + sentence[1:], is_right=False)
        elif key == _ARM:
            self._window.notifications.say(sentence, "warning")
        elif key == _KNOWN:
            self.panel.show_rules([])


def install(window: MainWindow) -> RulesFeature:
    """Add the dock."""
    return RulesFeature(window)


def _rows(origins: tuple[ChannelOrigin, ...], trials: list[Any]) -> list[tuple[str, str, str]]:
    last = {one.rule: one for one in trials}
    rows: list[tuple[str, str, str]] = []
    for one in origins:
        if one.kind == "rules":
            trial = last.get(one.id)
            told = f"{trial.times} times, {trial.per_day:.3g} a day, by {trial.user}" if trial else "never tried"
            rows.append((one.id, one.definition, told))
    return rows
