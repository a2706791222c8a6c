"""A thousand tags at a rate: everything arrives once, in order, with its time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from asyncua import ua

from tests.edge.opcua.serving import URI, Listener, Plant
from viewer.edge.opcua.values import time_ns
from viewer.edge.source import SampleBlock
from viewer.edge.tags import Tag

TAGS, ROUNDS = 1_000, 4
BEGIN = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


async def _many(plant: Plant) -> None:
    folder = await plant.server.nodes.objects.add_folder(plant.index, "Many")
    for k in range(TAGS):
        node = await plant.add(f"v{k}", -1.0, folder)
        await plant.server.write_attribute_value(node.nodeid, _value(-1.0, BEGIN - timedelta(seconds=1)))


def _value(value: float, at: datetime) -> Any:
    return ua.DataValue(ua.Variant(value, ua.VariantType.Double), SourceTimestamp=at)


async def _rounds(plant: Plant) -> None:
    for turn in range(ROUNDS):
        for k in range(TAGS):
            at = BEGIN + timedelta(seconds=turn, microseconds=k)
            await plant.server.write_attribute_value(plant.nodes[f"v{k}"].nodeid, _value(float(turn * TAGS + k), at))
        await asyncio.sleep(0.05)


def test_that_a_thousand_tags_bring_every_value_once_in_order(own_plant: Plant, ending: Callable[[Any], Any]) -> None:
    own_plant.start(_many)
    tags = tuple(Tag(f"Objects/{{{URI}}}Many/v{k}", f"v{k}", kind="counter") for k in range(TAGS))
    seen = ending(Listener(own_plant.url, tags)).until(lambda one: sum(map(len, one.blocks)) == TAGS, 30.0)
    own_plant.runner.do(_rounds(own_plant))
    seen.until(lambda one: sum(map(len, one.blocks)) >= (1 + ROUNDS) * TAGS, 30.0)
    every = SampleBlock.joined(seen.blocks)
    order = np.lexsort((np.arange(len(every)), every.channel))
    values = every.values[order].reshape(TAGS, 1 + ROUNDS)
    t_ns = every.t_ns[order].reshape(TAGS, 1 + ROUNDS)
    expected = np.arange(ROUNDS) * TAGS + np.arange(TAGS)[:, None]
    assert np.array_equal(values[:, 1:], expected.astype(np.float64))
    begin_ns = time_ns(BEGIN) or 0
    assert np.array_equal(t_ns[:, 1:], begin_ns + 1_000_000_000 * np.arange(ROUNDS) + 1_000 * np.arange(TAGS)[:, None])
    assert seen.gaps == []
