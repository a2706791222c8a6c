"""Alarms and gaps of the data on the timeline: read for the span it shows, kept up as events come."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QObject, QTimer

from viewer.alarms.definitions import PRIORITIES
from viewer.alarms.words import AlarmEvent
from viewer.base.errors import UserMistake
from viewer.live.past_words import GapInfo
from viewer.ui.alarms.line import AlarmLine, events_between, is_announced
from viewer.ui.time.asking import Asking
from viewer.ui.time.canvas import TimeMark
from viewer.ui.time.timeline import Timeline

_EVENTS, _GAPS = "alarms.ticks", "alarms.gaps"
_COLUMNS = 500
"""Ticks closer than this part of the span would lie on one another: of those the most urgent is shown."""
_MOST = 20_000
_LOOK_MS, _GAPS_EVERY_NS = 400, 5 * 10**9
_WITHIN_S = 60.0


class AlarmTicks(QObject):
    """Follows the timeline's span. Main thread; what it asks is asked on the thread of `Asking`."""

    def __init__(self, timeline: Timeline, asking: Asking, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._timeline, self._asking = timeline, asking
        self._line: AlarmLine | None = None
        self._events: list[AlarmEvent] = []
        self._from_ns: int | None = None
        """Everything announced since is known."""
        self._awaited: int | None = None
        self._drawn: tuple[object, ...] = ()
        self._gaps_of: tuple[int, int] | None = None
        self._gaps_failed = False
        self._timer = QTimer(self, interval=_LOOK_MS)
        self._timer.timeout.connect(self._look)
        asking.answered.connect(self._take)
        asking.failed.connect(self._miss)

    def set_line(self, line: AlarmLine | None) -> None:
        """Ask this line from now on."""
        self._line, self._events, self._from_ns, self._awaited = line, [], None, None
        self._drawn, self._gaps_of, self._gaps_failed = (), None, False
        self._timeline.show_marks([], "alarms")
        self._timeline.show_gaps([])
        if line is None:
            self._timer.stop()
        else:
            self._timer.start()

    def add(self, events: Iterable[AlarmEvent]) -> None:
        """What just happened."""
        newest_ns = self._events[-1].t_ns if self._events else 0
        known = {one.alarm for one in self._events[-_MOST // 10 :] if one.t_ns == newest_ns}
        new = [one for one in events if is_announced(one) and one.t_ns >= newest_ns]
        self._events += [one for one in new if one.t_ns > newest_ns or one.alarm not in known]
        if len(self._events) > _MOST:
            self._events = self._events[-_MOST:]
            self._from_ns = self._events[0].t_ns
        self._draw()

    def again(self) -> None:
        """The line came back: what was missed meanwhile is read."""
        self._from_ns, self._awaited, self._gaps_of, self._gaps_failed = None, None, None, False

    def _look(self) -> None:
        line, (t0_ns, t1_ns) = self._line, self._timeline.span
        if line is None or not self._timeline.isVisible():
            return
        if (self._from_ns is None or t0_ns < self._from_ns) and self._awaited is None:
            from_ns = self._awaited = max(0, t0_ns - (t1_ns - t0_ns) // 4)
            self._asking.ask(_EVENTS, lambda: (from_ns, events_between(line, from_ns, 1 << 62)))
        near = self._gaps_of is not None and abs(t1_ns - self._gaps_of[1]) < _GAPS_EVERY_NS
        if not self._gaps_failed and not (near and self._gaps_of is not None and abs(t0_ns - self._gaps_of[0]) < _GAPS_EVERY_NS):
            self._gaps_of = (t0_ns, t1_ns)
            self._asking.ask(_GAPS, lambda: _gaps(line, t0_ns, t1_ns))
        self._draw()

    def _take(self, key: str, answer: object) -> None:
        if key == _EVENTS and isinstance(answer, tuple) and self._awaited == answer[0]:
            read: Sequence[AlarmEvent] = answer[1]
            newest_ns = max((one.t_ns for one in read), default=0)
            later = [one for one in self._events if one.t_ns > newest_ns]
            self._events = [*(one for one in read if is_announced(one)), *later][-_MOST:]
            self._from_ns, self._awaited = int(answer[0]), None
            self._draw()
        elif key == _GAPS and isinstance(answer, list):
            self._timeline.show_gaps(answer)

    def _miss(self, key: str, _sentence: str) -> None:
        """A gateway without history has no past to show; what happens from now on shows all the same."""
        if key == _EVENTS:
            self._from_ns, self._awaited = self._awaited, None
        elif key == _GAPS:
            self._gaps_failed = True

    def _draw(self) -> None:
        t0_ns, t1_ns = self._timeline.span
        newest_ns = self._events[-1].t_ns if self._events else 0
        drawn = (t0_ns, t1_ns, newest_ns, len(self._events))
        if drawn != self._drawn:
            self._drawn = drawn
            self._timeline.show_marks(ticks(self._events, t0_ns, t1_ns), "alarms")


def ticks(events: Sequence[AlarmEvent], t0_ns: int, t1_ns: int) -> list[TimeMark]:
    """A mark for each alarm announced in the span; of those that would lie on one another the most urgent, with their number."""
    step_ns = max(1, (t1_ns - t0_ns) // _COLUMNS)
    of_column: dict[int, list[AlarmEvent]] = {}
    for one in events:
        if t0_ns <= one.t_ns <= t1_ns:
            of_column.setdefault(one.t_ns // step_ns, []).append(one)
    return [_mark(of_column[column]) for column in sorted(of_column)]


def _mark(beside: Sequence[AlarmEvent]) -> TimeMark:
    most = min(beside, key=lambda one: PRIORITIES.index(one.priority))
    more = f" and {len(beside) - 1} more" if len(beside) > 1 else ""
    return TimeMark(most.t_ns, f"{most.name or most.alarm} ({most.priority}){more}", PRIORITIES.index(most.priority))


def _gaps(line: AlarmLine, t0_ns: int, t1_ns: int) -> list[TimeMark]:
    """Spans that are known to be missing; waits for the gateway."""
    try:
        found = line.request_gaps(max(0, t0_ns), max(0, t1_ns)).result(_WITHIN_S)
    except TimeoutError as error:
        raise UserMistake("the gateway gave no answer about its gaps: ask again") from error
    return [TimeMark(one.t0_ns, _gap_text(one), until_ns=one.t1_ns) for one in found]


def _gap_text(gap: GapInfo) -> str:
    return f"Missing from {gap.device}: {gap.cause}"
