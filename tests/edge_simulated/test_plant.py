"""The plant as a whole: determinism, plausible samples, and every fault's effect on them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from viewer.base.errors import UserMistake
from viewer.edge.simulated.plant import SimulatedPlant
from viewer.edge.source import BAD, SampleBlock
from viewer.twin.scene_document import SceneDocument

START_NS = 1_800_000_000_000_000_000
WORKING, FAULT = 2, 4


def sorted_block(blocks: list[SampleBlock]) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    block = SampleBlock.joined(blocks)
    order = np.lexsort((block.t_ns, block.channel))
    return block.channel[order], block.t_ns[order], block.values[order], block.quality[order]


@pytest.mark.parametrize(
    ("name", "parameters", "says"),
    [
        ("no_such_fault", {}, "there is no fault «no_such_fault»"),
        ("robot_stops", {"station": 85.0}, "there is no station 85"),
        ("robot_stops", {"station": 1000.0}, "between 10 and 140"),
        ("sensor_stuck", {"canal": 1.0}, "no parameter «canal»"),
        ("sensor_stuck", {"channel": 0.5}, "whole number"),
        ("weld_current_low", {"current": float("nan")}, "between 30 and 99"),
    ],
)
def test_that_a_fault_that_makes_no_sense_is_refused_in_a_sentence(record, name, parameters, says):
    plant = record().plant
    with pytest.raises(UserMistake, match=says):
        plant.inject(name, **parameters)
    assert not any(one.active for one in plant.faults())


def changed(document: SceneDocument, **tables: object) -> SceneDocument:
    return replace(document, simulation={**document.simulation, **tables})


@pytest.mark.parametrize(
    ("tables", "says"),
    [
        ({"gravity": 9.81}, "gravity"),
        ({"line": {"path": "nowhere", "carriers": 3}}, "no such \\[\\[path"),
        ({"line": {"path": "conveyor", "carriers": 3000}}, "fewer"),
        ({"line": {"path": "conveyor", "carriers": 3, "speed_m_s": 0}}, "over 0"),
        (
            {"station": [{"id": "a", "s_m": 1.0, "number": 1, "cycle_s": 9}, {"id": "b", "s_m": 2.0, "number": 2, "cycle_s": 9}]},
            "apart",
        ),
        ({"station": [{"id": "a", "s_m": 1.0, "number": 1, "cycle_s": 9, "spread": [1.2, 1.5]}]}, "spread"),
        ({"device": [{"type": "teleporter", "station": "st010"}]}, "no type «teleporter»"),
        ({"device": [{"type": "scale", "station": "st999"}]}, "st999"),
    ],
)
def test_that_a_simulation_that_does_not_fit_is_refused_in_a_sentence(line_document: SceneDocument, tables, says: str):
    with pytest.raises(UserMistake, match=says):
        SimulatedPlant(changed(line_document, **tables), seed=1)


@settings(max_examples=5, deadline=None)
@given(cuts=st.lists(st.integers(1, 20_000_000_000 - 1), min_size=1, max_size=60, unique=True), seed=st.integers(0, 3))
def test_that_samples_do_not_depend_on_how_the_plant_is_stepped(line_document: SceneDocument, cuts: list[int], seed: int):
    def samples(times: list[int]) -> tuple[np.ndarray, ...]:
        plant = SimulatedPlant(line_document, seed=seed)
        plant.start(START_NS)
        blocks = []
        for t in sorted(times):
            blocks.append(plant.step(START_NS + t))
            if t == 10_000_000_000:
                plant.inject("adhesive_heater_fails")
                plant.inject("robot_stops", station=80)
        return sorted_block(blocks)

    whole = samples([10_000_000_000, 20_000_000_000])
    for one, other in zip(whole, samples([*{*cuts, 10_000_000_000}, 20_000_000_000]), strict=True):
        np.testing.assert_array_equal(one, other)


def test_that_another_seed_gives_another_plant(record):
    one, other = record(seed=1).run(20), record(seed=2).run(20)
    assert not np.array_equal(one.of("carrier01.s")[1][:100], other.of("carrier01.s")[1][:100])


def test_that_a_faster_plant_tells_the_same_story_in_less_time(record):
    slow, fast = record().run(40), record(speed=4.0).run(10, 0.25)
    np.testing.assert_array_equal(slow.of("st010.cell_voltage")[1], fast.of("st010.cell_voltage")[1])
    np.testing.assert_allclose(fast.of("st010.cell_voltage")[0] * 4.0, slow.of("st010.cell_voltage")[0], atol=1e-7)


def test_that_every_channel_sends_in_time_and_in_order(two_minutes):
    for info in two_minutes.plant.channels():
        t_s, values = two_minutes.of(info.id)
        assert len(t_s), info.id
        assert np.isfinite(values).all(), info.id
        gaps = np.diff(np.concatenate([[0.0], t_s, [120.0]]))
        assert (gaps[1:-1] > 0).all(), info.id
        assert gaps.max() <= 1.01 * info.period_s, f"{info.id} was silent for {gaps.max():.3f} s"


def test_that_joints_never_jump_and_robots_move_only_while_their_station_works(two_minutes):
    limits = (150.0, 140.0, 150.0, 220.0, 220.0, 300.0)
    moved = 0
    for info in two_minutes.plant.channels():
        if ".j" not in info.id:
            continue
        t_s, deg = two_minutes.of(info.id)
        speed = np.abs(np.diff(deg)) / np.maximum(np.diff(t_s), 1 / 60)
        assert speed.max() <= limits[int(info.id[-1]) - 1] * 1.01, info.id
        times, states = two_minutes.of(info.id.split(".")[0] + ".state")
        state = states[np.searchsorted(times, t_s[1:] - 1e-6, side="right") - 1]
        assert (speed[(state != WORKING) & (t_s[:-1] > 2.0)] == 0).all(), info.id
        moved += bool(speed.max() > 1.0)
    assert moved > 20


def test_that_pallets_keep_a_pallets_length_apart_and_go_forward_only(two_minutes):
    grid = np.arange(1.0, 119.0, 0.05)
    loop_m = two_minutes.plant.line.convoy.loop_m
    places = []
    for k in range(1, 11):
        t_s, s_m = two_minutes.of(f"carrier{k:02d}.s")
        way = np.unwrap(s_m, period=loop_m)
        assert np.diff(way).min() >= -1e-9
        places.append(np.interp(grid, t_s, way) % loop_m)
    ordered = np.sort(np.array(places), axis=0)
    gaps = np.diff(np.concatenate([ordered, ordered[:1] + loop_m]), axis=0)
    assert gaps.min() >= 2.4 - 0.02


def test_that_a_failed_heater_cools_the_adhesive_as_the_closed_form_says(record):
    run = record().run(10)
    start = run.of("st030.adhesive_temp")[1][-1]
    run.plant.inject("adhesive_heater_fails")
    run.run(30)
    assert run.of("st030.adhesive_temp")[1][-1] == pytest.approx(22.0 + (start - 22.0) * np.exp(-30 / 60.0), abs=0.3)
    run.plant.clear("adhesive_heater_fails")
    run.run(200)
    assert run.of("st030.adhesive_temp")[1][-1] == pytest.approx(45.0, abs=1.0)


def test_that_a_cold_adhesive_makes_a_narrow_bead_and_then_scrap(record):
    run = record().run(1)
    run.plant.inject("adhesive_heater_fails")
    run.run(240, 5.0)
    assert run.of("st030.bead_width", 200)[1].min() < 6.0 < run.of("st030.bead_width")[1][0]
    run.run(700, 20.0)
    assert run.of("line.scrap")[1][-1] > run.of("line.scrap")[1][0]
    assert run.of("line.oee")[1][-1] < run.of("line.oee")[1][0]


def test_that_cross_threaded_bolts_end_with_too_much_torque_at_too_small_an_angle(record):
    run = record().run(40)
    good_angle = run.of("st080.r1.angle")[1].max()
    run.plant.inject("tightening_cross_thread")
    run.run(60)
    assert run.of("st080.r1.final_torque", 70)[1].max() > 27.5 > run.of("st080.r1.final_torque")[1][:20].max()
    assert run.of("st080.r1.torque", 41)[1].max() > 27.5
    run.run(30)
    assert run.of("st080.r1.angle", 95)[1].max() < 0.8 * good_angle


def test_that_a_damaged_seal_lets_the_pressure_fall_and_the_leak_rate_rise(record):
    run = record().run(1)
    run.plant.inject("leak_seal_damaged")
    run.run(120)
    assert run.of("st050.leak_rate", 60)[1].max() > 0.3
    run.plant.clear("leak_seal_damaged")
    run.run(120)
    assert run.of("st050.leak_rate")[1][-1] < 0.08


def test_that_a_low_weld_current_makes_shallow_welds(record):
    run = record().run(2)
    run.plant.inject("weld_current_low", current=70)
    run.run(60)
    assert run.of("st040.weld_current", 3)[1].max() < 0.75 * 180
    assert run.of("st040.weld_depth", 3)[1].min() < 1.6


def test_that_fast_wear_drifts_the_locating_pin_and_with_it_the_lid_gap(record):
    run = record().run(2)
    run.plant.inject("tool_wear_fast")
    run.run(420, 5.0)
    assert run.of("st040.tool_wear")[1].max() == 100.0
    assert run.of("st060.locating_pin_x", 300)[1].max() > 0.3
    run.run(120, 5.0)
    assert run.of("st100.lid_gap", 400)[1].max() > run.of("st100.lid_gap")[1][0] + 0.15


def test_that_a_stopped_robot_stands_still_and_starves_what_comes_after(record):
    run = record().run(6)
    station = next(i for i in (80, 30, 20, 40) if run.of(f"st{i:03d}.state")[1][-1] == WORKING)
    run.plant.inject("robot_stops", station=station)
    run.run(90)
    joints = np.concatenate([np.diff(run.of(f"st{station:03d}.r1.j{k}", 6.6)[1]) for k in range(1, 7)])
    assert (joints == 0).all()
    assert (run.of(f"st{station:03d}.state", 6.01)[1] == FAULT).all()
    run.plant.clear("robot_stops")
    run.run(20)
    assert run.of(f"st{station:03d}.state")[1][-1] != FAULT
    assert np.abs(np.diff(run.of(f"st{station:03d}.r1.j1", 96)[1])).max() > 0


def test_that_a_jam_stops_every_pallet_by_braking(record):
    run = record().run(5)
    run.plant.inject("conveyor_jam")
    run.run(60, 1 / 30)
    for k in range(1, 11):
        assert np.ptp(run.of(f"carrier{k:02d}.s", 7.5)[1]) == 0.0
    run.plant.clear("conveyor_jam")
    run.run(60)
    assert sum(np.ptp(run.of(f"carrier{k:02d}.s", 66)[1]) > 0 for k in range(1, 11)) >= 5


def test_that_a_blocked_vehicle_stops_and_those_behind_queue(record):
    run = record().run(5)
    run.plant.inject("vehicle_blocked", vehicle=2)
    run.run(300, 2.0)
    assert (run.of("agv2.speed", 9)[1] == 0).all()
    places = [run.of(f"agv{k}.s")[1][-1] for k in (1, 2, 3, 4)]
    gaps = [(places[k] - places[j]) % 280.6 for k in range(4) for j in range(4) if k != j]
    assert min(gaps) >= 2.4
    run.plant.clear("vehicle_blocked")
    run.run(30)
    assert run.of("agv2.speed", 306)[1].max() > 1.0


def test_that_a_stuck_sensor_repeats_and_a_noisy_one_scatters(record):
    run = record().run(5)
    channel = run.ids.index("st030.adhesive_temp")
    quiet = run.of("st030.adhesive_temp")[1]
    run.plant.inject("sensor_stuck")
    run.run(5)
    assert (run.of("st030.adhesive_temp", 5.01)[1] == quiet[-1]).all()
    run.plant.clear("sensor_stuck")
    run.plant.inject("sensor_noisy", channel=channel, noise=10)
    run.run(20)
    assert np.std(run.of("st030.adhesive_temp", 10.01)[1]) == pytest.approx(4.0, rel=0.3)


def test_that_a_silent_sensor_sends_nothing_and_a_bad_one_says_so(record):
    run = record().run(2)
    channel = run.ids.index("st030.adhesive_temp")
    run.plant.inject("sensor_bad")
    run.run(2)
    bad = run.blocks[-1].quality[run.blocks[-1].channel == channel]
    assert len(bad)
    assert (bad == BAD).all()
    assert not run.blocks[-1].quality[run.blocks[-1].channel != channel].any()
    run.plant.clear("sensor_bad")
    run.plant.inject("sensor_silent")
    run.run(3)
    assert len(run.of("st030.adhesive_temp", 4.01)[0]) == 0
    run.plant.clear("sensor_silent")
    run.run(2)
    assert len(run.of("st030.adhesive_temp", 7.01)[0]) == 10


def test_that_pack_voltage_is_the_sum_of_its_cells(record):
    run = record().run(400, 5.0)
    held = run.of("st130.pack_voltage")[1]
    assert held.max() == pytest.approx(96 * 3.65, abs=1.0)
