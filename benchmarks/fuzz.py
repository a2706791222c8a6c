"""Spoils files of every format and has the real reading process read them: what opened, what was refused, what it cost.

`python -m benchmarks.fuzz --shared ../shared/data --keep` runs 10,000 files a format (an hour on one core), goes on where a run
was broken off (`--work`), and keeps figures in benchmarks/results/fuzz.json; `--short` runs 300 a format; `--only step
--number 4711` reads one of them again.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.fuzz.harness import Bench
from tests.fuzz.seeds import MADE

RESULTS = Path(__file__).resolve().parent / "results" / "fuzz.json"
PAGE = Path(__file__).resolve().parent.parent / "docs" / "decisions" / "hostile-files.md"
HEADING = "## The long run"
FILES, SHORT = 10_000, 300
_SAVED_EACH_S = 20.0


def main(argv: Sequence[str] | None = None) -> int:
    """Run what the words ask for; 1 where something came through that may not."""
    options = _parser().parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="genchi-fuzz-") as home:
        os.environ["GENCHI_HOME"] = home
        work = options.work or Path(home)
        work.mkdir(parents=True, exist_ok=True)
        if options.number is not None:
            return _again(options, work)
        kinds = options.only or list(MADE)
        found = [_noted(kind, work) for kind in kinds] if options.as_is else [_format(kind, options, work) for kind in kinds]
        found = [one for one in found if one]
    if options.keep:
        _keep(found, options)
    print(as_table(found))
    return 1 if any(one["escaped"] or one["bad_sentences"] for one in found) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="fuzz", description=__doc__)
    parser.add_argument("--files", type=int, default=FILES, help="files of each format")
    parser.add_argument("--short", action="store_const", const=SHORT, dest="files", help=f"{SHORT} files of each format")
    parser.add_argument("--seed", type=int, default=20261122)
    parser.add_argument("--only", nargs="+", choices=list(MADE), help="these formats")
    parser.add_argument("--shared", type=Path, help="folder of real files to start from too")
    parser.add_argument("--work", type=Path, help="folder where a run is noted, so that it can go on after a break")
    parser.add_argument("--number", type=int, help="make and read this one file of --only, and leave it in --work")
    parser.add_argument("--keep", action="store_true", help="write benchmarks/results/fuzz.json and the table in the docs")
    parser.add_argument("--as-is", action="store_true", help="read nothing more: tell what --work has noted")
    return parser


def _again(options: Any, work: Path) -> int:
    for kind in options.only or MADE:
        bench = Bench(kind, options.seed, work / f"{kind}-{options.number}", options.shared)
        outcome = bench.run(options.number)
        bench.close()
        print(f"{kind} {options.number}: {outcome} {bench.tally.worst_s:.2f} s {bench.tally.notes} in {work}")
    return 0


def _noted(kind: str, work: Path) -> dict[str, Any]:
    """What an earlier run noted of a format; empty: nothing."""
    noted = work / f"{kind}.json"
    return json.loads(noted.read_text(encoding="utf-8")) if noted.is_file() else {}


def _format(kind: str, options: Any, work: Path) -> dict[str, Any]:
    """All files of one format, from where an earlier run ended."""
    noted = work / f"{kind}.json"
    bench = Bench(kind, options.seed, work / f"files-{kind}", options.shared)
    if noted.is_file():
        vars(bench.tally).update(json.loads(noted.read_text(encoding="utf-8")))
    saved = time.monotonic()
    try:
        for number in range(bench.tally.files, options.files):
            bench.run(number)
            if time.monotonic() - saved > _SAVED_EACH_S:
                saved = time.monotonic()
                noted.write_text(json.dumps(bench.tally.record()), encoding="utf-8")
                print(f"{kind}: {bench.tally.files} of {options.files}", file=sys.stderr, flush=True)
    finally:
        bench.close()
        noted.write_text(json.dumps(bench.tally.record()), encoding="utf-8")
    return bench.tally.record()


def _keep(found: list[dict[str, Any]], options: Any) -> None:
    command = f"python tasks.py fuzz --files {options.files} --seed {options.seed} --keep" + (
        " --shared …" if options.shared else ""
    )
    machine = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}, {os.cpu_count()} cores"
    record = {"command": command, "date": datetime.now(UTC).date().isoformat(), "machine": machine, "formats": found}
    RESULTS.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    page = PAGE.read_text(encoding="utf-8").partition(HEADING)[0]
    text = f"`{command}`, {record['date']}, {machine}, beside other work:\n\n{as_table(found)}\n"
    PAGE.write_text(f"{page}{HEADING}\n{text}", encoding="utf-8")


def as_table(found: list[dict[str, Any]]) -> str:
    """The figures as Markdown."""
    keys = ("files", "opened", "refused", "unforeseen", "died", "over_time", "over_memory", "bad_sentences", "escaped")
    head = ("format", *(key.replace("_", " ") for key in keys), "worst s", "peak MB", "min")
    rows = [
        (
            one["kind"],
            *(f"{one[key]:,}" for key in keys),
            f"{one['worst_s']:.1f}",
            f"{one['peak_mb']:.0f}",
            f"{one['took_s'] / 60:.0f}",
        )
        for one in found
    ]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ("---",) * len(head), *rows))


if __name__ == "__main__":
    raise SystemExit(main())
