"""Sources of MTConnect as the gateway would make them, ended with the test."""

import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.edge.mqtt.conftest import Heard, until
from viewer.edge.kind import Place
from viewer.edge.mtconnect.kind import MTConnectConfig
from viewer.edge.sources import read_source
from viewer.edge.tables import Table
from viewer.edge.threaded import ThreadedSource

Start = Callable[[str], tuple[Heard, ThreadedSource]]
Configure = Callable[[str], MTConnectConfig]


@pytest.fixture
def configure(tmp_path: Path) -> Configure:
    """Read one source as it would stand in a gateway's file."""

    def one(text: str) -> MTConnectConfig:
        table = Table(tomllib.loads(f'kind = "mtconnect"\n{text}'), "[[source]] number 1", tmp_path)
        config = read_source(table, Place(tmp_path))
        assert isinstance(config, MTConnectConfig)
        return config

    return one


@pytest.fixture
def start(configure: Configure) -> Iterator[Start]:
    """Start a source; it is live or down when it is given."""
    started: list[ThreadedSource] = []

    def one(text: str) -> tuple[Heard, ThreadedSource]:
        source = configure(text).make()
        started.append(source)
        source.start(0)
        until(lambda: source.report().state != "connecting")
        return Heard(source, []), source

    yield one
    for source in started:
        source.close()
    assert all(source.join(5.0) for source in started)
