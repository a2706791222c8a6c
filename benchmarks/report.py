"""The page of figures: docs/benchmarks.md and its plot, made from benchmarks/results.

`python -m benchmarks.report` after the others; nothing is measured here.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from benchmarks.measuring import RESULTS, ROOT

PAGE, PLOT = ROOT / "docs" / "benchmarks.md", ROOT / "docs" / "pictures" / "benchmarks.png"
NAMES = {
    "ours": "Genchi",
    "pyvista": "PyVista, one actor a part",
    "actor_a_part": "VTK, one actor a part",
    "composite": "vtkCompositePolyDataMapper",
    "glyphs": "vtkGlyph3DMapper a shape",
    "merged": "one merged mesh",
}
Row = Sequence[object]


def kept(name: str) -> dict[str, Any]:
    """What a benchmark left. Raises FileNotFoundError where it was not run."""
    return json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))


def table(head: Row, rows: Iterable[Row]) -> str:
    """Markdown."""
    lines = [f"| {' | '.join(map(str, head))} |", f"|{'---|' * len(head)}"]
    return "\n".join([*lines, *(f"| {' | '.join(map(str, row))} |" for row in rows)])


def figure(values: dict[str, Any], key: str, unit: str = "") -> str:
    """A number for people; a dash where there is none."""
    value = values.get(key)
    if value is None:
        return "–"
    return f"{value:,.0f}{unit}" if abs(value) >= 100 else f"{value:.3g}{unit}"


def drawing(parts: str, found: dict[str, Any]) -> str:
    """One plant size: boxes, then lumps, each by all contenders."""
    texts = [f"Boxes:\n\n{contenders(found[parts]['boxes'], {})}"] if "boxes" in found[parts] else []
    texts.append(f"Lumps:\n\n{contenders(found[parts]['traversal'], found[parts]['full_frame'])}")
    return "\n\n".join(texts)


def contenders(traversal: dict[str, Any], full: dict[str, Any]) -> str:
    """The traversal of all contenders, and their full frames where there are any."""
    keys = ("first_frame_ms", "frame_ms", "recolour_1000_ms", "move_1000_ms", "memory_mb")
    rows: list[Row] = []
    for who, name in NAMES.items():
        if who not in traversal:
            continue  # it was not asked: too slow for so many parts
        if "failed" in traversal[who]:
            rows.append((name, *("failed" for _ in keys), "–"))
            continue
        rows.append((name, *(figure(traversal[who], key) for key in keys), figure(full.get(who, {}), "frame_ms")))
    head = ("", "first frame", "frame", "recolour 1,000", "move 1,000", "memory MB", "full frame, 1280 x 720")
    return table(head, rows)


def levels(found: dict[str, Any]) -> str:
    """An orbit with and without levels of detail, and what they change."""
    full, ours, changed = found["full"], found["levels"], found["changed"]
    ways = (("every triangle", full, "rest"), *((f"levels, {way}", ours, way) for way in ("rest", "moving", "draft")))
    rows = [
        (name, f"{one[f'{way}_triangles']:,}", figure(one, f"{way}_ms"), f"{full['rest_ms'] / one[f'{way}_ms']:.1f}")
        for name, one, way in ways
    ]
    told = (
        f"At rest {figure(changed, 'changed_percent_1_times_nearer')} % of the pixels differ by more than 4 grey levels. Memory: "
        f"{figure(found['merged'], 'memory_mb')} MB merged, {figure(found['glyph'], 'memory_mb')} MB as copies."
    )
    return table(("", "triangles", "ms a frame", "times faster"), rows) + "\n\n" + told


def page() -> str:
    """The whole text."""
    render, start, load, pick, scalars, detail = (
        kept(n) for n in ("render", "startup", "loading", "picking", "scalars", "levels")
    )
    readers = ("genchi", "genchi, again", "trimesh", "vtk", "f3d")
    loading = [
        (name, found["mb"], *(figure(found.get(who, {}), "wall_s") for who in readers))
        for name, found in load.items()
        if isinstance(found, dict)
    ]
    picks = [
        (f"{int(parts):,}", who, *(figure(f, key) for key in ("first_ms", "median_ms", "worst_ms")), f"{f['right']} of {f['of']}")
        for parts, row in pick.items()
        if isinstance(row, dict)
        for who, f in row.items()
        if isinstance(f, dict)
    ]
    starts = [(n, figure(f, "cpu_s"), figure(f, "wall_s")) for n, f in start.items() if isinstance(f, dict) and "failed" not in f]
    fields = [
        (who, *(figure(f, key) for key in ("still_ms", "changed_ms", "scalars_ms")))
        for who, f in scalars.items()
        if isinstance(f, dict)
    ]
    sizes = "\n\n".join(f"### {int(parts):,} parts\n\n{drawing(parts, render)}" for parts in render if parts.isdigit())
    return TEMPLATE.format(
        machine=render["machine"],
        parts=f"{detail['parts']:,}",
        sizes=sizes,
        detail=levels(detail),
        picks=table(("parts", "", "first ms", "median ms", "worst ms", "the part an exact test finds"), picks),
        fields=table(("", "frame, nothing new", "frame, a million new values", "of that the values"), fields),
        loading=table(("file", "MB", *readers), loading),
        starts=table(("", "CPU s", "wall s"), starts),
    )


TEMPLATE = """# Figures

Made by the scripts in `benchmarks/`, each contender beside the others in one run, in a process of its own
(`python tasks.py bench`). This page and its plot are made from `benchmarks/results/*.json` by `python -m benchmarks.report`.
Machine: {machine}, OpenGL in software (Mesa llvmpipe), shared with other work: read the figures as ratios. Milliseconds are
CPU time of the whole process, all threads together.

![Frames of Genchi and its peers](pictures/benchmarks.png)

## Drawing
300 shapes, thousands of instances. First frame to move: a picture of 64 x 64, which shows the traversal, that is what binds
on a graphics card. Boxes (12 triangles) show what a part costs; lumps (24 triangles, 52 vertices; 36 and 88 for the peers, who
keep triangles of no area) also what vertices cost where the processor draws. Medians of three rounds by turns. Full frame:
shapes of 484 triangles. Only the first three keep every part's identity
and let it be moved alone; the composite mapper and the merged mesh move parts by rewriting their vertices, and glyph
mappers are moved and coloured here shape by shape.

{sizes}

### Levels of detail
An orbit round {parts} parts of 440 triangles, 1280 x 720, CPU milliseconds a frame. «Moving»: while the camera moves, full size;
«draft»: half size, as on software OpenGL.

{detail}

## Picking
200 rays, 1280 x 720.

{picks}

## A million scalars a frame
New values on every vertex of a surface of a million vertices, in milliseconds.

{fields}

## Reading files
Wall seconds; «again» is from Genchi's cache. A dash: it can't read that. Genchi checks all that it reads and runs foreign
libraries in a process with limits, whose start is in its time; for the same reason it keeps what they made.

{loading}

## Start-up to the first frame

{starts}
"""


def plot() -> None:
    """CPU milliseconds of frames, all contenders, on a logarithmic scale."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    found = kept("render")
    sizes = [parts for parts in found if parts.isdigit()]
    kinds = {"frame_ms": "frame", "recolour_1000_ms": "recolour 1,000", "move_1000_ms": "move 1,000"}
    picture, axes = pyplot.subplots(1, len(sizes), figsize=(12, 4.6), sharey=True, layout="constrained")
    colours = ("#0077bb", "#ee7733", "#cc3311", "#009988", "#aa7700", "#888888")
    for axis, parts in zip(axes, sizes, strict=True):
        for row, (who, name) in enumerate(NAMES.items()):
            values = [found[parts]["traversal"].get(who, {}).get(key, float("nan")) for key in kinds]
            at = [i + (row - 2.5) * 0.14 for i in range(len(kinds))]
            axis.bar(at, values, width=0.13, label=name, color=colours[row])
        axis.set_yscale("log")
        axis.set_xticks(range(len(kinds)), list(kinds.values()))
        axis.set_title(f"{int(parts):,} parts")
        axis.grid(axis="y", alpha=0.3)
        axis.set_axisbelow(True)
    axes[0].set_ylabel("CPU ms a frame")
    axes[-1].legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), frameon=False)
    picture.savefig(PLOT, dpi=110)


def main() -> None:
    PAGE.write_text(page(), encoding="utf-8")
    plot()
    print(f"{PAGE.relative_to(ROOT)} and {PLOT.relative_to(ROOT)} are made anew")


if __name__ == "__main__":
    main()
