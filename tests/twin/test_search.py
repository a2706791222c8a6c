"""The search: its language, and what it finds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from immutables import Map

from viewer.base.errors import UserMistake
from viewer.base.ids import ROOT, NodeId
from viewer.twin.model import Twin
from viewer.twin.parts import Node
from viewer.twin.query import parse
from viewer.twin.search import SearchIndex


def plant(count: int = 3) -> Twin:
    props = [
        {"Pset_WallCommon.FireRating": "EI60", "mass": "2.5 kg", "Load Bearing": "true"},
        {"Pset_WallCommon.FireRating": "EI120", "mass": "900 g", "length": "1200"},
        {"mass": "not weighed"},
    ]
    nodes = [
        Node(NodeId("hall"), "Hall", kind="hall"),
        *(Node(NodeId(f"w{i}"), f"Wall {i}", NodeId("hall"), kind="wall", properties=Map(props[i % 3])) for i in range(count)),
    ]
    children = Map({ROOT: (NodeId("hall"),), NodeId("hall"): tuple(n.id for n in nodes[1:])})
    return Twin(nodes=Map({n.id: n for n in nodes}), children=children)


@pytest.mark.parametrize(
    "text",
    [
        "(",
        ")",
        "a or",
        "not",
        "and b",
        "mass>",
        "mass>heavy",
        "mass>2xyzzy",
        '"open',
        "=5",
        "(a",
        "a)",
        "()",
        "x" * 501,
        "(" * 60 + "a",
    ],
)
def test_that_a_query_that_makes_no_sense_is_told_in_one_sentence(text: str) -> None:
    with pytest.raises(UserMistake) as told:
        parse(text)
    assert "\n" not in str(told.value) and ";" in str(told.value)


@given(st.text(max_size=60))
def test_that_any_text_gives_a_result_or_a_sentence(text: str) -> None:
    try:
        SearchIndex(plant()).find(text)
    except UserMistake as told:
        assert str(told)


def test_that_an_unknown_property_is_named_with_one_that_is_like_it() -> None:
    with pytest.raises(UserMistake, match="FireRating"):
        SearchIndex(plant()).find("FireRatin=EI60")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("wall", {"w0", "w1", "w2"}),
        ("WALL 1", {"w1"}),
        ('"wall 2"', {"w2"}),
        ("kind:hall", {"hall"}),
        ("name:wall*2", {"w2"}),
        ("not kind:wall", {"hall"}),
        ("wall -fire", {"w2"}),
        ("FireRating=EI60", {"w0"}),
        ("pset_wallcommon.firerating=ei*", {"w0", "w1"}),
        ("FireRating!=EI60", {"hall", "w1", "w2"}),
        ('"load bearing"=true', {"w0"}),
        ("mass>1kg", {"w0"}),
        ("mass < 1 kg", {"w1"}),
        ("mass>=900g and not mass>2kg", {"w1"}),
        ("mass=0.9kg", {"w1"}),
        ("length>1000", {"w1"}),
        ("mass~weighed or FireRating=EI60", {"w0", "w2"}),
        ("(wall 0 or wall 1) FireRating=*", {"w0", "w1"}),
        ("path:hall", {"w0", "w1", "w2"}),
    ],
)
def test_that_a_query_finds_what_it_says(text: str, found: set[str]) -> None:
    assert set(SearchIndex(plant()).find(text).nodes) == found


def test_that_the_property_that_matched_is_told() -> None:
    found = SearchIndex(plant()).find("mass>1kg")
    assert found.why == ("mass = 2.5 kg",)


@given(st.sampled_from(["wall", "mass>1kg", "FireRating=*", "kind:hall"]), st.sampled_from(["0", "w1", "mass<1kg"]))
def test_that_not_and_or_obey_de_morgan(a: str, b: str) -> None:
    index = SearchIndex(plant())
    assert index.find(f"not ({a} and {b})").nodes == index.find(f"(not {a}) or (not {b})").nodes
    assert set(index.find(a).nodes) & set(index.find(b).nodes) == set(index.find(f"{a} and {b}").nodes)


def test_that_the_best_fitting_names_come_first_and_alike_ones_by_name() -> None:
    names = ["unbolted", "Bolt 10", "hex bolt", "Bolt 2", "Rivet", "bolt", "screwbolt"]
    nodes = [Node(NodeId(f"n{i}"), name, kind="bolts" if name == "Rivet" else "") for i, name in enumerate(names)]
    index = SearchIndex(Twin(nodes=Map({n.id: n for n in nodes}), children=Map({ROOT: tuple(n.id for n in nodes)})))

    def found(text: str) -> list[str]:
        return [index.twin.nodes[node].name for node in index.find(text).nodes]

    assert found("bolt") == ["bolt", "Bolt 2", "Bolt 10", "hex bolt", "screwbolt", "unbolted", "Rivet"]
    assert found("hex or bolt")[0] == "bolt" and found("bolt 10") == ["Bolt 10"] and found("n5 or rivet") == ["bolt", "Rivet"]


@given(st.lists(st.text(max_size=6), min_size=1, max_size=8))
def test_that_ordering_takes_any_names_and_loses_none(names: list[str]) -> None:
    nodes = [Node(NodeId(f"n{i}"), name) for i, name in enumerate(names)]
    index = SearchIndex(Twin(nodes=Map({n.id: n for n in nodes}), children=Map({ROOT: tuple(n.id for n in nodes)})))
    assert set(index.find("n").nodes) >= {n.id for n in nodes}
