"""The bundled plant has a past: over restarts, and only one gateway of a plant writes it."""

from viewer.base.clock import SystemClock
from viewer.base.errors import UserMistake
from viewer.base.ids import ChannelId
from viewer.base.paths import bundled
from viewer.edge.local import LocalGateway
from viewer.live.feed import LiveFeed
from viewer.live.keys import client_keys

SCENE = bundled("scenes") / "battery_line"


def live(gateway: LocalGateway) -> LiveFeed:
    feed = LiveFeed(gateway.endpoint, gateway.server_key, client_keys(), SystemClock())
    feed.start()
    assert feed.wait_for(lambda status: status.state == "live" and status.samples_per_s > 0.0, 8.0), feed.status()
    return feed


def test_that_the_plant_of_yesterday_is_there_today_and_a_second_gateway_of_it_runs_without() -> None:
    first = LocalGateway.start(SCENE)
    feed = live(first)
    began_ns, _ = feed.request_span().result(5.0) or (0, 0)
    feed.stop()
    first.stop()
    again, second = LocalGateway.start(SCENE), None
    feed = live(again)
    try:
        assert (feed.request_span().result(5.0) or (0, 0))[0] == began_ns > 0
        torque = ChannelId("st080.r1.torque")
        own = feed.store.oldest_ns(torque)
        assert own is not None
        t_ns, values = feed.reader.range(torque, 0, own + 500_000_000)
        assert t_ns[0] < own and len(t_ns) == len(values) and (t_ns[1:] > t_ns[:-1]).all()
        before = feed.reader.latest_at([torque], int(t_ns[3]))
        assert (before.t_ns[0], before.values[0]) == (t_ns[3], values[3])
        second = LocalGateway.start(SCENE)
        other = live(second)
        try:
            other.request_span().result(5.0)
        except UserMistake as mistake:
            assert "keeps no history" in str(mistake)
        else:
            raise AssertionError("two gateways write one history")
        finally:
            other.stop()
    finally:
        feed.stop()
        again.stop()
        if second is not None:
            second.stop()
