"""Alarms as a feature of the window: the list, its actions and keys, the chip, ticks on the timeline and the inspector's line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication, QStyle

from viewer.alarms.words import ActionKind, AlarmEvent
from viewer.base.ids import NodeId
from viewer.ui.actions import ActionSpec
from viewer.ui.alarms.book import AlarmBook
from viewer.ui.alarms.chip import AlarmChip
from viewer.ui.alarms.curve import Curve
from viewer.ui.alarms.holding import HoldSheet
from viewer.ui.alarms.line import announced_beside
from viewer.ui.alarms.panel import AlarmPanel
from viewer.ui.alarms.rows import Row, can, rows_of
from viewer.ui.alarms.ticks import AlarmTicks
from viewer.ui.alarms.told import AlarmLines
from viewer.ui.sheet import Sheet
from viewer.ui.time.scale import moment_text

if TYPE_CHECKING:
    from viewer.ui.alarms.performance import PerformanceReport
    from viewer.ui.main_window import MainWindow

_JUMP, _CURVE = "alarms.jump", "alarms.curve"
_CURVE_MS = 1_000
_SPAN_NS, _LONGEST_NS = 120 * 10**9, 1_800 * 10**9
_BUCKETS = 300
_MANY = 10
"""Above so many a person is asked before all are acknowledged."""
_STILL = "alarms.still"


class Alarms(QObject):
    """Carries what the book says to the panel, chip, ticks and inspector, and back what a person wants. Main thread."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._w = window
        self.book = AlarmBook(window.time, window.asking, self)
        self.panel, self.chip = AlarmPanel(window.look), AlarmChip(window.look)
        self.ticks = AlarmTicks(window.timeline, window.asking, self)
        self.rows: Sequence[Row] = ()
        self.report: PerformanceReport | None = None
        self._lines = AlarmLines(lambda: self.rows, lambda: self.book.line is not None, self._show_alarm)
        self._offered: tuple[object, ...] = ()
        self._curve_timer = QTimer(self, interval=_CURVE_MS)
        self._curve_timer.timeout.connect(self._read_curve)
        self._curve_timer.start()

    def connect_to_window(self) -> None:
        """Put everything in its place."""
        w, book, panel = self._w, self.book, self.panel
        w.docks.add("alarms", "Alarms", panel)
        w.chips.insert(0, self.chip)
        w.inspector.sections.append(self._lines.tell)
        self.keep_still(self.is_still())
        book.changed.connect(self.show)
        book.happened.connect(self._happened)
        book.refused.connect(lambda sentence: w.notifications.say(sentence, "warning"))
        panel.chosen_changed.connect(self._chosen)
        panel.action_asked.connect(self.ask)
        panel.shown_again.connect(self.show)
        self.chip.pressed.connect(lambda: w.docks.show("alarms"))
        w.timeline.alarm_asked.connect(self.jump)
        w.asking.answered.connect(self._answered)
        w.asking.failed.connect(self._failed)
        w.live.line_changed.connect(self._line)
        w.feed_taken.connect(self._take_feed)
        w.closing.connect(book.stop)
        w.link.followers.append(lambda _twin, delta: self.show() if delta is None else None)

    # -- what is shown -----------------------------------------------------------------------------------------------

    def show(self) -> None:
        """Bring panel, chip and inspector to what the book says."""
        book, now_ns = self.book, self._w.time.clock_ns()
        self.rows = rows_of(book.shown, self._w.twin, now_ns)
        note = "" if self._w.time.is_live else f"As they stood at {moment_text(self._w.time.t_ns, now_ns)}"
        if not note and book.is_known and not book.can_act:
            note = "The line is gone: this is how they stood last"
        self.panel.say(*self._nothing())
        if self.panel.isVisible():
            self.panel.show_rows(self.rows, self._w.twin, can_act=book.can_act, note=note)
        self.chip.show_rows(self.rows, is_told=book.is_known, note=note)
        self._lines.refresh()
        self._refresh_actions()

    def _refresh_actions(self) -> None:
        """Only where another one can be done: there are many actions, and alarms change often."""
        row = self.panel.chosen
        offered = (self.book.can_act, self.book.line is None, can(row.alarm) if row else None, bool(self.panel.unseen_shown))
        if offered != self._offered:
            self._offered = offered
            self._w.actions_.refresh()

    def _nothing(self) -> tuple[str, str]:
        """What the list says where no alarm stands."""
        book = self.book
        if book.sentence:
            return "The alarms are not known", book.sentence
        if book.line is None:
            return "No alarms here", "A gateway watches the channels' limits. Start one with «genchi edge», or open the demo."
        if not book.is_known:
            return "Asking for the alarms…", "They show as soon as the gateway answers."
        when = "stands" if self._w.time.is_live else "stood at this moment"
        return f"No alarm {when}", "What leaves its limits shows here at once, with its likely cause and what to do."

    # -- what a person wants -----------------------------------------------------------------------------------------

    def ask(self, kind: str, alarms: Sequence[str]) -> None:
        """Do something with alarms; what needs a reason, or concerns many, is asked first."""
        w, book, wanted = self._w, self.book, cast("ActionKind", kind)
        name = next((row.name for row in self.rows if alarms and row.alarm.id == alarms[0]), "")
        if kind == "shelve":
            text = "It comes back by itself at the end. Nobody is told of it before."
            HoldSheet(
                w, f"Shelve «{name}»", text, "Shelve",
                lambda why, until_ns: book.act(alarms, wanted, reason=why, until_ns=until_ns), w.time.clock_ns(),
            )  # fmt: skip
        elif kind in ("remove", "suppress"):
            verb = "Take out of service" if kind == "remove" else "Suppress"
            text = "It stays so until somebody ends it; its value is still watched."
            HoldSheet(w, f"{verb}: «{name}»", text, verb, lambda why, _until: book.act(alarms, wanted, reason=why), None)
        elif kind == "acknowledge" and len(alarms) > _MANY:
            text = "Acknowledging says that somebody has seen each of them and is at it."
            choices = [(f"Acknowledge {len(alarms)}", lambda: book.act(alarms, wanted)), ("Cancel", lambda: None)]
            Sheet(w, f"Acknowledge {len(alarms)} alarms?", text, choices)
        else:
            book.act(alarms, wanted)

    def ask_for_chosen(self, kind: str) -> None:
        """The same for the alarm that is chosen in the list."""
        row = self.panel.chosen
        if row is not None:
            self.ask(kind, [row.alarm.id])

    def can(self, kind: str) -> bool:
        """Whether the chosen alarm's state lets this be asked."""
        row = self.panel.chosen
        return row is not None and self.book.can_act and kind in can(row.alarm)

    def jump(self, direction: int) -> None:
        """Go to the next alarm on the timeline (+1), or to the one before (-1)."""
        line, time = self.book.line, self._w.time
        if line is None:
            return
        t_ns, now_ns = time.t_ns, time.clock_ns()
        self._w.asking.ask(_JUMP, lambda: (direction, announced_beside(line, t_ns, now_ns, direction)))

    def open_report(self) -> None:
        """Show the figures of EEMUA 191."""
        if self.book.line is not None:
            from viewer.ui.alarms.performance import PerformanceReport

            self.report = PerformanceReport(self._w, self.book.line)
            self.report.show()

    def keep_still(self, is_still: bool) -> None:
        """Whether nothing may blink; remembered."""
        self._w.state.set(_STILL, "yes" if is_still else "")
        self.chip.keep_still(is_still or _has_no_motion())

    def is_still(self) -> bool:
        return bool(self._w.state.text(_STILL))

    # -- what was said -----------------------------------------------------------------------------------------------

    def _take_feed(self, feed: object) -> None:
        self.book.set_feed(self._w.services.feed)
        self.ticks.set_line(self.book.line)

    def _line(self, status: object) -> None:
        was = self.book.can_act
        feed = self._w.services.feed
        self.book.show_line(feed.status() if feed is not None else None)
        if self.book.can_act and not was:
            self.ticks.again()

    def _happened(self, events: Sequence[AlarmEvent]) -> None:
        self.ticks.add(events)

    def _chosen(self) -> None:
        """A person chose a row: its part is selected, the camera flies to it, and its curve is read."""
        row = self.panel.chosen
        if row is not None and row.node is not None:
            self._w.selection.select([row.node])
            self._w.view3d.fly_to([self._seen_from(row.node)])
        self._read_curve()
        self._refresh_actions()

    def _seen_from(self, node: NodeId) -> NodeId:
        """What the camera is to frame: the station about a part, for a part deep in its machine shows nothing but walls."""
        twin = self._w.twin
        stations = {station.node for station in twin.stations.values()}
        return next((one for one in (node, *twin.ancestors(node)) if one in stations), node)

    def _show_alarm(self, alarm: str) -> None:
        self._w.docks.show("alarms")
        self.panel.choose(alarm)

    def _read_curve(self) -> None:
        row, channel, feed = self.panel.chosen, self.panel.detail.channel, self._w.services.feed
        if row is None or channel is None or feed is None or not self.panel.isVisible():
            return
        reader, t1_ns, raised_ns = feed.reader, self._w.time.t_ns, row.alarm.raised_ns
        begun_ns = raised_ns - _SPAN_NS // 4 if raised_ns else t1_ns - _SPAN_NS
        t0_ns = max(min(t1_ns - _SPAN_NS, begun_ns), t1_ns - _LONGEST_NS)
        limit = None if channel.states else row.alarm.limit

        def read() -> Curve:
            return Curve(channel, reader.envelope(channel.id, t0_ns, t1_ns, _BUCKETS), t0_ns, t1_ns, raised_ns, limit)

        self._w.asking.ask(_CURVE, read)

    def _answered(self, key: str, answer: object) -> None:
        if key == _CURVE and isinstance(answer, Curve) and answer.channel == self.panel.detail.channel:
            self.panel.detail.curve.show_curve(answer)
        elif key == _JUMP and isinstance(answer, tuple):
            direction, event = answer
            if isinstance(event, AlarmEvent):
                self._w.time.go_to(event.t_ns)
            else:
                where = "later" if direction > 0 else "earlier"
                self._w.notifications.say(f"No {where} alarm is recorded")

    def _failed(self, key: str, sentence: str) -> None:
        if key == _JUMP:
            self._w.notifications.say(sentence, "warning")


def _has_no_motion() -> bool:
    """Whether the desktop was told not to move things."""
    style = QApplication.style()
    return style.styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration) == 0


def install(window: MainWindow) -> Alarms:
    """Add the list, the chip and the actions to the menu Live."""
    alarms = Alarms(window)
    alarms.connect_to_window()

    def has_line() -> bool:
        return alarms.book.line is not None

    def act(name: str, text: str, run: Callable[[], object], keys: str, enabled: Callable[[], bool], picture: str = "") -> None:
        window.actions_.add(ActionSpec(f"alarms.{name}", text, run, "Live", picture, keys, enabled, group="alarms"))

    def for_chosen(kind: str, text: str, keys: str = "") -> None:
        act(kind, text, lambda: alarms.ask_for_chosen(kind), keys, lambda: alarms.can(kind))

    def can_all() -> bool:
        return alarms.book.can_act and bool(alarms.panel.unseen_shown)

    def all_shown() -> None:
        alarms.ask("acknowledge", alarms.panel.unseen_shown)

    act("before", "Go to the alarm before", lambda: alarms.jump(-1), "Ctrl+Alt+Left", has_line, "alarm_before")
    act("next", "Go to the next alarm", lambda: alarms.jump(1), "Ctrl+Alt+Right", has_line, "alarm_next")
    for_chosen("acknowledge", "Acknowledge the chosen alarm", "A")
    act("all", "Acknowledge all alarms shown", all_shown, "Shift+A", can_all)
    for_chosen("shelve", "Shelve the chosen alarm…")
    for_chosen("unshelve", "Unshelve the chosen alarm")
    for_chosen("suppress", "Suppress the chosen alarm…")
    for_chosen("unsuppress", "End the suppression of the chosen alarm")
    for_chosen("remove", "Take the chosen alarm out of service…")
    for_chosen("return", "Return the chosen alarm to service")
    for_chosen("reset", "Reset the chosen alarm, which is held")
    act("report", "Alarm performance (EEMUA 191)…", alarms.open_report, "", has_line)
    window.actions_.add(
        ActionSpec(
            "alarms.still", "Alarms don't blink", lambda: alarms.keep_still(not alarms.is_still()), "Live",
            checked=alarms.is_still, group="alarms",
        )
    )  # fmt: skip
    return alarms
