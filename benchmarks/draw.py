"""One contender draws one plant, in this process: `python -m benchmarks.draw ours --parts 3000`; prints one line of JSON."""

from __future__ import annotations

import argparse
import importlib
import json
import time
from collections.abc import Callable
from functools import partial

from benchmarks.measuring import cpu_ms, memory_mb, peak_mb, rounded
from benchmarks.peers.contender import CHANGED, Contender
from benchmarks.plants import COARSE, plant

CONTENDERS = {
    "ours": "benchmarks.peers.ours:Genchi",
    "pyvista": "benchmarks.peers.pyvista_way:PyVista",
    "actor_a_part": "benchmarks.peers.vtk_ways:ActorAPart",
    "composite": "benchmarks.peers.vtk_ways:Composite",
    "glyphs": "benchmarks.peers.vtk_ways:Glyphs",
    "merged": "benchmarks.peers.vtk_ways:Merged",
}


def contender(name: str) -> Contender:
    """A new one, by its name."""
    module, _, attribute = CONTENDERS[name].partition(":")
    return getattr(importlib.import_module(module), attribute)()


def _changed_frame(one: Contender, change: Callable[[int], None], i: int) -> None:
    change(i)
    one.frame(i)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("who", choices=sorted(CONTENDERS))
    parser.add_argument("--parts", type=int, default=3000)
    parser.add_argument("--sides", type=int, default=COARSE)
    parser.add_argument("--size", default="64x64")
    parser.add_argument("--frames", type=int, default=9)
    parser.add_argument("--still-only", action="store_true", help="only frames of the orbit, no recolouring and moving")
    options = parser.parse_args()
    width, height = (int(v) for v in options.size.split("x"))
    one, twin = contender(options.who), plant(options.parts, options.sides)
    before_mb, start = memory_mb(), time.process_time()
    one.build(twin, (width, height))
    one.frame(0)
    found = {"first_frame_ms": (time.process_time() - start) * 1e3}
    found["frame_ms"] = cpu_ms(one.frame, options.frames)
    if not options.still_only:
        for name, change in (("recolour", one.recolour), ("move", one.move)):
            found[f"{name}_{min(CHANGED, options.parts)}_ms"] = cpu_ms(partial(_changed_frame, one, change), options.frames)
    found |= {"memory_mb": memory_mb() - before_mb, "peak_mb": peak_mb() - before_mb, **one.facts()}
    print(json.dumps(rounded(found)))


if __name__ == "__main__":
    main()
