"""The write path as a gateway holds it: the safety file, two desks that sign one change, a command under the new limits."""

from pathlib import Path

import msgspec
import pytest

from tests.access.site import T0, People, S
from viewer.access.approval import LimitsChange, open_approval, proposal, signed_by
from viewer.access.audit import AuditChain
from viewer.access.command import Command, canonical, new_nonce, signed_command
from viewer.access.command_path import CommandPath
from viewer.access.corrector import Corrector
from viewer.access.leash import Reading
from viewer.access.limits_book import body_of
from viewer.access.safety import read_safety
from viewer.base.clock import ManualClock
from viewer.base.errors import UserMistake

SAFETY = """
[[set_point]]
channel = "oven"
low = 170.0
high = 190
step = 5.0
rate_per_s = 2.0
base_tolerance = 0.5

[[correction]]
channel = "oven"
input = "cure"
low = 175.0
high = 185.0
step = 0.5
drift = 3.0
"""


class Desk:
    def __init__(self, folder: Path) -> None:
        self.folder, self.people = folder, People(folder)
        self.anna = self.people.enrol("anna@desk1", "engineer")
        self.bert = self.people.enrol("bert@desk2", "engineer")
        self.carl = self.people.enrol("carl", "operator")
        self.audit = AuditChain(folder / "audit", ManualClock(T0))
        (folder / "safety.toml").write_text(SAFETY)
        self.open()

    def open(self) -> None:
        safety = read_safety(self.folder / "safety.toml")
        registry = self.people.registry()
        self.path = CommandPath(
            self.folder / "commands", safety, plant="p", gateway="g", registry=registry, audit=self.audit, enabled=True
        )

    def change(self, high: float) -> LimitsChange:
        state = self.path.state(self.anna.identity)
        body = body_of([msgspec.structs.replace(state.limits[0], high=high)])
        revision, reason = state.revision + 1, "hotter adhesive"
        return LimitsChange("p", "g", "set-points", body, state.configuration, revision, reason, new_nonce(), T0, T0 + 3600 * S)

    def command(self, value: float, now: float):
        state = self.path.state(self.carl.identity)
        command = Command("p", "g", "oven", value, now, state.configuration, "carl", new_nonce(), state.sequence, T0, T0 + 10 * S)
        frame = signed_command(command, self.carl.signer)
        return self.path.command(frame, T0, lambda channel: Reading(now, T0), self.carl.identity)


@pytest.fixture
def site(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_that_two_desks_sign_one_change_and_commands_follow_it(site: Desk) -> None:
    assert "outside 170 to 190" in site.command(194.0, 190.0).reason
    first = signed_by(proposal(site.change(200.0)), site.anna.signer)
    answer = site.path.sign_off(canonical(first), T0, site.anna.identity)
    assert answer.accepted and "second engineer" in answer.sentence
    again = site.path.sign_off(canonical(first), T0, site.anna.identity)
    assert "second engineer" in again.sentence and "outside" in site.command(194.0, 190.0).reason, "one signature changes nothing"
    (waiting,) = site.path.state(site.bert.identity).pending
    both = signed_by(open_approval(waiting)[0], site.bert.signer)
    done = site.path.sign_off(canonical(both), T0, site.bert.identity)
    assert done.accepted and done.sentence == "in force as revision 1" and done.hash == answer.hash
    assert site.path.state(site.bert.identity).pending == []
    verdict = site.command(194.0, 190.0)
    assert verdict.accepted
    site.path.acted(verdict, "written")
    site.path.close()
    site.open()
    assert site.path.state(site.carl.identity).limits[0].high == 200.0 and site.path.state(site.carl.identity).sequence == 2
    events = [msgspec.json.decode(line)["event"] for line in site.audit.path.read_bytes().splitlines()]
    assert [one for one in events if "refused" not in one] == [
        "chain begins",
        "limits proposed",
        "limits proposed",
        "limits approved",
        "command accepted",
        "command carried out",
    ]


def test_that_a_proposal_without_an_engineers_good_signature_does_not_even_wait(site: Desk) -> None:
    bare = proposal(site.change(200.0))
    mine = signed_by(bare, site.anna.signer)
    wrong = [
        (bare, "no engineer"),
        (signed_by(bare, site.carl.signer), "no engineer"),
        (msgspec.structs.replace(proposal(site.change(300.0)), signatures=mine.signatures), "not under this change"),
        (signed_by(proposal(msgspec.structs.replace(site.change(200.0), gateway="h")), site.anna.signer), "another gateway"),
        (signed_by(mine, site.carl.signer), "approves no limits"),
    ]
    for approval, why in wrong:
        answer = site.path.sign_off(canonical(approval), T0, site.anna.identity)
        assert not answer.accepted and why in answer.sentence
    assert not site.path.sign_off(b"\xc1", T0, site.anna.identity).accepted
    assert not site.path.sign_off(canonical(mine), T0 + 3600 * S, site.anna.identity).accepted
    assert site.path.state(site.bert.identity).pending == []


def test_that_proposals_are_bounded_and_old_ones_go(site: Desk) -> None:
    for i in range(120):
        frame = canonical(signed_by(proposal(site.change(191.0 + i)), site.anna.signer))
        assert site.path.sign_off(frame, T0, site.anna.identity).accepted is (i < 100)
    fresh = msgspec.structs.replace(site.change(195.0), issued_ns=T0 + 3600 * S, expires_ns=T0 + 7200 * S)
    assert site.path.sign_off(canonical(signed_by(proposal(fresh), site.bert.signer)), T0 + 3600 * S, site.bert.identity).accepted
    assert len(site.path.state(site.anna.identity).pending) == 1


def test_that_a_correction_that_is_off_is_armed_by_an_engineer_only(site: Desk) -> None:
    site.path.hub_lost()
    assert site.path.state(site.carl.identity).corrections == {"oven": "the hub is lost"}
    assert not site.path.arm("oven", site.carl.identity).accepted and not site.path.arm("fan", site.anna.identity).accepted
    assert site.path.arm("oven", site.anna.identity).accepted
    assert site.path.state(site.carl.identity).corrections == {"oven": ""}


def test_that_a_gateway_corrects_by_itself_through_its_own_gate_and_goes_off_in_doubt(site: Desk) -> None:
    """The oven's cure follows its set-point with a gain of 0.1 after each minute; 181 degrees would be right."""
    robot = site.people.enrol("oven.controller", "controller", ["oven"])
    more = 'controller = "oven.controller"\ntarget = 100.0\ngain = 2.0\ndead_band = 0.05\nevery_s = 60.0\n'
    (site.folder / "safety.toml").write_text(SAFETY + more)
    site.path.close()
    steady_ns = [0]
    safety = read_safety(site.folder / "safety.toml")
    path = CommandPath(
        site.folder / "commands", safety, plant="p", gateway="g", registry=site.people.registry(), audit=site.audit,
        enabled=True, steady_ns=lambda: steady_ns[0],
    )  # fmt: skip
    corrector = Corrector(safety.own["oven"], path, robot.identity, robot.signer)
    now_ns, oven, steps = T0, 180.0, 0
    for _ in range(3_000):
        readings = {"oven": Reading(oven, now_ns), "cure": Reading(100.0 + 0.1 * (oven - 181.0), now_ns)}
        verdict = corrector.step(now_ns, readings.get)
        if verdict is not None:
            assert verdict.accepted and verdict.command, verdict.reason
            oven, steps = verdict.command.value, steps + 1
        now_ns, steady_ns[0] = now_ns + S, steady_ns[0] + S
    assert 180.5 <= oven <= 181.0 and 2 < steps <= 50, "until it is within the dead band"
    steady_ns[0] += 60 * S
    assert corrector.step(now_ns + 60 * S, {"oven": Reading(oven, now_ns), "cure": None}.get) is None
    assert "not known to be good" in path.state(robot.identity).corrections["oven"]
    last = msgspec.json.decode(site.audit.path.read_bytes().splitlines()[-1])
    assert last["event"] == "correction off" and last["channel"] == "oven"


@pytest.mark.parametrize(
    ("wrong", "right", "why"),
    [
        ("low = 170.0", "low = 200.0", "below high"),
        ("step = 5.0", "step = nan", "finite"),
        ("step = 5.0", 'step = "5"', "float"),
        ("step = 5.0\n", "", "required field `step`"),
        ("base_tolerance", "base_tolerence", "unknown field"),
        ("high = 185.0", "high = 195.0", "within its"),
        ("step = 0.5", "step = 7.0", "within its"),
        ("[[correction]]", "[[set_point]]", "unknown field|required field"),
        ("[[set_point]]", "[[set_point", "nonsense"),
        ("drift = 3.0", "drift = 0.0", "above 0"),
        ("drift = 3.0", 'drift = 3.0\ncontroller = "c"', "target and gain"),
        ("drift = 3.0", "drift = 3.0\nevery_s = 0", "every_s"),
    ],
)
def test_that_a_safety_file_without_sense_is_one_sentence(tmp_path: Path, wrong: str, right: str, why: str) -> None:
    path = tmp_path / "safety.toml"
    path.write_text(SAFETY.replace(wrong, right, 1))
    with pytest.raises(UserMistake, match=why) as caught:
        read_safety(path)
    assert str(caught.value).endswith(str(path))
    with pytest.raises(UserMistake, match="can't be read"):
        read_safety(tmp_path / "none.toml")
