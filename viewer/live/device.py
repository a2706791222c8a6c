"""A device of one's own: connect with its keys, hand over samples, and be sure that the gateway has them for good.

    with DeviceLink("tcp://plant:47800#…", keys, channels, spool=Path("press3.db")) as link:
        link.send([0, 1], [t_ns, t_ns], [3.5, 20.1])

What `send` returned a number for is on this device's disk, and is sent again until the gateway has acknowledged it (go-back-N),
over outages, restarts and crashes of either side. docs/wire-format.md has the same for any language.
"""

from __future__ import annotations

import logging
import math
import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType

import numpy as np
import zmq
from numpy.typing import NDArray

from viewer.access.keyfile import KeyPair
from viewer.base.clock import Clock, SystemClock
from viewer.base.errors import UserMistake
from viewer.live.columns import pack
from viewer.live.device_talk import DeviceStatus, DeviceTalk
from viewer.live.device_words import Waveform
from viewer.live.discovery import gateway_at
from viewer.live.spool import Spool, SpooledBatch
from viewer.live.terms import MAX_BLOCK_SAMPLES
from viewer.twin.catalogue import ChannelInfo
from viewer.twin.samples import Columns, in_runs, split

_logger = logging.getLogger(__name__)
Numbers = Sequence[int] | NDArray[np.integer]
Values = Sequence[float] | NDArray[np.floating]


class DeviceLink:
    """One device at one gateway; `send` may be called from any thread. Close it, or use it as a context."""

    def __init__(
        self,
        endpoint: str | None,
        keys: KeyPair,
        channels: Sequence[ChannelInfo],
        *,
        spool: Path | Spool | None,
        clock: Clock | None = None,
        server_key: str | None = None,
        program: str = "genchi device",
    ) -> None:
        """`endpoint`: `tcp://host:port#key` or a gateway of this machine; with `server_key` (Z85) the address alone. `spool`:
        its file; None keeps what is not acknowledged in memory only. Raises UserMistake for an endpoint that is none."""
        if server_key is None:
            gateway = gateway_at(endpoint)
            endpoint, server_key = gateway.endpoint, gateway.public_key
        self.spool = spool if isinstance(spool, Spool) else Spool(spool)
        self._owns_spool = not isinstance(spool, Spool)
        self.spool.declare(channels)
        self._clock = clock or SystemClock()
        self._changed = threading.Condition()
        self._status = DeviceStatus("connecting", "connecting", self.spool.last, self.spool.acknowledged)
        self._stopping = False
        self._wake_from, self._wake = socket.socketpair()
        self._wake.setblocking(False)
        self._wake_from.setblocking(False)
        self._talk = DeviceTalk(endpoint or "", server_key, keys, self.spool, self._clock, self._told, program)
        self._thread = threading.Thread(target=self._run, name=f"device {keys.owner}", daemon=True)

    def start(self) -> DeviceLink:
        """Begin to connect; returns at once."""
        self._thread.start()
        return self

    def __enter__(self) -> DeviceLink:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def send(self, channels: Numbers, t_ns: Numbers, values: Values, quality: Numbers | None = None) -> int:
        """Samples (k,) of channels by their number; the batch's number, once it is in the spool. A channel's samples stand in
        ascending time. Raises Fault where this device's own disk refuses, UserMistake for samples that are none."""
        index, times = np.asarray(channels, np.int64), np.asarray(t_ns, np.int64)
        numbers = np.asarray(values, np.float64)
        bad = np.zeros(len(index), np.uint8) if quality is None else np.asarray(quality, np.uint8)
        bad = bad | ~np.isfinite(numbers)
        if not len(index) == len(times) == len(numbers) == len(bad):
            raise UserMistake(f"{len(index)} channels, {len(times)} times, {len(numbers)} values: give as many of each")
        return self.send_columns(in_runs(index, times, numbers, bad.astype(np.uint8)))

    def send_columns(self, columns: Columns, *, complete_ns: int | None = None) -> int:
        """The same for columns over the declared channels. `complete_ns`: all that is true up to then has been sent; else the
        newest time in it."""
        newest = int(columns.t_ns.max()) if len(columns) else self._clock.now_ns()
        parts = list(split(columns, MAX_BLOCK_SAMPLES)) or [columns]
        return self.send_batches([SpooledBatch(complete_ns or newest, pack(part)) for part in parts])

    def send_waveform(
        self,
        channel: int,
        t0_ns: int,
        step_ns: float,
        values: Values,
        *,
        trigger_ns: int | None = None,
        cause: str = "",
        facts: Mapping[str, float | str] | None = None,
    ) -> int:
        """A curve as a whole, evenly sampled, with what triggered it; at most MAX_BLOCK_SAMPLES values."""
        numbers = np.asarray(values, "<f8")
        if not 0 < len(numbers) <= MAX_BLOCK_SAMPLES or not math.isfinite(step_ns) or step_ns <= 0.0:
            raise UserMistake(f"a waveform has 1 to {MAX_BLOCK_SAMPLES} values a step above 0 ns apart, not {len(numbers)}")
        trigger = t0_ns if trigger_ns is None else trigger_ns
        wave = Waveform(channel, trigger, t0_ns, step_ns, memoryview(numbers.tobytes()), cause, dict(facts or {}))
        none = in_runs(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0), np.empty(0, np.uint8))
        complete_ns = t0_ns + round(step_ns * (len(numbers) - 1))
        return self.send_batches([SpooledBatch(complete_ns, pack(none), [wave])])

    def send_batches(self, batches: Sequence[SpooledBatch]) -> int:
        """Batches made already; the number of the last."""
        number = self.spool.put([(None, one) for one in batches])
        self.nudge()
        return number

    def nudge(self) -> None:
        """There is something new in the spool."""
        with suppress(OSError):  # full: it wakes anyway
            self._wake.send(b"!")

    def declare(self, channels: Sequence[ChannelInfo]) -> None:
        """More channels at the end from now on; the link tells them by connecting again."""
        self.spool.declare(channels)
        self._talk.declared = True
        self.nudge()

    def status(self) -> DeviceStatus:
        """How the link stands."""
        with self._changed:
            return self._status

    def wait_for(self, wanted: Callable[[DeviceStatus], bool], timeout_s: float) -> bool:
        """Wait until the status fits; False when the time is up."""
        with self._changed:
            return self._changed.wait_for(lambda: wanted(self._status), timeout_s)

    def wait_acknowledged(self, sequence: int, timeout_s: float) -> bool:
        """Wait until all up to this batch is on the gateway's disk."""
        return self.wait_for(lambda status: status.acknowledged >= sequence, timeout_s)

    def close(self) -> None:
        """Disconnect and join the thread; what is not acknowledged stays in the spool."""
        if self._stopping:
            return
        self._stopping = True
        self.nudge()
        if self._thread.ident is not None:
            self._thread.join()
        self._wake.close()
        self._wake_from.close()
        if self._owns_spool:
            self.spool.close()

    def _told(self, status: DeviceStatus) -> None:
        with self._changed:
            self._status = status
            self._changed.notify_all()

    def _run(self) -> None:
        context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        try:
            self._talk.open(context)
            while not self._stopping:
                self._turn()
        except Exception as error:
            _logger.exception("the device's thread ended")
            self._told(DeviceStatus("lost", str(error), self.spool.last, self.spool.acknowledged))
        finally:
            self._talk.close()
            context.term()

    def _turn(self) -> None:
        poller = zmq.Poller()
        for one in (*self._talk.sockets(), self._wake_from):
            poller.register(one, zmq.POLLIN)
        due_s = self._talk.deadline_s() - time.monotonic()
        poller.poll(max(1, math.ceil(1e3 * min(due_s, 1.0))))
        with suppress(BlockingIOError):
            self._wake_from.recv(4096)
        self._talk.turn()
