"""Addresses, units and values without a server."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewer.base.errors import UserMistake
from viewer.base.units import check_unit
from viewer.edge.opcua.addresses import NodeAddress, PathAddress, Step, parse, step_text
from viewer.edge.opcua.units import UNECE, code_of, objection, unit_of
from viewer.edge.opcua.values import Unfit, as_datetime, number, reading, time_ns

URIS = ("http://opcfoundation.org/UA/", "urn:server", "http://opcfoundation.org/UA/Machinery/")


@pytest.mark.parametrize(
    "text", ["", "/", "Objects//Press", "{http://x", "{}Name", "ns=1;i=-1", "ns=1;i=x", "g=12", "b=%%", "/".join("a" * 99)]
)
def test_that_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(UserMistake):
        parse(text)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("i=85", NodeAddress(0, 85)),
        ("ns=3;s=\"DB\".\"arr\"[3];x=1", NodeAddress(3, '"DB"."arr"[3];x=1')),
        ("nsu=urn:plant;s=a/b", NodeAddress("urn:plant", "a/b")),
        ("ns=2;g=72962b91-fa75-4ae6-8d28-b404dc7daf63", NodeAddress(2, UUID("72962b91-fa75-4ae6-8d28-b404dc7daf63"))),
        ("b=AQI=", NodeAddress(0, b"\x01\x02")),
        ("Machines/Press", PathAddress(85, (Step("Machines"), Step("Press")))),
        ("/Objects/a&/b/&{c", PathAddress(85, (Step("a/b"), Step("{c")))),
        ("Objects/{http://x/y/}Press", PathAddress(85, (Step("Press", "http://x/y/"),))),
        ("Root/Types", PathAddress(84, (Step("Types"),))),
    ],
)  # fmt: skip
def test_that_addresses_are_read(text: str, address: object) -> None:
    assert parse(text) == address


@given(st.text(min_size=1, max_size=30), st.sampled_from([0, 1, 2]))
def test_that_every_name_survives_being_written_as_a_path(name: str, index: int) -> None:
    step = Step(name, URIS[index] if index else None)
    assert parse(f"Objects/{step_text(name, index, URIS)}") == PathAddress(85, (step,))


def test_that_unit_ids_are_read_by_their_common_codes() -> None:
    # OPC 10000-8, 5.6.4.3: UnitId of C81 (radian) is 4405297; CEL (degree Celsius) 4408652, MMT (millimetre) 5066068.
    assert (code_of(4405297), code_of(4408652), code_of(5066068)) == ("C81", "CEL", "MMT")
    assert (code_of(-1), code_of(0), code_of(1 << 30), code_of(0x010203)) == ("", "", "", "")
    assert unit_of("http://www.opcfoundation.org/UA/units/un/cefact", 4405297, "rad") == "rad"
    assert unit_of("urn:own", 4405297, "N·m") == "N*m"
    assert unit_of("urn:own", 7, "smoots per fortnight") is None


def test_that_every_known_unit_is_one() -> None:
    for unit in UNECE.values():
        check_unit(unit)


def test_that_a_scale_is_judged_by_both_units() -> None:
    assert objection("mm", "m", 0.001, 0.0) == ""
    assert "scale = 0.001" in objection("mm", "m", 1.0, 0.0)
    assert "which is no bar" in objection("mm", "bar", 1.0, 0.0)
    assert objection("degF", "degC", 5.0 / 9.0, -160.0 / 9.0) == ""
    assert objection("mm", "", 7.0, 0.0) == ""


@given(st.datetimes(datetime(1970, 1, 2), datetime(2200, 1, 1), timezones=st.just(UTC)))
def test_that_times_survive_to_the_microsecond(when: datetime) -> None:
    assert as_datetime(time_ns(when) or 0) == when


def test_that_picoseconds_count() -> None:
    assert time_ns(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=1), 1_200) == 1_012


@pytest.mark.parametrize("value", ["text", [1.0], datetime(2026, 1, 1, tzinfo=UTC), b"x", object()])
def test_that_what_is_no_number_is_unfit(value: object) -> None:
    with pytest.raises(Unfit):
        number(value)


def test_that_a_bad_value_needs_no_number() -> None:
    data = SimpleNamespace(
        Value=SimpleNamespace(Value="text"),
        StatusCode=SimpleNamespace(value=0x8000_0000),
        SourceTimestamp=None,
        ServerTimestamp=None,
        SourcePicoseconds=None,
        ServerPicoseconds=None,
    )
    one = reading(data, 77, uncertain_is_good=False)
    assert one.bad and math.isnan(one.value) and (one.t_ns, one.clock) == (77, "gateway")
