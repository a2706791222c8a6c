"""What drawing costs, beside PyVista, VTK's own ways and one merged mesh, each contender in a process of its own.

`python -m benchmarks.render`; figures in benchmarks/results/render.json. Milliseconds are CPU time of the whole process. A small
picture of coarse shapes shows the traversal, which is what binds on a graphics card; a large one of fine shapes the full frame.
"""

from __future__ import annotations

import argparse
from typing import Any

from benchmarks.draw import CONTENDERS
from benchmarks.measuring import in_its_own_process, keep
from benchmarks.plants import COARSE, FINE

FULL_PX = "1280x720"
COSTS = ("_ms", "_mb")


SLOW = ("pyvista", "actor_a_part")
"""One actor a part: seconds a frame in large plants."""


def all_of(parts: int, slow_up_to: int, *words: str) -> dict[str, dict[str, Any]]:
    """Every contender's figures; the slow ones' only of plants that are not too large for them."""
    asked = [who for who in CONTENDERS if who not in SLOW or parts <= slow_up_to]
    return {who: in_its_own_process("benchmarks.draw", who, "--parts", str(parts), *words) for who in asked}


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
    options = parser.parse_args()
    found: dict[str, Any] = {}
    for parts in options.parts:
        traversal = all_of(parts, options.slow_up_to, "--sides", str(COARSE))
        full = all_of(parts, options.slow_up_to, "--sides", str(FINE), "--size", FULL_PX, "--frames", "5", "--still-only")
        found[str(parts)] = {
            "traversal": traversal,
            "traversal_times_ours": ratios(traversal),
            "full_frame": full,
            "full_frame_times_ours": ratios(full),
        }
    keep("render", found)


if __name__ == "__main__":
    main()
