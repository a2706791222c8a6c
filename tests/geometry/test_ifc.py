"""IFC: what is refused, what a building becomes, and the shared files against the numbers of their SOURCES.md."""

import re
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.geometry.ifc_files import House
from viewer.base.errors import UserMistake
from viewer.base.job import SilentJob
from viewer.geometry.checks import bounds_in_world, world_from_nodes
from viewer.geometry.ifc.reader import IfcReader
from viewer.geometry.inspect import inspect_file
from viewer.geometry.model import GeometryModel
from viewer.geometry.reading import read_here, read_model


def read(path: Path, unit: str | None = None) -> tuple[GeometryModel, list[str]]:
    job = SilentJob()
    return read_here(IfcReader(), path, unit=unit, job=job), job.warnings


def wall(house: House) -> Any:
    return house.product("IfcWall", "North wall", house.box((4.0, 0.2, 2.5), (1.0, 0.0, 0.0)), (1.0, 2.0, 0.0))


def test_that_half_a_file_is_refused_and_not_read_as_half_a_building(tmp_path: Path) -> None:
    path = House().write(tmp_path / "half.ifc")
    path.write_bytes(path.read_bytes()[:-400])
    with pytest.raises(UserMistake, match="cut off"):
        read(path)


def test_that_a_schema_nobody_knows_is_told(tmp_path: Path) -> None:
    path = House().write(tmp_path / "new.ifc")
    path.write_text(path.read_text().replace("IFC4'", "IFC9'"))
    with pytest.raises(UserMistake, match="IFC2x3, IFC4 or IFC4x3"):
        read(path)


def test_that_ifc_xml_is_told_by_name(tmp_path: Path) -> None:
    path = tmp_path / "a.ifcxml"
    path.write_text('<?xml version="1.0"?><ifc:ifcXML xmlns:ifc="http://x"/>')
    with pytest.raises(UserMistake, match="it is ifcXML"):
        read_model(path)


def test_that_a_bomb_in_an_ifczip_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "bomb.ifczip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("model.ifc", bytes(30_000_000))
    with pytest.raises(UserMistake, match="harm"):
        read(path)


def test_that_a_model_without_shapes_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserMistake, match="none of its products has a surface"):
        read(House().write(tmp_path / "bare.ifc"))


def test_that_products_in_a_ring_are_refused_before_the_kernel_sees_them(tmp_path: Path) -> None:
    house = House()
    one, other = wall(house), wall(house)
    for whole, part in ((one, other), (other, one)):
        house.rooted("IfcRelAggregates", RelatingObject=whole, RelatedObjects=[part])
    with pytest.raises(UserMistake, match="products are parts of one another in a ring"):
        read(house.write(tmp_path / "ring.ifc"))


def test_that_placements_in_a_ring_are_refused(tmp_path: Path) -> None:
    house = House()
    one = wall(house).ObjectPlacement
    house.storey.ObjectPlacement.PlacementRelTo = one
    with pytest.raises(UserMistake, match="placements stand in one another in a ring"):
        read(house.write(tmp_path / "ring.ifc"))


def test_that_shapes_that_double_thirty_times_are_refused(tmp_path: Path) -> None:
    house = House()
    shape = house.box((1.0, 1.0, 1.0))
    for _ in range(30):
        once = house.mapped(shape)
        shape = once()
        shape.Items = [*shape.Items, *once().Items]
    house.product("IfcWall", "Many", shape)
    with pytest.raises(UserMistake, match="may be made to harm"):
        read(house.write(tmp_path / "doubling.ifc"))


@pytest.mark.parametrize("schema", ["IFC2X3", "IFC4", "IFC4X3"])
@pytest.mark.parametrize("unit", ["mm", "inch", "foot"])
def test_that_a_wall_stands_where_it_was_put_in_metres(tmp_path: Path, schema: str, unit: str) -> None:
    house = House(schema, unit)
    house.product("IfcWall" if schema != "IFC2X3" else "IfcWallStandardCase", "W", house.box((4.0, 0.2, 2.5)), (1.0, 2.0, 0.0))
    model, _ = read(house.write(tmp_path / "a.ifc"))
    assert model.unit == {"foot": "ft"}.get(unit, unit)
    np.testing.assert_allclose(bounds_in_world(model), [[1.0, 2.0, 3.0], [5.0, 2.2, 5.5]], atol=1e-6)


def test_that_the_tree_is_project_site_building_storey_product(tmp_path: Path) -> None:
    house = House()
    wall(house)
    model, _ = read(house.write(tmp_path / "a.ifc"))
    names, number = {n.id: n.name for n in model.nodes}, {n.id: i for i, n in enumerate(model.nodes)}
    leaf = next(n for n in model.nodes if n.kind == "IfcWall")
    way = [leaf.name]
    while leaf.parent:
        way.append(names[leaf.parent])
        leaf = model.nodes[number[leaf.parent]]
    assert way == ["North wall", "Level 2", "Hall", "Site", "Works"]
    storey = next(n for n in model.nodes if n.kind == "IfcBuildingStorey")
    assert storey.properties["elevation"] == "3000 mm"
    assert world_from_nodes(model.nodes)[number[storey.id]][2, 3] == pytest.approx(3.0)


def test_that_a_chair_shown_twice_is_one_part(tmp_path: Path) -> None:
    house = House()
    again = house.mapped(house.box((0.5, 0.5, 0.9), (0.0, 0.5, 0.0)))
    for x in (0.0, 2.0):
        house.product("IfcFurnishingElement", "Chair", again(), (x, 0.0, 0.0))
    model, _ = read(house.write(tmp_path / "a.ifc"))
    assert len(model.parts) == 1
    assert model.parts[0].colour == (0, 128, 0)
    assert [node.part for node in model.nodes if node.part] == [model.parts[0].id] * 2
    np.testing.assert_allclose(bounds_in_world(model), [[0, 0, 3], [2.5, 0.5, 3.9]], atol=1e-9)


def test_that_an_opening_cuts_its_wall_and_is_hidden_and_counted(tmp_path: Path) -> None:
    house = House()
    house.hole(wall(house), house.box((1.0, 0.2, 1.0)))
    model, warnings = read(house.write(tmp_path / "a.ifc"))
    hole = next(n for n in model.nodes if n.kind == "IfcOpeningElement")
    assert not hole.visible
    assert model.facts["openings"] == 1
    assert any("1 openings" in w for w in warnings)
    meshes = {part.id: part.mesh for part in model.parts}
    cut = next(meshes[n.part] for n in model.nodes if n.kind == "IfcWall" and n.part)
    assert volume(cut.points_in_part[cut.triangles]) == pytest.approx(4.0 * 0.2 * 2.5 - 1.0 * 0.2 * 1.0)


def volume(corners: np.ndarray) -> float:
    """Of a closed mesh, by the divergence theorem."""
    return float(np.einsum("ij,ij->i", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])).sum() / 6.0)


@pytest.mark.parametrize("schema", ["IFC2X3", "IFC4"])
def test_that_terrain_is_shown_and_the_air_of_rooms_is_not(tmp_path: Path, schema: str) -> None:
    house = House(schema)
    site = house.file.by_type("IfcSite")[0]
    site.Representation = house.add("IfcProductDefinitionShape", None, None, [house.box((30.0, 20.0, 0.1))])
    house.product("IfcSpace", "Room", house.box((3.0, 3.0, 2.5)))
    model, warnings = read(house.write(tmp_path / "a.ifc"))
    assert {n.kind: n.visible for n in model.nodes if n.part} == {"IfcSite": True, "IfcSpace": False}
    assert any("1 spaces" in w for w in warnings)


def test_that_property_sets_are_properties_with_units(tmp_path: Path) -> None:
    house = House()
    house.say(wall(house), "Pset_WallCommon", {
        "FireRating": ("IfcLabel", "F90"), "LoadBearing": ("IfcBoolean", True), "Thickness": ("IfcPositiveLengthMeasure", 200.0),
    })  # fmt: skip
    model, _ = read(house.write(tmp_path / "a.ifc"))
    properties = next(n for n in model.nodes if n.kind == "IfcWall").properties
    assert properties["Pset_WallCommon.FireRating"] == "F90"
    assert properties["Pset_WallCommon.LoadBearing"] == "yes"
    assert properties["Pset_WallCommon.Thickness"] == "200 mm"


def test_that_survey_coordinates_are_brought_near_by_whole_kilometres_and_told(tmp_path: Path) -> None:
    house = House("IFC4", "m", site=(691_234.5, 5_334_567.25, 520.0))
    wall(house)
    model, warnings = read(house.write(tmp_path / "a.ifc"))
    np.testing.assert_allclose(bounds_in_world(model)[0], [234.5 + 1, 567.25 - 1000 + 2, 523.0], atol=1e-6)
    assert any("moved by (-691000, -5335000, 0) m" in w for w in warnings)


def test_that_survey_coordinates_in_vertices_keep_their_precision(tmp_path: Path) -> None:
    house = House("IFC4", "m")
    shape = house.box((1.0, 1.0, 1.0))
    shape.Items[0].Position.Location.Coordinates = [500_000.0, 5_000_000.0, 0.0]
    house.product("IfcWall", "Far", shape)
    model, _ = read(house.write(tmp_path / "a.ifc"))
    assert np.abs(model.parts[0].mesh.points_in_part).max() < 2.0
    np.testing.assert_allclose(np.ptp(bounds_in_world(model), axis=0), 1.0, atol=1e-6)
    assert np.abs(bounds_in_world(model)).max() < 2000


def test_that_glass_is_a_part_of_its_own_below_its_window(tmp_path: Path) -> None:
    house = House()
    frame, pane = house.box((1.0, 0.1, 1.0), (0.5, 0.2, 0.0)), house.box((0.8, 0.01, 0.8))
    house.paint(pane.Items[0], (0.0, 0.5, 1.0), 0.8)
    frame.Items = [*frame.Items, *pane.Items]
    house.product("IfcWindow", "Window", frame)
    model, _ = read(house.write(tmp_path / "a.ifc"))
    opacities = sorted(part.opacity for part in model.parts)
    assert opacities[0] < 0.5
    assert opacities[1] == 1.0
    window = next(n for n in model.nodes if n.kind == "IfcWindow")
    assert [n.parent for n in model.nodes if n.name == "paint"] == [window.id]


def test_that_a_zipped_model_is_the_model(tmp_path: Path) -> None:
    house = House()
    wall(house)
    bare = house.write(tmp_path / "a.ifc")
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(bare, "deep/a.ifc")
    assert IfcReader().claims((tmp_path / "a.zip").read_bytes()[:4096], ".zip")
    assert [n.id for n in read(tmp_path / "a.zip")[0].nodes] == [n.id for n in read(bare)[0].nodes]


def _found(pattern: str, text: str) -> str:
    """What the pattern's first group is in the text."""
    match = re.search(pattern, text)
    assert match is not None, f"{pattern} is not in {text!r}"
    return match[1]


@pytest.mark.parametrize("name", ["LargeBuilding", "TallBuilding", "Duplex_A_20110907"])
def test_that_the_shared_buildings_have_their_published_counts(shared_data: Path, name: str) -> None:
    row = next(r for r in (shared_data / "SOURCES.md").read_text().splitlines() if f"/{name}.ifc |" in r)
    products, storeys, shaped, triangles = (
        int(_found(pattern, row)) for pattern in (r"(\d+) products,", r"(\d+) storeys", r"geometry of (\d+)", r"(\d+) triangles")
    )
    size = [float(v) for v in _found(r"size \[([^\]]+)", row).split(",")]
    facts = inspect_file(shared_data / "plant" / "ifc" / f"{name}.ifc")
    found = (facts["products"], facts["storeys"], facts["products_with_geometry"], facts["instances"], facts["triangles"])
    assert found == (products, storeys, shaped, shaped, triangles)
    assert facts["size_m"] == pytest.approx(size, abs=0.006)
    for kind, count in re.findall(r"'(Ifc\w+)': (\d+)", row):
        assert facts[kind] == int(count)
