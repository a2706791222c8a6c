"""Walking: walls hold, stairs carry, falls follow the closed form, and a step in a large plant is quick."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scenes_for_tests import Builder, box

from viewer.render.slots import SlotTable
from viewer.render.surroundings import Surroundings, nearest_points
from viewer.render.tree import WorldPoses
from viewer.render.walking import RADIUS_M, STEP_M, Person, standing_below, standing_near, walked
from viewer.twin.model import Twin
from viewer.twin.parts import Mesh

TICK_S = 1.0 / 60.0


def around(twin: Twin) -> Surroundings:
    """A twin's surroundings without any drawing."""
    world = WorldPoses(twin)
    nodes = [(node.id, twin.parts[node.part].mesh) for node in twin.nodes.values() if node.part is not None]
    poses = np.array([world.world_from_node(node) for node, _ in nodes])
    boxes = np.array(
        [_bounds(mesh.points_in_part @ pose[:3, :3].T + pose[:3, 3]) for (_, mesh), pose in zip(nodes, poses, strict=True)]
    )
    table = SimpleNamespace(
        shown=lambda: np.arange(len(nodes)),
        world_from_node=poses,
        box_centre=boxes.mean(axis=1),
        box_half=np.ptp(boxes, axis=1) / 2,
    )
    return Surroundings(lambda: (cast("SlotTable", table), [mesh for _, mesh in nodes]))


def _bounds(points: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.stack([points.min(axis=0), points.max(axis=0)])


def _sheet(corners: list[tuple[float, float, float]]) -> Mesh:
    return Mesh(np.array(corners, dtype=float), np.array([[0, 1, 2], [0, 2, 3]], dtype=np.int32))


def room() -> Twin:
    """A closed room of 4 by 3 m whose walls have no thickness, and a pillar in it; far below it, a floor to fall on."""
    build = Builder()
    x, y, z = 2.0, 1.5, 2.6
    ring = [(-x, -y), (x, -y), (x, y), (-x, y)]
    build.part("floor", _sheet([(a, b, 0.0) for a, b in ring]))
    build.part("far", _sheet([(9 * a, 9 * b, -5.0) for a, b in ring]))
    for i, (a, b) in enumerate(ring):
        c, d = ring[(i + 1) % 4]
        build.part(f"wall{i}", _sheet([(a, b, 0.0), (c, d, 0.0), (c, d, z), (a, b, z)]))
        build.node(f"wall{i}", f"wall{i}")
    build.part("pillar", box(0.3, 0.3, 2.6))
    build.node("floor", "floor")
    build.node("far", "far")
    build.node("pillar", "pillar", (0.6, 0.2, 1.3), (0.0, 0.0, 0.4))
    return build.twin()


def stair(steps: int, rise_m: float, tread_m: float) -> Twin:
    """Steps up along x from x = 0; the floor before them at 0."""
    build = Builder()
    build.part("floor", box(40.0, 4.0, 0.2))
    build.node("floor", "floor", (0.0, 0.0, -0.1))
    for i in range(steps):
        build.part(f"s{i}", box(tread_m if i < steps - 1 else 9.0, 4.0, rise_m * (i + 1)))
        width = tread_m if i < steps - 1 else 9.0
        build.node(f"s{i}", f"s{i}", (i * tread_m + width / 2, 0.0, rise_m * (i + 1) / 2))
    return build.twin()


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([1.5, 4.0]))
def test_that_a_closed_room_cannot_be_left(seed: int, speed_mps: float) -> None:
    """Ten runs of a thousand steps."""
    random = np.random.default_rng(seed)
    inside, person = around(room()), Person((-1.0, 0.0, 0.0))
    for _ in range(1000):
        heading = random.uniform(0.0, 2.0 * math.pi)
        person = walked(
            person, inside, speed_mps * np.array([math.cos(heading), math.sin(heading)]), float(random.uniform(0.001, 0.05))
        )
        x, y, z = person.foot_m
        assert abs(x) <= 2.0 - 0.99 * RADIUS_M and abs(y) <= 1.5 - 0.99 * RADIUS_M
        assert z == pytest.approx(0.0, abs=1e-9)


def test_that_a_wall_met_at_an_angle_is_slid_along() -> None:
    inside, person = around(room()), Person((-1.0, -1.0, 0.0))
    for _ in range(30):
        person = walked(person, inside, np.array([1.0, -1.0]), TICK_S)
    assert person.foot_m[1] == pytest.approx(-1.5 + RADIUS_M, abs=2e-3)
    assert person.foot_m[0] == pytest.approx(-1.0 + 30 * TICK_S, abs=0.02)


@pytest.mark.parametrize(("rise_m", "climbs"), [(0.17, True), (0.29, True), (0.35, False)])
def test_that_stairs_carry_and_what_is_higher_than_a_step_stops(rise_m: float, climbs: bool) -> None:
    steps, tread_m = 8, 0.3
    place, person = around(stair(steps, rise_m, tread_m)), Person((-1.0, 0.0, 0.0))
    for _ in range(240):
        person = walked(person, place, np.array([1.4, 0.0]), TICK_S)
        x, _, z = person.foot_m
        felt = min(max(math.floor((x + 0.12) / tread_m) + 1, 0), steps) if climbs else 0
        assert z == pytest.approx(felt * rise_m, abs=1e-6) or abs((x + 0.12) % tread_m) < 1e-6
    assert (person.foot_m[2] == pytest.approx(steps * rise_m)) is climbs
    assert STEP_M == 0.3
    for _ in range(400):
        person = walked(person, place, np.array([-1.4, 0.0]), TICK_S)
    assert person.foot_m[2] == pytest.approx(0.0)


def test_that_a_fall_takes_the_time_of_the_closed_form() -> None:
    build = Builder()
    build.part("floor", box(10.0, 10.0, 0.2))
    build.node("floor", "floor", (0.0, 0.0, -0.1))
    place, person, ticks = around(build.twin()), Person((0.0, 0.0, 5.0)), 0
    while person.foot_m[2] > 0.0:
        person = walked(person, place, np.zeros(2), 0.001)
        ticks += 1
        assert ticks < 5000
    assert ticks * 0.001 == pytest.approx(math.sqrt(2.0 * 5.0 / 9.81), rel=0.01)
    assert walked(Person((50.0, 0.0, 2.0)), place, np.zeros(2), 0.1).foot_m[2] == 2.0  # nothing below: one does not fall for ever


def test_that_one_lands_on_the_highest_floor_below() -> None:
    found = standing_below(around(stair(4, 0.2, 0.3)), np.array([0.45, 0.0, 3.0]))
    assert found is not None and found.foot_m[2] == pytest.approx(0.4)
    assert standing_below(around(stair(4, 0.2, 0.3)), np.array([500.0, 0.0, 3.0])) is None


def test_that_one_begins_beside_a_table_and_not_on_it() -> None:
    build = Builder()
    build.part("floor", box(20.0, 20.0, 0.2))
    build.node("floor", "floor", (0.0, 0.0, -0.1))
    build.part("table", box(1.0, 1.0, 0.1))
    build.node("table", "table", (0.0, 0.0, 0.85))
    found = standing_near(around(build.twin()), np.array([0.0, 0.0, 3.0]))
    assert found is not None and found.foot_m[2] == pytest.approx(0.0)
    assert max(abs(found.foot_m[0]), abs(found.foot_m[1])) >= 0.5 + RADIUS_M - 0.01
    assert standing_near(around(build.twin()), np.array([500.0, 0.0, 3.0])) is None


def test_that_thin_wires_less_than_a_body_apart_are_no_door() -> None:
    build = Builder()
    build.part("floor", box(10.0, 10.0, 0.2))
    build.node("floor", "floor", (0.0, 0.0, -0.1))
    build.part("post", box(0.005, 0.005, 2.0))
    for i in range(24):
        build.node(f"post{i}", "post", (1.0, -4.6 + 0.4 * i, 1.0))
    place, person = around(build.twin()), Person((0.0, 0.03, 0.0))
    for _ in range(200):
        person = walked(person, place, np.array([2.0, 0.0]), TICK_S)
    assert person.foot_m[0] < 1.0


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(-2, 2), min_size=12, max_size=12))
def test_that_the_nearest_point_of_a_triangle_is_nearer_than_any_of_many(numbers: list[float]) -> None:
    point, corners = np.array(numbers[:3]), np.array(numbers[3:]).reshape(3, 3)
    found = nearest_points(point, corners[None])[0]
    u, v = (a.ravel() for a in np.meshgrid(np.linspace(0, 1, 21), np.linspace(0, 1, 21)))
    u, v = u[u + v <= 1], v[u + v <= 1]
    many = corners[0] + u[:, None] * (corners[1] - corners[0]) + v[:, None] * (corners[2] - corners[0])
    assert np.linalg.norm(found - point) <= np.linalg.norm(many - point, axis=1).min() + 1e-9
