"""The Sparkplug B codec: bytes that are no payload, then what stands in those that are."""

import contextlib
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from viewer.edge.mqtt import wire
from viewer.edge.mqtt.payload import DataType, Metric, Payload, decoded, encoded
from viewer.edge.mqtt.values import NoNumber, number, refused, sparkplug_number
from viewer.edge.mqtt.wire import Malformed, bytes_field, varint_field

_NAMES = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
_WHOLE = st.integers(0, 2**63 - 1)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"\x08", "within a number"),
        (b"\x08" + b"\xff" * 10 + b"\x01", "more than ten bytes"),
        (b"\x12\x7fabc", "within a field"),
        (b"\x12\xff\xff\xff\xff\xff\xff\xff\xff\x7f", "within a field"),
        (b"\x0d\x01", "within a field"),
        (b"\x0e", "wire type 6"),
        (b"\x0c", "wire type 4"),
        (b"\x00\x00", "field number 0"),
        (b"\x0b" * 40, "nested too deeply"),
        (b"\x0b\x14", "did not begin"),
        (bytes_field(2, bytes_field(1, b"\xff\xfe")), "no UTF-8"),
        (bytes_field(2, bytes_field(1, b"n" * 1001)), "more than 1000 bytes"),
        (bytes_field(2, bytes_field(9, bytes_field(1, b"engUnit"))), "1 names of properties and 0 values"),
        (bytes_field(2, bytes_field(9, bytes_field(1, b"x") * 300)), "more than 200 properties"),
        (bytes_field(2, b"") * 100_001, "more than 100000 metrics"),
    ],
)
def test_that_bytes_which_are_no_payload_are_refused_with_the_reason(data: bytes, why: str) -> None:
    with pytest.raises(Malformed, match=why):
        decoded(data)


def test_that_sets_of_properties_within_one_another_are_refused_when_too_deep() -> None:
    inner = b""
    for _ in range(20):
        inner = bytes_field(1, b"k") + bytes_field(2, bytes_field(9, inner))
    with pytest.raises(Malformed, match="nested too deeply"):
        decoded(bytes_field(2, bytes_field(9, inner)))


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300))
def test_that_random_bytes_are_read_or_refused_but_nothing_else(data: bytes) -> None:
    with contextlib.suppress(Malformed):
        assert isinstance(decoded(data), Payload)


@st.composite
def _metric(draw: st.DrawFn) -> Metric:
    datatype, values = draw(
        st.sampled_from(
            [
                (DataType.UINT32, st.integers(0, 2**32 - 1)),
                (DataType.UINT64, st.integers(0, 2**64 - 1)),
                (DataType.DOUBLE, st.floats(allow_nan=False)),
                (DataType.FLOAT, st.floats(allow_nan=False, width=32)),
                (DataType.BOOLEAN, st.booleans()),
                (DataType.STRING, _NAMES),
                (DataType.BYTES, st.binary(max_size=20)),
                (DataType.DATASET, st.binary(max_size=20)),
                (DataType.TEMPLATE, st.binary(max_size=20)),
            ]
        )
    )
    scalars = st.one_of(st.integers(-(2**31), 2**31 - 1), st.booleans(), st.floats(allow_nan=False), _NAMES)
    return Metric(
        draw(st.none() | _NAMES),
        draw(st.none() | _WHOLE),
        draw(st.none() | _WHOLE),
        datatype,
        draw(st.booleans()),
        draw(st.booleans()),
        draw(st.booleans()),
        draw(st.dictionaries(_NAMES, scalars, max_size=4)),
        draw(st.none() | values),
    )


_PAYLOADS = st.builds(
    Payload, st.none() | _WHOLE, st.lists(_metric(), max_size=4).map(tuple), st.none() | st.integers(0, 255), _NAMES
)


@settings(max_examples=60, deadline=None)
@given(_PAYLOADS)
def test_that_what_was_written_is_read_as_it_was(payload: Payload) -> None:
    assert decoded(encoded(payload)) == payload


@settings(max_examples=60, deadline=None)
@given(_PAYLOADS, st.data())
def test_that_a_changed_or_cut_payload_is_read_or_refused_but_nothing_else(payload: Payload, data: st.DataObject) -> None:
    raw = bytearray(encoded(payload))
    for _ in range(data.draw(st.integers(0, 3))):
        if raw:
            raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(Malformed):
        decoded(bytes(raw[: data.draw(st.integers(0, len(raw)))]))


def test_that_a_payload_has_the_bytes_that_the_protocol_buffers_documentation_gives() -> None:
    # Encoding page: the varint 150 is 96 01, field 1 gives 08 96 01; a string "testing" in field 2 is 12 07 74 65 73 74 69 6e 67.
    assert varint_field(1, 150) == bytes.fromhex("089601")
    assert bytes_field(2, b"testing") == bytes.fromhex("120774657374696e67")
    metric = Metric(name="testing", alias=150, datatype=DataType.FLOAT, value=1.5)
    inner = bytes.fromhex("0a0774657374696e67" + "109601" + "2009" + "65") + struct.pack("<f", 1.5)
    assert encoded(Payload(150, (metric,), 7)) == bytes.fromhex("089601") + bytes_field(2, inner) + bytes.fromhex("1807")


def test_that_fields_of_later_versions_are_skipped_groups_among_them() -> None:
    known = encoded(Payload(5, (Metric(name="a", value=1),), 2))
    group = bytes.fromhex("7b" + "0801" + "0d00000000" + "1203616263" + "7c")  # field 15: a varint, a fixed32 and a text within
    later = varint_field(900, 7) + bytes_field(6, b"whatever") + wire.double_field(7, 1.0) + group
    assert decoded(later + known + later) == decoded(known)


@pytest.mark.parametrize(
    ("datatype", "raw", "value"),
    [
        (DataType.INT8, 0xFF, -1.0),
        (DataType.INT8, 0xFFFFFF80, -128.0),
        (DataType.INT16, 0x8000, -32768.0),
        (DataType.INT32, 0xFFFFFFFE, -2.0),
        (DataType.INT64, 2**64 - 5, -5.0),
        (DataType.UINT8, 0xFF, 255.0),
        (DataType.UINT32, 2**32 - 1, 4294967295.0),
        (DataType.UINT64, 2**63, 2.0**63),
        (DataType.DATETIME, 1_660_000_000_500, 1_660_000_000.5),
        (DataType.BOOLEAN, True, 1.0),
        (DataType.UNKNOWN, 3, 3.0),
    ],
)
def test_that_a_value_is_what_its_type_means_signed_ones_too(datatype: DataType, raw: int, value: float) -> None:
    assert sparkplug_number(raw, datatype) == value


@pytest.mark.parametrize(
    ("datatype", "value"), [(DataType.INT8, -128), (DataType.INT16, -2), (DataType.INT32, -(2**31)), (DataType.INT64, -(2**63))]
)
def test_that_signed_values_come_back_through_unsigned_fields(datatype: DataType, value: int) -> None:
    (metric,) = decoded(encoded(Payload(metrics=(Metric(name="n", datatype=datatype, value=value),)))).metrics
    assert isinstance(metric.value, int) and metric.value >= 0
    assert sparkplug_number(metric.value, datatype) == value


@pytest.mark.parametrize("datatype", [DataType.DATASET, DataType.TEMPLATE, DataType.BYTES, DataType.FILE, DataType.FLOAT_ARRAY])
def test_that_types_which_are_no_single_value_are_refused_by_name(datatype: DataType) -> None:
    assert datatype.name in refused(datatype, states=True)
    with pytest.raises(NoNumber, match=datatype.name):
        sparkplug_number(b"", datatype)


def test_that_negative_properties_keep_their_sign_and_null_ones_are_left_out() -> None:
    null = varint_field(1, int(DataType.STRING)) + varint_field(2, 1)
    properties = bytes_field(1, b"gone") + bytes_field(2, null)
    assert decoded(bytes_field(2, bytes_field(9, properties))).metrics[0].properties == {}
    kept = encoded(Payload(metrics=(Metric(properties={"low": -40, "engUnit": "°C"}),)))
    assert decoded(kept).metrics[0].properties == {"low": -40, "engUnit": "°C"}


@pytest.mark.parametrize("value", [None, [1], {"a": 1}, "RUN", "nan", "1_000", "", 10**400])
def test_that_what_is_no_number_is_refused(value: object) -> None:
    with pytest.raises(NoNumber):
        number(value)


@pytest.mark.parametrize(("value", "result"), [(True, 1.0), ("off", 0.0), (" 23.5 ", 23.5), ("On", 1.0), (7, 7.0)])
def test_that_numbers_words_and_texts_of_numbers_are_samples(value: object, result: float) -> None:
    assert number(value) == result


def test_that_states_are_numbered_as_the_tag_names_them() -> None:
    assert number("RUN", ("IDLE", "RUN")) == 1.0
    with pytest.raises(NoNumber, match="none of the tag's states"):
        number("BROKEN", ("IDLE", "RUN"))
