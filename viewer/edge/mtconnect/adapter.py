"""An adapter's SHDR over TCP, heard without an agent: lines to samples, heartbeats, and its end."""

from __future__ import annotations

import select
import socket
from collections.abc import Sequence
from typing import Final

from viewer.base.clock import Clock
from viewer.edge.mtconnect.items import DataItem
from viewer.edge.mtconnect.kind import MTConnectConfig
from viewer.edge.mtconnect.machine import Gone, MachineSource
from viewer.edge.mtconnect.shdr import Command, Lines, Malformed, read_line

_CONNECT_WITHIN_S: Final = 2.5
_TURN_S: Final = 0.02
_LEAST_HEARTBEAT_S: Final = 0.1


class AdapterSource(MachineSource):
    """One adapter. All on its thread."""

    def __init__(self, config: MTConnectConfig, model: Sequence[DataItem], clock: Clock) -> None:
        super().__init__(config, clock)
        if model:
            self._wiring.model(model)
        self._heartbeat_ns: int | None = None
        self._heard_ns = self._pinged_ns = 0
        self._assets = 0
        self._device = ""

    def attend(self) -> None:
        """Until it ends, or says nothing for two heartbeats."""
        with socket.create_connection((self._config.host, self._config.port), _CONNECT_WITHIN_S) as one:
            self._heartbeat_ns = None
            self._heard_ns = self._clock.now_ns()
            self._wiring.clear()
            self._ping(one)
            self.is_up(missed=True)
            lines = Lines()
            while not self.stopping.is_set():
                ready, _, _ = select.select([one], [], [], _TURN_S)
                if ready:
                    data = one.recv(262_144)
                    if not data:
                        raise Gone("it closed the connection")
                    self._take(lines, data)
                self._beat(one)
                self.turn()

    def more(self) -> str:
        """Its heartbeat, and assets, which are no samples."""
        beat = "" if self._heartbeat_ns is None else f", heartbeat {self._heartbeat_ns / 1e9:g} s"
        return f"{beat}; {self._assets} assets passed over" if self._assets else beat

    def _take(self, lines: Lines, data: bytes) -> None:
        now_ns = self._clock.now_ns()
        self._heard_ns = now_ns
        for text in lines.feed(data):
            try:
                if isinstance(text, Malformed):
                    raise text
                line = read_line(text, self._wiring.find)
            except Malformed as error:
                self.not_read(f"a line: {error}")
                continue
            if isinstance(line, Command):
                self._command(line.words)
            elif line is not None:
                self._assets += line.assets
                t_ns = now_ns if line.t_ns is None else line.t_ns
                for one in line.observations:
                    self.observe(self._key(one.key), one.fields, t_ns, native=True)
                if self._gathering.due(now_ns):
                    self._gathering.flush(now_ns)

    def _key(self, key: str) -> str:
        """Within the device that the adapter speaks of, where there are several."""
        qualified = f"{self._device}:{key}"
        return qualified if self._device and self._wiring.find(qualified) is not None else key

    def _command(self, words: str) -> None:
        name, _, value = words.partition(" ")
        if name == "PONG":
            try:
                self._heartbeat_ns = round(1e9 * max(_LEAST_HEARTBEAT_S, min(int(value) / 1000.0, 3600.0)))
            except ValueError:
                self.not_read(f"a heartbeat: «{value[:40]}» is no number of milliseconds")
        elif name == "device:":
            self._device = value.strip()[:200]

    def _beat(self, one: socket.socket) -> None:
        """Ask for a sign of life as often as the adapter wants; two of its heartbeats without a word are its end."""
        if self._heartbeat_ns is None:
            return
        now_ns = self._clock.now_ns()
        if now_ns - self._heard_ns > 2 * self._heartbeat_ns:
            raise Gone(f"it said nothing for {(now_ns - self._heard_ns) / 1e9:.1f} s")
        if now_ns - self._pinged_ns >= self._heartbeat_ns:
            self._ping(one)

    def _ping(self, one: socket.socket) -> None:
        self._pinged_ns = self._clock.now_ns()
        one.sendall(b"* PING\n")
