"""The pages about alarms and rules against the code: every key, kind, state and operator is there, examples are right."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import get_args

import msgspec

from viewer.alarms.definitions import AlarmDefinition, Kind
from viewer.alarms.derive import alarms_from_limits
from viewer.alarms.states import State
from viewer.alarms.tables import alarms_from_tables
from viewer.base.expression import FUNCTIONS
from viewer.base.ids import ChannelId
from viewer.edge.rules.file import rules_from_tables
from viewer.edge.rules.forms import KNOWN
from viewer.edge.rules.rule import Rule
from viewer.twin.channels import Channel, Limits

_PAGES = Path(__file__).resolve().parents[3] / "docs" / "user"


def _page(name: str) -> str:
    return (_PAGES / name).read_text(encoding="utf-8")


def _examples(text: str) -> list[str]:
    return re.findall(r"```toml\n(.*?)```", text, re.DOTALL)


def test_that_every_key_kind_and_state_of_an_alarm_is_on_its_page() -> None:
    text = _page("alarms.md")
    keys = {field.name for field in msgspec.structs.fields(AlarmDefinition)}
    assert keys == set(re.findall(r"^\| `(\w+)` \| ", text.split("| kind | true while |")[0], re.MULTILINE))
    assert all(f"\n| `{kind}` |" in text for kind in get_args(Kind))
    assert all(state.value.replace("_", " ") in text for state in State)


def test_that_the_alarm_example_is_read_as_written() -> None:
    torque = Channel(ChannelId("st080.r1.torque"), "Torque", limits=Limits(lo=10.0, hi=55.0))
    (example,) = _examples(_page("alarms.md"))
    found = {one.id: one for one in alarms_from_tables(tomllib.loads(example)["alarm"], alarms_from_limits([torque]))}
    assert list(found) == ["st080.r1.torque.hi", "st060.glue.door"] and found["st080.r1.torque.hi"].limit == 55.0


def test_that_every_operator_stands_on_the_page_as_it_is_written_and_with_what_it_gives() -> None:
    rows = dict(re.findall(r"^\| `(\w+\(x.*?\))` \| (.*?) \|$", _page("rules.md"), re.MULTILINE))
    expected = {
        f"{name}({', '.join(['x', *one.required, *(f'{key}={value:g}' for key, value in one.optional.items())])})": one.gives
        for name, one in KNOWN.items()
    }
    assert rows == expected


def test_that_every_key_and_function_of_a_rule_is_on_its_page_and_the_example_is_read() -> None:
    text = _page("rules.md")
    assert all(re.search(rf"`{field.name}|^{field.name} = ", text, re.MULTILINE) for field in msgspec.structs.fields(Rule))
    assert all(re.search(rf"\b{name}\b", text) for name in FUNCTIONS if not name.startswith("arc"))
    (example,) = _examples(text)
    rules = rules_from_tables(tomllib.loads(example)["rule"], {"st060.glue.temp", "st060.state"})
    assert [one.armed for one in rules] == [False, True]
