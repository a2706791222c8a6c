"""The spool: numbers without holes, nothing forgotten before it is acknowledged, and what had to go is named."""

from pathlib import Path

import numpy as np
import pytest

from viewer.base.errors import Fault
from viewer.live.columns import pack
from viewer.live.spool import Origin, Spool, SpooledBatch
from viewer.twin.catalogue import ChannelInfo
from viewer.twin.samples import in_runs


def batch(t_ns: int, samples: int = 1) -> SpooledBatch:
    times = np.arange(t_ns, t_ns + samples)
    return SpooledBatch(t_ns, pack(in_runs(np.zeros(samples, np.int64), times, np.zeros(samples), np.zeros(samples, np.uint8))))


def test_that_numbers_go_on_and_the_epoch_stays_when_it_is_opened_again(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "s.db")
    epoch = spool.epoch
    assert [spool.put([(None, batch(i))]) for i in range(3)] == [1, 2, 3]
    spool.acknowledge(3)
    spool.close()
    again = Spool(tmp_path / "s.db")
    assert (again.epoch, again.acknowledged, again.waiting, again.last) == (epoch, 3, 0, 3)
    assert again.put([(None, batch(9))]) == 4
    assert [number for number, _ in again.read(0, 10)] == [4]
    again.close()


def test_that_what_came_from_elsewhere_is_spooled_once_with_all_its_parts() -> None:
    spool = Spool(None)
    spool.put([(Origin("d", "e", 1), batch(1)), (Origin("d", "e", 1), batch(2)), (Origin("d", "e", 2), batch(3))])
    spool.put([(Origin("d", "e", 1), batch(1)), (Origin("d", "e", 2), batch(3)), (Origin("d", "e", 3), batch(4))])
    spool.put([(Origin("d", "f", 1), batch(5))])
    assert [one.complete_ns for _, one in spool.read(0, 10)] == [1, 2, 3, 4, 5]
    spool.close()


def test_that_a_full_spool_drops_the_oldest_and_names_them() -> None:
    spool = Spool(None, most_bytes=20_000)
    for i in range(100):
        spool.put([(None, batch(1000 + i, 20))])
    (loss,) = spool.losses(0)
    first = spool.read(0, 1)[0][0]
    assert loss.first == 1 and loss.last == first - 1 and first > 1
    assert loss.t0_ns == 1000 and loss.t1_ns == 1000 + loss.last - 1
    assert spool.waiting == 100 - loss.last
    spool.acknowledge(loss.last)
    assert spool.losses(loss.last) == []
    spool.close()


def test_that_a_spool_that_was_put_back_from_a_copy_numbers_anew() -> None:
    spool = Spool(None)
    before = spool.epoch
    spool.put([(None, batch(i)) for i in range(3)])
    spool.acknowledge(1)
    spool.renew()
    assert spool.epoch != before and spool.acknowledged == 0
    assert [(number, one.complete_ns) for number, one in spool.read(0, 9)] == [(1, 1), (2, 2)]
    assert spool.put([(None, batch(7))]) == 3
    spool.close()


def test_that_channels_may_grow_and_not_change() -> None:
    spool = Spool(None)
    spool.declare([ChannelInfo("a")])
    spool.declare([ChannelInfo("a"), ChannelInfo("b")])
    assert [one.id for one in spool.channels()] == ["a", "b"]
    with pytest.raises(Fault, match="holds batches of other channels"):
        spool.declare([ChannelInfo("a", "mm")])
    spool.close()


def test_that_a_spool_that_is_none_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    path.write_bytes(b"this is no database, but long enough to be looked at" * 40)
    with pytest.raises(Fault, match=r"can't be opened .*s\.db"):
        Spool(path)
