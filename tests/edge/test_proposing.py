"""Bindings proposed by name, and written into a gateway's file with its comments kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from immutables import Map

from viewer.base.errors import UserMistake
from viewer.base.ids import ChannelId, NodeId
from viewer.edge.browsing import BrowseNode
from viewer.edge.config import load_config
from viewer.edge.proposing import Offer, propose, words_of
from viewer.edge.tag_file import TagFile
from viewer.edge.tags import Tag
from viewer.twin.channels import Channel
from viewer.twin.model import Twin
from viewer.twin.parts import Node

SPINDLE = NodeId("st080.r1.tool")


def twin(*channels: Channel) -> Twin:
    return Twin(
        nodes=Map({SPINDLE: Node(SPINDLE, "Spindle 1")}),
        channels=Map({one.id: one for one in channels}),
    )


def channel(name: str, unit: str = "") -> Channel:
    return Channel(ChannelId(name), name.rsplit(".", 1)[-1], unit)


def offer(path: str, unit: str = "", kind: str = "measurement", value: str = "") -> Offer:
    *above, name = path.split("/")
    return Offer(BrowseNode(name, f"ns=2;s={path}", kind, unit, value, False), tuple(above))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ns=2;s=ST080.Robot1.ActTorque", ("ns", "2", "s", "st", "80", "r", "1", "actual", "torque")),
        ("spindleTemp_02", ("spindle", "temperature", "2")),
        ("OPCServer", ("opc", "server")),
        ("Prüfkraft", ("prüfkraft",)),
        ("", ()),
    ],
)
def test_that_names_are_parted_at_signs_capitals_and_digits(text: str, words: tuple[str, ...]) -> None:
    assert words_of(text) == words


def test_that_a_tag_is_proposed_to_the_channel_of_its_name_and_its_unit_is_converted() -> None:
    scene = twin(channel("st080.r1.torque", "N*m"), channel("st080.r2.torque", "N*m"), channel("st080.r1.temperature", "degC"))
    found = propose(
        [
            offer("Objects/PLC/ST080/Robot2/ActTorque", "N*mm"),
            offer("Objects/PLC/ST080/Robot1/ActTorque", "N*m"),
            offer("Objects/PLC/ST080/Robot1/Temp", "degF"),
        ],
        scene,
    )
    by_tag = {one.tag.tag.rsplit("PLC/")[1]: one for one in found}
    assert by_tag["ST080/Robot2/ActTorque"].tag.channel == "st080.r2.torque"
    assert by_tag["ST080/Robot2/ActTorque"].tag.scale == pytest.approx(1e-3)
    warm = by_tag["ST080/Robot1/Temp"].tag
    assert warm.channel == "st080.r1.temperature"
    assert (212.0 * warm.scale + warm.offset) == pytest.approx(100.0), "water boils at 212 °F, which is 100 °C"
    assert all(one.is_sure and one.is_known for one in found)
    assert "°F becomes °C" in by_tag["ST080/Robot1/Temp"].why


def test_that_another_station_and_another_kind_of_unit_make_a_proposal_unsure() -> None:
    scene = twin(channel("st080.torque", "N*m"))
    assert not propose([offer("ST090/Torque", "N*m")], scene)[0].is_sure
    assert not propose([offer("ST080/Torque", "degC")], scene)[0].is_sure
    assert propose([offer("ST080/Torque", "N*m")], scene)[0].is_sure


def test_that_no_channel_is_proposed_twice_and_what_has_none_becomes_a_new_one() -> None:
    found = propose([offer("A/torque"), offer("B/torque"), offer("C/torque")], twin(channel("torque")), taken={"b.torque"})
    assert sorted(one.tag.channel for one in found) == ["b.torque_2", "c.torque", "torque"]
    assert [one.is_known for one in found] == [True, False, False]
    assert propose([], twin()) == ()


FILE = """\
# hall 2: ask Jo before changing it
[gateway]
name = "hall-2"

[[source]]
kind = "device"  # the press
name = "press"

[[source.tag]]
tag = "temp"
channel = "press.temp"  # at the inlet
unit = "degC"
scale = 0.1

[[source.tag]]
tag = "old"
channel = "press.old"

[[source]]
kind = "device"
name = "other"
identities = ["other*"]
"""


def test_that_rows_are_changed_added_and_taken_out_and_every_comment_stays(tmp_path: Path) -> None:
    path = tmp_path / "gateway.toml"
    path.write_text(FILE)
    file = TagFile(path)
    assert [one.name for one in file.sources()] == ["press", "other"]
    file.set_tags(0, [Tag("temp", "press.temp", "degC", scale=0.2), Tag("force", "press.force", "kN", dead_band=0.5)])
    file.set_tags(1, [Tag("count", "other.count", kind="counter")])
    config = file.save()
    text = path.read_text()
    for comment in ("# hall 2: ask Jo before changing it", "# the press", "# at the inlet"):
        assert comment in text
    assert config.sources[0].tags == (
        Tag("temp", "press.temp", "degC", scale=0.2),
        Tag("force", "press.force", "kN", dead_band=0.5),
    )
    assert load_config(path).sources[1].tags == (Tag("count", "other.count", kind="counter"),)
    assert "old" not in text
    assert [one.name for one in tmp_path.iterdir()] == ["gateway.toml"], "nothing is left beside it"


def test_that_a_file_the_gateway_would_refuse_or_somebody_else_changed_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "gateway.toml"
    path.write_text(FILE)
    file = TagFile(path)
    file.add_source("no such kind", "third", {})
    with pytest.raises(UserMistake, match=r"kind is one of .*gateway\.toml$"):
        file.save()
    assert path.read_text() == FILE
    file = TagFile(path)
    path.write_text(FILE + "# mine\n")
    with pytest.raises(UserMistake, match="somebody else"):
        file.save()
    path.write_text("[gateway")
    with pytest.raises(UserMistake, match="no valid TOML"):
        TagFile(path)


def test_that_a_new_file_is_one_a_gateway_reads_and_an_old_one_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "new.toml"
    file = TagFile.fresh(path, "hall-3")
    number = file.add_source("device", "press", {"prefix": "p."})
    file.set_tags(number, [Tag("force", "force", "kN")])
    assert file.save().sources[0].name == "press"
    file.set_tags(number, [])
    assert file.save().sources[0].tags == ()
    with pytest.raises(UserMistake, match="already"):
        TagFile.fresh(path, "hall-3")
