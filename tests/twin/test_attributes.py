"""Colours by attribute: which colour each node takes, and what the legend says."""

from __future__ import annotations

import numpy as np
import pytest
from immutables import Map

from viewer.base.ids import ROOT, NodeId, PartId
from viewer.twin.attributes import PALETTE, colouring, property_keys
from viewer.twin.channels import Condition
from viewer.twin.colour_maps import NEUTRAL, colour_map
from viewer.twin.model import Twin
from viewer.twin.parts import Mesh, Node, Part


def tetrahedron(size_m: float) -> Mesh:
    points = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]]) * size_m
    return Mesh(points, np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]], dtype=np.int32))


def plant(properties: list[dict[str, str]], kinds: list[str] | None = None, sizes: list[float] | None = None) -> Twin:
    """A node per dict below one top, each with a part of its own."""
    count = len(properties)
    parts = [Part(PartId(f"file/p{i}"), f"p{i}", tetrahedron((sizes or [1.0] * count)[i])) for i in range(count)]
    nodes = [Node(NodeId("top"), "Top", kind="hall", properties=Map({"all": "yes"}))]
    nodes += [
        Node(NodeId(f"n{i}"), f"n{i}", NodeId("top"), part=parts[i].id, kind=(kinds or [""] * count)[i], properties=Map(p))
        for i, p in enumerate(properties)
    ]
    children = Map({ROOT: (NodeId("top"),), NodeId("top"): tuple(n.id for n in nodes[1:])})
    return Twin(parts=Map({p.id: p for p in parts}), nodes=Map({n.id: n for n in nodes}), children=children)


def test_that_a_property_nobody_has_leaves_all_grey_and_marked() -> None:
    found = colouring(plant([{}, {}]), "property", "ghost")
    assert (found.rgb == NEUTRAL).all() and (found.condition == Condition.MISSING).all()


def test_that_nothing_to_colour_gives_nothing() -> None:
    assert colouring(Twin(), "kind").nodes == ()


def test_that_words_take_palette_colours_with_counts_commonest_first() -> None:
    found = colouring(plant([{"c": "b"}, {"c": "a"}, {"c": "b"}, {}]), "property", "c")
    assert found.rgb.tolist() == [list(PALETTE[0]), list(PALETTE[1]), list(PALETTE[0]), list(NEUTRAL)]
    assert [s.text for s in found.legends[0].states] == ["b (2)", "a (1)"]
    assert found.condition.tolist() == [0, 0, 0, Condition.MISSING]


def test_that_more_values_than_colours_are_told_as_others() -> None:
    found = colouring(plant([{"c": f"v{i:02d}"} for i in range(40)]), "property", "c")
    assert len(found.legends[0].states) == 11 and found.legends[0].states[-1].text == "30 others"
    assert len(np.unique(found.rgb, axis=0)) == 11


def test_that_numbers_with_one_unit_take_an_even_map_over_their_range() -> None:
    found = colouring(plant([{"mass": f"{i} kg"} for i in range(1, 9)]), "property", "mass")
    legend = found.legends[0]
    assert (legend.low, legend.high, legend.unit, legend.title) == (1.0, 8.0, "kg", "mass")
    assert (
        found.rgb[0].tolist() == colour_map("viridis")[0].tolist()
        and found.rgb[-1].tolist() == colour_map("viridis")[-1].tolist()
    )


def test_that_kinds_and_properties_of_what_is_above_count() -> None:
    found = colouring(plant([{}, {}], kinds=["robot", ""]), "kind")
    assert [s.text for s in found.legends[0].states] == ["hall (1)", "robot (1)"]
    assert (colouring(plant([{}, {}]), "property", "all").condition == 0).all()


@pytest.mark.parametrize(
    ("attribute", "texts"), [("size", ["under 10 mm (1)", "over 10 m (1)"]), ("triangles", ["under 100 (2)"])]
)
def test_that_sizes_and_counts_fall_into_classes(attribute: str, texts: list[str]) -> None:
    found = colouring(plant([{}, {}], sizes=[0.001, 20.0]), attribute)
    assert [s.text for s in found.legends[0].states] == texts


def test_that_the_volume_of_a_tetrahedron_is_a_sixth_of_its_cube() -> None:
    found = colouring(plant([{}, {}], sizes=[0.03, 0.6 ** (1 / 3) * 0.1]), "volume")
    assert [s.text for s in found.legends[0].states] == ["1 to 10 cm³ (1)", "0.1 to 1 dm³ (1)"]


def test_that_property_keys_come_with_the_number_of_nodes() -> None:
    assert property_keys(plant([{"a": "1", "b": "2"}, {"b": "3"}])) == [("b", 2), ("a", 1), ("all", 1)]
