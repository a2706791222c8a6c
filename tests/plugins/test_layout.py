"""The layout plugin on a plant of cubes whose answers are known by hand."""

import math
from typing import Any

import pytest

from viewer.base.errors import UserMistake
from viewer.base.job import SilentJob
from viewer.plugin_host.registry import find_plugins
from viewer.studies.contract import StudyResult
from viewer.studies.parameters import settled
from viewer.twin.kinematics import world_from_node
from viewer.twin.model import Twin

from .synthetic_plant import plant

STUDY: Any = find_plugins().load("layout")


def run(twin: Twin, **values: object) -> StudyResult:
    return STUDY.run(twin, settled(STUDY.parameters(twin), values), seed=0, job=SilentJob())


def test_that_an_unknown_station_and_an_unknown_path_are_told() -> None:
    twin = plant((0.0, 0.0))
    with pytest.raises(UserMistake, match="no station 'sx'; there are: s0"):
        run(twin, station="sx")
    with pytest.raises(UserMistake, match="no path 'nowhere'"):
        run(twin, aisles="nowhere")
    with pytest.raises(UserMistake, match="at least"):
        run(twin, x=-1e6)


def test_that_a_station_moved_into_another_clashes_and_one_beside_does_not() -> None:
    twin = plant((0.0, 0.0), (4.0, 0.0))
    assert run(twin, station="s0", x=3.5).summary["clashes"]["new"] == [["s0.p0", "s1.p0"]]
    beside = run(twin, station="s0", x=2.6).summary
    assert beside["clashes"]["new"] == []
    assert beside["clearance"] == [{"neighbour": "s1", "distance_m": pytest.approx(0.4, abs=1e-6), "exact": True}]


def test_that_what_touched_before_is_not_called_new() -> None:
    twin = plant((0.0, 0.0), (0.5, 0.0))
    found = run(twin, station="s0", y=0.2).summary["clashes"]
    assert found["new"] == [] and found["existing"] == 1
    assert run(twin, station="s0", x=-3.0).summary["clashes"]["resolved"] == 1


def test_that_turning_clashes_by_triangles_and_not_by_boxes() -> None:
    twin = plant((0.0, 0.0), (0.9, 1.05))
    turned = run(twin, station="s0", angle=45.0).summary
    assert turned["clashes"]["new"] == []  # the box of the turned cube overlaps; the cube itself does not


def test_that_transport_is_trips_times_rectilinear_way_times_cost() -> None:
    found = run(plant((0.0, 0.0), (4.0, 3.0)), station="s0", x=1.0, hours_per_year=100).summary["transport"]
    assert found["base_per_h"] == pytest.approx(10 * 7 * 0.5)
    assert found["scenario_per_h"] == pytest.approx(10 * 6 * 0.5)
    assert found["delta_per_year"] == pytest.approx(-500.0)


def test_that_the_aisle_is_as_wide_as_the_station_leaves_it() -> None:
    twin = plant((0.0, 0.0), (0.0, 7.0))
    found = run(twin, station="s0", y=2.0, aisle=3.0).summary["aisles"][0]
    assert found["width_m"] == pytest.approx(4.0) and found["wide_enough"]  # from y = 3, the cube's edge, to y = 7
    assert run(twin, station="s0", y=3.5, aisle=3.0).summary["aisles"][0]["wide_enough"] is False


def test_that_the_proposed_edit_puts_the_station_where_it_was_asked() -> None:
    twin = plant((0.0, 0.0), (6.0, 0.0))
    (edit,) = run(twin, station="s0", x=2.0, y=-3.0, angle=30.0).proposed
    moved, _ = edit.apply(twin)
    world = world_from_node(moved, twin.stations[min(twin.stations)].node)
    assert world[:2, 3] == pytest.approx([2.0, -3.0])
    assert math.degrees(math.atan2(world[1, 0], world[0, 0])) == pytest.approx(30.0)
    assert run(twin, station="s0").proposed == ()
