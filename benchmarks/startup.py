"""Start-up to the first frame: the whole process's CPU time and how long it lasts, beside pyvistaqt and F3D.

`python -m benchmarks.startup` (a display is needed); figures in benchmarks/results/startup.json. Each program opens its window,
draws once and ends; the median of several runs.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.measuring import ROOT, children_cpu_s, keep, middle, rounded

MODEL = ROOT / "scenes" / "battery_line" / "plant.glb"
RUNS = 5

GENCHI = """
import sys
from pathlib import Path
from viewer.app import Opening, open_window
sys.exit(open_window(Opening({}close_after_s=0.0)))
"""
PYVISTAQT = """
import pyvista as pv
from pyvistaqt import QtInteractor
from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QApplication, QMainWindow
application = QApplication([])
window = QMainWindow()
window.resize(1600, 900)
view = QtInteractor(window)
window.setCentralWidget(view.interactor)
{}
window.show()
QTimer.singleShot(0, lambda: (view.render(), window.close(), application.quit()))
application.exec()
"""
F3D = """
import f3d
f3d.Engine.autoload_plugins()
engine = f3d.Engine.create(False)
engine.window.size = 1600, 900
{}
engine.window.render()
"""
PROGRAMS = {
    "genchi, empty": GENCHI.format(""),
    "genchi, model": GENCHI.format(f"scene=Path({str(MODEL)!r}), "),
    "pyvistaqt, empty": PYVISTAQT.format("view.reset_camera()"),
    "pyvistaqt, model": PYVISTAQT.format(f"view.import_gltf({str(MODEL)!r})"),
    "f3d, empty": F3D.format(""),
    "f3d, model": F3D.format(f"engine.scene.add({str(MODEL)!r})"),
}


def measured(program: str, home: str) -> dict[str, Any]:
    """Medians over the runs; the first, which fills caches, is not counted."""
    env = {**os.environ, "GENCHI_HOME": home, "QT_API": "pyside6", "PYTHONDONTWRITEBYTECODE": ""}
    cpu: list[float] = []
    wall: list[float] = []
    for run in range(RUNS + 1):
        before, start = children_cpu_s(), time.perf_counter()
        done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=env, capture_output=True, text=True, timeout=120)
        if done.returncode:
            return {"failed": (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]}
        if run:
            wall.append(time.perf_counter() - start)
            cpu.append(children_cpu_s() - before)
    return rounded({"cpu_s": middle(cpu), "least_cpu_s": min(cpu), "wall_s": middle(wall)}, 3)


def main() -> None:
    with tempfile.TemporaryDirectory() as home:
        keep("startup", {name: measured(program, str(Path(home))) for name, program in PROGRAMS.items()})


if __name__ == "__main__":
    main()
