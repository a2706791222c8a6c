"""Cut lines, stopped servers, lost messages and overflown queues: nothing twice, and what is missing is told or filled."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from asyncua import ua

from tests.edge.opcua.serving import Line, Listener, Plant, free_port
from viewer.edge.opcua import connecting
from viewer.edge.opcua.intake import Intake
from viewer.edge.opcua.subscription import Subscription
from viewer.edge.opcua.values import as_datetime
from viewer.edge.source import SampleBlock
from viewer.edge.tags import Tag

Ending = Callable[[Any], Any]
COUNT = Tag("Objects/Count", "count", kind="counter")


async def _count(plant: Plant) -> None:
    await plant.add("Count", 0.0)


async def _count_with_history(plant: Plant) -> None:
    await _count(plant)
    await plant.server.historize_node_data_change(plant.nodes["Count"], period=None, count=10_000)


def _write(plant: Plant, first: int, last: int) -> None:
    for k in range(first, last + 1):
        plant.write("Count", float(k))


def test_that_a_short_cut_of_the_line_loses_nothing_and_brings_nothing_twice(plant: Plant, ending: Ending) -> None:
    plant.start(_count)
    line = ending(Line(plant.port))
    seen = ending(Listener(f"opc.tcp://127.0.0.1:{line.port}", (COUNT,))).until(lambda one: len(one.values()) == 1)
    _write(plant, 1, 20)
    seen.until(lambda one: len(one.values()) == 21)
    line.cut()
    seen.until_state("down")
    _write(plant, 21, 60)
    line.mend()
    seen.until(lambda one: len(one.values()) >= 61)
    seen.until_state("live")
    _write(plant, 61, 70)
    seen.until(lambda one: one.values()[-1] == 70.0)
    assert seen.values() == [float(k) for k in range(71)]
    assert seen.gaps == []


def test_that_a_server_that_was_started_again_leaves_a_gap_that_is_told(own_plant: Plant, ending: Ending) -> None:
    plant = own_plant
    plant.start(_count)
    seen = ending(Listener(plant.url, (COUNT,))).until(lambda one: len(one.values()) == 1)
    _write(plant, 1, 4)
    at = datetime.now(UTC)
    plant.write("Count", 5.0, at)
    seen.until(lambda one: len(one.values()) == 6)
    plant.stop()
    seen.until_state("down")

    async def as_before(plant: Plant) -> None:
        await _count(plant)
        await plant._write("Count", 5.0, at, 0, None)

    plant.start(as_before)
    seen.until_state("live")
    _write(plant, 6, 8)
    seen.until(lambda one: one.values()[-1] == 8.0)
    assert seen.values() == [float(k) for k in range(9)]
    assert [gap.cause for gap in seen.gaps] == ["the server was started again"]
    assert seen.gaps[0].t0_ns < seen.gaps[0].t1_ns


def _outage(plant: Plant, ending: Ending, monkeypatch: pytest.MonkeyPatch, last: int) -> Listener:
    """A listener that has seen 0 to 5 before its line was cut; meanwhile the server counted on, and has forgotten the session."""
    line = ending(Line(plant.port))
    seen = ending(Listener(f"opc.tcp://127.0.0.1:{line.port}", (COUNT,))).until(lambda one: len(one.values()) == 1)
    _write(plant, 1, 5)
    seen.until(lambda one: len(one.values()) == 6)
    line.cut()
    seen.until_state("down")
    _write(plant, 6, last)
    monkeypatch.setattr(connecting.Link, "resume", _forgotten)
    line.mend()
    return seen


def test_that_the_servers_history_fills_an_outage_that_outlived_the_session(
    plant: Plant, ending: Ending, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant.start(_count_with_history)
    seen = _outage(plant, ending, monkeypatch, 300)
    seen.until(lambda one: one.values()[-1] == 300.0)
    _write(plant, 301, 302)
    seen.until(lambda one: one.values()[-1] == 302.0)
    assert seen.values() == [float(k) for k in range(303)]
    assert seen.gaps == []


def test_that_without_a_history_such_an_outage_is_a_gap(plant: Plant, ending: Ending, monkeypatch: pytest.MonkeyPatch) -> None:
    plant.start(_count)
    seen = _outage(plant, ending, monkeypatch, 9)
    seen.until(lambda one: one.values()[-1] == 9.0 and bool(one.gaps))
    assert seen.values() == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 9.0]
    assert [gap.cause for gap in seen.gaps] == ["the connection was lost"]


async def _forgotten(link: connecting.Link) -> bool:
    """The server doesn't know the session any more."""
    link.client.disconnect_socket()
    return False


def test_that_a_server_that_is_not_there_is_told_once_and_found_when_it_comes(
    ending: Ending, caplog: pytest.LogCaptureFixture
) -> None:
    plant = ending(Plant(free_port()))
    seen = ending(Listener(plant.url, (COUNT,)))
    assert "nothing answers at" in seen.until_state("down")
    plant.start(_count)
    seen.until(lambda one: one.values() == [0.0])
    lines = [record.message for record in caplog.records if record.name == "viewer.edge.opcua.source"]
    assert len(lines) == 2 and "is down" in lines[0] and "is back" in lines[1]


def _intake() -> tuple[Intake, list[SampleBlock], list[tuple[int, int, int, str]]]:
    blocks: list[SampleBlock] = []
    gaps: list[tuple[int, int, int, str]] = []

    def put(block: SampleBlock) -> bool:
        blocks.append(block)
        return True

    return Intake((COUNT,), put, lambda *gap: gaps.append(gap)), blocks, gaps


def _value(value: float, t_ns: int, status: int = 0) -> ua.DataValue:
    return ua.DataValue(ua.Variant(value, ua.VariantType.Double), ua.StatusCode(status), SourceTimestamp=as_datetime(t_ns))


def test_that_the_overflow_bit_becomes_a_gap_before_its_value() -> None:
    intake, blocks, gaps = _intake()
    intake.take(0, _value(1.0, 10_000), 10**12)
    intake.take(0, _value(9.0, 90_000, 0x0480), 10**12)
    intake.flush()
    assert SampleBlock.joined(blocks).values.tolist() == [1.0, 9.0]
    assert [(gap[1], gap[2]) for gap in gaps] == [(10_000, 90_000)]
    assert "raise queue_size" in gaps[0][3]


def _message(number: int, *values: float) -> SimpleNamespace:
    items = [ua.MonitoredItemNotification(ClientHandle=0, Value=_value(value, round(1e9 * value))) for value in values]
    data = [ua.DataChangeNotification(MonitoredItems=items)] if items else []
    message = ua.NotificationMessage(SequenceNumber=number, PublishTime=as_datetime(10**12), NotificationData=data)
    return SimpleNamespace(NotificationMessage=message)


class _Again:
    """A session whose server has kept some messages."""

    def __init__(self, kept: dict[int, SimpleNamespace]) -> None:
        self.kept = kept

    async def republish(self, subscription: int, number: int) -> ua.NotificationMessage:
        if number not in self.kept:
            raise ua.UaStatusCodeError(ua.StatusCodes.BadMessageNotAvailable)
        return self.kept[number].NotificationMessage


@pytest.mark.parametrize(("kept", "missed"), [((2, 3), []), ((3,), [(2, 4)])])
def test_that_a_jump_of_the_messages_is_asked_for_again_or_told(kept: tuple[int, ...], missed: list[tuple[int, int]]) -> None:
    import asyncio

    intake, blocks, _ = _intake()
    told: list[tuple[int, int]] = []
    session = _Again({number: _message(number, float(number)) for number in kept})
    one = Subscription(session, Listener.config_of(COUNT), intake, lambda: 10**13, lambda a, b, _: told.append((a, b)))
    one.holds = False

    async def hear() -> None:
        for message in (_message(1, 1.0), _message(4, 4.0), _message(4, 4.0), _message(5)):
            await one._published(message)

    asyncio.run(hear())
    assert SampleBlock.joined(blocks).values.tolist() == [1.0, *(float(number) for number in kept), 4.0]
    assert told == missed
