"""What drawing costs, beside PyVista, VTK's own ways and one merged mesh, each contender in a process of its own.

`python -m benchmarks.render`; figures in benchmarks/results/render.json. Milliseconds are CPU time of the whole process. A small
picture of coarse shapes shows the traversal, which is what binds on a graphics card; a large one of fine shapes the full frame.
Boxes show what a part costs, lumps of 24 triangles and 52 vertices also what vertices cost where the processor draws.
"""

from __future__ import annotations

import argparse
import statistics
from typing import Any

from benchmarks.draw import CONTENDERS
from benchmarks.measuring import in_its_own_process, keep
from benchmarks.plants import BOXES, COARSE, FINE

FULL_PX = "1280x720"
COSTS = ("_ms", "_mb")


SLOW = ("pyvista", "actor_a_part")
"""One actor a part: seconds a frame in large plants."""


def all_of(parts: int, slow_up_to: int, rounds: int, *words: str) -> dict[str, dict[str, Any]]:
    """Every contender's figures, medians of so many rounds by turns; the slow ones' of one, and only of plants not too large."""
    asked = [who for who in CONTENDERS if who not in SLOW or parts <= slow_up_to]
    found: dict[str, list[dict[str, Any]]] = {who: [] for who in asked}
    for number in range(rounds):
        for who in asked:
            if number == 0 or who not in SLOW:
                found[who].append(in_its_own_process("benchmarks.draw", who, "--parts", str(parts), *words))
    return {who: _middle(runs) for who, runs in found.items()}


def _middle(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """The median of each cost; everything else as in the first run."""
    if any("failed" in one for one in runs):
        return next(one for one in runs if "failed" in one)
    return {key: statistics.median(one[key] for one in runs) if key.endswith(COSTS) else value for key, value in runs[0].items()}


def ratios(found: dict[str, dict[str, Any]]) -> dict[str, dict[str, float]]:
    """How many times ours is faster, or needs less, than each."""
    ours = found["ours"]
    return {
        who: {key: round(value / ours[key], 2) for key, value in figures.items() if key.endswith(COSTS) and ours.get(key)}
        for who, figures in found.items()
        if who != "ours" and "failed" not in figures
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parts", type=int, nargs="+", default=[3000, 20000])
    parser.add_argument("--slow-up-to", type=int, default=20_000, help="parts that the slow contenders are still asked to draw")
    parser.add_argument("--rounds", type=int, default=3, help="of the traversal, by turns; medians are kept")
    options = parser.parse_args()
    found: dict[str, Any] = {}
    for parts in options.parts:
        boxes = all_of(parts, options.slow_up_to, options.rounds, "--sides", str(BOXES))
        traversal = all_of(parts, options.slow_up_to, options.rounds, "--sides", str(COARSE))
        full = all_of(parts, options.slow_up_to, 1, "--sides", str(FINE), "--size", FULL_PX, "--frames", "5", "--still-only")
        found[str(parts)] = {
            "boxes": boxes,
            "boxes_times_ours": ratios(boxes),
            "traversal": traversal,
            "traversal_times_ours": ratios(traversal),
            "full_frame": full,
            "full_frame_times_ours": ratios(full),
        }
    keep("render", found)


if __name__ == "__main__":
    main()
