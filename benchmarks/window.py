"""How long the window stands still while one works in a large scene: `python -m benchmarks.window`.

Opens a made-up plant of 20,000 parts (written by our own GLB writer) in the real window, does what people do, and asks the event
loop every 5 ms whether it still answers. Figures in benchmarks/results/window.json: CPU time of the whole process per action, the
longest time that the loop did not answer, the same with what the frames themselves took left out, and the longest frame.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from immutables import Map

from benchmarks.measuring import in_its_own_process, keep
from benchmarks.plants import FINE, plant
from viewer.base.frames import Pose
from viewer.base.ids import ROOT as TOP
from viewer.base.ids import NodeId
from viewer.twin.model import Twin
from viewer.twin.parts import Node

PARTS, SELECTED = 20_000, 5_000
_TICK_MS, _LINE, _STATION = 5, 2_000, 100
_KINDS = ("robot", "fixture", "conveyor", "fence")
Step = Callable[[], object]
Action = tuple[str, list[Step], float, float]
"""Name, steps, seconds between them, and seconds that belong to it after the last."""


def furnished(parts: int, sides: int) -> Twin:
    """The plant with lines, stations, names, kinds and properties, as plants come."""
    bare = plant(parts, sides)
    nodes: dict[NodeId, Node] = {}
    below: dict[NodeId, list[NodeId]] = {}

    def put(node: Node) -> None:
        nodes[node.id] = node
        below.setdefault(node.parent, []).append(node.id)

    for i, one in enumerate(bare.nodes.values()):
        line, station = NodeId(f"line{i // _LINE}"), NodeId(f"station{i // _STATION}")
        if line not in nodes:
            put(Node(line, f"Line {i // _LINE + 1}", TOP, Pose.from_xyz_rpy((0.0, 0.0, 0.0)), kind="line"))
        if station not in nodes:
            put(Node(station, f"Station {i // _STATION + 1:03d}", line, Pose.from_xyz_rpy((0.0, 0.0, 0.0)), kind="station"))
        kind = _KINDS[i % 4]
        facts = Map({"mass": f"{5 + i % 200} kg", "supplier": f"Supplier {i % 23}", "serial": f"SN{i:06d}"})
        put(replace(one, name=f"{kind.title()} {i:05d}", parent=station, kind=kind, properties=facts))
    return Twin("plant", parts=bare.parts, nodes=Map(nodes), children=Map({key: tuple(ids) for key, ids in below.items()}))


def write_plant(folder: Path, parts: int, sides: int) -> Path:
    """The plant as a GLB of our own."""
    from viewer.base.job import SilentJob
    from viewer.geometry.gltf.shown import ShownScene
    from viewer.geometry.gltf.write import write_glb

    path = folder / "plant.glb"
    write_glb(ShownScene(furnished(parts, sides)), path, SilentJob())
    return path


class Meter:
    """Ticks on the GUI thread, and keeps how long it was away in between. Main thread."""

    def __init__(self) -> None:
        from PySide6.QtCore import Qt, QTimer

        self.found: dict[str, dict[str, float]] = {}
        self._name, self._began = "", 0.0
        self._last = time.perf_counter()
        self._cpu = self._frames_ms = 0.0
        self._row: dict[str, float] = {}
        self._timer = QTimer(interval=_TICK_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self.tick)
        self._timer.start()

    def begin(self, name: str) -> None:
        """What comes now counts for this action."""
        self.end()
        self._name, self._began, self._cpu = name, time.perf_counter(), time.process_time()
        self._last, self._frames_ms = self._began, 0.0
        self._row = {"longest_block_ms": 0.0, "longest_block_but_frames_ms": 0.0, "longest_frame_ms": 0.0, "frames": 0}

    def end(self) -> None:
        """The action is over."""
        if not self._name:
            return
        self.tick()
        self._row |= {"cpu_ms": (time.process_time() - self._cpu) * 1e3, "lasted_ms": (time.perf_counter() - self._began) * 1e3}
        self.found[self._name] = {key: round(value, 1) for key, value in self._row.items()}
        self._name = ""

    def tick(self) -> None:
        """The loop answers."""
        now = time.perf_counter()
        away_ms, frames_ms = (now - self._last) * 1e3, self._frames_ms
        self._last, self._frames_ms = now, 0.0
        if self._name:
            row = self._row
            row["longest_block_ms"] = max(row["longest_block_ms"], away_ms)
            row["longest_block_but_frames_ms"] = max(row["longest_block_but_frames_ms"], away_ms - frames_ms)

    def frame(self, took_ms: float) -> None:
        """A frame was drawn."""
        self._frames_ms += took_ms
        if self._name:
            self._row["longest_frame_ms"] = max(self._row["longest_frame_ms"], took_ms)
            self._row["frames"] += 1


class Work:
    """What somebody does in the window. Main thread."""

    def __init__(self, window: Any) -> None:
        self.w, self.view = window, window.view3d
        looking = next(one for one in window.features if type(one).__name__ == "Looking")
        self.section, self.explode = looking.section, looking.explode
        self.panel = next(one for one in window.features if type(one).__name__ == "Finding").panel
        self.parts = [node.id for node in window.twin.nodes.values() if node.part is not None]

    def mouse(self, kind: str, x: float, y: float, *, held: bool = True) -> None:
        """A mouse event as the window system sends it."""
        from PySide6.QtCore import QEvent, QPointF, Qt
        from PySide6.QtGui import QMouseEvent
        from PySide6.QtWidgets import QApplication

        left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
        at = QPointF(x, y)
        event = QMouseEvent(
            getattr(QEvent.Type, kind),
            at,
            self.view.mapToGlobal(at),
            none if kind == "MouseMove" else left,
            left if held and kind != "MouseButtonRelease" else none,
            Qt.KeyboardModifier.NoModifier,
        )
        QApplication.sendEvent(self.view, event)

    def drag(self, begin: tuple[float, float], step: tuple[float, float], count: int) -> Iterator[Step]:
        """Press, move and let go."""
        x, y = begin
        yield lambda: self.mouse("MouseButtonPress", x, y)
        for i in range(1, count + 1):
            yield lambda i=i: self.mouse("MouseMove", x + i * step[0], y + i * step[1])
        yield lambda: self.mouse("MouseButtonRelease", x + count * step[0], y + count * step[1])

    def click(self, x: float, y: float) -> list[Step]:
        return list(self.drag((x, y), (0.0, 0.0), 0))

    def hand(self) -> tuple[float, float]:
        """Where the gizmo's plane handle is held, in the widget's pixels."""
        x, y = self.view.gizmo._shapes()["plane"][:4].mean(axis=0).tolist()
        return x, y

    def colour(self, kind: Literal["kind", "part", "scene"]) -> Step:
        from viewer.ui.services import ColourBy

        return lambda: self.w.link.choose_colours(ColourBy(kind, ""))

    def typed(self, text: str) -> list[Step]:
        return [lambda n=n: self.panel.field.setText(text[: n + 1]) for n in range(len(text))]

    def move_one(self) -> list[Step]:
        """The gizmo's plane handle is dragged; where it is is known only then."""
        held: list[tuple[float, float]] = []

        def at(kind: str, dx: float) -> Step:
            return lambda: self.mouse(kind, held[0][0] + dx, held[0][1])

        steps: list[Step] = [lambda: held.append(self.hand()), at("MouseButtonPress", 0.0)]
        return [*steps, *(at("MouseMove", 4.0 * i) for i in range(1, 16)), at("MouseButtonRelease", 60.0)]

    def actions(self) -> list[Action]:
        """In the order they are done."""
        w, v, x, y = self.w, self.view, self.view.width() / 2, self.view.height() / 2
        tree = [lambda t=t: w.tree.search.setText(t) for t in ("r", "ro", "robot")]
        many, one = self.parts[:SELECTED], self.parts[len(self.parts) // 2]
        toggle, box = w.visibility, self.section
        walk = range(1, 31)

        def hover(i: int) -> Step:
            return lambda: self.mouse("MouseMove", x / 2 + i * 9, y + i * 3, held=False)

        def cut(i: int) -> Step:
            return lambda: box.move_to(box.model.at_m + 1.0)

        return [
            ("orbit", list(self.drag((x, y), (7.0, 1.0), 60)), 0.03, 0.15),
            ("rest after it", [lambda: None], 0.0, 1.5),
            ("hover", [hover(i) for i in walk], 0.05, 0.5),
            ("select one by a click", self.click(x, y), 0.05, 1.5),
            ("select 5,000", [lambda: w.selection.select(many)], 0.0, 1.2),
            ("hide 5,000", [lambda: toggle.toggle_hidden(many)], 0.0, 1.2),
            ("show all", [toggle.show_all], 0.0, 1.2),
            ("isolate 5,000", [lambda: toggle.toggle_isolated(many)], 0.0, 1.2),
            ("x-ray 5,000", [toggle.show_all, lambda: toggle.toggle_x_ray(many)], 0.6, 1.0),
            ("select none", [toggle.show_all, w.selection.clear], 0.6, 1.0),
            ("section", [box.toggle, lambda: box.choose("x")], 0.3, 1.0),
            ("section dragged", [cut(i) for i in walk], 0.03, 2.0),
            ("section off", [box.toggle], 0.0, 1.0),
            ("search opened", [lambda: w.docks.show("search")], 0.0, 1.2),
            ("search typed", self.typed("kind:robot mass>150kg"), 0.1, 1.0),
            ("tree filtered", [lambda: w.docks.show("scene"), *tree], 0.3, 1.5),
            ("tree opened", [w.tree.search.clear, w.tree.view.expandAll], 0.5, 1.5),
            ("coloured by kind", [self.colour("kind")], 0.0, 1.2),
            ("coloured by part", [self.colour("part")], 0.0, 1.2),
            ("colours of the scene", [self.colour("scene")], 0.0, 1.2),
            ("move tool", [lambda: w.selection.select([one]), lambda: w.set_tool("move"), lambda: v.fit([one])], 0.3, 2.0),
            ("move one", self.move_one(), 0.04, 1.5),
            ("undo", [w.undo], 0.0, 1.5),
            ("explode", [w.selection.clear, lambda: w.set_tool("select"), v.fit, self.explode.toggle], 0.5, 2.5),
            ("together again", [self.explode.toggle], 0.0, 2.5),
        ]  # fmt: skip


class Session:
    """Does all actions one after the other in a window, then closes it. Main thread."""

    def __init__(self, window: Any, meter: Meter, shots: Path | None) -> None:
        self._w, self._meter, self._shots = window, meter, shots
        window.view3d.frame_drawn.connect(meter.frame)
        self._run = self._script()
        self._next()

    def _next(self) -> None:
        from PySide6.QtCore import QTimer

        wait_s = next(self._run, None)
        if wait_s is None:
            self._w.close_now()
        else:
            QTimer.singleShot(max(round(wait_s * 1e3), 1), lambda: self._next())  # a method alone would be held weakly

    def _script(self) -> Iterator[float]:
        meter, scene = self._meter, self._w.view3d.scene
        meter.begin("pictures by and by")
        until = time.perf_counter() + 60.0
        while (scene.filling or scene._scene.drawing.pending) and time.perf_counter() < until:
            yield 0.05
        yield 1.0
        self._shoot("all")
        for name, steps, pause_s, after_s in Work(self._w).actions():
            meter.begin(name)
            for step in steps:
                step()
                yield pause_s
            yield after_s
            meter.end()
            self._shoot(name)
            yield 0.05

    def _shoot(self, name: str) -> None:
        if self._shots is not None:
            self._w.grab().save(str(self._shots / f"{name.replace(' ', '_')}.png"))


def measured(path: Path, shots: Path | None) -> dict[str, Any]:
    """All actions in a window of this process."""
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    from viewer.app import Opening, open_window
    from viewer.ui.viewport.pictures import prepare_surface_format

    prepare_surface_format()
    application = QApplication(["genchi"])
    meter = Meter()
    QTimer.singleShot(0, lambda: meter.begin("opening"))  # the loop runs then: what comes before is the program's start

    def arrange(window: Any) -> None:
        Session(window, meter, shots)

    open_window(Opening(scene=path, arrange=arrange))
    application.quit()
    return meter.found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parts", type=int, default=PARTS)
    parser.add_argument("--here", type=Path, help="measure this file in this process, and print one line of JSON")
    parser.add_argument("--shots", type=Path, help="where pictures of the window after each action go")
    options = parser.parse_args()
    if options.here is not None:
        import json

        print(json.dumps(measured(options.here, options.shots)))
        sys.stdout.flush()
        return
    with tempfile.TemporaryDirectory() as folder:
        path = write_plant(Path(folder), options.parts, FINE)
        os.environ["GENCHI_HOME"] = folder
        words = ("--here", str(path), *(("--shots", str(options.shots)) if options.shots else ()))
        found = in_its_own_process("benchmarks.window", *words)
    keep("window", {"parts": options.parts, "triangles_of_a_part": (FINE // 2) * FINE * 2, "actions": found})


if __name__ == "__main__":
    main()
