"""The configuration of a gateway: one TOML file, or a scene folder from which one is made."""

from __future__ import annotations

import math
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from viewer.base.errors import UserMistake

DEFAULT_BIND = "tcp://127.0.0.1:47800"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_GATEWAY_KEYS = {"name", "bind", "scene"}
_SOURCE_KEYS = {"kind", "seed", "speed"}


@dataclass(frozen=True, slots=True)
class SourceConfig:
    """One source of samples."""

    kind: str = "simulated"
    seed: int = 1
    speed: float = 1.0
    """How many seconds of the simulated plant pass in one."""


@dataclass(frozen=True, slots=True)
class GatewayConfig:
    """What a gateway needs to know before it starts."""

    name: str
    scene: Path | None = None
    """Folder of the scene whose channels a simulated source brings."""
    bind: str | None = None
    """Where to listen; None takes DEFAULT_BIND, or any free port where that is taken."""
    sources: tuple[SourceConfig, ...] = (SourceConfig(),)

    @staticmethod
    def for_scene(scene: Path, seed: int = 1, *, speed: float = 1.0, bind: str | None = None) -> GatewayConfig:
        """A gateway that simulates the plant of a scene folder (or its scene.toml)."""
        folder = scene.parent if scene.suffix == ".toml" else scene
        name = re.sub(r"[^A-Za-z0-9._-]+", "-", folder.resolve().name).strip("-._") or "scene"
        return GatewayConfig(name[:64], folder.resolve(), bind, (SourceConfig("simulated", seed, speed),))


def load_config(path: Path) -> GatewayConfig:
    """Read a configuration. Raises UserMistake with the file and the key of the first mistake."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserMistake(f"the configuration can't be read ({error.strerror}): {path}") from error
    except ValueError as error:
        raise UserMistake(f"the configuration is no valid TOML ({error}): {path}") from error
    try:
        return _config(table, path.resolve().parent)
    except UserMistake as mistake:
        raise UserMistake(f"{mistake}: {path}") from mistake


def _config(table: dict[str, Any], folder: Path) -> GatewayConfig:
    _only(table, {"gateway", "source"}, "the file")
    gateway = table.get("gateway")
    if not isinstance(gateway, dict):
        raise UserMistake("the table [gateway] is missing")
    _only(gateway, _GATEWAY_KEYS, "[gateway]")
    name, scene, bind = (_text(gateway, key) for key in ("name", "scene", "bind"))
    if not name or not _NAME.fullmatch(name):
        raise UserMistake(f"gateway.name needs letters, digits and . _ - only, at most 64 of them, not «{name or ''}»")
    if bind is not None and not re.fullmatch(r"tcp://[^:]+:(\d+|\*)", bind):
        raise UserMistake(f"gateway.bind reads like {DEFAULT_BIND}, not «{bind}»")
    sources = table.get("source", [])
    if not isinstance(sources, list) or not sources:
        raise UserMistake("at least one [[source]] is needed")
    read = tuple(_source(one, number) for number, one in enumerate(sources, 1))
    if scene is None and any(one.kind == "simulated" for one in read):
        raise UserMistake("a simulated source needs gateway.scene, the folder of its scene")
    return GatewayConfig(name, None if scene is None else (folder / scene).resolve(), bind, read)


def _source(table: object, number: int) -> SourceConfig:
    where = f"[[source]] number {number}"
    if not isinstance(table, dict):
        raise UserMistake(f"{where} must be a table")
    _only(table, _SOURCE_KEYS, where)
    kind, seed, speed = table.get("kind"), table.get("seed", 1), table.get("speed", 1.0)
    if kind != "simulated":
        raise UserMistake(f"{where}: kind is «simulated» (the only one so far), not «{kind}»")
    if not isinstance(seed, int) or isinstance(seed, bool) or not 0 <= seed < 2**32:
        raise UserMistake(f"{where}: seed is a whole number from 0 to {2**32 - 1}, not «{seed}»")
    if isinstance(speed, bool) or not isinstance(speed, int | float) or not (math.isfinite(speed) and 0.0 < speed <= 1000.0):
        raise UserMistake(f"{where}: speed is a number above 0 and at most 1000, not «{speed}»")
    return SourceConfig(kind, seed, float(speed))


def _only(table: dict[str, Any], known: set[str], where: str) -> None:
    unknown = sorted(set(table) - known)
    if unknown:
        raise UserMistake(f"{where} has the unknown key «{unknown[0]}» (known: {', '.join(sorted(known))})")


def _text(table: dict[str, Any], key: str) -> str | None:
    value = table.get(key)
    if value is not None and not isinstance(value, str):
        raise UserMistake(f"gateway.{key} is a text, not «{value}»")
    return value
