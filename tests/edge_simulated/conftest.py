"""The battery line's channels and simulation without its geometry, and samples in a form that tests can ask."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from viewer.edge.simulated.plant import SimulatedPlant
from viewer.edge.source import SampleBlock
from viewer.twin.scene_document import SceneDocument
from viewer.twin.scene_file import load_scene

LINE = Path(__file__).resolve().parents[2] / "scenes" / "battery_line"
START_NS = 1_800_000_000_000_000_000
SECOND_NS = 1_000_000_000


class Recording:
    """A plant and all that it sent."""

    def __init__(self, plant: SimulatedPlant) -> None:
        self.plant, self.now_ns = plant, START_NS
        self.ids = [one.id for one in plant.channels()]
        self.blocks: list[SampleBlock] = []
        plant.start(START_NS)

    def run(self, seconds: float, step_s: float = 1.0) -> Recording:
        end_ns = self.now_ns + round(seconds * SECOND_NS)
        while self.now_ns < end_ns:
            self.now_ns = min(end_ns, self.now_ns + round(step_s * SECOND_NS))
            self.blocks.append(self.plant.step(self.now_ns))
        return self

    def of(self, channel: str, since_s: float = 0.0) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Times, s from the start, and values of one channel."""
        block = SampleBlock.joined(self.blocks)
        mine = (block.channel == self.ids.index(channel)) & (block.t_ns >= START_NS + since_s * SECOND_NS)
        return (block.t_ns[mine] - START_NS) / SECOND_NS, block.values[mine]


@pytest.fixture(scope="session")
def line_document(tmp_path_factory: pytest.TempPathFactory) -> SceneDocument:
    folder = tmp_path_factory.mktemp("line")
    for name in ("channels.toml", "line.toml"):
        (folder / name).write_text((LINE / name).read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "scene.toml").write_text('[scene]\nschema = 1\nname = "Line"\ninclude = ["channels.toml", "line.toml"]\n')
    return load_scene(folder)


@pytest.fixture
def record(line_document: SceneDocument) -> Callable[..., Recording]:
    def make(seed: int = 1, speed: float = 1.0) -> Recording:
        return Recording(SimulatedPlant(line_document, seed=seed, speed=speed))

    return make


@pytest.fixture(scope="session")
def two_minutes(line_document: SceneDocument) -> Recording:
    """Two minutes of an undisturbed plant."""
    return Recording(SimulatedPlant(line_document, seed=1)).run(120.0, 0.5)
