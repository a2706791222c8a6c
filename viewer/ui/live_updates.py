"""The one place where changed channels become one overlay update per displayed frame, and one refresh of the panels."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Qt, QTimer, Signal

from viewer.base.clock import Clock
from viewer.base.ids import ChannelId
from viewer.twin.channels import Condition
from viewer.twin.model import Twin
from viewer.twin.overlays import OverlayFrame
from viewer.ui.carried_overlay import CarriedOverlay
from viewer.ui.services import FeedLike, LatestLike
from viewer.ui.status import Status, StatusTable
from viewer.ui.time.asking import Asking
from viewer.ui.time.cursor import TimeCursor

FRAME_MS = 16
"""At most one overlay update in this time; in a fifth more than a frame takes, where that is longer."""
_KEY = "live.past"
PANEL_MS = 100
"""At most one refresh of the panels in this time."""


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """The newest values of all channels of the twin at one moment; arrays in the order of `channels`."""

    t_ns: int
    channels: tuple[ChannelId, ...]
    row: dict[ChannelId, int]
    values: NDArray[np.float64]
    sample_t_ns: NDArray[np.int64]
    condition: NDArray[np.uint8]
    status: NDArray[np.uint8]
    table: StatusTable
    """What judged these values: a twin that came since has another."""
    is_live: bool = True
    """Whether `t_ns` is now; else it is a moment of the past."""

    def of(self, channel: ChannelId) -> tuple[float, Condition, Status, int]:
        """Value, condition, status and sample time of one channel; missing where it is unknown."""
        row = self.row.get(channel)
        if row is None:
            return float("nan"), Condition.MISSING, Status.NONE, 0
        return (
            float(self.values[row]),
            Condition(int(self.condition[row])),
            Status(int(self.status[row])),
            int(self.sample_t_ns[row]),
        )


class LiveUpdates(QObject):
    """Wakes once per batch, does one update, and sleeps; main thread except `wake`."""

    refreshed = Signal(object)
    """A Snapshot, at most ten times a second."""
    line_changed = Signal(object)
    """The line's FeedStatus, with each refresh of the panels."""

    _woken = Signal()

    def __init__(
        self,
        clock: Clock,
        show: Callable[[OverlayFrame], None],
        cursor: TimeCursor,
        asking: Asking,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._clock, self._show, self._cursor, self._asking = clock, show, cursor, asking
        self._pending = threading.Event()
        self._feed: FeedLike | None = None
        self._overlay: CarriedOverlay | None = None
        self._overlay_rows = np.empty(0, dtype=np.intp)
        self._channels: tuple[ChannelId, ...] = ()
        self._row: dict[ChannelId, int] = {}
        self._unsubscribe: list[Callable[[], None]] = []
        self.table = StatusTable(Twin())
        self.latest: Snapshot | None = None
        self.updates = 0
        self._gap_ms = float(FRAME_MS)
        self._woken.connect(self._soon, Qt.ConnectionType.QueuedConnection)
        self._frame = self._timer(self._tick)
        self._panels = self._timer(self._refresh)
        self._deadline = self._timer(self._tick)
        cursor.moved.connect(self._ask)
        cursor.mode_changed.connect(self.wake)
        asking.answered.connect(self._take)

    def set_feed(self, feed: FeedLike | None) -> None:
        """Take values from this line; None: from none."""
        self.stop()
        self._feed, self.latest = feed, None
        if feed is not None:
            self._unsubscribe = [feed.on_batch(self.wake), feed.on_state(lambda _status: self.wake())]
        self.wake()

    def set_twin(self, twin: Twin, overlay: CarriedOverlay | None) -> None:
        """Speak of this twin's channels; `overlay` says what they show on the nodes."""
        self.table = StatusTable(twin)
        self._channels = self.table.channels
        self._row = {c: i for i, c in enumerate(self._channels)}
        self._overlay, self.latest = overlay, None
        wanted: Sequence[ChannelId] = () if overlay is None else overlay.channels
        self._overlay_rows = np.array([self._row[c] for c in wanted], dtype=np.intp)
        self.wake()

    def wake(self) -> None:
        """Something arrived. Any thread; however often it is called, one update is pending at most."""
        if not self._pending.is_set():
            self._pending.set()
            self._woken.emit()

    def frame_took(self, frame_ms: float) -> None:
        """The view drew a frame in so long: the next update waits a little longer than that, so that the window stays at hand."""
        self._gap_ms = max(float(FRAME_MS), 0.7 * self._gap_ms + 0.3 * 1.2 * frame_ms)

    def stop(self) -> None:
        """No more updates from the line."""
        self._feed = None
        for unsubscribe in self._unsubscribe:
            unsubscribe()
        self._unsubscribe = []
        for timer in (self._frame, self._panels, self._deadline):
            timer.stop()
        self._pending.clear()  # the update that was pending does not come any more: another may

    def _timer(self, slot: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setTimerType(Qt.TimerType.PreciseTimer)
        timer.timeout.connect(slot)
        return timer

    def _soon(self) -> None:
        if not self._frame.isActive():
            self._frame.start(round(self._gap_ms) if self.latest is not None else 0)

    def _tick(self) -> None:
        self._pending.clear()
        feed = self._feed
        if feed is None:
            return
        feed.taken()
        now_ns = self._clock.now_ns()
        if self._cursor.is_live:
            self._show_values(feed.store.latest(self._channels), now_ns, is_live=True)
        elif self.latest is None or self.latest.is_live:
            self._ask()
        if not self._panels.isActive():
            self._panels.start(PANEL_MS)
        self._await_staleness(feed, now_ns)

    def _show_values(self, latest: LatestLike, t_ns: int, *, is_live: bool) -> None:
        """One update of the view, by the values of a moment."""
        status = self.table.of_channels(latest.values, latest.condition)
        self.latest = Snapshot(
            t_ns, self._channels, self._row, latest.values, latest.t_ns, latest.condition, status, self.table, is_live
        )
        if self._overlay is not None and len(self._channels):
            rows = self._overlay_rows
            self._show(self._overlay.frame(latest.values[rows], latest.condition[rows], t_ns))
        self.updates += 1

    def _ask(self) -> None:
        """The cursor stands in the past: ask what was known then, beside the main thread."""
        feed = self._feed
        if feed is None or self._cursor.is_live:
            return
        reader, channels, t_ns = feed.reader, self._channels, self._cursor.t_ns
        self._asking.ask(_KEY, lambda: (t_ns, channels, reader.latest_at(channels, t_ns)))

    def _take(self, key: str, answer: object) -> None:
        if key != _KEY or self._cursor.is_live or not isinstance(answer, tuple):
            return
        t_ns, channels, latest = cast("tuple[int, tuple[ChannelId, ...], LatestLike]", answer)
        if channels is not self._channels:
            self._ask()  # another twin came meanwhile
            return
        self._show_values(latest, t_ns, is_live=False)
        if not self._panels.isActive():
            self._panels.start(PANEL_MS)

    def _await_staleness(self, feed: FeedLike, now_ns: int) -> None:
        """Wake when the next value grows stale, so that silence shows although nothing arrives."""
        at_ns = feed.store.next_stale_ns()
        if at_ns is not None:
            self._deadline.start(max(FRAME_MS, round((at_ns - now_ns) / 1e6) + 1))

    def _refresh(self) -> None:
        if self._feed is None or self.latest is None:
            return
        self.refreshed.emit(self.latest)
        self.line_changed.emit(self._feed.status())
