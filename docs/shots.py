"""Make the pictures of the documentation with the program itself: `python tasks.py shots [NAME …]`."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
PICTURES = HERE / "pictures"
SCENE = HERE.parent / "scenes" / "battery_line"
Step = tuple[float, Callable[[Any], object]]
"""Seconds after the one before, and what is then done with the window."""


def _study(window: Any, study: str) -> None:
    window.docks.show("studies")
    window.studies.open(study)


def _view(name: str) -> Callable[[Any], object]:
    return lambda w: w.view3d.fly_to(next(v for v in w.twin.views if v.name == name))


def _looking(window: Any) -> Any:
    """What the feature of that name keeps of a window."""
    return next(one for one in window.features if type(one).__name__ == "Looking")


SHOTS: dict[str, list[Step]] = {
    "demo": [(25.0, _view("Robot cells"))],
    "tolerance": [(12.0, lambda w: _study(w, "tolerance")), (1.0, _view("Pack close-up"))],
    "layout": [
        (12.0, _view("Robot cells")),
        (1.0, lambda w: w.selection.select(["st080"])),
        (0.2, lambda w: w.set_tool("move")),
        (0.2, lambda w: _study(w, "layout")),
    ],
    "section": [
        (14.0, _view("Robot cells")),
        (1.0, lambda w: _looking(w).section.choose("y")),
        (0.2, lambda w: _looking(w).section.move_to(31.0)),
    ],
    "focus": [
        (14.0, _view("Robot cells")),
        (1.0, lambda w: w.visibility.toggle_focus(["st060.r1"])),
    ],
    "walk": [
        (14.0, _view("Robot cells")),
        (1.0, lambda w: w.set_tool("walk")),
    ],
    "views": [
        (14.0, _view("Tightening")),
        (2.5, lambda w: _looking(w).section.choose("z")),
        (0.2, lambda w: _looking(w).section.move_to(1.2)),
        (1.0, lambda w: _looking(w).views.save()),
    ],
    "light": [
        (14.0, lambda w: w.use_theme("light")),
        (0.5, lambda w: w.selection.select(["st080.r1"])),
        (0.2, lambda w: w.fly_to_selection()),
    ],
}
SETTLE_S = 4.0


def make(name: str) -> None:
    """One picture, in this process: the real window, arranged step by step and grabbed."""
    sys.path.insert(0, str(HERE.parent))
    from PySide6.QtCore import QTimer

    from viewer.app import Opening, open_window

    picture = PICTURES / f"{name}.png"

    def grab(window: Any) -> None:
        window.grab().save(str(picture), "PNG")
        window.close_now()

    def arrange(window: Any) -> None:
        at_s = 0.0
        for after_s, step in (*SHOTS[name], (SETTLE_S, grab)):
            at_s += after_s
            QTimer.singleShot(round(1e3 * at_s), lambda s=step: s(window))

    open_window(Opening(scene=SCENE, arrange=arrange))


def main(names: list[str]) -> None:
    """Make the named pictures, or all; each by a process of its own that remembers nothing of the one before."""
    PICTURES.mkdir(exist_ok=True)
    if len(names) == 2 and names[0] == "--here":
        make(names[1])
        return
    for name in names or SHOTS:
        with tempfile.TemporaryDirectory() as home:
            subprocess.run([sys.executable, __file__, "--here", name], check=True, env={**os.environ, "GENCHI_HOME": home})


if __name__ == "__main__":
    main(sys.argv[1:])
