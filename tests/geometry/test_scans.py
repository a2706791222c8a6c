"""Scans: bad files get one sentence, and what is whole keeps its points, colours, poses and units, however it is written."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.geometry.scan_files import E57File, las_bytes, ptx, shell
from viewer.base.errors import UserMistake
from viewer.base.job import SilentJob
from viewer.geometry.clouds import sink as sinks
from viewer.geometry.clouds import sorting
from viewer.geometry.clouds.sink import CloudSink
from viewer.geometry.e57.reader import E57Reader
from viewer.geometry.inspect import inspect_file
from viewer.geometry.las.crs import crs_of, crs_of_wkt
from viewer.geometry.las.reader import LasReader
from viewer.geometry.model import GeometryModel, Reader
from viewer.geometry.packed import load_packed, save_packed
from viewer.geometry.ply.reader import PlyReader
from viewer.geometry.readers import reader_of
from viewer.geometry.reading import read_here, read_model
from viewer.geometry.scene import load_twin
from viewer.geometry.xyz.ptx import PtxReader
from viewer.geometry.xyz.reader import XyzReader
from viewer.twin.clouds import PointCloud

FOOT = 0.3048
_DEGREES = 'GEOGCS["WGS 84",UNIT["degree",0.0174532925199433]]'
_SURVEY_FEET = 'PROJCS["A",GEOGCS["B",UNIT["degree",0.0174532925199433]],UNIT["US survey foot",0.3048006096012192]]'


class Told:
    """A job that keeps what a reader tells."""

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def progress(self, fraction: float, doing: str = "") -> None:
        """Nobody looks."""

    def check(self) -> None:
        """Never cancelled."""

    def warn(self, sentence: str) -> None:
        self.warnings.append(sentence)


def read(reader: Reader, path: Path, unit: str | None = None) -> GeometryModel:
    """As the worker reads it, without starting one."""
    told = Told()
    model = read_here(reader, path, unit=unit, job=told)
    return replace(model, warnings=(*told.warnings, *model.warnings))


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def points_of(cloud: PointCloud) -> NDArray[np.float64]:
    """(n, 3) sorted, in the part's frame."""
    at = cloud.points.astype(np.float64) + np.array(cloud.origin_m)
    return at[np.lexsort(np.round(at, 4).T)]


def sorted_rows(at: NDArray[np.float64]) -> NDArray[np.float64]:
    return at[np.lexsort(np.round(at, 4).T)]


# -- what can't be opened


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"ASTM-E57" + bytes(2000), "E57"),
        (b"LASF" + bytes(500), "can't be"),
        (b"ply\nformat binary_little_endian 1.0\nelement vertex 9\nproperty float x\nproperty float y\n"
         b"property float z\nend_header\n" + bytes(90), "cut off"),
        (b"2\n2\n0 0 0\n1 0 0\n0 1 0\n0 0 1\n1 0 0 0\n0 1 0 0\n0 0 1 0\n0 0 0 1\n1 2 3 .5\n", "ends early"),
        (b"1 2 3\n" * 50 + b"what is this\n" * 200, "no rows of 3 numbers"),
    ],
)  # fmt: skip
def test_that_a_broken_scan_gets_a_sentence_with_the_reason(tmp_path: Path, content: bytes, said: str) -> None:
    path = written(tmp_path / "x.bin", content)
    with pytest.raises(UserMistake, match=said):
        read(reader_of(content[:4096], path), path)


def test_that_the_checksums_of_an_e57_are_held(shared_data: Path, tmp_path: Path) -> None:
    with pytest.raises(UserMistake, match="checksum"):
        read(E57Reader(), shared_data / "scan/e57/bad-crc.e57")
    whole = bytearray((shared_data / "scan/e57/bunnyInt32.e57").read_bytes())
    whole[200_000] ^= 1
    with pytest.raises(UserMistake, match="checksum"):
        read(E57Reader(), written(tmp_path / "x.e57", bytes(whole)))


@pytest.mark.parametrize("suffix", ["las", "laz"])
def test_that_a_las_file_that_is_cut_off_is_refused(tmp_path: Path, suffix: str) -> None:
    path = las_bytes(tmp_path / f"x.{suffix}", shell(3000))
    whole = path.read_bytes()
    for kept in (len(whole) // 2, len(whole) - 40, 300, 100):
        with pytest.raises(UserMistake):
            read(LasReader(), written(tmp_path / f"cut.{suffix}", whole[:kept]))


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=600), st.sampled_from([XyzReader(), PtxReader(), PlyReader(), LasReader()]))
def test_that_any_bytes_give_a_model_or_a_mistake(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, reader: Reader
) -> None:
    begin = {"ply": b"ply\n", "las": b"LASF"}.get(reader.format, b"1 2 3\n")
    path = written(tmp_path_factory.mktemp("any") / "x", begin + content)
    try:
        model = read(reader, path)
    except UserMistake:
        return
    assert all(part.cloud is None or np.isfinite(part.cloud.points).all() for part in model.parts)


# -- the shared files


@pytest.mark.parametrize(
    ("file", "scans", "points", "extents", "images"),
    [
        ("autzen_trim.laz", 1, 110_000, [1177.46, 562.7, 114.25], 0),
        ("indoor_808k.laz", 1, 808_042, [28.62, 9.52, 20.26], 0),
        ("e57/bunnyDouble.e57", 1, 30_571, None, 0),
        ("e57/bunnyInt32.e57", 1, 30_571, None, 0),
        ("e57/ColouredCubeDouble.e57", 1, 7_680, [1.0, 1.0, 1.0], 0),
        ("e57/ZeroPoints.e57", 1, 0, None, 0),
        ("e57/empty.e57", 0, 0, None, 0),
        ("e57/PinholeImageWithDistortionParameters.e57", 0, 0, None, 3),
    ],
)
def test_that_the_shared_scans_have_the_counts_of_their_source(
    shared_data: Path, file: str, scans: int, points: int, extents: list[float] | None, images: int
) -> None:
    facts = inspect_file(shared_data / "scan" / file)
    assert (facts["scans"], facts["points"], facts["points_shown"]) == (scans, points, points)
    assert facts.get("images", 0) == images
    if extents is not None:
        in_file = [facts[f"extent_{axis}"] for axis in "xyz"] if file.endswith("laz") else facts["size_m"]
        assert in_file == pytest.approx(extents, abs=1e-6)


def test_that_a_file_in_feet_is_placed_in_metres_with_its_system_named(shared_data: Path) -> None:
    model = read(LasReader(), shared_data / "scan/autzen_trim.laz")
    assert model.unit == "ft" and model.bounds_m is not None
    expected = np.array([636001.76, 848935.20, 406.26, 637179.22, 849497.90, 520.51]) * FOOT
    assert model.bounds_m == pytest.approx(expected, abs=1e-6)
    assert "Lambert_Conformal_Conic" in model.parts[0].properties["Coordinate system"]
    assert (model.facts["class_2"], model.facts["class_1"]) == (26_107, 83_893)


def test_that_the_two_bunnies_are_the_same_points_to_the_integer_s_step(shared_data: Path) -> None:
    one, other = (read(E57Reader(), shared_data / f"scan/e57/bunny{kind}.e57").parts[0].cloud for kind in ("Double", "Int32"))
    assert one is not None and other is not None
    assert np.allclose(one.bounds_m(), other.bounds_m(), atol=1e-6)
    assert np.allclose(np.sort(one.points[:, 0]), np.sort(other.points[:, 0]), atol=1e-6)


@pytest.mark.parametrize("file", ["ZeroPoints", "empty", "PinholeImageWithDistortionParameters"])
def test_that_a_file_without_points_says_so_in_the_window_and_not_that_it_is_damaged(shared_data: Path, file: str) -> None:
    with pytest.raises(UserMistake, match="no points to show") as mistake:
        load_twin(shared_data / f"scan/e57/{file}.e57")
    assert "damaged" not in str(mistake.value)


# -- E57


def test_that_poses_place_spherical_and_scaled_scans_and_invalid_points_are_left_out(tmp_path: Path) -> None:
    at = shell(500)
    reach, azimuth, elevation = np.full(500, 1.0), np.arctan2(at[:, 1], at[:, 0]), np.arcsin(np.clip(at[:, 2], -1, 1))
    quarter = ((np.sqrt(0.5), 0.0, 0.0, np.sqrt(0.5)), (10.0, 20.0, 30.0))
    with E57File(tmp_path / "x.e57") as file:
        flags = np.zeros(500)
        flags[:7] = 2
        file.scan(
            {"sphericalRange": (file.real(), reach), "sphericalAzimuth": (file.real(), azimuth),
             "sphericalElevation": (file.real(), elevation), "sphericalInvalidState": (file.integer(0, 0, 2), flags)},
            name="turned", pose=quarter, texts={"sensorVendor": "Maker", "sensorModel": "M1"},
        )  # fmt: skip
        cells = {f"cartesian{a.upper()}": (file.scaled(-2000, 2000, 0.001, 0.0), at[:, k]) for k, a in enumerate("xyz")}
        file.scan(cells, name="plain")
    model = read(E57Reader(), tmp_path / "x.e57")
    turned, plain = model.parts
    assert model.points == 1000 and (turned.name, plain.name) == ("turned", "plain")
    assert turned.cloud is not None and plain.cloud is not None
    assert len(turned.cloud.points) == 493 and any("7 of its 500 points" in w for w in model.warnings)
    assert np.allclose(points_of(turned.cloud), sorted_rows(at[7:]), atol=1e-6)
    assert np.abs(points_of(plain.cloud) - sorted_rows(np.round(at, 3))).max() < 0.002
    world = model.nodes[0].parent_from_node.matrix()
    assert np.allclose(world @ [1, 0, 0, 1], [10, 21, 30, 1])
    assert turned.properties["Sensor"] == "Maker M1"
    placed = (world[:3, :3] @ at[7:].T).T + world[:3, 3]
    assert model.bounds_m is not None
    assert np.array(model.bounds_m[:3]) == pytest.approx(np.minimum(placed.min(axis=0), at.min(axis=0)), abs=1e-3)


@pytest.mark.parametrize(("low", "high"), [(0, 255), (0, 1023), (100, 200)])
def test_that_colours_are_stretched_over_the_file_s_own_limits(tmp_path: Path, low: int, high: int) -> None:
    at = shell(300)
    names = ("Red", "Green", "Blue")
    values = np.array([low, high, low + 0.5 * (high - low)])
    with E57File(tmp_path / "x.e57") as file:
        columns: dict[str, Any] = {f"cartesian{a.upper()}": (file.real(double=False), at[:, k]) for k, a in enumerate("xyz")}
        columns |= {f"color{n}": (file.integer(low, low, high), np.full(300, int(v))) for n, v in zip(names, values, strict=True)}
        columns["intensity"] = (file.real(), np.linspace(-5.0, 5.0, 300))
        sides = {f"color{n}{side}": v for n in names for side, v in (("Minimum", low), ("Maximum", high))}
        file.scan(columns, limits={"colorLimits": sides, "intensityLimits": {"intensityMinimum": -5.0, "intensityMaximum": 5.0}})
    cloud = read(E57Reader(), tmp_path / "x.e57").parts[0].cloud
    assert cloud is not None and cloud.rgb is not None and cloud.intensity is not None
    assert np.abs(cloud.rgb.astype(int) - [0, 255, 127]).max() <= 1
    assert (int(cloud.intensity.min()), int(cloud.intensity.max())) == (0, 255)
    assert abs(float(cloud.intensity.mean()) - 127.5) < 1.0


# -- LAS


@pytest.mark.parametrize("point_format", range(11))
def test_that_every_point_format_keeps_places_and_what_it_carries(tmp_path: Path, point_format: int) -> None:
    at = np.round(shell(400), 3) + np.array([500_000, 5_400_000, 120])
    version = "1.4" if point_format >= 6 else "1.3" if point_format >= 4 else "1.2"
    fields: dict[str, Any] = {"intensity": np.arange(400, dtype=np.uint16) * 100, "classification": np.full(400, 2, np.uint8)}
    coloured = point_format in (2, 3, 5, 7, 8, 10)
    if coloured:
        fields |= {
            "red": np.full(400, 65535, np.uint16),
            "green": np.full(400, 32768, np.uint16),
            "blue": np.zeros(400, np.uint16),
        }
    suffix = "las" if point_format in (4, 5, 9, 10) else "laz"
    path = las_bytes(tmp_path / f"x.{suffix}", at, point_format=point_format, version=version, offset=(5e5, 5.4e6, 0.0), **fields)
    model = read(LasReader(), path)
    cloud = model.parts[0].cloud
    assert cloud is not None and cloud.intensity is not None and (cloud.rgb is not None) == coloured
    assert np.abs(points_of(cloud) - sorted_rows(at)).max() < 1e-4
    assert model.facts["class_2"] == 400 and "ground 400" in model.parts[0].properties["Classes"]
    if cloud.rgb is not None:
        assert cloud.rgb[0].tolist() == [255, 128, 0]


def test_that_colours_of_eight_bits_are_told_from_those_of_sixteen_and_withheld_points_stay_out(tmp_path: Path) -> None:
    held = np.zeros(100, np.uint8)
    held[:10] = 1
    colours: dict[str, Any] = {
        name: np.full(100, value, np.uint16) for name, value in (("red", 200), ("green", 100), ("blue", 50))
    }
    model = read(LasReader(), las_bytes(tmp_path / "x.las", shell(100), withheld=held, **colours))
    cloud = model.parts[0].cloud
    assert cloud is not None and cloud.rgb is not None and len(cloud.points) == 90 and model.points == 100
    assert cloud.rgb[0].tolist() == [200, 100, 50]
    assert any("withheld" in warning for warning in model.warnings)


@pytest.mark.parametrize(
    ("wkt", "unit", "level_m", "height_m"),
    [
        ('PROJCS["A",GEOGCS["B",UNIT["degree",0.0174532925199433]],PROJECTION["TM"],UNIT["metre",1]]', "m", 1.0, 1.0),
        ('PROJCS["A",GEOGCS["B",UNIT["degree",0.0174532925199433]],UNIT["US survey foot",0.3048006096012192]]',
         "US survey ft", 1200 / 3937, 1200 / 3937),
        ('COMPD_CS["A + H",PROJCS["A",GEOGCS["B",UNIT["degree",0.0174532925199433]],UNIT["foot",0.3048]],'
         'VERT_CS["H",VERT_DATUM["D",2005],UNIT["metre",1]]]', "ft", FOOT, 1.0),
        ('PROJCRS["A",BASEGEOGCRS["B"],CS[Cartesian,2],LENGTHUNIT["foot",0.3048]]', "ft", FOOT, FOOT),
        ('GEOGCS["WGS 84",UNIT["degree",0.0174532925199433]]', "deg", 1.0, 1.0),
    ],
)  # fmt: skip
def test_that_the_units_of_a_coordinate_system_are_read(wkt: str, unit: str, level_m: float, height_m: float) -> None:
    crs = crs_of_wkt(wkt)
    assert (crs.unit, crs.level_m, crs.height_m) == (unit, pytest.approx(level_m), pytest.approx(height_m))


def test_that_a_degree_of_latitude_at_45_degrees_is_111_132_m() -> None:
    across, along, _ = crs_of_wkt('GEOGCS["WGS 84",UNIT["degree",0.0174532925199433]]').metres(45.0)
    assert (across, along) == (pytest.approx(78_847, abs=1), pytest.approx(111_132, abs=1))


@pytest.mark.parametrize(
    ("keys", "unit", "level_m", "height_m"),
    [
        ({3072: 2992}, "ft", FOOT, FOOT),  # NAD83 / Oregon GIC Lambert (ft)
        ({3072: 2229}, "US survey ft", 1200 / 3937, 1200 / 3937),  # NAD83 / California zone 5 (ftUS)
        ({3072: 6424}, "US survey ft", 1200 / 3937, 1200 / 3937),  # NAD83(2011) / California zone 5 (ftUS)
        ({3072: 6423}, "m", 1.0, 1.0),  # the same in metres
        ({3072: 26910, 4096: 6360}, "m", 1.0, 1200 / 3937),  # UTM 10N with NAVD88 height (ftUS)
        ({3072: 26910, 4096: 5703}, "m", 1.0, 1.0),  # with NAVD88 height (m)
        ({3072: 2229, 3076: 9001}, "m", 1.0, 1.0),  # a unit of its own goes before the code's
        ({3072: 32767}, "m", 1.0, 1.0),
    ],
)
def test_that_a_code_of_the_epsg_register_alone_gives_the_unit(
    keys: dict[int, int], unit: str, level_m: float, height_m: float
) -> None:
    """The units as the EPSG register gives them, v11.022."""
    record = SimpleNamespace(
        user_id="LASF_Projection",
        record_id=34735,
        geo_keys=[SimpleNamespace(id=k, tiff_tag_location=0, count=1, value_offset=v) for k, v in keys.items()],
    )
    crs = crs_of([record])
    assert (crs.unit, crs.level_m, crs.height_m) == (unit, pytest.approx(level_m), pytest.approx(height_m))


def _said(wkt: str) -> tuple[Any, ...]:
    """The record that names a coordinate system; none where it is empty."""
    from laspy.vlrs.known import WktCoordinateSystemVlr

    return (WktCoordinateSystemVlr(wkt),) if wkt else ()


@pytest.mark.parametrize("wkt", [_DEGREES, _SURVEY_FEET, ""])
def test_that_a_survey_of_kilometres_opens_without_a_word_on_millimetres(tmp_path: Path, wkt: str) -> None:
    points = np.array([[10.0, 45.0, 0.0], [10.1, 45.1, 10.0]]) if "GEOGCS" in wkt[:8] else shell(50) * 2000.0 + 700_000.0
    model = read_model(las_bytes(tmp_path / "x.las", points, vlrs=_said(wkt)))
    assert model.points == len(points) and model.size_doubt is None
    assert not any("--unit" in warning for warning in model.warnings)


def test_that_a_small_scan_in_survey_feet_is_doubted_in_one_sentence_and_not_refused(tmp_path: Path) -> None:
    model = read_model(las_bytes(tmp_path / "x.las", shell(50) * 4000.0, vlrs=_said(_SURVEY_FEET)))
    assert model.size_doubt is not None and "no plant is that large" in model.size_doubt.sentence()


# -- texts


@pytest.mark.parametrize(
    ("text", "rgb", "bright"),
    [
        (b"0 0 0\n1 2 3\n4 5 6\n", None, False),
        (b"3\n0 0 0 -100 10 20 30\n1 2 3 100 10 20 30\n4 5 6 0 10 20 30\n", [10, 20, 30], True),
        (b"//X,Y,Z,Intensity,R,G,B\n0,0,0,1,10,20,30\n1,2,3,2,10,20,30\n4,5,6,3,10,20,30\n", [10, 20, 30], True),
        (b"0;0;0;10;20;30\r\n1;2;3;10;20;30\r\n4;5;6;10;20;30\r\n", [10, 20, 30], False),
        (b"0 0 0 0 0 1\n1 2 3 0 1 0\n4 5 6 1 0 0\n", None, False),
        (b"# made by hand\n0\t0\t0\t0.5\n1\t2\t3\t.75\n4e0\t5\t6\t1.\n\n", None, True),
    ],
)
def test_that_rows_of_points_are_understood_by_their_columns(
    tmp_path: Path, text: bytes, rgb: list[int] | None, bright: bool
) -> None:
    path = written(tmp_path / "x.asc", text)
    reader = reader_of(text, path)
    assert reader.format == "xyz"
    model = read(reader, path, "mm")
    cloud = model.parts[0].cloud
    assert cloud is not None and (cloud.intensity is not None) == bright
    assert np.allclose(points_of(cloud), np.array([[0, 0, 0], [1, 2, 3], [4, 5, 6]]) * 0.001)
    assert (None if cloud.rgb is None else cloud.rgb[0].tolist()) == rgb


def test_that_the_scans_of_a_ptx_stand_where_their_matrices_say_and_empty_returns_stay_out(tmp_path: Path) -> None:
    at = shell(60)
    rows = np.concatenate([np.column_stack([at, np.full(60, 0.5), np.full((60, 3), 90)]), np.zeros((5, 7))])
    moved = np.eye(4)
    moved[:3, 3] = (5, 6, 7)
    path = written(tmp_path / "x.ptx", ptx([(np.eye(4), rows), (moved, rows[:, :4])]))
    model = read(reader_of(path.read_bytes()[:4096], path), path)
    first, second = (part.cloud for part in model.parts)
    assert (model.format, model.points) == ("ptx", 130) and first is not None and second is not None
    assert len(first.points) == len(second.points) == 60 and first.rgb is not None and second.rgb is None
    assert model.nodes[1].parent_from_node.xyz_m == (5, 6, 7)
    assert np.allclose(points_of(first), sorted_rows(at), atol=1e-6)


# -- chunks


def in_sink(at: NDArray[np.float64], rgb: NDArray[np.uint16], block: int) -> PointCloud:
    sink = CloudSink(SilentJob())
    for start in range(0, len(at), block):
        sink.add(at[start : start + block], rgb=rgb[start : start + block])
    settled = sink.settle()
    assert settled is not None
    return settled.cloud


@pytest.mark.parametrize("through_files", [False, True])
def test_that_sorting_keeps_every_point_with_its_colour_in_small_shuffled_boxes(
    through_files: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if through_files:
        monkeypatch.setattr(sinks, "_IN_MEMORY", 1000)
        monkeypatch.setattr(sorting, "_BUCKET", 6000)
        monkeypatch.setattr(sorting, "_LARGEST_BUCKET", 9000)
    at = np.concatenate([shell(40_000) * 30, shell(20_000) * 0.01 + 40.0, [[9e6, 0.0, 0.0]]])
    number = np.arange(len(at))
    rgb = np.stack([number % 251, number // 251 % 251, number // 63001], axis=1).astype(np.uint16)
    cloud = in_sink(at, rgb, 7000)
    assert cloud.rgb is not None
    mark = cloud.rgb.astype(np.int64) @ [1, 251, 63001]
    assert np.array_equal(np.sort(mark), number)
    assert np.abs(cloud.points - at[mark]).max() < 1.0 and np.abs(cloud.points - at[mark])[mark < 60_000].max() < 1e-5
    sizes = np.diff(cloud.chunk_starts)
    assert sizes.max() <= 4096 and sizes.sum() == len(at)
    starts = cloud.chunk_starts.tolist()
    for (low, high), start, end in zip(cloud.chunk_bounds, starts, starts[1:], strict=False):
        inside = cloud.points[start:end]
        assert np.array_equal(inside.min(axis=0), low) and np.array_equal(inside.max(axis=0), high)


def test_that_the_beginning_of_a_chunk_is_an_even_sample_of_it() -> None:
    at = np.random.default_rng(3).uniform(size=(4000, 3)) * [1.0, 1.0, 0.001]
    cloud = in_sink(at, np.zeros((4000, 3), np.uint16), 4000)
    counts = np.histogram2d(*cloud.points[:400, :2].T, bins=4, range=[[0, 1], [0, 1]])[0]
    assert counts.min() > 8 and counts.max() < 50  # 25 on average; in the order of the file a corner would hold them all


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([np.nan, np.inf, -np.inf, 1e9, -1e30]))
def test_that_points_that_are_none_are_dropped_and_counted(seed: int, bad: float) -> None:
    rng = np.random.default_rng(seed)
    at = rng.normal(size=(200, 3))
    rows = rng.choice(200, 17, replace=False)
    at[rows, rng.integers(0, 3, 17)] = bad
    sink = CloudSink(SilentJob())
    sink.add(at)
    settled = sink.settle()
    assert settled is not None and (settled.kept, settled.dropped) == (183, 17)
    assert np.isfinite(settled.cloud.points).all()


def test_that_a_packed_cloud_comes_back_as_it_was_mapped_and_not_copied(tmp_path: Path, shared_data: Path) -> None:
    model = read(LasReader(), shared_data / "scan/autzen_trim.laz")
    save_packed(model, tmp_path / "x")
    one, other = model.parts[0].cloud, load_packed(tmp_path / "x").parts[0].cloud
    assert one is not None and other is not None and one.origin_m == other.origin_m
    for name in ("points", "rgb", "intensity", "chunk_starts", "chunk_bounds"):
        assert np.array_equal(getattr(one, name), getattr(other, name))
    assert not other.points.flags.owndata
