"""The book of alarms: what stands now or stood at the moment shown, as the gateway tells; and what people ask to be done."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass

import msgspec
from PySide6.QtCore import QObject, Qt, QTimer, Signal

from viewer.alarms.words import ActionKind, Alarm, AlarmAction, AlarmEvent
from viewer.base.errors import GenchiError
from viewer.live.status import FeedStatus
from viewer.ui.alarms.line import AlarmLine, AlarmPast
from viewer.ui.services import FeedLike
from viewer.ui.time.asking import Asking
from viewer.ui.time.cursor import TimeCursor

_LOG = logging.getLogger(__name__)
_AGAIN_MS = 300
"""What stands is asked for again at most so often, however many events come."""
_MOST_EVENTS = 20_000
_PAST = "alarms.past"


@dataclass(frozen=True, slots=True)
class _Asked:
    """An answer that is awaited, and of which line."""

    line: AlarmLine
    what: str
    future: Future[tuple[Alarm, ...]] | Future[AlarmEvent]


class AlarmBook(QObject):
    """One for the window. Nothing in it is assumed: an action shows once the gateway has told what came of it. Main thread."""

    changed = Signal()
    """Other alarms are shown, or why there are none."""
    happened = Signal(object)
    """tuple[AlarmEvent, ...] as they came, at most some times a second."""
    refused = Signal(str)
    """One sentence: the gateway said no, or is gone."""
    _came = Signal()
    _answered = Signal(object)

    def __init__(self, cursor: TimeCursor, asking: Asking, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._cursor, self._asking = cursor, asking
        self.line: AlarmLine | None = None
        self._forget: Callable[[], None] | None = None
        self._past: AlarmPast | None = None
        self._standing: tuple[Alarm, ...] = ()
        self._then: tuple[Alarm, ...] = ()
        self._events: deque[AlarmEvent] = deque(maxlen=_MOST_EVENTS)  # filled by the receiving thread
        self._is_asking = self._is_due = self._is_live = False
        self.is_known = False
        """Whether the gateway has told what stands (or stood)."""
        self.sentence = ""
        """Why nothing is known; empty while it is only awaited."""
        self._timer = QTimer(self, singleShot=True, interval=_AGAIN_MS)
        self._timer.timeout.connect(self._take_up)
        self._came.connect(self._soon, Qt.ConnectionType.QueuedConnection)
        self._answered.connect(self._take, Qt.ConnectionType.QueuedConnection)
        asking.answered.connect(self._take_past)
        asking.failed.connect(self._miss_past)
        cursor.moved.connect(self._look)
        cursor.mode_changed.connect(self._look)

    @property
    def shown(self) -> Sequence[Alarm]:
        """The alarms of the moment that the window shows."""
        return self._standing if self._cursor.is_live else self._then

    @property
    def standing(self) -> Sequence[Alarm]:
        """The alarms of now, whatever moment is shown."""
        return self._standing

    @property
    def can_act(self) -> bool:
        """Whether there is somebody to ask, and now is what is shown."""
        return self.line is not None and self._is_live and self._cursor.is_live

    def set_feed(self, feed: FeedLike | None) -> None:
        """Listen to this line from now on."""
        if self._forget is not None:
            self._forget()
        self.line = feed if isinstance(feed, AlarmLine) else None
        self._forget = self.line.on_alarms(self._hear) if self.line is not None else None
        self._past = AlarmPast(self.line, self._cursor.clock_ns) if self.line is not None else None
        self._standing, self._then = (), ()
        self._events.clear()
        self._is_asking = self._is_due = self._is_live = self.is_known = False
        self.sentence = "" if feed is None or self.line is not None else "This line's gateway watches no alarms."
        self.show_line(feed.status() if feed is not None else None)
        self.changed.emit()

    def show_line(self, status: FeedStatus | None) -> None:
        """The line came or went: what stands is asked for whenever it comes."""
        was, self._is_live = self._is_live, status is not None and status.state == "live"
        if self._is_live and not was:
            self._ask_standing()
            self._look()
        elif was and not self._is_live:
            self.changed.emit()

    def stop(self) -> None:
        """Listen to nobody any more."""
        self._timer.stop()
        self.set_feed(None)

    def act(self, alarms: Sequence[str], kind: ActionKind, *, reason: str = "", until_ns: int = 0) -> None:
        """Ask for something to be done with alarms; what comes of it shows when the gateway tells."""
        if self.line is None:
            return
        for alarm in alarms:
            action = AlarmAction(alarm=alarm, kind=kind, reason=reason, until_ns=until_ns)
            self._await("act", self.line, self.line.act_on_alarm(action, AlarmEvent))

    # -- on the receiving thread -------------------------------------------------------------------------------------

    def _hear(self, items: list[bytes]) -> None:
        """Events are read here, so that a flood of them costs the window nothing."""
        try:
            self._events.extend([_DECODER.decode(one) for one in items])
        except msgspec.MsgspecError:
            _LOG.exception("an alarm's event could not be read")
        if not self._is_due:
            self._is_due = True
            self._came.emit()

    # -- on the main thread ------------------------------------------------------------------------------------------

    def _await(self, what: str, line: AlarmLine, future: Future[tuple[Alarm, ...]] | Future[AlarmEvent]) -> None:
        asked = _Asked(line, what, future)
        future.add_done_callback(lambda _future: self._answered.emit(asked))

    def _ask_standing(self) -> None:
        if self.line is not None and not self._is_asking:
            self._is_asking = True
            self._await("standing", self.line, self.line.request_alarms(Alarm))

    def _soon(self) -> None:
        """Something happened: looked at at once where nothing did for a while, else when the time is up."""
        if not self._timer.isActive():
            self._take_up()

    def _take_up(self) -> None:
        if not self._is_due or self._is_asking:
            return
        self._is_due = False
        events = tuple(self._events.popleft() for _ in range(len(self._events)))
        self._timer.start()
        self._ask_standing()
        if events:
            self.happened.emit(events)

    def _take(self, asked: _Asked) -> None:
        if asked.line is not self.line:
            return
        if asked.what == "standing":
            self._is_asking = False
        try:
            answer = asked.future.result()
        except (GenchiError, CancelledError) as error:
            sentence = str(error) or "the live line ended before it answered"
            if asked.what == "act":
                self.refused.emit(sentence)
            elif not self.is_known:
                self.sentence = sentence
                self.changed.emit()
            return
        if isinstance(answer, tuple):
            self.is_known, self.sentence = True, ""
            is_new, self._standing = answer != self._standing, answer
            if is_new or self._cursor.is_live:
                self.changed.emit()
        if self._is_due and not self._timer.isActive():
            self._take_up()

    def _look(self) -> None:
        """Another moment is shown."""
        past, t_ns = self._past, self._cursor.t_ns
        if self._cursor.is_live:
            self.changed.emit()
        elif past is not None:
            self._asking.ask(_PAST, lambda: past.at(t_ns))

    def _take_past(self, key: str, answer: object) -> None:
        if key == _PAST and isinstance(answer, tuple):
            self.sentence, was = "", self._then
            self._then = tuple(one for one in answer if isinstance(one, Alarm))
            if self._then != was:
                self.changed.emit()

    def _miss_past(self, key: str, sentence: str) -> None:
        if key == _PAST:
            self.sentence, self._then = sentence, ()
            self.changed.emit()


_DECODER = msgspec.msgpack.Decoder(AlarmEvent)
