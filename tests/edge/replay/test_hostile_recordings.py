"""Recordings that are broken, or written in ways that nobody expects: one sentence each, and nothing is left out untold."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewer.base.errors import UserMistake
from viewer.base.units import grouped
from viewer.edge.kind import Place
from viewer.edge.replay.kind import ReplayConfig
from viewer.edge.replay.layout import Wish
from viewer.edge.replay.recording import Piece, Remarks
from viewer.edge.replay.times import NO_TIME, Clockwork, guessed
from viewer.edge.sources import read_source
from viewer.edge.tables import Table

START = "2026-01-01T00:00:00"
START_NS = 1_767_225_600_000_000_000
ROWS = Wish(period_s=1.0, start=START)


def config(file: Path, **keys: object) -> ReplayConfig:
    """As it stands in a configuration."""
    raw = {"kind": "csv", "file": str(file)} | keys
    read = read_source(Table(raw, "[[source]] number 1", file.parent), Place(file.parent))
    assert isinstance(read, ReplayConfig)
    return read


def played(one: ReplayConfig) -> tuple[list[str], Piece, Remarks]:
    """Channels, all samples, and what is told."""
    recording, remarks = one.open(), Remarks()
    pieces = [piece for piece in recording.pieces(remarks) if piece is not None]
    joined = Piece(
        np.concatenate([piece.index for piece in pieces]),
        np.concatenate([piece.t_ns for piece in pieces]),
        np.concatenate([piece.values for piece in pieces]),
    )
    return [tag.channel for tag in recording.tags], joined, remarks


BROKEN: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "is empty"),
    "only line ends": (b"\n\n\n", "is empty"),
    "a picture": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)) * 40, "is no text"),
    "no line end": (b"1.5," * 1_200_000, "longer than"),
    "a million columns": (b"1," * 1_000_000 + b"\n" + b"2," * 1_000_000 + b"\n", f"at most {grouped(20_000)}"),
    "no time": (b"a,b\n1,2\n3,4\n5,6\n", "say time ="),
    "odd times": (b"time,b\nsoon,2\nlater,4\n", "say time ="),
    "either way round": (b"time,b\n01/02/2026 10:00:00,2\n02/03/2026 10:00:00,4\n", "say which as time_format"),
    "counted from nowhere": (b"time,b\n0.1,2\n0.2,4\n0.3,4\n", "give start"),
    "only times": (b"time\n2026-01-01 00:00\n2026-01-01 00:01\n", "beside its time"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_that_a_broken_table_is_one_sentence(name: str, tmp_path: Path) -> None:
    data, said = BROKEN[name]
    (tmp_path / "x.csv").write_bytes(data)
    with pytest.raises(UserMistake, match=said) as mistake:
        played(config(tmp_path / "x.csv"))
    assert "\n" not in str(mistake.value).strip() and len(str(mistake.value)) < 700


def test_that_a_quotation_without_end_and_a_wrong_encoding_are_told_where_they_are(tmp_path: Path) -> None:
    rows = "".join(f"2026-01-01 00:{at // 60:02d}:{at % 60:02d},{at}\n" for at in range(3000))
    (tmp_path / "q.csv").write_text("time,a\n" + rows + '"never closed,1\n' + rows * 200)
    with pytest.raises(UserMistake, match="quotation"):
        played(config(tmp_path / "q.csv"))
    (tmp_path / "e.csv").write_bytes(b"time,a\n" + rows.encode() * 30 + b"2026-01-01 01:00:00,\xff\xfe\n")
    with pytest.raises(UserMistake, match="not written in utf-8"):
        played(config(tmp_path / "e.csv"))
    with pytest.raises(UserMistake, match="not written in utf-99"):
        config(tmp_path / "q.csv", encoding="utf-99").open()


@pytest.mark.parametrize(("kind", "name"), [("parquet", "x.parquet"), ("mat", "x.mat"), ("curves", "x.json"), ("csv", "x.csv")])
def test_that_any_kind_refuses_a_missing_and_a_foreign_file(kind: str, name: str, tmp_path: Path) -> None:
    with pytest.raises(UserMistake, match="no recording"):
        config(tmp_path / name, kind=kind).open()
    (tmp_path / name).write_bytes(b"\0\1PAR1 something else" * 50)
    with pytest.raises(UserMistake, match=r"recording is no|curves are no JSON"):
        config(tmp_path / name, kind=kind).open()


def test_that_keys_which_contradict_are_refused(tmp_path: Path) -> None:
    for keys, said in (
        ({"speed": 0.0, "shift": "now"}, "above 0"),
        ({"follow": True, "loop": True}, "can't loop"),
        ({"time_zone": "Mars/Olympus"}, "Europe/Berlin"),
        ({"start": "tomorrow"}, "start is a time"),
        ({"delimiter": "12"}, "delimiter"),
        ({"kind": "mat", "follow": True}, "unknown key"),
    ):
        with pytest.raises(UserMistake, match=said):
            config(tmp_path / "x.csv", **keys)


def test_that_mixed_cells_huge_numbers_and_ragged_rows_are_bad_and_told(tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text(
        "time,a,b\n2026-01-01 00:00:00,1,2\n2026-01-01 00:00:01,n/a,1e999\n2026-01-01 00:00:02,oops,4\n"
        "2026-01-01 00:00:03,5\nnever,6,7\n2026-01-01 00:00:05,8,9,10\n" + "2026-01-01 00:00:06,1,1\n" * 60
    )
    channels, all_, remarks = played(config(tmp_path / "m.csv"))
    assert channels == ["a", "b"] and len(all_) == 2 * 65
    assert np.array_equal(all_.values[:10], [1, 2, np.nan, np.nan, np.nan, 4, 5, np.nan, 8, 9], equal_nan=True)
    assert remarks.no_time == 1
    assert remarks.counts["rows have no time that can be read and are left out"] == 1
    assert remarks.counts["rows have another number of cells than the rest"] == 2
    assert remarks.counts["cells are no numbers and are of bad quality"] == 2
    assert remarks.counts["cells are empty and of bad quality"] == 2


def test_that_german_excel_with_units_row_and_latin_letters_is_read(tmp_path: Path) -> None:
    text = "Prüfstand 7\n\nZeit;Öltemp;Druck;Zustand\n;°C;bar;\n"
    text += "01.03.2026 08:00:00;1.021,5;2,25;läuft\n31.03.2026 08:00:01;-3,5;;steht\n"
    (tmp_path / "d.csv").write_bytes(text.encode("cp1252"))
    one = config(tmp_path / "d.csv", time_zone="Europe/Berlin")
    recording, remarks = one.open(), Remarks()
    (piece,) = recording.pieces(remarks)
    assert piece is not None
    assert [(tag.tag, tag.unit, tag.kind) for tag in recording.tags] == [
        ("Öltemp", "degC", "measurement"), ("Druck", "bar", "measurement"), ("Zustand", "", "state"),
    ]  # fmt: skip
    assert np.array_equal(piece.values, [1021.5, 2.25, 0.0, -3.5, np.nan, 1.0], equal_nan=True)
    assert piece.t_ns[0] == 1_772_348_400_000_000_000, "08:00 in Berlin's winter is 07:00 UTC"
    assert piece.t_ns[-1] == 1_774_936_801_000_000_000, "and in summer 06:00"
    assert recording.tags[2].definition == "0 läuft, 1 steht"


def test_that_utf16_tabs_and_repeated_names_are_read_and_browsed(tmp_path: Path) -> None:
    (tmp_path / "u.txt").write_text("t [ms]\tTemp [degC]\tTemp [degC]\n0\t1\t2\n10\t3\t4\n20\t5\t6\n", encoding="utf-16")
    one = config(tmp_path / "u.txt", start=START)
    channels, all_, _ = played(one)
    assert channels == ["Temp [degC]", "Temp [degC].2"]
    assert all_.t_ns[::2].tolist() == [START_NS, START_NS + 10_000_000, START_NS + 20_000_000]
    nodes = one.browse()
    assert [(node.address, node.unit, node.value) for node in nodes] == [
        ("t [ms]", "ms", "0"), ("Temp [degC]", "degC", "1"), ("Temp [degC].2", "degC", "2"),
    ]  # fmt: skip


def test_that_a_labview_header_gives_start_period_units_and_decimal_comma(tmp_path: Path) -> None:
    head = (
        "LabVIEW Measurement\t\nWriter_Version\t2\nReader_Version\t2\nSeparator\tTab\nDecimal_Separator\t,\nMulti_Headings\tNo\n"
        "X_Columns\tOne\nTime_Pref\tRelative\nDate\t2026/03/01\nTime\t08:00:00,5\n***End_of_Header***\t\n\t\nChannels\t2\n"
        "Samples\t3\t3\nDate\t2026/03/01\t2026/03/01\nTime\t08:00:00,5\t08:00:00,5\nY_Unit_Label\tVolts\tdegC\n"
        "X_Dimension\tTime\tTime\nX0\t0,0E+0\t0,0E+0\nDelta_X\t0,100000\t0,100000\n***End_of_Header***\t\t\n"
        "X_Value\tVoltage\tTemp\tComment\n0,0\t1,5\t20,25\t\n0,1\t1,6\t20,50\t\n0,2\t1,7\t20,75\t\n"
    )
    (tmp_path / "x.lvm").write_text(head)
    one = config(tmp_path / "x.lvm")
    recording = one.open()
    (piece,) = recording.pieces(Remarks())
    assert piece is not None
    assert [(tag.channel, tag.unit, tag.period_s) for tag in recording.tags] == [("Voltage", "volts", 0.1), ("Temp", "degC", 0.1)]
    assert piece.values.tolist() == [1.5, 20.25, 1.6, 20.5, 1.7, 20.75]
    assert piece.t_ns[0] == 1_772_352_000_500_000_000 and piece.t_ns[-1] - piece.t_ns[0] == 200_000_000


def test_that_parquet_keeps_nanoseconds_nulls_texts_and_units(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    t = pa.array([START_NS + 1, START_NS + 2, START_NS + 3], pa.timestamp("ns", "Europe/Berlin"))
    temp = pa.field("temp", pa.float32(), metadata={"unit": "°C"})
    schema = pa.schema([pa.field("when", t.type), temp, pa.field("mode", pa.string()), pa.field("n (1/min)", pa.int64())])
    pq.write_table(pa.table([t, [1.5, None, 2.5], ["on", "off", None], [3, None, 2**40]], schema=schema), tmp_path / "x.parquet")
    one = config(tmp_path / "x.parquet", kind="parquet")
    recording = one.open()
    (piece,) = recording.pieces(Remarks())
    assert piece is not None
    assert [(tag.channel, tag.unit, tag.kind) for tag in recording.tags] == [
        ("temp", "degC", "measurement"), ("mode", "", "state"), ("n (1/min)", "rpm", "measurement"),
    ]  # fmt: skip
    assert piece.t_ns[::3].tolist() == [START_NS + 1, START_NS + 2, START_NS + 3]
    assert np.array_equal(piece.values, [1.5, 0, 3, np.nan, 1, np.nan, 2.5, np.nan, 2.0**40], equal_nan=True)
    assert [node.address for node in one.browse()] == ["when", "temp", "mode", "n (1/min)"]


def test_that_curves_of_another_shape_and_a_scalar_for_a_list_are_read(tmp_path: Path) -> None:
    steps = [
        {"time_ms": [0, 1, 2], "force (kN)": [1, 2, None], "way": 7},
        {"time_ms": [3, 4], "force (kN)": [5, 4], "way": [8, 9]},
    ]
    (tmp_path / "a.json").write_text(json.dumps({"timestamp": "2026-01-01T00:00:00Z", "part": {"id": "x7"}, "steps": steps}))
    channels, all_, _ = played(config(tmp_path / "a.json", kind="curves"))
    assert channels == ["force (kN)", "force (kN).max", "way", "way.max"]
    way = all_.index == 2
    assert all_.values[way].tolist() == [7, 7, 7, 8, 9]
    assert (all_.t_ns[way] - START_NS).tolist() == [0, 1_000_000, 2_000_000, 3_000_000, 4_000_000]
    assert all_.values[all_.index == 1].tolist() == [5.0]


@given(st.integers(1, 4_000_000_000), st.sampled_from(["s", "ms", "us", "ns"]))
def test_that_epochs_lose_no_digit(t_s: int, form: str) -> None:
    unit = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[form]
    cells = [str(t_s * unit), str(t_s * unit + (unit > 1)), "never"]
    clock = Clockwork(form)
    assert clock.of_cells(cells[:2]).tolist() == [t_s * 10**9, t_s * 10**9 + (10**9 // unit if unit > 1 else 0)]
    assert clock.of_cells(cells)[2] == NO_TIME


def test_that_times_are_recognised_as_people_write_them() -> None:
    for cells, form in (
        (["2026-01-01T00:00:00Z"], "iso8601"),
        (["1767225600.5"], "s"),
        (["1767225600500"], "ms"),
        (["0", "0.1"], "seconds"),
        (["31.01.2026 10:00:00.25"], "%d.%m.%Y %H:%M:%S.%f"),
        (["01/31/2026 10:00"], "%m/%d/%Y %H:%M"),
        (["soon"], ""),
    ):
        assert guessed(cells) == form, cells


@given(st.binary(max_size=400))
def test_that_no_bytes_end_in_anything_but_a_sentence(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "random.csv"
    path.write_bytes(data)
    try:
        played(config(path, period_s=1.0, start=START))
    except UserMistake as mistake:
        assert str(mistake)
    except ValueError as error:
        assert "at least one array" in str(error), "no rows at all"
