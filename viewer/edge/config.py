"""The configuration of a gateway: one TOML file, or a scene folder from which one is made."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, cast

from viewer.base.errors import UserMistake
from viewer.base.paths import data_dir
from viewer.edge.kind import Place, SourceConfig
from viewer.edge.rules.forwarding import Forwarding
from viewer.edge.simulated.kind import SimulatedConfig
from viewer.edge.sources import read_sources
from viewer.edge.tables import TOP, Table, read_toml

DEFAULT_BIND = "tcp://127.0.0.1:47800"
_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"
_NAME_LIKE = "letters, digits and . _ - only, at most 64 of them"
_DAY_S = 86_400.0
_GB = 1_000_000_000
DEMO_KEEP_S = 8 * 3600.0
DEMO_KEEP_BYTES = 500_000_000


@dataclass(frozen=True, slots=True)
class HistoryConfig:
    """[history]: what the historian keeps. Without the table a gateway keeps none."""

    folder: Path
    keep_s: float = 30 * _DAY_S
    """How old the oldest sample may become."""
    pyramid_s: float = 10 * 365 * _DAY_S
    """How long least and greatest values are kept beyond that, for drawing."""
    keep_bytes: int = 50 * _GB
    """How much room it may take; the oldest go first."""
    every_s: float = 0.5
    """How long samples of the gateway's own sources wait to be written together; devices' batches don't wait for it."""
    optional: bool = False
    """Whether the gateway runs without one where it can't be opened, as a second window on the same plant does."""


@dataclass(frozen=True, slots=True)
class AlarmsConfig:
    """[alarms]: from where limits and conditions come."""

    scene: bool = True
    """Whether the scene's limits become alarms."""
    files: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class CommandsConfig:
    """[commands]: the write path, which does not exist unless the site enables it."""

    enabled: bool = False
    plant: str = ""
    """Name of the plant that a command must name."""
    safety: Path | None = None
    """The gateway's own limits: what no command may go beyond."""
    makes_keys: bool = False
    """Whether the controllers that the safety file names get their keys by themselves, as those of a simulated plant do."""


@dataclass(frozen=True, slots=True)
class UplinkConfig:
    """[uplink]: the higher gateway that this one feeds from its history."""

    endpoint: str
    """`tcp://host:port#key` with the higher gateway's key, as `genchi edge` prints it there."""
    channels: tuple[str, ...] = ("*",)
    prefix: str = ""
    """Put before each channel's id on the way up."""
    forward: tuple[tuple[str, Forwarding], ...] = ()
    """By pattern of channel ids, the first that fits counts: what is sent on of a channel; all where none fits."""


@dataclass(frozen=True, slots=True)
class GatewayConfig:
    """What a gateway needs to know before it starts."""

    name: str
    scene: Path | None = None
    """Folder of the scene whose channels a simulated source brings, and whose limits become alarms."""
    bind: str | None = None
    """Where to listen; None takes DEFAULT_BIND, or any free port where that is taken."""
    sources: tuple[SourceConfig, ...] = ()
    history: HistoryConfig | None = None
    alarms: AlarmsConfig = field(default_factory=AlarmsConfig)
    rules: tuple[Path, ...] = ()
    commands: CommandsConfig = field(default_factory=CommandsConfig)
    uplink: UplinkConfig | None = None

    @staticmethod
    def for_scene(scene: Path, seed: int = 1, *, speed: float = 1.0, bind: str | None = None) -> GatewayConfig:
        """A gateway that simulates the plant of a scene folder (or its scene.toml); where a safety.toml lies in it, that plant's
        set-points can be commanded."""
        folder = (scene.parent if scene.suffix == ".toml" else scene).resolve()
        name = (re.sub(r"[^A-Za-z0-9._-]+", "-", folder.name).strip("-._") or "scene")[:64]
        safety = folder / "safety.toml"
        commands = CommandsConfig(True, name, safety, makes_keys=True) if safety.is_file() else CommandsConfig()
        return GatewayConfig(name, folder, bind, (SimulatedConfig(scene=folder, seed=seed, speed=speed),), commands=commands)

    def keeping(self, keep_s: float, keep_bytes: int) -> GatewayConfig:
        """The same with a history in the user's data folder, if nobody else is writing it."""
        return replace(self, history=HistoryConfig(history_dir(self.name), keep_s, 30 * _DAY_S, keep_bytes, optional=True))


def history_dir(gateway: str) -> Path:
    """Where a gateway's history lies unless its configuration says otherwise."""
    return data_dir() / "history" / gateway


def load_config(path: Path) -> GatewayConfig:
    """Read a configuration. Raises UserMistake with the place of the first mistake, and the file."""
    try:
        return _config(Table(read_toml(path), TOP, path.resolve().parent))
    except UserMistake as mistake:
        sentence = str(mistake)
        raise mistake if sentence.endswith(str(path)) else UserMistake(f"{sentence}: {path}") from mistake


def _config(file: Table) -> GatewayConfig:
    table = file.table("gateway")
    if table is None:
        raise UserMistake("the table [gateway] is missing")
    gateway = _gateway(table)
    place = Place(file.folder, gateway.scene)
    config = replace(
        gateway,
        sources=read_sources(file.tables("source", "[[source]]"), place),
        history=_history(file.table("history"), gateway.name),
        alarms=_alarms(file.table("alarms")),
        rules=_rules(file.table("rules")),
        commands=_commands(file.table("commands")),
        uplink=_uplink(file.table("uplink")),
    )
    file.close()
    if not config.sources:
        raise UserMistake("at least one [[source]] is needed")
    if config.uplink is not None and config.history is None:
        raise UserMistake("an [uplink] is fed from the history: add [history]")
    return config


def _gateway(table: Table) -> GatewayConfig:
    config = GatewayConfig(
        table.text("name", pattern=_NAME, like=_NAME_LIKE),
        scene=table.path("scene") if table.has("scene") else None,
        bind=table.text("bind", pattern=r"tcp://[^:]+:(\d+|\*)", like=f"like {DEFAULT_BIND}") if table.has("bind") else None,
    )
    table.close()
    return config


def _history(table: Table | None, gateway: str) -> HistoryConfig | None:
    if table is None:
        return None
    config = HistoryConfig(
        table.path("folder", history_dir(gateway)),
        keep_s=_DAY_S * table.number("keep_days", 30.0, above=0.0, high=36_500.0),
        pyramid_s=_DAY_S * table.number("pyramid_days", 3650.0, above=0.0, high=36_500.0),
        keep_bytes=round(_GB * table.number("keep_gb", 50.0, low=0.05, high=1e6)),
        every_s=table.number("every_s", 0.5, low=0.05, high=10.0),
    )
    table.close()
    return config


def _alarms(table: Table | None) -> AlarmsConfig:
    if table is None:
        return AlarmsConfig()
    config = AlarmsConfig(table.flag("scene", True), _paths(table, "files"))
    table.close()
    return config


def _rules(table: Table | None) -> tuple[Path, ...]:
    if table is None:
        return ()
    files = _paths(table, "files")
    table.close()
    return files


def _commands(table: Table | None) -> CommandsConfig:
    if table is None:
        return CommandsConfig()
    config = CommandsConfig(
        table.flag("enabled", False),
        table.text("plant", "", pattern=rf"({_NAME})?", like=_NAME_LIKE),
        table.path("safety") if table.has("safety") else None,
    )
    table.close()
    if config.enabled and (not config.plant or config.safety is None):
        raise UserMistake(f"{table.where}: where commands are enabled, plant (its name) and safety (a file of limits) are needed")
    return config


def _uplink(table: Table | None) -> UplinkConfig | None:
    if table is None:
        return None
    config = UplinkConfig(
        table.text("endpoint", pattern=r"tcp://[^#]+#[0-9a-fA-F]{64}", like="like tcp://host:47800#<the higher gateway's key>"),
        table.texts("channels", ("*",), most=100),
        table.text("prefix", "", most=100, like="a short text such as site1."),
        tuple(_forwarding(one) for one in table.tables("forward", "[[uplink.forward]]")),
    )
    table.close()
    return config


def _forwarding(table: Table) -> tuple[str, Forwarding]:
    glob = table.text("channels", pattern=r".+", like="a pattern of channel ids")
    policy = Forwarding(
        kind=cast(Literal["dead_band", "min_max"], table.choice("kind", ("dead_band", "min_max"))),
        dead_band=table.number("dead_band", 0.0, low=0.0),
        longest_s=table.number("longest_s", 60.0, above=0.0, high=1e6),
        interval_s=table.number("interval_s", 1.0, above=0.0, high=1e6),
    )
    table.close()
    return glob, policy


def _paths(table: Table, key: str) -> tuple[Path, ...]:
    return tuple((table.folder / one).resolve() for one in table.texts(key, ()))
