"""The users' pages and the code say the same: keys of the tables, words of events."""

import re
import tomllib
from pathlib import Path

import pytest

from viewer.edge.kind import Place
from viewer.edge.mtconnect.vocabulary import STATES
from viewer.edge.sources import read_source
from viewer.edge.tables import Table

_PAGES = Path(__file__).resolve().parents[3] / "docs" / "user"


def test_that_the_page_has_the_words_of_events_with_their_numbers() -> None:
    page = (_PAGES / "mtconnect.md").read_text(encoding="utf-8")
    rows = {
        name: tuple(re.findall(r"\d+ ([A-Z_]+)", words)) for name, words in re.findall(r"^\| ([A-Z_]+) \| (.+) \|$", page, re.M)
    }
    assert rows == STATES


@pytest.mark.parametrize(("page", "kinds"), [("mtconnect.md", ["mtconnect"]), ("mqtt.md", ["mqtt", "mqtt", "sparkplug"])])
def test_that_the_tables_of_a_page_are_read_and_name_every_key(page: str, kinds: list[str], tmp_path: Path) -> None:
    text = (_PAGES / page).read_text(encoding="utf-8")
    tables = [tomllib.loads(block)["source"][0] for block in re.findall(r"```toml\n(.+?)```", text, re.S)]
    assert [one["kind"] for one in tables] == kinds
    for raw in tables:
        if raw["kind"] == "mqtt" and "tag" not in raw:
            raw = {**raw, "tag": [{"tag": "a"}]}
        if raw["kind"] == "mtconnect":
            raw = {key: value for key, value in raw.items() if key != "devices"}
        asked = _Asked(raw, "[[source]] number 1", tmp_path)
        read_source(asked, Place(tmp_path))
        assert {key for key in asked.keys - {"name"} if not re.search(rf"\b{key}\b", text)} == set()


class _Asked(Table):
    """A table that tells which keys were asked for."""

    @property
    def keys(self) -> set[str]:
        return set(self._asked)
