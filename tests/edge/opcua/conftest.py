"""Servers, lines and listeners that are ended with the test."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from typing import Any

import pytest

if importlib.util.find_spec("asyncua") is None:
    pytest.fail("the tests of OPC UA need asyncua: install the extra «opcua»", pytrace=False)

from tests.edge.opcua.serving import Line, Listener, Plant, free_port


@pytest.fixture
def ending() -> Iterator[Callable[[Any], Any]]:
    """Give it what must be ended; listeners first."""
    things: list[Any] = []

    def keep(one: Any) -> Any:
        things.append(one)
        return one

    yield keep
    for one in sorted(things, key=lambda one: [Listener, Line, Plant].index(type(one))):
        one.end()


@pytest.fixture
def own_plant(ending: Callable[[Any], Any]) -> Plant:
    """A server of the test's own, not yet started."""
    return ending(Plant(free_port()))


@pytest.fixture(scope="package")
def running() -> Iterator[Plant]:
    """One server for many tests: it takes long to start."""
    plant = Plant(free_port()).start()
    yield plant
    plant.end()


@pytest.fixture
def plant(running: Plant) -> Iterator[Plant]:
    """The server that runs, without nodes of other tests."""
    yield running
    running.clear()
