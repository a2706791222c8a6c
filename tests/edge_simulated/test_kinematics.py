"""Robots: forward and inverse kinematics undo one another, and programs stay where they may be."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewer.base.errors import UserMistake
from viewer.edge.simulated.kinematics import continuous, forward, inverse, tool_rotation
from viewer.edge.simulated.programs import write
from viewer.edge.simulated.tables import RobotTable, SimulationTable, read_table
from viewer.edge.simulated.trajectory import STEP_S

angle = st.floats(-1.0, 1.0)


def test_that_a_target_out_of_reach_is_refused_with_the_robots_name():
    table = RobotTable("st999.r1", "st999", (0, 2.3, 0), -90, 0.3, "bolts", ((0.0, -2.0, 1.0),))
    with pytest.raises(UserMistake, match=r"st999\.r1 can't reach"):
        write(table)


def test_that_an_unknown_program_is_refused():
    with pytest.raises(UserMistake, match="no program «dance»"):
        write(RobotTable("st999.r1", "st999", (0, 2.3, 0), -90, 0.3, "dance"))


def test_that_at_zero_the_arm_stands_and_the_forearm_points_ahead():
    point, hand = forward(np.zeros(6))
    np.testing.assert_allclose(point[0], [0.35 + 0.35 + 0.85 + 0.22 + 0.06, 0.0, 0.35 + 0.40 + 1.15 + 0.05], atol=1e-12)
    np.testing.assert_allclose(hand[0], np.eye(3), atol=1e-12)


@given(
    q1=st.floats(-3.1, 3.1), q2=st.floats(-0.6, 1.2), q3=st.floats(-1.0, 1.2), q4=angle, q5=st.floats(0.05, 2.0),
    q6=angle, tool_m=st.floats(0.0, 0.6),
)  # fmt: skip
def test_that_inverse_and_forward_kinematics_undo_one_another(q1, q2, q3, q4, q5, q6, tool_m):
    joints = np.array([[q1, q2, q3, q4, q5, q6]])
    point, hand = forward(joints, tool_m)
    found = inverse(point, hand, tool_m)
    np.testing.assert_allclose(continuous(found, joints[0]), joints, atol=1e-5)
    again, turned = forward(found, tool_m)
    np.testing.assert_allclose(again, point, atol=1e-8)
    np.testing.assert_allclose(turned, hand, atol=1e-7)
    flipped = continuous(found, np.array([q1, q2, q3, q4 + math.pi, -q5, q6 + math.pi]))
    again, turned = forward(flipped, tool_m)
    np.testing.assert_allclose(again, point, atol=1e-8)
    np.testing.assert_allclose(turned, hand, atol=1e-7)


@given(x=st.floats(1.3, 2.1), y=st.floats(-1.0, 1.0), z=st.floats(0.9, 1.4), yaw=angle, tilt=st.floats(0.0, 0.5))
def test_that_the_elbow_up_solution_brings_the_tool_where_it_is_wanted(x, y, z, yaw, tilt):
    hand = tool_rotation(np.array([yaw]), np.array([tilt]))
    joints = inverse(np.array([[x, y, z]]), hand, 0.1)
    point, turned = forward(joints, 0.1)
    np.testing.assert_allclose(point[0], [x, y, z], atol=1e-9)
    np.testing.assert_allclose(turned, hand, atol=1e-9)
    assert turned[0, 2, 0] < 0


def test_that_every_program_starts_and_ends_at_home_keeps_its_limits_and_stays_off_the_floor(line_document):
    tables = read_table(SimulationTable, line_document.simulation, "[simulation]").robot
    assert len(tables) == 8
    for table in tables:
        motion = write(table)
        joints = np.concatenate(motion.rows)
        np.testing.assert_allclose(joints[0], joints[-1], atol=1e-9)
        assert (np.abs(np.diff(joints, axis=0)).max(axis=0) / STEP_S <= motion.limits_rad_s * 1.001).all(), table.id
        point, hand = forward(joints, table.tool_m)
        assert point[:, 2].min() > 0.9, table.id
        assert (hand[:, 2, 0] < -0.8).all(), f"the tool of {table.id} does not point down"
        assert np.hypot(point[:, 0], point[:, 1]).min() > 0.6, table.id
        worked = [point[round((a + b) / 2 / STEP_S)] for a, b, what in motion.marks if what != "pick"]
        in_station = np.array([[table.base_xyz_m[0] + (p[1] if table.base_yaw_deg < 0 else -p[1])] for p in worked])
        assert np.abs(in_station).max() <= 1.0
