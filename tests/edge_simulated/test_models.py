"""Each model against its closed form."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from viewer.edge.simulated.chance import key_of, normal_at
from viewer.edge.simulated.convoy import Convoy
from viewer.edge.simulated.processes.adhesive import bead_width_mm, cooled_degc
from viewer.edge.simulated.processes.leak import FILL, MEASURED, STABLE, leak_rate_mbar_l_s, pressure_pa
from viewer.edge.simulated.processes.mechanical import lid_gap_mm, settled
from viewer.edge.simulated.processes.tightening import Joint
from viewer.edge.simulated.processes.welding import depth_mm
from viewer.edge.simulated.profiles import plan, state_at
from viewer.edge.simulated.work import Job, Unit


def test_that_numbers_by_index_are_standard_normal_and_do_not_depend_on_their_neighbours():
    key = key_of(7, "a sensor")
    many = normal_at(key, np.arange(200_000))
    assert many.mean() == pytest.approx(0.0, abs=0.01)
    assert many.std() == pytest.approx(1.0, abs=0.01)
    assert np.mean(np.abs(many) < 1.959964) == pytest.approx(0.95, abs=0.002)
    np.testing.assert_array_equal(normal_at(key, np.array([5, 70_000])), many[[5, 70_000]])


def test_that_a_long_way_takes_the_trapezoids_time():
    legs = plan(0.0, 0.0, 0.0, 9.0, speed_m_s=0.3, accel_m_s2=0.1)
    assert legs[-1].t_s == pytest.approx(9.0 / 0.3 + 0.3 / 0.1)
    assert state_at(legs, 1.5)[0] == pytest.approx(0.5 * 0.1 * 1.5**2)
    assert state_at(legs, 15.0)[1] == pytest.approx(0.3)


@given(v=st.floats(0, 1.0), way=st.floats(0, 50), a=st.floats(0.05, 3.0))
def test_that_motion_is_smooth_never_too_fast_and_ends_at_rest(v, way, a):
    legs = plan(10.0, 3.0, v, 3.0 + way, speed_m_s=1.0, accel_m_s2=a)
    assert legs[-1].s_m == pytest.approx(3.0 + max(way, v * v / 2 / a), abs=1e-9)
    for one, after in itertools.pairwise(legs):
        dt = after.t_s - one.t_s
        assert one.s_m + one.v_m_s * dt + one.a_m_s2 * dt * dt / 2 == pytest.approx(after.s_m, abs=1e-6)
        assert one.v_m_s + one.a_m_s2 * dt == pytest.approx(after.v_m_s, abs=1e-6)
        assert after.v_m_s <= 1.0 + 1e-9


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.floats(0.1, 6.0), st.sampled_from(["go", "halt", "free"])), max_size=40))
def test_that_movers_never_come_nearer_than_their_spacing_whatever_is_asked_of_them(orders):
    convoy = Convoy([40.0, 30.0, 20.0, 10.0], loop_m=50.0, spacing_m=2.4, speed_m_s=1.2, accel_m_s2=0.5)
    t_s = 0.0
    for who, wait_s, what in orders:
        if what == "go":
            convoy.stops_m[who] = max(convoy.stops_m[who], convoy.goals_m[who]) + 7.0 * wait_s
        else:
            convoy.halted[who] = what == "halt"
        convoy.settle(t_s)
        for step in np.linspace(t_s, t_s + wait_s, 12):
            places = [state_at(convoy.legs[i], step)[0] for i in range(4)]
            gaps = [places[i - 1] + (50.0 if i == 0 else 0.0) - places[i] for i in range(4)]
            assert min(gaps) >= 2.4 - 1e-6
        t_s += wait_s


def test_that_a_jobs_progress_stands_still_in_its_pauses():
    job = Job("st010", 0, Unit(1), 20.0)
    for t_s, running in ((100.0, True), (105.0, False), (130.0, True)):
        job.mark(t_s, running=running)
    assert job.end_s() == 145.0
    assert job.moment_s(3.0) == 103.0
    assert job.moment_s(8.0) == 133.0
    assert [job.progress_at(t) for t in (99.0, 102.0, 110.0, 131.0)] == [None, 2.0, None, 6.0]


@given(st.floats(0.2, 1.5), st.floats(300, 1200), st.floats(5, 40), st.floats(0.1, 0.6), st.floats(8, 40))
def test_that_the_torque_angle_curve_is_continuous_rises_and_is_undone_by_its_inverse(free, snug, seating, stiffness, final):
    joint = Joint(free, snug, seating, stiffness)
    final = max(final, free + stiffness * seating / 2 + 0.1)
    angle = joint.angle_at(final)
    assert joint.torque(np.array([angle]))[0] == pytest.approx(final)
    curve = joint.torque(np.linspace(0.0, angle, 20_000))
    assert np.diff(curve).min() >= -1e-9
    assert np.diff(curve).max() <= stiffness * angle / 19_999 * 1.001
    assert curve[0] == free
    end = joint.torque(np.array([angle, angle + 1.0]))
    assert end[1] - end[0] == pytest.approx(stiffness)


def test_that_heat_goes_as_the_first_order_says():
    assert cooled_degc(45.0, 22.0, 60.0, 60.0) == pytest.approx(22.0 + 23.0 / np.e)
    step_by_step = 45.0
    for _ in range(300):
        step_by_step = cooled_degc(step_by_step, 22.0, 0.2, 60.0)
    assert step_by_step == pytest.approx(cooled_degc(45.0, 22.0, 60.0, 60.0))


def test_that_colder_adhesive_makes_a_narrower_bead():
    assert bead_width_mm(45.0, nominal_mm=8.0, nominal_degc=45.0) == 8.0
    ratio = bead_width_mm(25.0, nominal_mm=8.0, nominal_degc=45.0) / 8.0
    assert ratio == pytest.approx(np.sqrt(np.exp(4000 * (1 / 318.15 - 1 / 298.15))))


@given(tau_s=st.floats(200, 50_000), full_pa=st.floats(500, 20_000), volume_m3=st.floats(0.001, 0.2))
def test_that_the_leak_rate_found_is_that_of_the_exponential_decay(tau_s, full_pa, volume_m3):
    duration_s = 30.0
    t_s = np.linspace(STABLE * duration_s, MEASURED * duration_s, 200)
    p_pa = pressure_pa(t_s, duration_s=duration_s, full_pa=full_pa, tau_s=tau_s, cooling=0.0)
    since = t_s - FILL * duration_s
    np.testing.assert_allclose(p_pa, full_pa * (1 - np.exp(-6.0)) * np.exp(-since / tau_s), rtol=1e-12)
    expected = volume_m3 * p_pa.mean() / tau_s * 10.0
    assert leak_rate_mbar_l_s(t_s, p_pa, volume_m3) == pytest.approx(expected, rel=1e-3)


def test_that_pressure_is_continuous_through_all_phases_of_a_leak_test():
    t_s = np.linspace(0.0, 30.0, 30_001)
    p_pa = pressure_pa(t_s, duration_s=30.0, full_pa=5000.0, tau_s=20_000.0)
    assert p_pa[0] == 0.0
    assert np.abs(np.diff(p_pa)).max() < 12.0
    assert p_pa[-1] < 20.0


def test_that_weld_depth_goes_with_current_and_wear():
    depth = depth_mm(np.array([180.0, 90.0, 180.0]), np.array([0.0, 0.0, 100.0]), nominal_mm=2.2, nominal_a=180.0)
    np.testing.assert_allclose(depth, [2.2, 1.1, 1.65])


def test_that_a_scale_settles_at_the_mass_with_the_overshoot_of_its_damping():
    t_s = np.linspace(0.0, 10.0, 100_001)
    reading = settled(t_s, 412.0, rate_hz=1.5, damping=0.5)
    assert reading[-1] == pytest.approx(412.0, abs=1e-6)
    assert reading.max() / 412.0 - 1.0 == pytest.approx(np.exp(-np.pi * 0.5 / np.sqrt(0.75)), rel=1e-4)


def test_that_the_lid_gap_is_nominal_where_its_chain_is():
    assert lid_gap_mm(0.0, 0.25, 850.0, nominal=(0.8, 0.25, 850.0)) == 0.8
    assert lid_gap_mm(0.1, 0.35, 900.0, nominal=(0.8, 0.25, 850.0)) == pytest.approx(0.8 + 0.09 + 0.06 + 0.1)
