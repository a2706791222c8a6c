"""A site's gateway feeds the plant's: over outages and kills of either, all of it and none of it twice."""

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.edge.plant import Plant, expected
from viewer.live import keys

UPLINK = """
[uplink]
endpoint = "{endpoint}#{key}"
channels = ["d*"]
prefix = "site."
"""


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[Plant, Plant]]:
    """The plant above, and the site below it."""
    above = Plant(tmp_path, "above")
    above.start_gateway()
    keys.enrol("site", keys.gateway_keys("site").public, "gateway", channels=("site.*",))
    below = Plant(tmp_path, "site", UPLINK.format(endpoint=above.ready["endpoint"], key=above.ready["key"]))
    below.start_gateway()
    yield above, below
    below.stop()
    above.stop()


def test_that_an_outage_of_the_plant_and_kills_of_the_site_are_replayed_once(pair: tuple[Plant, Plant]) -> None:
    above, below = pair
    below.start_device("d1")
    time.sleep(0.5)
    above.kill()
    time.sleep(0.5)
    below.kill()
    below.start_gateway()
    time.sleep(0.5)
    above.start_gateway()
    time.sleep(0.5)
    below.kill()
    below.start_gateway()
    count = below.finish("d1")
    wait_for_all(above, below, count)
    times, values = above.kept("d1", "site.")
    np.testing.assert_array_equal(values, expected(count)[1])
    np.testing.assert_array_equal(times, expected(count)[0])
    np.testing.assert_array_equal(below.kept("d1")[1], expected(count)[1])


def test_that_what_is_thinned_on_the_way_up_keeps_every_peak_and_the_full_rate_below(tmp_path: Path) -> None:
    above = Plant(tmp_path, "above")
    above.start_gateway()
    keys.enrol("site", keys.gateway_keys("site").public, "gateway", channels=("site.*",))
    thinned = UPLINK + '[[uplink.forward]]\nchannels = "d1.*"\nkind = "min_max"\ninterval_s = 0.02\n'
    below = Plant(tmp_path, "site", thinned.format(endpoint=above.ready["endpoint"], key=above.ready["key"]))
    below.start_gateway()
    below.start_device("d1")
    count = below.finish("d1")
    below.start_device("d2")
    second = below.finish("d2")
    wait_for_all(above, below, second, "site.d2.n")
    np.testing.assert_array_equal(below.kept("d1")[1], expected(count)[1])
    times, values = above.kept("d1", "site.")
    whole = count // 20 - 1  # the counter's samples are 1 ms apart: each interval has 20, of which two are sent
    np.testing.assert_array_equal(values[: 2 * whole], np.ravel([[20 * i, 20 * i + 19] for i in range(whole)]))
    np.testing.assert_array_equal(times, expected(count)[0][values.astype(int)])
    assert whole >= 2 and len(values) <= 2 * (count // 20 + 1)


def wait_for_all(above: Plant, below: Plant, count: int, channel: str = "site.d1.n") -> None:
    """Until the plant has the newest of the site's samples, seen through a viewer of the plant."""
    from viewer.base.clock import SystemClock
    from viewer.live.feed import LiveFeed

    feed = LiveFeed(above.ready["endpoint"], above.ready["public_key"], keys.client_keys(), SystemClock())
    feed.start()
    try:
        assert feed.wait_for(lambda status: bool(np.isin(count - 1, feed.store.latest([channel]).values)), 15.0), (
            feed.store.latest([channel])
        )
    finally:
        feed.stop()
    below.stop()
    above.stop()
