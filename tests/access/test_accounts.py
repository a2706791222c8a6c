"""Local accounts: guessing is hopeless, restarts forget nothing, and nothing tells which names there are."""

import json
import time
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from viewer.access.accounts import LONGEST_WAIT_S, Account, Accounts, LoginRefused
from viewer.base.clock import ManualClock
from viewer.base.errors import UserMistake

PASSWORD = "a rather long password"
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
S = 1_000_000_000


def opened(folder: Path, clock: ManualClock, *names: str) -> Accounts:
    accounts = Accounts(folder, clock, QUICK)
    for name in names:
        accounts.set_password(name, PASSWORD, "operator")
    return accounts


def test_that_a_right_password_opens_and_a_wrong_one_does_not(tmp_path: Path) -> None:
    accounts = opened(tmp_path, ManualClock(S), "anna")
    assert accounts.login("anna", PASSWORD) == Account("anna", "operator")
    for name, password in (("anna", ""), ("anna", PASSWORD + "x"), ("bert", PASSWORD), ("../anna", PASSWORD), ("", "")):
        refused = accounts.login(name, password)
        assert isinstance(refused, LoginRefused) and refused.sentence == "name or password is wrong"


def test_that_ten_thousand_guesses_get_nowhere_and_the_owner_still_gets_in(tmp_path: Path) -> None:
    """One a second for nearly three hours, with a restart in between now and then: a handful is looked at at all."""
    clock = ManualClock(1_700_000_000 * S)
    accounts, judged = opened(tmp_path, clock, "anna"), 0
    for i in range(10_000):
        if i % 500 == 0:
            accounts = opened(tmp_path, clock)
        answer = accounts.login("anna", f"password number {i}")
        assert isinstance(answer, LoginRefused)
        judged += answer.sentence == "name or password is wrong"
        clock.advance(1.0)
    assert judged <= 25
    assert isinstance(accounts.login("anna", PASSWORD), LoginRefused), "also the right one waits"
    clock.advance(LONGEST_WAIT_S)
    assert accounts.login("anna", PASSWORD) == Account("anna", "operator")
    assert isinstance(accounts.login("anna", "wrong again, once"), LoginRefused)
    assert accounts.login("anna", PASSWORD) == Account("anna", "operator"), "success forgets the failures"


def test_that_a_kill_while_a_password_is_looked_at_counts_as_a_failure(tmp_path: Path) -> None:
    clock = ManualClock(S)

    class Power(Exception):
        """Gone."""

    class Cut(PasswordHasher):
        def verify(self, hash: str | bytes, password: str | bytes):
            raise Power

    opened(tmp_path, clock, "anna")
    for _ in range(3):
        with pytest.raises(Power):
            Accounts(tmp_path, clock, Cut(time_cost=1, memory_cost=8, parallelism=1)).login("anna", "guess")
    assert "try again in 1 s" in str(opened(tmp_path, clock).login("anna", PASSWORD))


def test_that_a_name_nobody_has_waits_and_answers_as_one_that_exists(tmp_path: Path) -> None:
    answers: list[list[object]] = []
    for name in ("anna", "nobody"):
        clock = ManualClock(S)
        accounts = opened(tmp_path / name, clock, "anna")
        one: list[object] = []
        for _ in range(30):
            one.append(accounts.login(name, "wrong, but long enough"))
            clock.advance(2.0)
        answers.append(one)
    assert answers[0] == answers[1]


def test_that_the_time_of_an_answer_tells_no_name(tmp_path: Path) -> None:
    """With the real parameters a hash takes long; without one for unknown names the answer would come a thousand times sooner."""
    clock = ManualClock(S)
    accounts = Accounts(tmp_path, clock, PasswordHasher(time_cost=2, memory_cost=16_384, parallelism=1))
    accounts.set_password("anna", PASSWORD, "viewer")
    best: dict[str, float] = {"anna": 9.0, "nobody": 9.0, "../odd": 9.0}
    for _ in range(6):
        for name in best:
            clock.advance(LONGEST_WAIT_S)
            start = time.process_time()
            accounts.login(name, "wrong, but long enough")
            best[name] = min(best[name], time.process_time() - start)
    assert max(best.values()) < 1.5 * min(best.values()), best


def test_that_a_clock_set_back_makes_nobody_wait_longer(tmp_path: Path) -> None:
    clock = ManualClock(1_700_000_000 * S)
    accounts = opened(tmp_path, clock, "anna")
    for _ in range(30):
        accounts.login("anna", "wrong, but long enough")
        clock.advance(LONGEST_WAIT_S)
    accounts.login("anna", "wrong, but long enough")
    clock.advance(-365 * 86_400.0)
    refused = accounts.login("anna", PASSWORD)
    assert isinstance(refused, LoginRefused) and refused.wait_s <= LONGEST_WAIT_S


def test_that_hashes_are_argon2id_with_the_rfcs_parameters_and_the_list_stays_small(tmp_path: Path) -> None:
    clock = ManualClock(S)
    Accounts(tmp_path, clock).set_password("anna", PASSWORD, "viewer")
    text = (tmp_path / "anna.toml").read_text()
    assert "$argon2id$v=19$m=65536,t=3,p=4$" in text and PASSWORD not in text
    accounts = opened(tmp_path, clock)
    for i in range(60):
        accounts.login(f"name {i}", "x")
    assert len(json.loads((tmp_path / "failures.json").read_text())["buckets"]) <= 60
    assert (tmp_path / "failures.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("password", ["", "short", "x" * 11, "x" * 1001])
def test_that_a_short_or_endless_password_is_refused(tmp_path: Path, password: str) -> None:
    with pytest.raises(UserMistake, match="12 to 1000 characters"):
        opened(tmp_path, ManualClock(S)).set_password("anna", password, "viewer")


def test_that_an_account_is_closed_and_a_damaged_list_is_said(tmp_path: Path) -> None:
    accounts = opened(tmp_path, ManualClock(S), "anna", "bert")
    accounts.remove("anna")
    assert accounts.names() == ("bert",) and isinstance(accounts.login("anna", PASSWORD), LoginRefused)
    with pytest.raises(UserMistake, match="nobody named «anna»"):
        accounts.remove("anna")
    (tmp_path / "failures.json").write_text("{")
    with pytest.raises(UserMistake, match=r"damaged.*failures\.json"):
        opened(tmp_path, ManualClock(S))
