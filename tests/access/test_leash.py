"""An automatic correction of the simulated adhesive: it helps, it stops at its leash, and it is off at the first doubt."""

import math
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from tests.access.site import T0, S, Site
from viewer.access.command import signed_command
from viewer.access.correction import Addressee, Correction, correction_command
from viewer.access.leash import Leash, LeashTerms, Reading
from viewer.access.limits import Writable
from viewer.base.errors import Fault, UserMistake
from viewer.edge.simulated.processes.adhesive import bead_width_mm, cooled_degc

SET_POINT, WIDTH = "st030.adhesive_set_point", "st030.bead_width"
TERMS = LeashTerms(SET_POINT, WIDTH, low=40.0, high=55.0, step=0.5, drift=4.0)
HOSE = Writable(SET_POINT, 30.0, 70.0, 5.0, 1.0, 0.01)
CORRECTION = Correction(TERMS, target=8.0, gain=2.0, dead_band=0.05)


class Dispenser(Site):
    """The adhesive of station 30 at a gateway: hose, bead, and a controller with its own key. One correction each minute."""

    def __init__(self, folder: Path) -> None:
        self.steady_ns = 0
        super().__init__(folder, leash=self.leash_of(folder))
        self.robot = self.people.enrol("st030.controller", "controller", [SET_POINT])
        self.registry.refresh()
        self.gate.set_limits({SET_POINT: HOSE})
        self.set_point, self.temp, self.stiffness = 45.0, 45.0, 1.0
        self.measure()

    def leash_of(self, folder: Path) -> Leash:
        return Leash(TERMS, folder / "leash.json", lambda: self.steady_ns)

    def measure(self) -> None:
        now = self.clock.now_ns()
        width = bead_width_mm(self.temp, nominal_mm=8.0, nominal_degc=45.0) / self.stiffness
        self.readings = {SET_POINT: Reading(self.set_point, now), WIDTH: Reading(width, now)}

    def wait(self, delay_s: float = 60.0) -> None:
        self.clock.advance(delay_s)
        self.steady_ns += round(delay_s * S)
        self.temp = cooled_degc(self.temp, self.set_point, delay_s, 60.0)
        self.measure()

    def envelope(self) -> bytes | None:
        public = self.robot.identity.signing
        to = Addressee("plant", "hall-2", self.gate.configuration, self.gate.next_sequence(public))
        set_point, width = self.readings[SET_POINT], self.readings[WIDTH]
        return correction_command(CORRECTION, set_point, width, to, "st030.controller", self.robot.signer, self.clock.now_ns())

    def correct(self):
        """One step of the controller; None where it wants nothing."""
        frame = self.envelope()
        if frame is None:
            return None
        verdict = self.judge(frame, self.robot.identity)
        if verdict.accepted and verdict.command:
            self.set_point = verdict.command.value
        return verdict

    def try_value(self, value: float):
        command = self.command(
            channel=SET_POINT, value=value, base=self.set_point, user="st030.controller",
            sequence=self.gate.next_sequence(self.robot.identity.signing),
        )  # fmt: skip
        return self.judge(signed_command(command, self.robot.signer), self.robot.identity)


@pytest.fixture
def dispenser(tmp_path: Path) -> Dispenser:
    return Dispenser(tmp_path)


def corrected(dispenser: Dispenser, minutes: int) -> list[str]:
    """The reasons of refusals while it corrects once a minute."""
    reasons: list[str] = []
    for _ in range(minutes):
        verdict = dispenser.correct()
        if verdict is not None and not verdict.accepted:
            reasons.append(verdict.reason)
        dispenser.wait()
    return reasons


def test_that_a_stiffer_batch_is_corrected_and_then_left_alone(dispenser: Dispenser) -> None:
    dispenser.stiffness = 1.03
    dispenser.measure()
    assert dispenser.readings[WIDTH].value < 7.8
    assert corrected(dispenser, 60) == []
    assert abs(dispenser.readings[WIDTH].value - 8.0) <= 0.06 and 45.0 < dispenser.set_point < 49.0
    assert dispenser.correct() is None


def test_that_a_correction_stops_at_its_leash_and_stays_off_until_somebody_arms_it(dispenser: Dispenser) -> None:
    dispenser.stiffness = 1.2
    dispenser.measure()
    reasons = corrected(dispenser, 60)
    assert "somebody must look" in reasons[0] and all("is off" in reason for reason in reasons[1:])
    assert dispenser.set_point == 49.0, "4 from where the shift began"
    off = [line for line in dispenser.lines() if line["event"] == "correction off"]
    assert len(off) == 1 and off[0]["channel"] == SET_POINT
    dispenser.leash.arm()
    assert "somebody must look" in dispenser.correct().reason, "arming does not begin the shift anew"


def test_that_a_restart_does_not_begin_the_shift_anew(dispenser: Dispenser) -> None:
    dispenser.stiffness = 1.2
    for _ in range(5):
        dispenser.measure()
        corrected(dispenser, 3)
        dispenser.gate._leashes = {SET_POINT: dispenser.leash_of(dispenser.folder)}
    corrected(dispenser, 20)
    assert dispenser.set_point == 49.0
    assert "is off" in dispenser.try_value(48.9).reason


def test_that_the_next_shift_allows_another_drift_within_the_bounds(dispenser: Dispenser) -> None:
    dispenser.stiffness = 1.4
    for _ in range(6):
        dispenser.leash.arm()
        dispenser.measure()
        corrected(dispenser, 12)
        dispenser.wait(8 * 3600.0)
    assert 53.0 <= dispenser.set_point <= 55.0


@pytest.mark.parametrize(
    ("reading", "why"),
    [
        (None, "not known to be good"),
        (Reading(7.8, T0, good=False), "not known to be good"),
        (Reading(math.nan, T0), "not known to be good"),
        (Reading(7.8, T0 - 6 * S), "stale"),
        (Reading(7.8, T0 + 60 * S), "stale"),
    ],
)
def test_that_a_measurement_in_doubt_switches_it_off(dispenser: Dispenser, reading: Reading | None, why: str) -> None:
    dispenser.readings[WIDTH] = reading
    assert why in dispenser.try_value(45.2).reason
    dispenser.measure()
    assert "is off" in dispenser.try_value(45.2).reason, "also when the measurement is back"
    dispenser.leash.arm()
    assert dispenser.try_value(45.2).accepted


@pytest.mark.parametrize("jump_s", [-30.0, 30.0, 8 * 3600.0])
def test_that_setting_the_clock_switches_it_off(dispenser: Dispenser, jump_s: float) -> None:
    assert dispenser.try_value(45.2).accepted
    dispenser.set_point = 45.2
    dispenser.wait()
    dispenser.clock.advance(jump_s)
    dispenser.measure()
    assert "clock was set" in dispenser.try_value(45.3).reason


def test_that_a_lost_hub_switches_it_off(dispenser: Dispenser) -> None:
    dispenser.leash.switch_off("the hub is lost")
    assert "the hub is lost" in dispenser.try_value(45.2).reason


@pytest.mark.parametrize("value", [45.6, 44.4, 39.9, 55.1, math.nan, math.inf])
def test_that_its_bounds_are_narrower_than_those_of_people(dispenser: Dispenser, value: float) -> None:
    assert not dispenser.try_value(value).accepted
    dispenser.registry.refresh()
    if 30.0 <= value <= 70.0 and abs(value - 45.0) <= HOSE.step:
        bert = dispenser.people.enrol("bert", "engineer")
        dispenser.registry.refresh()
        command = dispenser.command(channel=SET_POINT, value=value, base=45.0, user="bert", sequence=1)
        assert dispenser.judge(signed_command(command, bert.signer), bert.identity).accepted


def test_that_it_touches_only_what_it_is_enrolled_for_and_has_a_leash(dispenser: Dispenser) -> None:
    other = dispenser.people.enrol("other.controller", "controller", ["st040.*"])
    dispenser.registry.refresh()
    command = dispenser.command(channel=SET_POINT, value=45.2, base=45.0, user="other.controller", sequence=1)
    assert "may not correct" in dispenser.judge(signed_command(command, other.signer), other.identity).reason
    dispenser.gate._leashes = {}
    assert "may not correct" in dispenser.try_value(45.2).reason


def test_that_a_wanted_step_is_bounded_and_quiet_near_the_target() -> None:
    widths = (7.96, 8.04, math.nan, 7.9, 6.0, 10.0)
    wanted = [CORRECTION.wanted(45.0, width) for width in widths]
    assert wanted == [None, None, None, pytest.approx(45.2), 45.5, 44.5]
    assert CORRECTION.wanted(55.0, 6.0) is None and replace(CORRECTION, gain=-2.0).wanted(45.0, 6.0) == 44.5


def test_that_terms_without_sense_and_a_damaged_state_are_said(tmp_path: Path) -> None:
    wrong = [{"low": 60.0}, {"step": 0.0}, {"drift": math.nan}, {"shift_s": 1.0}, {"stale_after_s": -1.0}]
    for other in wrong:
        with pytest.raises(UserMistake, match=SET_POINT):
            Leash(msgspec.structs.replace(TERMS, **other), tmp_path / "a", lambda: 0)
    for text in ("", "{}", '{"shift": 1, "anchor": "x", "off": ""}', "[1]"):
        (tmp_path / "leash.json").write_text(text)
        with pytest.raises(Fault, match=r"leash\.json"):
            Leash(TERMS, tmp_path / "leash.json", lambda: 0)


def test_that_a_leash_whose_state_can_not_be_kept_refuses(dispenser: Dispenser) -> None:
    dispenser.leash._path = dispenser.folder / "audit.jsonl" / "below a file"
    assert "can't be kept" in dispenser.try_value(45.2).reason
