"""Values, times, units and refusals of a real server (asyncua's), on loopback."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from asyncua import ua

from tests.edge.opcua.serving import URI, Listener, Plant, free_port
from viewer.edge.opcua.values import time_ns
from viewer.edge.tags import Tag

Ending = Callable[[Any], Any]


async def _temperature(plant: Plant) -> None:
    machines = await plant.server.nodes.objects.add_object(plant.index, "Machines")
    press = await machines.add_object(plant.index, "Press")
    node = await plant.add("Temperature", 20.0, press)
    unit = ua.EUInformation("http://www.opcfoundation.org/UA/units/un/cefact", 4408652, ua.LocalizedText("°C"))
    await node.add_property(0, "EngineeringUnits", unit)
    await node.add_property(0, "EURange", ua.Range(0.0, 200.0))


def test_that_values_keep_their_time_and_arrive_once(plant: Plant, ending: Ending) -> None:
    plant.start(_temperature)
    tag = Tag(f"Objects/{{{URI}}}Machines/Press/Temperature", "heat", "degC", "counter")
    seen = ending(Listener(plant.url, (tag,))).until(lambda one: one.values() == [20.0])
    begin = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
    times = [begin + timedelta(milliseconds=7 * k) for k in range(50)]
    for k, at in enumerate(times):
        plant.write("Temperature", 100.0 + k, at)
    seen.until(lambda one: len(one.values()) >= 51)
    assert seen.rows()[1:] == [(0, time_ns(at), 100.0 + k, 0) for k, at in enumerate(times)]
    assert seen.source.report().state == "live"


def test_that_a_unit_that_cannot_be_right_is_refused_with_the_scale_that_would_be(plant: Plant, ending: Ending) -> None:
    plant.start(_temperature)
    path = "Objects/Machines/Press/Temperature"
    good, wrong = Tag(path, "a", "degC"), Tag(f"nsu={URI};s=Temperature", "b", "bar")
    other = Tag(f"ns={plant.index};s=Temperature", "c", "K")
    seen = ending(Listener(plant.url, (good, wrong, other)))
    sentence = seen.until_state("live")
    assert "1 of 3 tags" in sentence
    assert "the server tells it in degC, which is no bar" in sentence
    assert "scale = 1 and offset = 273.15" in sentence


def test_that_the_status_becomes_the_quality(plant: Plant, ending: Ending) -> None:
    plant.start(_temperature)
    tag = Tag("Objects/Machines/Press/Temperature", "heat", "degC", "counter")
    strict = ending(Listener(plant.url, (tag,))).until(lambda one: one.values() == [20.0])
    lenient = ending(Listener(plant.url, (tag,), uncertain_is_good=True)).until(lambda one: one.values() == [20.0])
    plant.write("Temperature", 21.0, status=ua.StatusCodes.UncertainLastUsableValue)
    plant.write("Temperature", 22.0, status=ua.StatusCodes.BadSensorFailure)
    plant.write("Temperature", math.nan)
    plant.write("Temperature", math.inf)
    plant.write("Temperature", 23.0)
    assert [row[3] for row in strict.until(lambda one: len(one.values()) == 6).rows()] == [0, 1, 1, 1, 1, 0]
    assert [row[3] for row in lenient.until(lambda one: len(one.values()) == 6).rows()] == [0, 0, 1, 1, 1, 0]


def test_that_a_time_that_cannot_be_true_gives_way_to_the_time_of_arrival(plant: Plant, ending: Ending) -> None:
    plant.start(_temperature)
    tag = Tag("Objects/Machines/Press/Temperature", "heat", "degC", "counter")
    seen = ending(Listener(plant.url, (tag,))).until(lambda one: one.values() == [20.0])
    before = time_ns(datetime.now(UTC)) or 0
    plant.write("Temperature", 1.0, datetime(1601, 1, 1, tzinfo=UTC))
    plant.write("Temperature", 2.0, datetime(9999, 12, 31, tzinfo=UTC))
    rows = seen.until(lambda one: len(one.values()) == 3).rows()
    assert all(before - 1_000_000_000 <= row[1] <= before + 60_000_000_000 for row in rows[1:])
    seen.until_told("has no time of its own")


def test_that_what_is_no_number_is_refused_with_a_sentence_and_the_rest_lives(plant: Plant, ending: Ending) -> None:
    async def prepare(plant: Plant) -> None:
        await plant.add("Running", value=True)
        await plant.add("Count", 3, kind=ua.VariantType.UInt16)
        await plant.add("Name", "press")
        await plant.add("Made", datetime(2026, 1, 1, tzinfo=UTC))
        node = await plant.add("Curve", [1.0, 2.0])
        await node.write_value_rank(ua.ValueRank.OneDimension)
        await plant.add("Loose", 1.0)

    plant.start(prepare)
    names = ("Running", "Count", "Name", "Made", "Curve", "Absent", "Loose")
    seen = ending(Listener(plant.url, tuple(Tag(f"Objects/{name}", name, kind="state") for name in names)))
    sentence = seen.until_state("live")
    assert "3 of 7 tags" in sentence
    assert "it is a text" in sentence and "it is a date and time" in sentence and "it is an array" in sentence
    seen.until(lambda one: one.values(0) == [1.0] and one.values(1) == [3.0] and one.values(6) == [1.0])
    plant.write("Loose", [1.0] * 100_000, kind=ua.VariantType.Double)
    seen.until(lambda one: len(one.values(6)) == 2)
    assert seen.rows(6)[-1][3] == 1
    seen.until_told("an array of 100000 values")


def test_that_a_path_outlives_a_new_order_of_namespaces(ending: Ending) -> None:
    plant = ending(Plant(free_port(), before=("urn:another", "urn:third"))).start(_temperature)
    assert plant.index == 4
    tags = (Tag(f"Objects/{{{URI}}}Machines/{{{URI}}}Press/Temperature", "a"), Tag(f"nsu={URI};s=Temperature", "b"))
    ending(Listener(plant.url, tags)).until(lambda one: one.values(0) == [20.0] and one.values(1) == [20.0])


def test_that_the_states_of_an_enumeration_get_their_texts(plant: Plant, ending: Ending) -> None:
    async def prepare(plant: Plant) -> None:
        node = await plant.add("Mode", 2, kind=ua.VariantType.Int32)
        texts = [ua.LocalizedText(one) for one in ("Off", "Manual", "Automatic")]
        await node.add_property(0, "EnumStrings", texts)

    plant.start(prepare)
    seen = ending(Listener(plant.url, (Tag("Objects/Mode", "mode", kind="state"),))).until(lambda one: one.values() == [2.0])
    assert seen.source.tags()[0].definition == "0 = Off, 1 = Manual, 2 = Automatic"


def test_that_texts_become_the_numbers_that_the_tag_gives_them(plant: Plant, ending: Ending) -> None:
    async def prepare(plant: Plant) -> None:
        await plant.add("Mode", "Manual")

    plant.start(prepare)
    tag = Tag("Objects/Mode", "mode", kind="state", states=("Off", "Manual", "Automatic"))
    seen = ending(Listener(plant.url, (tag,))).until(lambda one: one.values() == [1.0])
    for text in ("automatic ", "Sideways", "Off"):
        plant.write("Mode", text)
    assert [row[3] for row in seen.until(lambda one: one.values()[-1] == 0.0).rows()] == [0, 0, 1, 0]
    assert [row[2] for row in seen.rows() if not row[3]] == [1.0, 2.0, 0.0]


def test_that_a_measurement_that_does_not_change_is_repeated_while_the_server_says_so(plant: Plant, ending: Ending) -> None:
    plant.start(_temperature)
    tag = Tag("Objects/Machines/Press/Temperature", "heat", "degC", "measurement", period_s=0.2)
    seen = ending(Listener(plant.url, (tag,), repeat=True)).until(lambda one: len(one.values()) >= 4)
    assert set(seen.values()) == {20.0}
    times = [row[1] for row in seen.rows()]
    assert all(b > a for a, b in pairwise(times))


def test_that_a_dead_band_is_kept_by_the_server(plant: Plant, ending: Ending) -> None:
    plant.start(_temperature)
    tag = Tag("Objects/Machines/Press/Temperature", "heat", "degC", "counter", period_s=1e6, dead_band=5.0)
    seen = ending(Listener(plant.url, (tag,))).until(lambda one: one.values() == [20.0])
    for value in (22.0, 24.0, 30.0, 31.0, 40.0):
        plant.write("Temperature", value)
    assert seen.until(lambda one: one.values()[-1] == 40.0).values() == [20.0, 30.0, 40.0]
