"""The line: its states fit its pallets, and its figures come from what happened."""

from __future__ import annotations

from itertools import pairwise

import pytest

from viewer.edge.simulated.figures import oee, takt_s, time_in, totals
from viewer.edge.simulated.line import BLOCKED, FAULT, SETUP, STARVED, WORKING, Line
from viewer.edge.simulated.profiles import state_at
from viewer.edge.simulated.tables import LineTable, StationTable

LOOP_M = 100.0


def line(carriers: int = 4, *, slow_s: float = 40.0, seed: int = 3, **extra: float) -> Line:
    stations = [
        StationTable("st010", 10.0, 10, 20.0, (1.0, 1.0)),
        StationTable("st020", 20.0, 20, slow_s, (1.0, 1.0), bottleneck=True, **extra),
        StationTable("st030", 30.0, 30, 20.0, (1.0, 1.0)),
    ]
    table = LineTable("conveyor", carriers, 2.4, 1.0, 1.0, planned_takt_s=slow_s + 2.0, window_s=2000.0)
    return Line(table, stations, loop_m=LOOP_M, seed=seed)


def transfer_s(way_m: float) -> float:
    """Time over a way at 1 m/s and 1 m/s², from rest to rest."""
    return way_m + 1.0


def test_that_takt_is_the_bottlenecks_cycle_and_the_pallets_change_where_there_are_enough_pallets():
    plant = line(carriers=6)
    plant.advance(3000.0)
    change = plant.stations[1].cycles
    between = change[-1][0] - change[-2][0]
    assert takt_s(plant, 3000.0) == pytest.approx(between)
    assert 40.0 + 2.0 < between < 40.0 + transfer_s(2.4) + 2.4


def test_that_one_pallet_alone_takes_a_whole_lap_and_all_cycles():
    plant = line(carriers=1)
    plant.advance(3000.0)
    lap = 20.0 + 40.0 + 20.0 + 2 * transfer_s(10.0) + transfer_s(80.0)
    assert takt_s(plant, 3000.0) == pytest.approx(lap)
    assert time_in(plant.stations[1], frozenset({WORKING}), 1000.0, 1000.0 + lap) == pytest.approx(40.0)


def test_that_oee_is_what_its_parts_say_and_a_stop_of_the_bottleneck_costs_availability():
    plant = line(carriers=6)
    plant.advance(2000.0)
    before = oee(plant, 2000.0)
    units = sum(totals(plant, 2000.0))
    assert before.availability == 1.0
    assert before.effectiveness == pytest.approx(42.0 * units / 2000.0)
    plant.stop(1, "a test", 2000.0)
    plant.advance(2500.0)
    plant.resume(1, "a test", 2500.0)
    plant.advance(3000.0)
    after = oee(plant, 3000.0)
    assert after.availability == pytest.approx(0.75)
    assert after.oee < before.oee


def test_that_scrap_lowers_quality():
    plant = line(carriers=6)
    plant.on_end = lambda job, t_s: job.unit.defects.update({"bad"} if job.unit.serial % 2 else set())
    plant.advance(2000.0)
    good, scrap = totals(plant, 2000.0)
    assert scrap > 5
    assert oee(plant, 2000.0).quality == pytest.approx(good / (good + scrap))


def test_that_a_stopped_station_blocks_what_is_before_it_and_starves_what_comes_after():
    plant = line(carriers=6)
    plant.advance(500.0)
    plant.stop(1, "a test", 500.0)
    plant.advance(900.0)
    assert [one.state for one in plant.stations] == [BLOCKED, FAULT, STARVED]
    plant.resume(1, "a test", 900.0)
    plant.advance(960.0)
    assert plant.stations[1].state != FAULT
    assert plant.stations[1].done > 0


def test_that_working_means_a_pallet_stands_at_the_stop():
    plant = line(carriers=5)
    for t_s in range(10, 2000, 7):
        plant.advance(float(t_s))
        places = [state_at(legs, t_s)[0] % LOOP_M for legs in plant.convoy.legs]
        for station in plant.stations:
            stands = any(abs(one - station.table.s_m) < 1e-6 for one in places)
            assert (station.state not in (WORKING, BLOCKED, SETUP)) or stands


def test_that_pallets_queue_without_ever_touching():
    plant = line(carriers=8)
    nearest = LOOP_M
    for step in range(3000):
        t_s = step * 0.2
        plant.advance(t_s)
        places = [state_at(legs, t_s)[0] for legs in plant.convoy.legs]
        gaps = [places[i - 1] + (LOOP_M if i == 0 else 0.0) - places[i] for i in range(8)]
        nearest = min(nearest, *gaps)
    assert 2.4 - 1e-6 <= nearest < 2.4 + 1e-6


def test_that_set_up_comes_after_so_many_units():
    plant = line(carriers=6, setup_every=5, setup_s=30.0)
    plant.advance(1500.0)
    history = plant.stations[1].history
    lengths = [after[0] - one[0] for one, after in pairwise(history) if one[1] == SETUP]
    assert len(lengths) >= 3
    assert lengths == pytest.approx([30.0] * len(lengths))
    begun = sum(one[1] == WORKING for one in history)
    assert (begun - 1) // 5 == len(lengths)


def test_that_breakdowns_come_as_often_as_their_mean_time_says():
    plant = line(carriers=6, mtbf_s=400.0, mttr_s=20.0)
    plant.advance(40_000.0)
    station = plant.stations[1]
    stops = sum(state == FAULT for _, state in station.history)
    worked_s = time_in(station, frozenset({WORKING}), 0.0, 40_000.0)
    assert worked_s / stops == pytest.approx(400.0, rel=0.3)
    assert time_in(station, frozenset({FAULT}), 0.0, 40_000.0) / stops == pytest.approx(20.0, rel=0.3)
