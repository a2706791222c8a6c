"""A short run of the harness with every format: only models and single sentences come through, and our own readers foresee all.

The long run, 10,000 files a format, is kept in benchmarks/results/fuzz.json (docs/decisions/hostile-files.md).
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.harness import Bench
from tests.fuzz.mutations import WAYS
from tests.fuzz.seeds import MADE

FILES = {"step": 8, "iges": 8, "ifc": 15, "usd": 60, "las": 40, "laz": 30}
"""Of the others a hundred: their readers take a millisecond."""
KERNEL = {"step", "iges", "ifc", "usd", "laz", "las", "e57", "draco"}
"""Read by libraries of others, which may crash in their process."""


def test_that_every_format_has_seeds_and_ways_to_spoil_them() -> None:
    assert MADE.keys() == WAYS.keys()


@pytest.mark.parametrize("kind", MADE)
def test_that_spoilt_files_are_refused_in_one_sentence_or_open(tmp_path: Path, kind: str) -> None:
    bench = Bench(kind, 1, tmp_path / "files")
    try:
        for number in range(FILES.get(kind, 100)):
            bench.run(number)
    finally:
        bench.close()
    tally = bench.tally
    assert (tally.escaped, tally.bad_sentences, tally.over_time, tally.over_memory) == (0, 0, 0, 0), tally.notes
    assert tally.died == 0 or kind in KERNEL, tally.notes
    assert tally.unforeseen == 0 or kind in KERNEL, tally.notes
    assert tally.opened > 0, "every file was refused: are the seeds still sound?"


def test_that_a_file_of_a_number_is_always_the_same(tmp_path: Path) -> None:
    one, other = (Bench("ifc", 7, tmp_path / name).make(3).read_bytes() for name in ("one", "other"))
    assert one == other
