"""What a configuration asks for beside sources, made ready: history, uplink, alarms; and put away again at the end."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from viewer.access.keyfile import KeyPair
from viewer.alarms.causes import Upstream
from viewer.alarms.definitions import AlarmDefinition
from viewer.alarms.derive import alarms_from_limits
from viewer.alarms.tables import alarms_from_tables
from viewer.base.clock import Clock
from viewer.base.errors import UserMistake
from viewer.base.paths import state_dir
from viewer.edge.config import AlarmsConfig, GatewayConfig
from viewer.edge.devices import DeviceConfig
from viewer.edge.gateway import Equipment
from viewer.edge.tables import read_toml
from viewer.history.store import History


@contextmanager
def equipped(config: GatewayConfig, clock: Clock, keys: KeyPair) -> Generator[Equipment]:
    """All of it, for as long as the gateway runs. Raises UserMistake for what a person can mend."""
    devices = [one for one in config.sources if isinstance(one, DeviceConfig)]
    if devices and config.history is None:
        raise UserMistake("a device is acknowledged only after its samples are on the disk: add [history] to the configuration")
    alarms, upstream = _alarms(config.scene, config.alarms)
    with ExitStack() as stack:
        history = None if config.history is None else stack.enter_context(History(config.history.folder, clock))
        yield Equipment(
            state=state_dir() / "gateway" / config.name,
            devices=devices,
            history=history,
            every_s=config.history.every_s if config.history is not None else 0.5,
            alarms=alarms,
            upstream=upstream,
        )


def _alarms(scene: Path | None, config: AlarmsConfig) -> tuple[tuple[AlarmDefinition, ...], Upstream]:
    derived: tuple[AlarmDefinition, ...] = ()
    upstream = Upstream()
    if scene is not None and config.scene:
        from viewer.twin.scene_file import load_scene

        document = load_scene(scene)
        derived = alarms_from_limits(document.channels)
    tables: list[Any] = []
    for path in config.files:
        found = read_toml(path).get("alarm", [])
        if not isinstance(found, list):
            raise UserMistake(f"alarms are written as [[alarm]] tables: {path}")
        tables += found
    return alarms_from_tables(tables, derived), upstream
