"""The kinds of sources and how each is made from its configuration."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from viewer.base.errors import UserMistake
from viewer.edge.collector import SourceFactory
from viewer.edge.config import GatewayConfig, SourceConfig
from viewer.edge.source import Source


def source_factories(config: GatewayConfig) -> list[SourceFactory]:
    """What makes each source of a configuration. Raises UserMistake where the scene can't be read or a kind is unknown."""
    return [_factory(config.scene, one) for one in config.sources]


def _factory(scene: Path | None, one: SourceConfig) -> SourceFactory:
    known: dict[str, Callable[[Path | None, SourceConfig], SourceFactory]] = {"simulated": _simulated}
    make = known.get(one.kind)
    if make is None:
        raise UserMistake(f"a source is of one of the kinds {', '.join(known)}, not «{one.kind}»")
    return make(scene, one)


def _simulated(scene: Path | None, one: SourceConfig) -> SourceFactory:
    from viewer.edge.simulated.plant import SimulatedPlant
    from viewer.twin.scene_file import load_scene

    if scene is None:
        raise UserMistake("a simulated source needs the folder of its scene")
    document = load_scene(scene)

    def make() -> Source:
        return SimulatedPlant(document, seed=one.seed, speed=one.speed)

    return make
