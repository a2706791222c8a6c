"""An adapter's SHDR: hostile lines first, then each form of line, units, conditions, heartbeats, and a real recording."""

import math
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.edge.mqtt.conftest import until
from tests.edge.mtconnect.conftest import Configure, Start
from tests.edge.mtconnect.machines import MODEL, Adapter, model_file
from viewer.base.errors import UserMistake
from viewer.edge.mtconnect.bounded_xml import Malformed as BadXml
from viewer.edge.mtconnect.items import read_model
from viewer.edge.mtconnect.shdr import Command, Line, Lines, Malformed, read_line
from viewer.edge.mtconnect.units import unit_of
from viewer.edge.mtconnect.vocabulary import STATES
from viewer.edge.stamps import iso_ns

_ITEMS = {key: item for item in read_model(MODEL) for key in item.keys}
_T = "2022-08-08T13:51:34.7167146Z"
_T_NS = 1_659_966_694_716_714_600


@pytest.fixture
def adapter() -> Iterator[Adapter]:
    one = Adapter()
    yield one
    one.close()


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "document type"),
        (b"<MTConnectDevices>" + b"<a>" * 100, "nested more than 64"),
        (b"<MTConnectDevices>", "no XML"),
        (b"\x00\xff", "no XML"),
        (b"<html/>", "not MTConnectDevices"),
        (b"<MTConnectDevices/>", "no data items"),
        (b"<MTConnectDevices><DataItem id='a' type='B' category='C'/></MTConnectDevices>", "category «C»"),
        (b"<MTConnectDevices><DataItem type='B' category='EVENT'/></MTConnectDevices>", "no id"),
        (b"<MTConnectDevices><DataItem id='a' type='B' category='SAMPLE' nativeScale='x'/></MTConnectDevices>", "no number"),
        (
            b"<MTConnectDevices>" + b"<DataItem id='a' type='B' category='EVENT'/>" * 20_001 + b"</MTConnectDevices>",
            "more than 20000",
        ),
    ],
)
def test_that_a_model_that_is_none_or_a_bomb_is_refused(data: bytes, why: str) -> None:
    with pytest.raises(BadXml, match=why):
        read_model(data)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("hello", "no key and no value"),
        ("yesterday|Xact|1", "no date and time"),
        ("2022-13-45T00:00:00Z|Xact|1", "month|day|range"),
        ("2022-01-01T00:00:99Z|Xact|1", "99 seconds"),
        (f"{_T}@x|Xact|1", "could not convert"),
        (f"{_T}|Xact|1|exec", "«exec» has no value"),
        (f"{_T}" + "|a" * 30_000, "more than 20000 fields"),
    ],
)
def test_that_a_line_that_is_none_is_refused_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(Malformed, match=why):
        read_line(text, _ITEMS.get)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.one_of(st.binary(max_size=60), st.sampled_from([b"|", b"\n", b"Xcond|FAULT", b"Xvib|3|100|1 2 3", _T.encode()])),
        max_size=20,
    )
)
def test_that_whatever_comes_is_lines_or_refused_but_nothing_else(parts: list[bytes]) -> None:
    lines = Lines()
    for part in parts:
        for text in lines.feed(part):
            try:
                assert isinstance(text, str)
                read_line(text, _ITEMS.get)
            except Malformed:
                continue


def test_that_a_line_without_end_is_dropped_and_the_next_one_read() -> None:
    lines, found = Lines(), []
    for _ in range(30):
        found += list(lines.feed(b"x" * 100_000))
    found += list(lines.feed(b"\n" + f"{_T}|Xact|1\n".encode()))
    assert [type(one) for one in found] == [Malformed, str]


@pytest.mark.parametrize(
    ("text", "observed"),
    [
        ("|Xact|1.5", [("Xact", ("1.5",))]),
        (f"{_T}|Xact|1|exec|ACTIVE|", [("Xact", ("1",)), ("exec", ("ACTIVE",))]),
        (f"{_T}|Xcond|FAULT|404|1|HIGH|too hot|Xact|2", [("Xcond", ("FAULT", "404", "1", "HIGH", "too hot")), ("Xact", ("2",))]),
        (f"{_T}|Xvib|3|100|1 2 3|Xact|2", [("Xvib", ("3", "100", "1 2 3")), ("Xact", ("2",))]),
        (f"{_T}|msg|M1|a text|Xact|2", [("msg", ("M1", "a text")), ("Xact", ("2",))]),
        (f'{_T}|program|"a\\|b"|Xact|2', [("program", ("a|b",)), ("Xact", ("2",))]),
        (f"{_T}@12.5|M:Xact|3", [("M:Xact", ("3",))]),
        (f"{_T}|unknown|WARNING|1|2|LOW|text", [("unknown", ("WARNING", "1", "2", "LOW", "text"))]),
        (f"{_T}|@ASSET@|T1|CuttingTool|<CuttingTool/>", []),
    ],
)
def test_that_each_form_of_line_is_taken_apart(text: str, observed: list[tuple[str, tuple[str, ...]]]) -> None:
    line = read_line(text, _ITEMS.get)
    assert isinstance(line, Line)
    assert [(one.key, one.fields) for one in line.observations] == observed
    assert line.t_ns == (None if text.startswith("|") else _T_NS)


def test_that_commands_are_no_data_and_texts_of_several_lines_are_passed_over() -> None:
    assert read_line("* PONG 10000\r", _ITEMS.get) == Command("PONG 10000")
    data = f"{_T}|@ASSET@|T1|CuttingTool|--multiline--XY\n<a>\n|x|\n</a>\n--multiline--XY\n{_T}|Xact|1\n"
    assert len(list(Lines().feed(data.encode()))) == 2


@pytest.mark.parametrize(
    ("units", "pint"),
    [
        ("MILLIMETER_3D", "mm"),
        ("REVOLUTION/MINUTE", "rpm"),
        ("MILLIMETER/SECOND^2", "mm/s**2"),
        ("CUBIC_DECIMETER/MINUTE", "dm**3/min"),
        ("NEWTON_METER", "N*m"),
        ("POUND/INCH^2", "psi"),
        ("x:METER", "m"),
        ("", ""),
        ("BANANA/HOUR", None),
    ],
)
def test_that_units_are_pints(units: str, pint: str | None) -> None:
    assert unit_of(units) == pint


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('address = "tcp://x"', "address is shdr://"),
        ('address = "shdr://x/path"', "address is shdr://"),
        ('address = "http://x?y=1"', "address is shdr://"),
        ('address = "http://x"\ndevices = "a.xml"', "for adapters only"),
        ('address = "shdr://x"\nheartbeat_s = 0', "heartbeat_s is a number"),
    ],
)
def test_that_a_wrong_table_is_told(configure: Configure, text: str, why: str) -> None:
    with pytest.raises(UserMistake, match=why):
        configure(text)


def test_that_a_model_which_is_not_there_is_told_before_anything_is_connected(configure: Configure) -> None:
    with pytest.raises(UserMistake, match="can't be read"):
        configure('address = "shdr://127.0.0.1"\ndevices = "none.xml"').make()


def test_that_values_come_in_the_models_units_from_the_adapters(start: Start, adapter: Adapter, tmp_path: Path) -> None:
    model_file(tmp_path)
    heard, source = start(f'address = "shdr://127.0.0.1:{adapter.port}"\ndevices = "Devices.xml"\nprefix = "cnc."')
    adapter.say(f"{_T}|Xact|2|Xfrt|600|Xtemp|212|Xload|50|cnc_pos|1 2 3|parts|7|exec|STOPPED|program|A.MIN\n".encode())
    until(lambda: bool(heard.of("cnc.exec")))
    newest = {channel: (t_ns, value, quality) for channel, t_ns, value, quality in heard.samples}
    assert newest["cnc.Xact"] == (_T_NS, pytest.approx(50.8), 0)  # 2 inch
    assert newest["cnc.Xfrt"] == (_T_NS, pytest.approx(10.0), 0)  # 600 mm/min
    assert newest["cnc.Xtemp"] == (_T_NS, pytest.approx(100.0), 0)  # water boils
    assert newest["cnc.Xload"] == (_T_NS, 0.5, 0)  # nativeScale 100
    assert [newest[f"cnc.Ppos.{axis}"][1] for axis in "xyz"] == [1.0, 2.0, 3.0]
    assert newest["cnc.exec"][1] == STATES["EXECUTION"].index("STOPPED")
    kinds = {one.id: (one.unit, one.kind) for one in source.channels()}
    assert kinds["cnc.Xact"] == ("mm", "position") and kinds["cnc.Xtemp"] == ("degC", "measurement")
    assert kinds["cnc.parts"] == ("", "counter") and kinds["cnc.exec"] == ("", "state") and kinds["cnc.Xcond"] == ("", "state")
    assert "cnc.program" not in kinds and "cnc.vars" not in kinds
    until(lambda: "data items are no channels" in source.report().sentence)


def test_that_a_tag_may_ask_for_another_unit_or_name_states(start: Start, adapter: Adapter, tmp_path: Path) -> None:
    model_file(tmp_path)
    heard, source = start(f"""
        address = "shdr://127.0.0.1:{adapter.port}"
        devices = "Devices.xml"
        [[tag]]
        tag = "Xact"
        channel = "x"
        unit = "m"
        [[tag]]
        tag = "M:program"
        channel = "program"
        kind = "state"
        states = ["A.MIN", "B.MIN"]
        [[tag]]
        tag = "Ppos#z"
        channel = "z"
    """)
    adapter.say(f"{_T}|Xact|10|program|B.MIN|Ppos|1 2 3|exec|READY\n".encode())
    until(lambda: heard.values("z") == [3.0])
    assert heard.values("x") == [pytest.approx(0.254)] and heard.values("program") == [1.0]
    assert len(source.channels()) == 3


def test_that_what_is_unavailable_or_unreadable_is_of_bad_quality(start: Start, adapter: Adapter, tmp_path: Path) -> None:
    model_file(tmp_path)
    heard, source = start(f'address = "shdr://127.0.0.1:{adapter.port}"\ndevices = "Devices.xml"')
    for value in ("1", "UNAVAILABLE", "a lot", "nan", "1e999"):
        adapter.say(f"|Xact|{value}|avail|UNAVAILABLE|Ppos|1 2\n".encode())
    until(lambda: len(heard.of("Xact")) == 5)
    assert [quality for _, _, quality in heard.of("Xact")] == [0, 1, 1, 1, 1]
    assert heard.values("avail") == [0.0] * 5  # of AVAILABILITY it is a value
    assert [quality for _, _, quality in heard.of("Ppos.y")] == [1] * 5
    until(lambda: "no number" in source.report().sentence or "not three numbers" in source.report().sentence)


def test_that_a_condition_is_the_worst_that_stands(start: Start, adapter: Adapter, tmp_path: Path) -> None:
    model_file(tmp_path)
    heard, _ = start(f'address = "shdr://127.0.0.1:{adapter.port}"\ndevices = "Devices.xml"')
    rows = ["NORMAL||||", "WARNING|1|||a", "FAULT|2|||b", "NORMAL|2|||", "NORMAL||||", "UNAVAILABLE||||", "FAULT|3|||c"]
    for row in rows:
        adapter.say(f"|Xcond|{row}\n".encode())
    until(lambda: len(heard.of("Xcond")) == len(rows))
    values = [math.nan if quality else value for _, value, quality in heard.of("Xcond")]
    assert values[:5] == [0.0, 1.0, 2.0, 1.0, 0.0] and math.isnan(values[5]) and values[6] == 2.0


def test_that_a_time_series_ends_at_its_time_stamp(start: Start, adapter: Adapter, tmp_path: Path) -> None:
    # MTConnect 2.1, TimeSeries: the time stamp is the time of the last value.
    model_file(tmp_path)
    heard, source = start(f'address = "shdr://127.0.0.1:{adapter.port}"\ndevices = "Devices.xml"')
    adapter.say(f"{_T}|Xvib|4|1000|1 2 3\n{_T}|Xvib|3|0|1 2 3\n{_T}|Xvib|3|1000|1 2 3\n".encode())
    until(lambda: len(heard.of("Xvib")) == 3)
    assert heard.of("Xvib") == [(_T_NS - 2_000_000, 1.0, 0), (_T_NS - 1_000_000, 2.0, 0), (_T_NS, 3.0, 0)]
    until(lambda: "values where" in source.report().sentence)


def test_that_an_adapter_without_a_model_gives_numbers_by_its_own_names(start: Start, adapter: Adapter) -> None:
    heard, _ = start(f'address = "shdr://127.0.0.1:{adapter.port}"')
    adapter.say(f"{_T}|speed|12.5|mode|AUTO|alarm|FAULT|1|2|HIGH|text\n{_T}|alarm|FAULT|1|2|HIGH|text\n".encode())
    until(lambda: heard.values("alarm") == [2.0])
    assert heard.values("speed") == [12.5] and heard.of("mode") == []


def test_that_hostile_lines_do_no_harm_to_the_next_ones(start: Start, adapter: Adapter, tmp_path: Path) -> None:
    model_file(tmp_path)
    heard, source = start(f'address = "shdr://127.0.0.1:{adapter.port}"\ndevices = "Devices.xml"')
    adapter.say(b"\x00\xff" * 5000 + b"\n" + b"|" * 50_000 + b"\nnever|Xact|9\n" + b"y" * 2_000_000 + b"\n|Xact|1\n")
    until(lambda: heard.values("Xact") == [pytest.approx(25.4)])
    assert source.report().state == "live"
    until(lambda: "could not be read" in source.report().sentence)


def test_that_silence_beyond_two_heartbeats_is_an_outage_told_once_with_bad_quality(
    start: Start, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    model_file(tmp_path)
    adapter = Adapter(heartbeat_ms=100, greeting=f"{_T}|Xact|1\n".encode())
    heard, source = start(f'address = "shdr://127.0.0.1:{adapter.port}"\ndevices = "Devices.xml"')
    until(lambda: adapter.pings > 3)  # each is answered, so it goes on
    assert source.report().state == "live"
    adapter.heartbeat_ms = None
    until(lambda: source.report().state == "down")
    assert "said nothing" in source.report().sentence
    assert heard.of("Xact")[-1][2] == 1
    adapter.heartbeat_ms = 100
    until(lambda: source.report().state == "live")
    (gap,) = source.take_gaps()
    assert "was not there" in gap.cause
    told = [record.message for record in caplog.records if "adapter" in record.message]
    assert ["is not there" in one for one in told] == [True, False] and "is back after" in told[1]
    adapter.close()


def test_that_an_okuma_machines_recording_comes_with_its_own_times_units_and_counts(
    start: Start, shared_data: Path, configure: Configure
) -> None:
    folder = shared_data / "interop" / "mtconnect"
    recording = (folder / "okuma.txt").read_bytes()
    adapter = Adapter(heartbeat_ms=None, greeting=recording)
    heard, source = start(
        f'address = "shdr://127.0.0.1:{adapter.port}"\ndevices = "{folder / "Devices.xml"}"\ndevice = "OKUMA"\nprefix = "okuma."'
    )
    last_ns = iso_ns("2022-08-08T13:58:06.7001229Z")

    def all_there() -> bool:
        return any(t_ns == last_ns for t_ns, _, _ in heard.of("okuma.YS1load"))

    until(all_there, 20.0)
    counts = Counter(channel for channel, *_ in heard.samples)
    # SOURCES.md: 10,770 lines, p1LPathPos 3466, Z1actw 2968, Z1actm 2947, p1Fact 2503. Repeats of what stood are beyond the
    # recording's own and come at one time for many channels, so the recorded times of each are compared.
    lines = [line.split("|") for line in recording.decode().splitlines() if line.startswith("20")]
    for key, channel, count in (
        ("Z1actw", "okuma.Z1actw", 2968),
        ("p1Fact", "okuma.p1Fact", 2503),
        ("p1LPathPos", "okuma.p1LPathPos.x", 3466),
    ):
        told = [(iso_ns(line[0]), line[at + 1]) for line in lines for at in range(1, len(line) - 1, 2) if line[at] == key]
        assert len(told) == count <= counts[channel]
        assert {t_ns for t_ns, _ in told} <= {t_ns for t_ns, _, _ in heard.of(channel)}
    units = {one.id: one.unit for one in source.channels()}
    assert units["okuma.p1Fact"] == "mm/s" and units["okuma.S1speed"] == "rpm" and units["okuma.Z1actw"] == "mm"
    native = [
        float(line[at + 1])
        for line in lines
        for at in range(1, len(line) - 1, 2)
        if line[at] == "p1Fact" and line[at + 1] != "UNAVAILABLE"
    ]
    assert np.max([v for _, v, q in heard.of("okuma.p1Fact") if q == 0]) == pytest.approx(max(native) / 60.0)  # mm/min to mm/s
    assert set(heard.values("okuma.pexecution")) == {
        float(STATES["EXECUTION"].index(one)) for one in ("READY", "ACTIVE", "PROGRAM_COMPLETED")
    }
    until(lambda: "152 assets passed over" in source.report().sentence)
    adapter.close()
