"""What levels of detail save, and what they change: `python -m benchmarks.levels`; figures in benchmarks/results/levels.json.

An orbit, 20,000 fine parts, 1280 x 720: every triangle, levels at rest, levels while the camera moves at full size, and drafts
of half the size; the share of the picture's pixels that levels at rest change by more than 4 grey levels, at three distances; and
what the scene takes of memory, merged and as copies. Each in its own process; milliseconds are CPU time of the whole process.
"""

from __future__ import annotations

import argparse
import json
from typing import Any

import numpy as np

from benchmarks.measuring import cpu_ms, in_its_own_process, keep, memory_mb, rounded
from benchmarks.plants import FINE, plant
from viewer.render.drawing import DRAFT_PX, MOVING_PX, REST_PX
from viewer.render.groups import DrawRules
from viewer.render.look import DARK
from viewer.render.snapshot import OffscreenScene

SIZE_PX, NEARER, GREY_LEVELS = (1280, 720), (1.0, 6.0, 30.0), 4
WAYS = ("full", "levels", "changed", "merged", "glyph")


def frames(parts: int, *, levels: bool) -> dict[str, Any]:
    """Milliseconds a frame of an orbit."""
    with OffscreenScene(SIZE_PX, theme=DARK, rules=DrawRules(levels=levels)) as scene:
        view = scene.view
        view.set_twin(plant(parts, FINE))
        view.complete(levels=levels)
        view.camera = view.fitted()

        def frame(_i: int, **how: Any) -> None:
            view.camera = view.camera.orbited(0.01, 0.0)
            view.prepare(**how)
            scene.window.Render()
            scene.window.WaitForCompletion()

        found: dict[str, Any] = {"rest_ms": cpu_ms(frame, 7), "rest_triangles": view.statistics()["drawn_triangles"]}
        if levels:
            found["moving_ms"] = cpu_ms(lambda i: frame(i, moving=True), 7)
            found["moving_triangles"] = view.statistics()["drawn_triangles"]
            scene.window.SetSize(SIZE_PX[0] // 2, SIZE_PX[1] // 2)
            found["draft_ms"] = cpu_ms(lambda i: frame(i, scale=0.5), 7)
            found["draft_triangles"] = view.statistics()["drawn_triangles"]
        return rounded(found)


def changed(parts: int) -> dict[str, Any]:
    """Share of pixels that differ from the picture of every triangle, in percent, by how many times nearer the eye is."""
    pictures: list[list[np.ndarray[Any, Any]]] = []
    for levels in (False, True):
        with OffscreenScene(SIZE_PX, theme=DARK, rules=DrawRules(levels=levels)) as scene:
            scene.view.set_twin(plant(parts, FINE))
            scene.view.complete(levels=levels)
            fitted, taken = scene.view.fitted(), list[np.ndarray[Any, Any]]()
            for nearer in NEARER:
                scene.view.camera = fitted.zoomed(nearer)
                taken.append(scene.draw().astype(np.int16))
            pictures.append(taken)
    differ = [np.abs(a - b).max(axis=2) > GREY_LEVELS for a, b in zip(*pictures, strict=True)]
    return {
        f"changed_percent_{nearer:g}_times_nearer": round(100.0 * float(one.mean()), 3)
        for nearer, one in zip(NEARER, differ, strict=True)
    }


def memory(parts: int, way: str) -> dict[str, Any]:
    """MB that the scene takes, drawn once."""
    twin = plant(parts, FINE)
    with OffscreenScene(SIZE_PX, theme=DARK, rules=DrawRules(draw=way)) as scene:
        scene.view.prepare()
        scene.window.Render()
        before_mb = memory_mb()
        scene.view.set_twin(twin)
        scene.view.camera = scene.view.fitted()
        scene.view.prepare()
        scene.window.Render()
        scene.window.WaitForCompletion()
        return {"memory_mb": round(memory_mb() - before_mb), "chunks": scene.view.statistics()["chunks"]}


def measured(parts: int, way: str) -> dict[str, Any]:
    """One way's figures, in this process."""
    if way in ("full", "levels"):
        return frames(parts, levels=way == "levels")
    return changed(parts) if way == "changed" else memory(parts, way)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parts", type=int, default=20_000)
    parser.add_argument("--here", choices=WAYS, help="measure only this, in this process, and print one line of JSON")
    options = parser.parse_args()
    if options.here is not None:
        print(json.dumps(measured(options.parts, options.here)))
        return
    words = ("--parts", str(options.parts), "--here")
    found: dict[str, Any] = {way: in_its_own_process("benchmarks.levels", *words, way) for way in WAYS}
    keep("levels", {"parts": options.parts, "pixels_strayed": {"rest": REST_PX, "moving": MOVING_PX, "draft": DRAFT_PX}, **found})


if __name__ == "__main__":
    main()
