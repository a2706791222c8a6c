"""A small plant and a line that is told what it says, for tests of the window."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

import msgspec
import numpy as np
from immutables import Map
from numpy.typing import NDArray

from viewer.base.clock import ManualClock
from viewer.base.errors import UserMistake
from viewer.base.frames import Pose
from viewer.base.ids import ROOT, ChannelId, NodeId, StationId
from viewer.live.status import FeedStatus
from viewer.twin.catalogue import ChannelInfo, FaultInfo, FaultParameter
from viewer.twin.channels import Channel, Condition, Limits
from viewer.twin.model import Twin
from viewer.twin.parts import Node
from viewer.twin.process import Station
from viewer.twin.samples import Envelope, Latest, envelope_of

TOOL, STATION = NodeId("st080.tool"), NodeId("st080")
TORQUE = ChannelId("st080.torque")


def small_twin() -> Twin:
    """A hall, a station with a process, a tool with a torque between 10 and 55 N·m."""
    nodes = [
        Node(NodeId("hall"), "Hall", kind="hall"),
        Node(STATION, "Tightening", NodeId("hall"), Pose.from_xyz_rpy((80.0, 20.0, 0.0)), kind="station"),
        Node(TOOL, "Spindle", STATION, kind="tool", properties=Map(maker="Acme")),
    ]
    torque = Channel(TORQUE, "Torque", "N*m", period_s=0.1, node=TOOL, low=0.0, high=60.0, limits=Limits(lo=10.0, hi=55.0))
    return Twin(
        name="Battery line",
        nodes=Map({n.id: n for n in nodes}),
        children=Map({ROOT: (NodeId("hall"),), NodeId("hall"): (STATION,), STATION: (TOOL,)}),
        channels=Map({TORQUE: torque}),
        stations=Map({StationId("st080"): Station(StationId("st080"), "Tightening", STATION, "Tighten 24 bolts")}),
    )


def wide_twin(count: int) -> Twin:
    """`count` nodes: stations of a hundred parts each."""
    nodes: dict[NodeId, Node] = {}
    children: dict[NodeId, list[NodeId]] = {ROOT: []}
    for i in range(count):
        station = NodeId(f"st{i // 100:04d}")
        parent, own = (ROOT, station) if i % 100 == 0 else (station, NodeId(f"{station}.bolt{i % 100:02d}"))
        nodes[own] = Node(own, f"Bolt {i}" if parent else f"Station {i // 100}", parent, kind="bolt" if parent else "station")
        children.setdefault(parent, []).append(own)
    return Twin(nodes=Map(nodes), children=Map({k: tuple(v) for k, v in children.items()}))


class FakeFeed:
    """A live line that says what the test tells it; its store is itself."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock, self.value, self.t_ns = clock, 25.0, clock.now_ns()
        self.callbacks: list[Callable[..., None]] = []
        self._status = FeedStatus("live", clock.now_ns(), "tcp://127.0.0.1:1", "", latency_ms=12.0)

    @property
    def store(self) -> FakeFeed:
        return self

    def say(self, value: float) -> None:
        """A sample comes."""
        self.value, self.t_ns = value, self.clock.now_ns()
        self._call()

    def lose(self) -> None:
        """The line is lost."""
        self._status = replace(self._status, state="lost", since_ns=self.clock.now_ns())
        self._call()

    def latest(self, channels: Sequence[ChannelId]) -> Latest:
        stale = self._status.state != "live" or self.clock.now_ns() - self.t_ns > 200_000_000
        known = [c == TORQUE for c in channels]
        condition = [(Condition.STALE if stale else Condition.NORMAL) if k else Condition.MISSING for k in known]
        values = [self.value if k else np.nan for k in known]
        return Latest(np.array(values), np.full(len(known), self.t_ns), np.array(condition, dtype=np.uint8))

    def range(self, channel: ChannelId, t0_ns: int, t1_ns: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        return np.array([self.t_ns - 1_000_000_000, self.t_ns]), np.array([self.value - 1.0, self.value])

    @property
    def reader(self) -> FakeFeed:
        return self

    def latest_at(self, channels: Sequence[ChannelId], t_ns: int) -> Latest:
        """What was said before: a newton metre less for each second that it lies back."""
        known = np.array([c == TORQUE for c in channels])
        value = self.value - (self.t_ns - t_ns) / 1e9
        condition = np.where(known, Condition.NORMAL, Condition.MISSING).astype(np.uint8)
        return Latest(np.where(known, value, np.nan), np.full(len(known), t_ns), condition)

    def envelope(self, channel: ChannelId, t0_ns: int, t1_ns: int, buckets: int) -> Envelope:
        return envelope_of(*self.range(channel, t0_ns, t1_ns), t0_ns, t1_ns, buckets)

    def next_stale_ns(self) -> int | None:
        return None

    def status(self) -> FeedStatus:
        return self._status

    def on_batch(self, callback: Callable[[], None]) -> Callable[[], None]:
        self.callbacks.append(callback)
        return lambda: self.callbacks.remove(callback)

    def on_state(self, callback: Callable[[FeedStatus], None]) -> Callable[[], None]:
        return self.on_batch(lambda: callback(self._status))

    def taken(self) -> None:
        """Nothing to do: every batch is announced."""

    def _call(self) -> None:
        for callback in list(self.callbacks):
            callback()


class FaultyFeed(FakeFeed):
    """A line whose source is simulated: it has two faults, and answers on another thread."""

    def __init__(self, clock: ManualClock) -> None:
        super().__init__(clock)
        self.channels = (ChannelInfo("st080.angle"), ChannelInfo(TORQUE))
        place = FaultParameter("channel", "", 0.0, 0.0, 1.0)
        self._faults = {f.name: f for f in (FaultInfo("heater", "Heater fails"), FaultInfo("silent", "Silence", "", (place,)))}
        self.asked: list[tuple[str, dict[str, float]]] = []

    def faults(self) -> tuple[FaultInfo, ...]:
        return tuple(self._faults.values())

    def request_fault(self, name: str, parameters: Mapping[str, float] | None = None) -> Future[tuple[FaultInfo, ...]]:
        self.asked.append((name, dict(parameters or {})))
        if name == "heater":
            return self._answer(lambda: _refuse("the heater is out of reach"))
        return self._answer(lambda: self._set(name, active=True))

    def clear_fault(self, name: str) -> Future[tuple[FaultInfo, ...]]:
        return self._answer(lambda: self._set(name, active=False))

    def _set(self, name: str, *, active: bool) -> tuple[FaultInfo, ...]:
        self._faults[name] = msgspec.structs.replace(self._faults[name], active=active)
        return self.faults()

    def _answer(self, answer: Callable[[], tuple[FaultInfo, ...]]) -> Future[tuple[FaultInfo, ...]]:
        pool = ThreadPoolExecutor(1)
        future = pool.submit(answer)
        pool.shutdown(wait=False)
        return future


def _refuse(sentence: str) -> tuple[FaultInfo, ...]:
    raise UserMistake(sentence)
