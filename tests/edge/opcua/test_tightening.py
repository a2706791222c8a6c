"""Results of a tightening system by OPC 40450-1, with the OPC Foundation's NodeSets in asyncua's server."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from asyncua import ua

from tests.edge.opcua.serving import Listener, Plant, free_port
from viewer.base.errors import UserMistake
from viewer.edge.opcua.kind import ResultTag
from viewer.edge.opcua.results import outcome
from viewer.edge.opcua.values import time_ns

Ending = Callable[[Any], Any]
IJT = "http://opcfoundation.org/UA/IJT/Base/"
UNITS = "http://www.opcfoundation.org/UA/units/un/cefact"
BEGUN = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
_ABSENT = r'<RequiredModel [^>]*ModelUri="http://opcfoundation.org/UA/AMB/"[^>]*/>'
"""A model that shared/data lacks, and of which results need nothing."""


def _unit(code: int, text: str) -> Any:
    return ua.EUInformation(UNITS, code, ua.LocalizedText(text))


def _result(number: int, *, points: int = 400, partial: bool = False) -> Any:
    """A tightening of 25 N·m by 90 degrees, with its curve at 1 kHz."""
    torque = (np.linspace(0.0, 25.0, points)).tolist()
    angle = (np.linspace(0.0, 90.0, points)).tolist()
    newton_metre, degree = _unit(20053, "N·m"), _unit(17476, "°")
    trace = ua.JoiningTraceDataType(
        StepTraces=[
            ua.StepTraceDataType(
                StepTraceId="t1",
                StepResultId="s1",
                NumberOfTracePoints=points,
                SamplingInterval=1.0,
                StartTimeOffset=250.0,
                StepTraceContent=[
                    ua.TraceContentDataType(Values=torque, Name="Torque", EngineeringUnits=newton_metre),
                    ua.TraceContentDataType(Values=angle, Name="Angle", EngineeringUnits=degree),
                ],
            )
        ]
    )
    final = ua.ResultValueDataType(MeasuredValue=25.0 + number, Name="Final Torque", EngineeringUnits=newton_metre)
    content = ua.JoiningResultDataType(OverallResultValues=[final], Trace=trace)
    times = ua.ProcessingTimesDataType(StartTime=BEGUN, EndTime=BEGUN.replace(second=number))
    meta = ua.ResultMetaDataType(ResultId=f"r{number}", IsPartial=partial, ProcessingTimes=times)
    meta.ResultEvaluation = ua.ResultEvaluationEnum(1)
    return ua.ResultDataType(ResultMetaData=meta, ResultContent=[ua.Variant(content)])


def _system(folder: Path) -> Callable[[Plant], Any]:
    async def prepare(plant: Plant) -> None:
        for model in ("Di", "Machinery", "Machinery.Result", "Ijt.Base", "Ijt.Tightening"):
            text = (folder / "interop" / "opcua" / f"Opc.Ua.{model}.NodeSet2.xml").read_text(encoding="utf-8-sig")
            await plant.server.import_xml(xmlstring=re.sub(_ABSENT, "", text).encode(), strict_mode=False)
        machines = await plant.server.nodes.objects.get_child("4:Machines")
        system = await machines.add_object(plant.index, "Tightening")
        await system.set_event_notifier([ua.EventNotifier.SubscribeToEvents])
        plant.nodes["system"] = system
        index = await plant.server.get_namespace_index(IJT)
        kind = plant.server.get_node(ua.NodeId(1007, index))
        plant.nodes["events"] = await plant.server.get_event_generator(kind, emitting_node=system)
        await plant.add("Latest", ua.Variant(_result(1), ua.VariantType.ExtensionObject), system)

    return prepare


@pytest.fixture(scope="module")
def tightening(shared_data: Path) -> Iterator[Plant]:
    """A server with a tightening system; its types are known in this process from then on."""
    plant = Plant(free_port()).start(_system(shared_data))
    yield plant
    plant.end()


async def _tell(plant: Plant, result: Any) -> None:
    generator = plant.nodes["events"]
    generator.event.add_variable("Result", result, ua.VariantType.ExtensionObject)
    await generator.trigger()


def test_that_results_of_events_become_values_and_waveforms_with_unit_and_time(tightening: Plant, ending: Ending) -> None:
    plant = tightening
    result = ResultTag("Objects/Machines/Tightening", "st080.")
    seen = ending(Listener(plant.url, (), results=(result,)))
    seen.until_state("live")
    plant.runner.do(_tell(plant, _result(2, partial=True)))
    for _ in range(2):  # told again, as a server does after a renewed subscription
        plant.runner.do(_tell(plant, _result(2)))
    plant.runner.do(_tell(plant, _result(3)))
    seen.until(lambda one: len(one.rows()) >= 2 * 802)
    channels = {info.id: number for number, info in enumerate(seen.source.channels())}
    units = {info.id: info.unit for info in seen.source.channels()}
    assert units == {
        "st080.final_torque": "N*m",
        "st080.result": "",
        "st080.curve.torque": "N*m",
        "st080.curve.angle": "deg",
    }
    at = [time_ns(BEGUN.replace(second=number)) for number in (2, 3)]
    assert [(row[1], row[2]) for row in seen.rows(channels["st080.final_torque"])] == [(at[0], 27.0), (at[1], 28.0)]
    assert [row[2] for row in seen.rows(channels["st080.result"])] == [1.0, 1.0]
    first = seen.rows(channels["st080.curve.angle"])[:400]
    begun = (time_ns(BEGUN) or 0) + 250_000_000
    assert [row[1] for row in first] == [begun + 1_000_000 * k for k in range(400)]
    assert first[-1][2] == 90.0
    waves = seen.source.take_waveforms()
    assert len(waves) == 4 and waves[0].t0_ns == begun and waves[0].step_ns == 1e6
    assert np.frombuffer(waves[0].values, "<f8").tolist() == np.linspace(0.0, 25.0, 400).tolist()
    assert seen.source.take_waveforms() == []


def test_that_a_variable_that_holds_a_result_does_too(tightening: Plant, ending: Ending) -> None:
    result = ResultTag("Objects/Machines/Tightening/Latest", "st080.")
    seen = ending(Listener(tightening.url, (), results=(result,)))
    seen.until(lambda one: len(one.rows()) == 802)
    assert seen.rows(0)[0][2] == 26.0


def test_that_what_is_no_result_is_refused_and_a_hostile_one_harms_nothing(tightening: Plant) -> None:
    with pytest.raises(UserMistake, match="not as the ResultDataType"):
        outcome("a text", 0)
    one = _result(1, points=3)
    trace = one.ResultContent[0].Value.Trace.StepTraces[0]
    trace.SamplingInterval, trace.StepTraceContent[0].Values = 0.0, [math.nan, math.inf, 1.0]
    one.ResultMetaData.ProcessingTimes.StartTime = datetime(1601, 1, 1, tzinfo=UTC)
    taken = outcome(one, 10**18)
    assert taken.curves == []
    assert taken.values == [("Final Torque", "N*m", 26.0)]
