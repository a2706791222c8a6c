"""What a configuration asks for beside sources, made ready: history, uplink, alarms; and put away again at the end."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from immutables import Map

from viewer.access.audit import AuditChain
from viewer.access.keyfile import KeyPair
from viewer.alarms.causes import Upstream
from viewer.alarms.definitions import AlarmDefinition
from viewer.alarms.derive import alarms_from_limits
from viewer.alarms.tables import alarms_from_tables
from viewer.base.clock import Clock
from viewer.base.errors import UserMistake
from viewer.base.ids import ChannelId, NodeId, StationId
from viewer.base.paths import state_dir
from viewer.edge.config import AlarmsConfig, GatewayConfig, HistoryConfig
from viewer.edge.devices import DeviceConfig
from viewer.edge.gateway import Equipment
from viewer.edge.registry import Registry
from viewer.edge.tables import read_toml
from viewer.edge.uplink import Uplink
from viewer.history.retention import Retention
from viewer.history.store import History
from viewer.twin.model import Twin
from viewer.twin.scene_document import SceneDocument

_logger = logging.getLogger(__name__)
if TYPE_CHECKING:
    from viewer.access.command_path import CommandPath
    from viewer.edge.rules.rule import Rule


@contextmanager
def equipped(config: GatewayConfig, clock: Clock, keys: KeyPair) -> Generator[Equipment]:
    """All of it, for as long as the gateway runs. Raises UserMistake for what a person can mend."""
    devices = [one for one in config.sources if isinstance(one, DeviceConfig)]
    if devices and config.history is None:
        raise UserMistake("a device is acknowledged only after its samples are on the disk: add [history] to the configuration")
    alarms, upstream = _alarms(config.scene, config.alarms)
    rules = _rules(config)
    with ExitStack() as stack:
        history = None if config.history is None else _history(config.history, clock, stack)
        uplink = None
        if config.uplink is not None:
            uplink = Uplink(config.uplink, state_folder(config), keys, clock)
            stack.callback(uplink.close)
        yield Equipment(
            state=state_folder(config),
            devices=devices,
            history=history,
            every_s=config.history.every_s if config.history is not None else 0.5,
            uplink=uplink,
            tidy=None if config.history is None else _tidy(config.history),
            alarms=alarms,
            upstream=upstream,
            rules=rules,
            commands=_command_path(config, stack),
        )


def _history(config: HistoryConfig, clock: Clock, stack: ExitStack) -> History | None:
    try:
        return stack.enter_context(History(config.folder, clock))
    except UserMistake as mistake:
        if not config.optional:
            raise
        _logger.warning("there is no past to go back to in this session: %s", mistake)
        return None


def _tidy(config: HistoryConfig) -> Callable[[History], None]:
    """Forgets what is older, or takes more room, than the configuration says."""
    rules = (Retention("*", config.keep_s, max(config.keep_s, config.pyramid_s)),)

    def tidy(history: History) -> None:
        history.retain(rules, most_bytes=config.keep_bytes)

    return tidy


def _rules(config: GatewayConfig) -> tuple[Rule, ...]:
    if not config.rules:
        return ()
    from viewer.edge.rules.arming import load_armed

    rules, told = load_armed(config.rules, state_folder(config) / "backtests.jsonl")
    for sentence in told:
        _logger.warning(sentence)
    return rules


def _command_path(config: GatewayConfig, stack: ExitStack) -> Callable[[Registry, AuditChain], CommandPath] | None:
    """What makes the write path; None where the site has not enabled it."""
    if not config.commands.enabled or config.commands.safety is None:
        return None
    from viewer.access.command_path import CommandPath
    from viewer.access.safety import read_safety
    from viewer.edge.correcting import ensure_controllers

    safety, folder = read_safety(config.commands.safety), state_folder(config) / "commands"
    try:
        stack.enter_context(only_holder(folder))
    except UserMistake as mistake:
        if not config.commands.makes_keys:
            raise
        _logger.warning("this gateway takes no commands: %s", mistake)  # a second window on the same simulated plant
        return None
    if config.commands.makes_keys:
        ensure_controllers(safety)
    return lambda registry, audit: CommandPath(
        folder, safety, plant=config.commands.plant, gateway=config.name, registry=registry, audit=audit, enabled=True
    )


@contextmanager
def only_holder(folder: Path) -> Generator[None]:
    """Hold a folder for one program alone, let go even when it is killed. Raises UserMistake where another has it."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = sqlite3.connect(folder / "lock", timeout=0.0, isolation_level=None)
    try:
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.Error as error:
            raise UserMistake(f"another gateway has the set-points of this plant ({error}); end it first: {folder}") from error
        yield
    finally:
        lock.close()


def state_folder(config: GatewayConfig) -> Path:
    """Where a gateway keeps what it must remember over a restart."""
    return state_dir() / "gateway" / config.name


def _alarms(scene: Path | None, config: AlarmsConfig) -> tuple[tuple[AlarmDefinition, ...], Upstream]:
    derived: tuple[AlarmDefinition, ...] = ()
    upstream = Upstream()
    if scene is not None and config.scene:
        from viewer.twin.scene_file import load_scene

        document = load_scene(scene)
        derived = alarms_from_limits(document.channels)
        upstream = Upstream.of(_process(document))
    tables: list[Any] = []
    for path in (*_beside(scene if config.scene else None), *config.files):
        found = read_toml(path).get("alarm", [])
        if not isinstance(found, list):
            raise UserMistake(f"alarms are written as [[alarm]] tables: {path}")
        tables += found
    return alarms_from_tables(tables, derived), upstream


def _beside(scene: Path | None) -> tuple[Path, ...]:
    """What a scene says of its own alarms: alarms.toml in its folder, where there is one."""
    path = None if scene is None else (scene.parent if scene.suffix == ".toml" else scene) / "alarms.toml"
    return (path,) if path is not None and path.is_file() else ()


def _process(document: SceneDocument) -> Twin:
    """The scene's process without its geometry: a channel belongs to the station whose node is its own or stands before it
    in the dotted name."""
    at = {station.node: station for station in document.stations if station.node}
    found: dict[StationId, list[ChannelId]] = {station.id: list(station.channels) for station in document.stations}
    for channel in document.channels:
        for name in _above(channel.node or channel.id):
            if name in at and channel.id not in found[at[name].id]:
                found[at[name].id].append(channel.id)
                break
    stations = {one.id: replace(one, channels=tuple(found[one.id])) for one in document.stations}
    return Twin(
        channels=Map({one.id: one for one in document.channels}),
        stations=Map(stations),
        flows=Map({one.id: one for one in document.flows}),
    )


def _above(name: str) -> Iterator[NodeId]:
    """The name, and what stands before each of its dots, the longest first."""
    while name:
        yield NodeId(name)
        name = name.rpartition(".")[0]
