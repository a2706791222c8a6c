"""docs/user/opcua.md against what the program reads."""

from __future__ import annotations

import tomllib
from pathlib import Path

from viewer.edge.kind import Place
from viewer.edge.sources import read_source
from viewer.edge.tables import Table

PAGE = Path(__file__).resolve().parents[3] / "docs" / "user" / "opcua.md"


def test_that_the_example_of_the_page_is_read_and_has_every_key(tmp_path: Path) -> None:
    text = PAGE.read_text(encoding="utf-8").partition("```toml\n")[2].partition("```")[0]
    (raw,) = tomllib.loads(text)["source"]
    table = _Asked(raw, "[[source]]", tmp_path)
    config = read_source(table, Place(tmp_path))
    assert len(config.tags) == 2
    assert table.keys - set(raw) == {"password", "password_env"}
    assert "password_env" in text


class _Asked(Table):
    """A table that tells which keys were asked for."""

    @property
    def keys(self) -> set[str]:
        return set(self._asked)
