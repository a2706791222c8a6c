"""What is missing is counted from the gateway's own numbers, also where the numbers lie."""

import pytest

from viewer.live.ledger import Ledger
from viewer.live.wire import WireError


@pytest.mark.parametrize(("sequence", "before"), [(2, 20), (1, 10), (0, 0), (1 << 50, 30), (4, 1 << 60)])
def test_that_numbers_that_go_back_or_leap_are_refused_and_change_nothing(sequence: int, before: int) -> None:
    ledger = Ledger()
    ledger.block(1, 0, 10, 0.0)
    ledger.block(2, 10, 10, 0.0)
    with pytest.raises(WireError):
        ledger.block(sequence, before, 1, 0.0)
    ledger.block(3, 20, 10, 0.0)
    assert (ledger.gaps, ledger.lost_samples) == (0, 0)


def test_that_a_heartbeat_that_goes_back_is_refused() -> None:
    ledger = Ledger()
    ledger.block(1, 0, 10, 0.0)
    with pytest.raises(WireError):
        ledger.heartbeat(0, 0, 0.0)


def test_that_a_gap_is_one_however_many_blocks_and_samples_it_takes() -> None:
    ledger = Ledger()
    ledger.block(1, 0, 10, 0.0)
    ledger.block(5, 47, 3, 0.0)
    assert (ledger.gaps, ledger.lost_samples) == (1, 37)


def test_that_a_lost_tail_shows_at_the_heartbeat_and_is_not_counted_again() -> None:
    ledger = Ledger()
    ledger.block(1, 0, 10, 0.0)
    ledger.heartbeat(3, 25, 0.0)
    ledger.block(4, 25, 5, 0.0)
    ledger.heartbeat(4, 30, 0.0)
    assert (ledger.gaps, ledger.lost_samples) == (1, 15)


def test_that_a_new_session_after_an_outage_is_a_gap_of_unknown_size() -> None:
    ledger = Ledger()
    ledger.begin(after_an_outage=False)
    ledger.block(1, 0, 10, 0.0)
    ledger.begin(after_an_outage=True)
    ledger.block(1, 0, 10, 0.0)
    assert (ledger.gaps, ledger.lost_samples) == (1, 0)


def test_that_the_rate_is_what_came_in_a_second() -> None:
    ledger = Ledger()
    for i in range(41):
        ledger.block(i + 1, 50 * i, 50, 100.0 + 0.1 * i)
    assert ledger.samples_per_s == pytest.approx(500.0, rel=0.05)
