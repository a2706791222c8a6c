"""The demo plant's alarms, as its gateway makes them: quiet while all is well, and the adhesive's failure told with its cause."""

from pathlib import Path

from viewer.alarms.engine import AlarmEngine
from viewer.alarms.words import AlarmEvent
from viewer.edge.config import AlarmsConfig
from viewer.edge.equipping import _alarms
from viewer.edge.simulated.plant import SimulatedPlant
from viewer.twin.samples import in_runs
from viewer.twin.scene_file import load_scene

S = 10**9
_SCENE = Path(__file__).resolve().parents[3] / "scenes" / "battery_line"


def test_that_the_demo_is_quiet_until_the_adhesive_cools_and_then_names_it_as_the_beads_cause() -> None:
    plant = SimulatedPlant(load_scene(_SCENE), seed=1)
    definitions, upstream = _alarms(_SCENE, AlarmsConfig())
    assert {"st140.pack_mass.hi", "st030.bead_width.lo"} <= {one.id for one in definitions}
    start_ns = 1_780_000_000 * S
    engine = AlarmEngine(definitions, [one.id for one in plant.channels()], start_ns=start_ns, upstream=upstream)
    plant.start(start_ns)
    events: list[AlarmEvent] = []
    for minute in range(1, 16):
        if minute == 14:
            assert events == []
            plant.inject("adhesive_heater_fails")
        block = plant.step(start_ns + minute * 60 * S)
        events += engine.step(in_runs(block.channel, block.t_ns, block.values, block.quality), start_ns + minute * 60 * S)
    assert [one.alarm for one in events] == ["st030.adhesive_temp.lo", "st030.bead_width.lo", "st030.adhesive_temp.lolo"]
    cause = events[1].cause
    assert cause is not None and cause.alarm == "st030.adhesive_temp.lo"
