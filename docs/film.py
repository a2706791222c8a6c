"""Make the film of the documentation: somebody works in a plant of 20,000 parts, and the screen is taken as it really was.

A process of its own takes the window's place on the screen again and again while the window works, with the time of each take, so
that waits are in the film as they were on the machine. Called by `docs/shots.py`.
"""

from __future__ import annotations

import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
FILM = HERE / "pictures" / "large.webp"
PARTS = 20_000
SIZE_PX = (1280, 720)
_SHOWN_PX = 864
_EVERY_S = 0.1
_LARGEST_BYTES = 3_000_000
_STEP_S = 0.02


def take(size_px: tuple[int, int], until: Path, film: Path) -> None:
    """Take the upper left of the screen until the file `until` appears; then write the film. In a process of its own."""
    from PIL import Image, ImageGrab

    frames: list[Any] = []
    at_s: list[float] = []
    due_s = time.perf_counter()
    while not until.exists():
        at_s.append(time.perf_counter())
        frames.append(ImageGrab.grab((0, 0, *size_px), xdisplay=os.environ["DISPLAY"]))
        due_s = max(due_s + _EVERY_S, time.perf_counter())
        time.sleep(max(due_s - time.perf_counter(), 0.0))
    lasted_ms = [round(1e3 * (b - a)) for a, b in zip(at_s, [*at_s[1:], time.perf_counter()], strict=True)]
    high_px = round(_SHOWN_PX * size_px[1] / size_px[0])
    small = [frame.resize((_SHOWN_PX, high_px), Image.Resampling.LANCZOS) for frame in frames]
    for quality in (72, 60, 48, 36):
        kept = BytesIO()
        small[0].save(kept, "WEBP", save_all=True, append_images=small[1:], duration=lasted_ms, loop=0, quality=quality, method=4)
        if kept.tell() <= _LARGEST_BYTES:
            break
    film.write_bytes(kept.getvalue())
    sys.stdout.write(f"{len(frames)} takes in {sum(lasted_ms) / 1e3:.1f} s, {kept.tell() / 1e6:.1f} MB at quality {quality}\n")


def work(window: Any) -> Iterator[float]:
    """What is done, as the seconds to wait until the next of it: orbit, select by a click, cut at two places."""
    view = window.view3d
    looking = next(one for one in window.features if type(one).__name__ == "Looking")
    began, start = time.perf_counter(), view.camera
    while (passed_s := time.perf_counter() - began) < 2.6:
        turned = start.heading_rad + 0.55 * math.sin(passed_s * math.pi / 2.6)
        view.set_camera(replace(start, heading_rad=turned, distance_m=start.distance_m * (1.0 - 0.12 * passed_s)))
        yield _STEP_S
    yield 0.6
    _click(view, 0.5, 0.55)
    yield 1.2
    low_m, high_m = view.scene.bounds()[:, 1].tolist()
    looking.section.choose("y")
    for share in (0.12, 0.3):
        looking.section.move_to(low_m + share * (high_m - low_m))
        yield 1.8


def _click(view: Any, right: float, down: float) -> None:
    from PySide6.QtCore import QPoint, Qt
    from PySide6.QtTest import QTest

    at = QPoint(round(right * view.width()), round(down * view.height()))
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)


def play(folder: Path) -> None:
    """Open the plant that lies in the folder, wait until all of it is shown, and work in it while it is filmed."""
    from viewer.app import Opening, open_window

    done = folder / "done"

    def script(window: Any) -> Iterator[float]:
        window.setGeometry(0, 0, *SIZE_PX)
        yield 1.0
        yield from _ready(window)
        command = [sys.executable, __file__, "--take", str(done)]
        taking = subprocess.Popen(command)
        yield 1.2  # until it imports no more
        yield from work(window)
        done.touch()
        taking.wait()
        window.close_now()

    open_window(Opening(scene=folder / "plant.glb", arrange=lambda window: _run(script(window))))


def _ready(window: Any) -> Iterator[float]:
    """Looks from nearer by, coloured by kind, with all parts and their simpler shapes."""
    from viewer.ui.services import ColourBy

    view = window.view3d
    for name, dock in window.docks.all.items():
        dock.setVisible(name in ("scene", "inspector"))
    window.link.choose_colours(ColourBy("kind", ""))
    camera = view.camera
    view.set_camera(replace(camera, distance_m=camera.distance_m * 0.72))
    yield 1.0
    view.scene.complete(levels=True)  # as when the plant is opened for the second time
    view.redraw()
    yield 4.0


def _run(script: Iterator[float]) -> None:
    from PySide6.QtCore import QTimer

    def go_on() -> None:
        wait_s = next(script, None)
        if wait_s is not None:
            QTimer.singleShot(max(round(1e3 * wait_s), 1), go_on)

    go_on()


def make() -> None:
    """The film, by processes of their own that remember nothing of another."""
    sys.path.insert(0, str(HERE.parent))
    from benchmarks.plants import FINE
    from benchmarks.window import write_plant

    with tempfile.TemporaryDirectory() as folder:
        write_plant(Path(folder), PARTS, FINE)
        env = {**os.environ, "GENCHI_HOME": folder, "PYTHONPATH": str(HERE.parent)}
        subprocess.run([sys.executable, __file__, "--play", folder], check=True, env=env)


PLAYERS: dict[str, Callable[[Path], None]] = {"--play": play, "--take": lambda until: take(SIZE_PX, until, FILM)}

if __name__ == "__main__":
    PLAYERS[sys.argv[1]](Path(sys.argv[2]))
