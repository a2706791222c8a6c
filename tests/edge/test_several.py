"""Several gateways behind one window: each channel from its own, and one that is lost takes nothing else with it."""

import time
from collections.abc import Callable

import numpy as np

from viewer.base.ids import ChannelId
from viewer.live.several import SeveralFeeds
from viewer.twin.channels import Condition

BOTH, SECOND = ChannelId("wave.c0"), ChannelId("wave.c5")


def becomes(true: Callable[[], bool], within_s: float = 8.0) -> bool:
    """Whether it becomes true in time."""
    end_s = time.monotonic() + within_s
    while not true():
        if time.monotonic() > end_s:
            return False
        time.sleep(0.02)
    return True


def test_that_two_gateways_are_one_line_and_the_loss_of_one_is_only_its_own(spawn, open_feed) -> None:
    small, large = spawn("--waves", "2"), spawn("--waves", "8")
    line = SeveralFeeds([open_feed(small), open_feed(large)])
    assert becomes(lambda: line.status().state == "live" and (line.store.latest([BOTH, SECOND]).condition == 0).all())
    latest = line.store.latest([SECOND, ChannelId("nobody's"), BOTH])
    assert list(latest.condition) == [Condition.NORMAL, Condition.MISSING, Condition.NORMAL]
    np.testing.assert_allclose(latest.values[[0, 2]], [5.0, 0.0], atol=1.0)
    assert len(line.store.channels) == 9 and "3 channels come from two gateways" in line.status().sentence
    t_ns, _ = line.reader.range(SECOND, 0, time.time_ns())
    at = line.reader.latest_at([BOTH, SECOND], int(t_ns[-1]))
    assert at.t_ns[1] == t_ns[-1] and at.t_ns[0] > 0
    assert len(line.request_sources().result(5.0)) == 2
    assert all(fault.active for fault in line.request_fault("shift", {"by_mm": 3.0}).result(5.0))
    small.kill()
    assert becomes(lambda: line.status().state in ("stale", "lost"))
    assert small.endpoint in line.status().endpoint and line.status().sentence
    assert becomes(lambda: list(line.store.latest([BOTH, SECOND]).condition) == [Condition.STALE, Condition.NORMAL])
    assert len(line.request_sources().result(5.0)) == 1, "who answers is heard, though the other is gone"
