"""Make the pictures of the documentation with the program itself: `python tasks.py shots [NAME …]`; `film` is the film."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import film
import numpy as np

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


def _feature(window: Any, name: str) -> Any:
    """What the feature of that name keeps of a window."""
    return next(one for one in window.features if type(one).__name__ == name)


def _looking(window: Any) -> Any:
    return _feature(window, "Looking")


def _stand(window: Any, x: float, y: float, z: float, target: tuple[float, float, float]) -> None:
    from viewer.twin.process import View

    window.view3d.fly_to(View("shot", (x, y, z), target))


def _click(window: Any, *at_m: float) -> None:
    """A real click where a point of the world is drawn."""
    from PySide6.QtCore import QPoint, Qt
    from PySide6.QtTest import QTest

    view = window.view3d
    x, y = view.scene.camera.to_pixels(np.array([at_m]), view.scene.size_px)[0, :2] / view.devicePixelRatioF()
    at = QPoint(round(float(x)), round(float(y)))
    QTest.mouseMove(view, at)
    QTest.qWait(400)
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
    QTest.qWait(400)


def _measure(window: Any, kind: str, *points_m: tuple[float, float, float]) -> None:
    """Points in the world, metres, are clicked one after the other."""
    window.set_tool("measure")
    _feature(window, "Measuring").tool.use(kind)
    for at in points_m:
        _click(window, *at)


def _turn(window: Any, **angles_rad: float) -> None:
    from viewer.twin.edits_joints import SetJoint

    for node, joint in window.twin.joints.items():
        if joint.name in angles_rad:
            window.edit(SetJoint(node, angles_rad[joint.name]))


def _select(window: Any, name: str) -> None:
    window.selection.select([next(id_ for id_, node in window.twin.nodes.items() if node.name == name)])


def _alarm(window: Any) -> None:
    """The list, its first row chosen; another one acknowledged."""
    window.docks.show("alarms")
    panel = _feature(window, "Alarms").panel
    if panel.model.rowCount() > 1:
        panel.action_asked.emit("acknowledge", [panel.model.rows[-1].alarm.id])
    panel.table.selectRow(0)


RECORDING = "time,ST030_Adhesive_Temp [degF],ST080_R1_ActTorque [N*mm],ST100_LidGap [um],Vibration [mm/s]\n" + "".join(
    f"2026-03-01T08:00:{second:02d}Z,{113 + 0.1 * second:.1f},{24_800 + 20 * second},{890 + second},{1.2 + 0.01 * second:.2f}\n"
    for second in range(30)
)


def _wizard(window: Any) -> None:
    """The wizard with a recording, where the picture shows no path of this machine."""
    os.chdir(tempfile.mkdtemp())
    Path("recording.csv").write_text(RECORDING, encoding="utf-8")
    wizard = _feature(window, "SourcesFeature").open_wizard()
    wizard.form.choose_kind("csv")
    wizard.form.write("file", "recording.csv")
    wizard.form.file.setText("hall-2.toml")
    wizard.form.named.setText("press-shop")
    wizard.look_now()


def _rule(window: Any) -> None:
    """A condition written, to be tried on what has been so far."""
    window.docks.show("rules")
    panel = _feature(window, "RulesFeature").panel
    panel.id.setText("adhesive.cools")
    panel.when.setText("mean(st030.adhesive_temp, 5) < 43 and st030.state > 0")
    panel.when.textEdited.emit(panel.when.text())


def _trends(window: Any) -> None:
    """The first curves and two states, high enough to be read, with both cursors, some seconds ago."""
    from PySide6.QtCore import Qt

    states = [c for s in ("st050", "st080", "st110") for c in window.twin.stations[s].channels if window.twin.channels[c].states]
    window.trends.add(states)
    window.docks.show("trends")
    window.resizeDocks([window.docks.all["trends"]], [400], Qt.Orientation.Vertical)
    window.trends.show_span(30.0)
    now_ns = window.time.clock_ns()
    window.time.go_to(now_ns - 6_000_000_000)
    window.trends.mark("A", now_ns - 22_000_000_000)
    window.trends.mark("B", now_ns - 11_000_000_000)


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
    "alarms": [
        (8.0, lambda w: w.docks.show("alarms")),
        *((0.2, lambda w, f=f: w.faulty.faults.inject(f)) for f in ("weld_current_low", "adhesive_heater_fails", "robot_stops")),
        (0.2, lambda w: w.faulty.faults.inject("tightening_cross_thread")),
        (0.2, lambda w: w.faulty.faults.inject("leak_seal_damaged")),
        (75.0, _alarm),
    ],
    "sources": [
        (14.0, lambda w: w.docks.show("sources")),
        (1.0, lambda w: _feature(w, "SourcesFeature").panel.choose("simulated")),
    ],
    "wizard": [(12.0, _wizard)],
    "rules": [
        (6.0, _rule),
        (0.2, lambda w: w.faulty.faults.inject("adhesive_heater_fails")),
        (14.0, lambda w: w.faulty.faults.clear("adhesive_heater_fails")),
        (20.0, lambda w: _feature(w, "RulesFeature").panel.try_button.click()),
    ],
    "trends": [(40.0, _view("Tightening")), (2.0, _trends)],
    "light": [
        (14.0, lambda w: w.use_theme("light")),
        (0.5, lambda w: w.selection.select(["st080.r1"])),
        (0.2, lambda w: w.fly_to_selection()),
    ],
}
MADE: dict[str, list[Step]] = {
    "measure": [
        (4.0, lambda w: _stand(w, 0.32, -0.26, 0.26, (0.10, 0.06, 0.035))),
        (1.5, lambda w: _measure(w, "size", (0.1 - 0.026, 0.06, 0.010))),
        (3.0, lambda w: _measure(w, "distance", (0.042, 0.025, 0.098), (0.158, 0.025, 0.098))),
        (4.0, lambda w: _measure(w, "distance", (0.2, 0.0, 0.0), (0.2, 0.0, 0.018))),
        (4.0, lambda w: _measure(w, "clearance", (0.1, 0.048, 0.073), (0.15, 0.01, 0.018))),
        (4.0, lambda w: w.docks.show("measure")),
    ],
    "pmi": [
        (4.0, lambda w: _stand(w, 0.26, -0.2, 0.26, (0.10, 0.06, 0.03))),
        (1.0, lambda w: _select(w, "base plate")),
    ],
    "robot": [
        (4.0, lambda w: _turn(w, a1=0.5, a2=0.45, a3=0.35, a5=0.7)),
        (0.5, lambda w: w.view3d.fit()),
        (1.5, lambda w: _select(w, "forearm")),
    ],
    "compare": [
        (4.0, lambda w: _stand(w, 0.34, -0.22, 0.26, (0.10, 0.06, 0.04))),
        (1.0, lambda w: _feature(w, "Comparing").compare_with(w.services.scene_path.with_name("fixture_a.stp"))),
    ],
    "scan": [(9.0, lambda w: _stand(w, 57.0, 16.0, 9.0, (66.5, 30.0, 0.6)))],
}
"""Pictures of files that `docs/samples.py` writes."""
SETTLE_S = 4.0
WIDTH_PX = 1440


def _sample(name: str, folder: Path) -> Path:
    """Write what a picture of `MADE` shows."""
    import samples

    if name == "robot":
        return samples.robot(folder)
    if name == "scan":
        return samples.scan(folder, SCENE)
    if name == "compare":
        samples.fixture(folder, "fixture_a.stp")
        return samples.fixture(folder, "fixture_b.stp", revision_b=True)
    return samples.fixture(folder)


def _lightened(image: Any, width_px: int) -> Any:
    """A picture of fewer bytes: smaller, and in steps of four of 256 shades."""
    from PySide6.QtCore import Qt
    from PySide6.QtGui import QImage

    kind = QImage.Format.Format_RGBX8888
    small = image.scaledToWidth(width_px, Qt.TransformationMode.SmoothTransformation).convertToFormat(kind)
    shades = (np.array(small.constBits(), dtype=np.uint8) & 0xFC).tobytes()
    return QImage(shades, small.width(), small.height(), small.bytesPerLine(), kind).copy()


def make(name: str) -> None:
    """One picture, in this process: the real window, arranged step by step and grabbed."""
    sys.path.insert(0, str(HERE.parent))
    from PySide6.QtCore import QTimer

    from viewer.app import Opening, open_window

    picture = PICTURES / f"{name}.png"

    def grab(window: Any) -> None:
        shown = window.grab()
        (_lightened(shown.toImage(), 880 if name == "scan" else WIDTH_PX) if name in MADE else shown).save(str(picture), "PNG")
        window.close_now()

    def arrange(window: Any) -> None:
        at_s = 0.0
        for after_s, step in (*{**SHOTS, **MADE}[name], (SETTLE_S, grab)):
            at_s += after_s
            QTimer.singleShot(round(1e3 * at_s), lambda s=step: s(window))

    with tempfile.TemporaryDirectory() as folder:
        scene = _sample(name, Path(folder)) if name in MADE else SCENE
        open_window(Opening(scene=scene, arrange=arrange))


def main(names: list[str]) -> None:
    """Make the named pictures, or all; each by a process of its own that remembers nothing of the one before."""
    PICTURES.mkdir(exist_ok=True)
    if len(names) == 2 and names[0] == "--here":
        make(names[1])
        return
    for name in names or (*SHOTS, *MADE, "film"):
        if name == "film":
            film.make()
            continue
        with tempfile.TemporaryDirectory() as home:
            subprocess.run([sys.executable, __file__, "--here", name], check=True, env={**os.environ, "GENCHI_HOME": home})


if __name__ == "__main__":
    main(sys.argv[1:])
