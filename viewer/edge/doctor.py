"""What may be wrong with gateways: those that run here, and one configuration before it is started; each with its mend."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from viewer.access.keyfile import is_sealed
from viewer.base.clock import Clock
from viewer.base.errors import GenchiError, UserMistake
from viewer.edge.config import GatewayConfig, HistoryConfig, load_config
from viewer.edge.devices import DeviceConfig
from viewer.live.discovery import RunningGateway, running_gateways
from viewer.live.doctor import Finding
from viewer.live.feed import LiveFeed
from viewer.live.keys import client_keys, client_path, keys_dir
from viewer.live.wire import PROTOCOL

WITHIN_S = 4.0
FAR_MS = 1_000.0
"""Clocks farther apart than this make time stamps of two machines misleading."""
_LEAST_FREE_BYTES = 1 << 30
_CLOCK_MEND = "let both machines follow one NTP server (timedatectl set-ntp true): ages and orders of events are wrong by as much"


def examine_gateways(clock: Clock) -> list[Finding]:
    """Each gateway that runs on this machine, asked. Waits some seconds for one that does not answer; never raises."""
    return [finding for one in running_gateways() for finding in _running(one, clock)]


def examine_config(path: Path) -> list[Finding]:
    """What a gateway of this configuration would stumble over. Never raises for what it finds."""
    try:
        config = load_config(path)
    except UserMistake as mistake:
        return [_ill("configuration", str(mistake), "mend that place of the file; docs/user/gateway.md has all keys")]
    found = [_well("configuration", f"{path}: gateway {config.name}, {len(config.sources)} sources")]
    found += [_source(one.name, one.kind, one.make) for one in config.sources if not isinstance(one, DeviceConfig)]
    found += [_history(config.history)] if config.history is not None else [_well("history", "none is kept: no [history]")]
    return [*found, *_files(config), _gateway_key(config.name), _own_key()]


def _running(one: RunningGateway, clock: Clock) -> list[Finding]:
    what = f"gateway {one.name}"
    try:
        feed = LiveFeed(one.endpoint, one.public_key, client_keys(), clock)
    except (GenchiError, OSError) as error:
        return [_ill(what, f"can't be asked: {error}", "see the keys above")]
    feed.start()
    try:
        if not feed.wait_for(lambda status: status.state == "live", WITHIN_S):
            mend = f"see what process {one.pid} writes; is this user's key enrolled where it runs (genchi keys list)?"
            return [_ill(what, f"{one.endpoint} does not answer: {feed.status().sentence}", mend)]
        return _asked(what, feed)
    finally:
        feed.stop()


def _asked(what: str, feed: LiveFeed) -> list[Finding]:
    status = feed.status()
    found = [_well(what, f"answers at {status.endpoint} in protocol {PROTOCOL}, this user is {status.role}")]
    ahead_ms = status.clock_ahead_ms
    said = f"the gateway's is {abs(ahead_ms):.1f} ms {'ahead of' if ahead_ms >= 0 else 'behind'} this machine's"
    found.append(_ill(f"{what}: clock", said, _CLOCK_MEND) if abs(ahead_ms) > FAR_MS else _well(f"{what}: clock", said))
    try:
        sources = feed.request_sources().result(WITHIN_S)
    except (GenchiError, TimeoutError) as error:
        return [*found, _ill(f"{what}: answers", str(error) or "none within 4 s", "look into the gateway's log")]
    for one in sources:
        if one.state in ("down", "stale"):
            found.append(_ill(f"{what}: source {one.name}", f"{one.state}: {one.sentence}", _mend_of(one.kind)))
        else:
            lost = f", {one.lost_samples} samples lost, {one.outages} outages" if one.lost_samples or one.outages else ""
            found.append(_well(f"{what}: source {one.name}", f"{one.state}, {one.channels} channels{lost}"))
    return [*found, _kept(f"{what}: history", feed)]


def _kept(what: str, feed: LiveFeed) -> Finding:
    try:
        span = feed.request_span().result(WITHIN_S)
    except UserMistake as refusal:
        return _well(what, str(refusal))
    except (GenchiError, TimeoutError) as error:
        return _ill(what, str(error) or f"no answer within {WITHIN_S:.0f} s", "look into the gateway's log")
    return _well(what, "nothing yet" if span is None else f"{max(0.0, (span[1] - span[0]) / 3.6e12):.1f} h")


def _mend_of(kind: str) -> str:
    return {
        "device": "is the device switched on, connected and enrolled (genchi keys list)?",
        "simulated": "look into the gateway's log: the simulation itself failed",
    }.get(kind, "is it switched on and reachable from the gateway's machine? It is tried again by itself")


def _source(name: str, kind: str, make: Callable[[], object]) -> Finding:
    """Made, not started: that finds missing extras, files and passwords, and waits for no network."""
    try:
        made = make()
    except UserMistake as mistake:
        return _ill(f"source {name}", str(mistake), _remedy(str(mistake)))
    except (GenchiError, OSError, ValueError, ImportError) as fault:
        return _ill(f"source {name}", f"{type(fault).__name__}: {fault}", "this is a fault of the program or of that library")
    close = getattr(made, "close", None)
    if callable(close):
        close()
    return _well(f"source {name}", f"{kind}, as configured")


def _remedy(sentence: str) -> str:
    at = sentence.find("pip install")
    return sentence[at:] if at >= 0 else "mend that key of the [[source]], or what it names"


def _history(config: HistoryConfig) -> Finding:
    folder = config.folder
    place = next((one for one in (folder, *folder.parents) if one.exists()), folder)
    if not os.access(place, os.W_OK) or not place.is_dir():
        return _ill("history", f"{folder} can't be written", f"make it writable, or name another folder in [history]: {place}")
    free, ballast = shutil.disk_usage(place).free, folder / "ballast"
    kept = sum(one.stat().st_size for one in folder.glob("*") if one.is_file()) if folder.is_dir() else 0
    room = f"{folder}: {kept / 1e9:.2f} GB kept, {free / 1e9:.1f} GB free"
    if free < _LEAST_FREE_BYTES:
        return _ill("history", room, "free some room: below 1 GB the oldest history goes, and then nothing can be acknowledged")
    if free + kept < config.keep_bytes:
        mend = f"free some room, or say keep_gb = {max(0.05, (free + kept) / 2e9):.2f} or less in [history]"
        return _ill("history", f"{room}, but keep_gb is {config.keep_bytes / 1e9:g}", mend)
    if folder.is_dir() and any(folder.iterdir()) and not ballast.exists():
        return _ill("history", f"{room}, but no ballast for a full disk", "start the gateway: it lays the ballast down again")
    return _well("history", f"{room}, ballast {'laid down' if ballast.exists() else 'comes with the first start'}")


def _files(config: GatewayConfig) -> list[Finding]:
    named = [("alarms", one) for one in config.alarms.files] + [("rules", one) for one in config.rules]
    named += [("safety", config.commands.safety)] if config.commands.safety is not None else []
    named += [("scene", config.scene)] if config.scene is not None else []
    gone = [(what, path) for what, path in named if not path.exists()]
    return [_ill(what, f"there is no such file: {path}", "name one that is there, or take the key out") for what, path in gone]


def _gateway_key(name: str) -> Finding:
    path = keys_dir() / "gateways" / f"{name}.toml"
    if not path.exists():
        return _well("gateway's key", "is made on the first start")
    if not os.access(path, os.R_OK):
        return _ill("gateway's key", f"can't be read by this user: {path}", f"chown it to the user that runs the gateway: {path}")
    return _well("gateway's key", f"{path}, {'sealed by a password' if is_sealed(path) else 'readable by its owner'}")


def _own_key() -> Finding:
    path = client_path()
    if not path.exists():
        return _well("own key, sealed", "there is none yet")
    return _well("own key, sealed", "by a password" if is_sealed(path) else "not: `genchi keys seal` does it")


def _well(what: str, found: str) -> Finding:
    return Finding(what=what, ok=True, found=found, mend="")


def _ill(what: str, found: str, mend: str) -> Finding:
    return Finding(what=what, ok=False, found=found, mend=mend)
