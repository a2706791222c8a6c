"""The kind `simulated` of a source: the plant of a scene folder, at any speed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from viewer.base.errors import UserMistake
from viewer.edge.kind import Place, SourceConfig, common
from viewer.edge.source import Source
from viewer.edge.tables import Table


@dataclass(frozen=True, kw_only=True)
class SimulatedConfig(SourceConfig):
    """A simulated plant."""

    kind: str = "simulated"
    name: str = "simulated"
    scene: Path
    """Folder of the scene whose channels it brings."""
    seed: int = 1
    speed: float = 1.0
    """How many seconds of the plant pass in one."""

    def make(self) -> Source:
        """The plant. Raises UserMistake where the scene can't be read."""
        from viewer.edge.simulated.plant import SimulatedPlant
        from viewer.twin.scene_file import load_scene

        return SimulatedPlant(load_scene(self.scene), seed=self.seed, speed=self.speed)


def read(table: Table, place: Place) -> SourceConfig:
    """Keys: scene (else the gateway's), seed, speed."""
    kind, name = common(table)
    scene = table.path("scene", place.scene) if place.scene is not None or table.has("scene") else None
    if scene is None:
        raise UserMistake(f"{table.where}: a simulated source needs gateway.scene, the folder of its scene")
    return SimulatedConfig(
        kind=kind,
        name=name,
        scene=scene,
        seed=table.whole("seed", 1, high=2**32 - 1),
        speed=table.number("speed", 1.0, above=0.0, high=1000.0),
    )
