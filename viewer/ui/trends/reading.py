"""Reads what the trends show beside the main thread: a rough picture first where the past is far, then the whole, in parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from viewer.base.ids import ChannelId
from viewer.twin.channels import Channel
from viewer.twin.samples import SampleReader
from viewer.ui.time.asking import Asking
from viewer.ui.trends.curves import Curve, read_curve, read_rough
from viewer.ui.trends.figures import read_between

_ROUGH, _PART, _BETWEEN = "trends.rough", "trends.part", "trends.between"
_AT_ONCE = 5
"""Channels read by one question, so that the first ones are seen while the others are read."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A span of some channels, for a plot so many points wide."""

    channels: tuple[Channel, ...]
    t0_ns: int
    t1_ns: int
    points: int


class TrendReading(QObject):
    """Asks; of several questions before their turn only the newest is answered. Main thread."""

    curves_read = Signal(object)
    """A tuple of Curve; rough ones only where there was nothing."""
    rough_read = Signal(object)
    between_read = Signal(object)
    """What `read_between` found."""

    def __init__(self, asking: Asking, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._asking = asking
        self._open: set[str] = set()
        asking.answered.connect(self._take)
        asking.failed.connect(self._missed)

    @property
    def is_reading(self) -> bool:
        """Whether an answer is awaited."""
        return bool(self._open)

    def read(self, reader: SampleReader, wanted: Wanted, *, rough_first: bool) -> None:
        """Ask for curves; they come in parts."""
        if rough_first:
            self._asking.ask(_ROUGH, lambda: tuple(read_rough(reader, c, wanted.t0_ns, wanted.t1_ns) for c in wanted.channels))
        self._open.clear()
        for number, first in enumerate(range(0, len(wanted.channels), _AT_ONCE)):
            part = wanted.channels[first : first + _AT_ONCE]
            key = f"{_PART}.{number}"
            self._open.add(key)
            self._asking.ask(key, lambda part=part: _read(reader, part, wanted))

    def read_between(self, reader: SampleReader, channels: Sequence[ChannelId], a_ns: int, b_ns: int) -> None:
        """Ask for what lies between two moments."""
        asked = tuple(channels)
        self._asking.ask(_BETWEEN, lambda: read_between(reader, asked, a_ns, b_ns))

    def _take(self, key: str, answer: object) -> None:
        if key == _ROUGH and isinstance(answer, tuple):
            self.rough_read.emit(answer)
        elif key.startswith(_PART) and isinstance(answer, tuple):
            self._open.discard(key)
            self.curves_read.emit(answer)
        elif key == _BETWEEN and isinstance(answer, dict):
            self.between_read.emit(answer)

    def _missed(self, key: str, _sentence: str) -> None:
        """The line is gone, and says so itself; what was read stays, and is asked for again with the next refresh."""
        self._open.discard(key)


def _read(reader: SampleReader, channels: Sequence[Channel], wanted: Wanted) -> tuple[Curve, ...]:
    return tuple(read_curve(reader, channel, wanted.t0_ns, wanted.t1_ns, wanted.points) for channel in channels)
