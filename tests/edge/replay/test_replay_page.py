"""docs/user/replay.md against what the program reads."""

import re
import tomllib
from pathlib import Path

from viewer.edge.kind import Place
from viewer.edge.sources import KINDS, read_sources
from viewer.edge.tables import Table

PAGE = Path(__file__).resolve().parents[3] / "docs/user/replay.md"
KINDS_HERE = {kind for kind, module in KINDS.items() if module == "viewer.edge.replay.kind"}


class _Asked(Table):
    """A table that tells which keys were asked for."""

    @property
    def keys(self) -> set[str]:
        return set(self._asked)


def test_that_each_example_of_the_page_is_read_and_each_key_is_on_it(tmp_path: Path) -> None:
    asked: set[str] = set()
    seen: set[str] = set()
    for text in re.findall(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL):
        raws = tomllib.loads(text)["source"]
        tables = [_Asked(raw, f"[[source]] number {at}", tmp_path) for at, raw in enumerate(raws, 1)]
        for config in read_sources(list(tables), Place(tmp_path)):
            assert config.kind in KINDS_HERE
        asked |= {key for table in tables for key in table.keys}
        seen |= {key for raw in raws for key in raw} | {str(raw["kind"]) for raw in raws}
    assert asked - seen == set(), "each key stands in an example"
    assert KINDS_HERE - seen == {"parquet"}
