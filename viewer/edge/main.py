"""The gateway process: from its configuration to its clean end."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from types import FrameType

import msgspec
from zmq.utils import z85

from viewer.base.clock import Clock, SystemClock
from viewer.base.errors import UserMistake
from viewer.edge.collector import SourceFactory
from viewer.edge.config import DEFAULT_BIND, GatewayConfig
from viewer.edge.devices import DeviceConfig
from viewer.edge.equipping import equipped
from viewer.edge.gateway import Equipment, Gateway
from viewer.live.discovery import RunningGateway, announce, withdraw
from viewer.live.keys import KeyPair, ensure_client_keys, gateway_keys

_ANY_PORT = "tcp://127.0.0.1:*"


def run_gateway(config: GatewayConfig, *, json_lines: bool = False, child: bool = False) -> int:
    """Run until SIGTERM or SIGINT (for a `child`: also until its standard input ends); the exit code.

    Prints one line when it listens, with `json_lines` as a JSON object. SIGHUP reads the enrolments again at once.
    Must be called on the main thread. Raises UserMistake for what a person can mend.
    """
    stepped = [one for one in config.sources if not isinstance(one, DeviceConfig)]
    names = [(one.name, one.kind) for one in stepped]
    return serve(config, [one.make for one in stepped], names=names, json_lines=json_lines, child=child)


def serve(
    config: GatewayConfig,
    factories: Sequence[SourceFactory],
    *,
    names: Sequence[tuple[str, str]] | None = None,
    json_lines: bool = False,
    child: bool = False,
) -> int:
    """The same with sources of one's own."""
    keys = gateway_keys(config.name)
    ensure_client_keys()  # the first run makes and enrols the user's own pair, so that a viewer on this machine is admitted
    clock = SystemClock()
    with equipped(config, clock, keys) as equipment:
        equipment = replace(equipment, names=names)
        return _run(config, factories, keys, equipment, clock, json_lines=json_lines, child=child)


def _run(
    config: GatewayConfig,
    factories: Sequence[SourceFactory],
    keys: KeyPair,
    equipment: Equipment,
    clock: Clock,
    *,
    json_lines: bool,
    child: bool,
) -> int:
    gateway = Gateway(config.name, factories, keys=keys, clock=clock, equipment=equipment)
    try:
        endpoint = _bound(gateway, config.bind)
        running = RunningGateway(config.name, endpoint, keys.public, os.getpid(), str(config.scene or ""))
        _stop_on_signals(gateway)
        if child:
            _stop_with_parent(gateway.stop)
        announce(running)
        try:
            gateway.run(lambda: _say(running, len(gateway.collector.channels), json_lines=json_lines))
        finally:
            withdraw(running)
    finally:
        gateway.close()
    return 0


def _bound(gateway: Gateway, wanted: str | None) -> str:
    if wanted is not None:
        return gateway.bind(wanted)
    try:
        return gateway.bind(DEFAULT_BIND)
    except UserMistake:
        return gateway.bind(_ANY_PORT)


def _say(running: RunningGateway, channels: int, *, json_lines: bool) -> None:
    key = z85.decode(running.public_key.encode("ascii")).hex()
    if json_lines:
        line = msgspec.json.encode({**msgspec.to_builtins(running), "key": key, "channels": channels}).decode()
    else:
        line = f"listening on {running.endpoint}#{key} ({channels} channels, gateway {running.name})"
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _stop_on_signals(gateway: Gateway) -> None:
    def stop(number: int, frame: FrameType | None) -> None:
        gateway.stop()

    def refresh(number: int, frame: FrameType | None) -> None:
        gateway.refresh()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, refresh)


def _stop_with_parent(stop: Callable[[], None]) -> None:
    """The parent holds the other end of our standard input for as long as it lives."""

    def watch() -> None:
        while os.read(0, 4096):
            pass
        stop()

    threading.Thread(target=watch, name="parent watch", daemon=True).start()
