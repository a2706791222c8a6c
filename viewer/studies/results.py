"""The run folder: what was asked (spec.json), what happened (events.jsonl) and what came out, in files that any tool reads.

spec.json      study, parameters, seed, digest of the twin, versions
events.jsonl   one event a line
summary.json   the numbers that --json prints: the same bytes for the same spec
tables/*.csv   tables
arrays/*.npy   every series of every figure and every field
result.json    figures, fields and headlines, naming the arrays
"""

from __future__ import annotations

import csv
import json
import math
import re
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np

from viewer.base.clock import Clock
from viewer.base.paths import data_dir
from viewer.studies.contract import Figure, NodeField, StudyResult, Table, Value
from viewer.studies.events import Event, Finished, Partial


@dataclass(frozen=True, slots=True)
class RunSpec:
    """Everything a run depends on."""

    study: str
    parameters: Mapping[str, Value]
    seed: int
    twin: str
    """Digest."""
    versions: Mapping[str, str]


def new_run_folder(study_id: str, clock: Clock) -> Path:
    """A folder that did not exist before: runs/<UTC time>-<study>."""
    stamp = time.strftime("%Y%m%dT%H%M%S", time.gmtime(clock.now_ns() / 1e9))
    number = 1
    while True:
        name = f"{stamp}-{study_id}" + (f"-{number}" if number > 1 else "")
        folder = data_dir() / "runs" / name
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            number += 1
        else:
            return folder


def plain(value: Any) -> Any:
    """The value as JSON knows it: numpy numbers become numbers, tuples lists, numbers that are none become null."""
    match value:
        case np.ndarray():
            return plain(value.tolist())
        case bool() | str() | int() | None:
            return value
        case np.bool_():
            return bool(value)
        case np.integer():
            return int(value)
        case float() | np.floating():
            return float(value) if math.isfinite(value) else None
        case Mapping():
            return {str(key): plain(one) for key, one in value.items()}
        case list() | tuple():
            return [plain(one) for one in value]
        case _:
            raise TypeError(f"a study's summary may not hold a {type(value).__name__}")


def to_json(value: Any) -> str:
    """JSON text of plain values, the same bytes for the same content."""
    return json.dumps(plain(value), indent=1, ensure_ascii=False, allow_nan=False)


def write_spec(folder: Path, spec: RunSpec) -> None:
    """Write what was asked."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "spec.json").write_text(to_json(asdict(spec)) + "\n", encoding="utf-8")


def append_event(folder: Path, event: Event) -> None:
    """Add one line to events.jsonl; results are named, not repeated."""
    record: dict[str, Any] = {"event": type(event).__name__.lower()}
    if not isinstance(event, (Finished, Partial)):
        record |= {one.name: getattr(event, one.name) for one in fields(event)}
    elif isinstance(event, Finished):
        record |= {"run": event.run, "elapsed_s": event.elapsed_s}
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "events.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(plain(record), ensure_ascii=False) + "\n")


def write_result(folder: Path, result: StudyResult) -> None:
    """Write summary, tables, arrays and the rest of a result."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "summary.json").write_text(to_json(result.summary) + "\n", encoding="utf-8")
    for number, table in enumerate(result.tables, start=1):
        _write_table(folder / "tables", f"{number}-{_slug(table.title)}.csv", table)
    record = {
        "headlines": [asdict(one) for one in result.headlines],
        "figures": [_figure(folder, number, one) for number, one in enumerate(result.figures, start=1)],
        "fields": [_field(folder, number, one) for number, one in enumerate(result.fields, start=1)],
        "proposed": [{"edit": type(one).__name__, "title": one.title(), **_record(one)} for one in result.proposed],
        "warnings": list(result.warnings),
    }
    (folder / "result.json").write_text(to_json(record) + "\n", encoding="utf-8")


def _record(edit: object) -> dict[str, Any]:
    return asdict(edit) if is_dataclass(edit) and not isinstance(edit, type) else {}


def _write_table(folder: Path, name: str, table: Table) -> None:
    folder.mkdir(exist_ok=True)
    with (folder / name).open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([table.columns, *table.rows])


def _figure(folder: Path, number: int, figure: Figure) -> dict[str, Any]:
    series = [
        {
            "name": one.name,
            "kind": one.kind,
            "x": _array(folder, f"figure{number}-series{index}-x", one.x),
            "y": _array(folder, f"figure{number}-series{index}-y", one.y),
        }
        for index, one in enumerate(figure.series, start=1)
    ]
    texts = {"title": figure.title, "x_label": figure.x_label, "y_label": figure.y_label}
    return {**texts, "series": series, "x_marks": figure.x_marks, "x_names": figure.x_names}


def _field(folder: Path, number: int, field: NodeField) -> dict[str, Any]:
    texts = {"title": field.title, "unit": field.unit, "colour_map": field.colour_map, "nodes": field.nodes}
    return {**texts, "values": _array(folder, f"field{number}", field.values)}


def _array(folder: Path, name: str, array: np.ndarray) -> str:
    (folder / "arrays").mkdir(exist_ok=True)
    np.save(folder / "arrays" / f"{name}.npy", array, allow_pickle=False)
    return f"arrays/{name}.npy"


def _slug(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") or "table"
