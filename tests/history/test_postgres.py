"""The history on a real PostgreSQL server: what only a server can do to it."""

import numpy as np
import pytest

from tests.history.conftest import Server
from tests.history.test_damage import batch
from viewer.base.clock import ManualClock
from viewer.base.errors import GenchiError, UserMistake
from viewer.base.ids import ChannelId
from viewer.history.postgres import PostgresHistory
from viewer.twin.catalogue import ChannelInfo


def test_that_a_server_that_is_not_there_is_said() -> None:
    with pytest.raises(UserMistake, match="can't be reached"):
        PostgresHistory("host=127.0.0.1 port=1 connect_timeout=2", ManualClock())


def test_that_a_schema_is_open_only_once(postgres: Server) -> None:
    with PostgresHistory(postgres.address, ManualClock(), schema="once"), pytest.raises(UserMistake, match="another gateway"):
        PostgresHistory(postgres.address, ManualClock(), schema="once")


def test_that_a_changed_row_is_found_and_named(postgres: Server) -> None:
    with PostgresHistory(postgres.address, ManualClock(2 * 10**18), schema="changed") as history:
        history.declare([ChannelInfo(f"c{i}") for i in range(40)])
        history.append([batch(1)])
        history.move()
        history._writer.do(lambda connection: connection.run("UPDATE blocks SET n = n + 1 WHERE owner = -1")).result()
        assert [finding.where.split()[0] for finding in history.verify()] == ["blocks"]
        assert history.range(ChannelId("c0"), 0, 1 << 62)[0].size == 0
        (gap,) = history.gaps()
        assert gap.cause.startswith("damaged") and "c0" in gap.channels


def test_that_a_crash_of_the_server_loses_nothing_that_was_acknowledged(postgres: Server) -> None:
    with PostgresHistory(postgres.address, ManualClock(2 * 10**18), schema="crash") as history:
        history.declare([ChannelInfo(f"c{i}") for i in range(40)])
        history.append([batch(1), batch(2)])
        postgres.stop("immediate")
        with pytest.raises(GenchiError, match=r"nothing is acknowledged|can't be reached"):
            history.append([batch(3)])
        with pytest.raises(GenchiError):
            history.range(ChannelId("c0"), 0, 1 << 62)
        postgres.start()
        for sequence in (3, 4):
            history.append([batch(sequence)])
        history.move()
        expected = np.concatenate([batch(sequence).columns.values[:50] for sequence in (1, 2, 3, 4)])
        assert history.range(ChannelId("c0"), 0, 1 << 62)[1].tolist() == expected.tolist()
        assert history.gaps() == ()
