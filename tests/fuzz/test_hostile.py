"""Each known way to harm a reader is tried: one sentence or a sound model comes of it, soon, and within a gigabyte."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.fuzz.harness import Bench
from tests.fuzz.hostile import HOSTILE, hostile

CASES = [(kind, what) for kind, (_, cases) in HOSTILE.items() for what in cases]
KERNEL = {("step", "an entity of itself"), ("step", "an assembly of itself"), ("iges", "an entity of itself")}
"""Where the CAD kernel follows a ring until its stack is full: its process ends, and nothing else."""
SOON_S = 15.0
LITTLE_MB = 1500.0
Judge = Callable[[str, str], tuple[str, Bench]]


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judge]:
    """Reads one hostile file; a process for each format, as the program's own."""
    folder = tmp_path_factory.mktemp("hostile")

    @functools.cache
    def bench(kind: str) -> Bench:
        return Bench(kind, 0, folder / kind)

    yield lambda kind, what: (bench(kind).judge(bench(kind).lay(hostile(kind, what)), what), bench(kind))
    for kind in HOSTILE:
        bench(kind).close()


@pytest.mark.parametrize(("kind", "what"), CASES, ids=lambda value: str(value).replace(" ", "-"))
def test_that_a_hostile_file_is_refused_in_one_sentence_or_harmless(judge: Judge, kind: str, what: str) -> None:
    outcome, bench = judge(kind, what)
    tally = bench.tally
    contained = ("died",) if (kind, what) in KERNEL else ()
    assert outcome in ("opened", "refused", *contained), tally.notes
    assert tally.bad_sentences == 0, tally.notes
    assert bench.last_s < SOON_S
    assert tally.peak_mb < LITTLE_MB


def test_that_nothing_was_written_outside(judge: Judge, tmp_path: Path) -> None:
    before = sorted(path.name for path in tmp_path.parent.iterdir())
    assert judge("3mf", "a name that leads out")[0] == "refused"
    assert sorted(path.name for path in tmp_path.parent.iterdir()) == before
