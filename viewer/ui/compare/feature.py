"""Puts comparing into the window: reads the other revision in the background, shows what differs, and takes it all away again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog

from viewer.base.job import Job
from viewer.base.units import grouped
from viewer.twin.deltas import Delta
from viewer.twin.model import Twin
from viewer.twin.process import View
from viewer.ui.actions import ActionSpec
from viewer.ui.background import BackgroundTask
from viewer.ui.lazy_panel import LazyPanel
from viewer.ui.unit_question import ask_unit

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from viewer.geometry.model import UnitQuestion
    from viewer.measure.revisions import Difference, Tolerance
    from viewer.ui.compare.arrows import ArrowLayer
    from viewer.ui.compare.panel import ComparePanel
    from viewer.ui.compare.session import Comparison, Looking
    from viewer.ui.main_window import MainWindow

_ORDER: tuple[Looking, ...] = ("both", "open", "file")
_GHOST_OPACITY = 0.38


class Comparing:
    """The comparison of one window, at most one at a time. Main thread."""

    def __init__(self, window: MainWindow) -> None:
        self._w = window
        self.comparison: Comparison | None = None
        self.looking: Looking = "both"
        self.only_differences = False
        window.docks.add("compare", "Compare", LazyPanel(lambda: self.panel))
        window.link.followers.append(self._follow)
        window.visibility.changed.connect(self._show_nodes)
        for spec in self._specs():
            window.actions_.add(spec)

    @cached_property
    def panel(self) -> ComparePanel:
        """The list; made when it is first looked at."""
        from viewer.ui.compare.panel import ComparePanel

        w, panel = self._w, ComparePanel(self._w.look)
        panel.chosen.connect(self._fly)
        panel.looking_changed.connect(self.look_at)
        panel.only_changed.connect(self.show_only)
        panel.file_asked.connect(self.ask)
        panel.again_asked.connect(self.again)
        panel.older_changed.connect(lambda _older: self.again())
        panel.end_asked.connect(self.end)
        panel.said.connect(lambda text, severity: w.notifications.say(text, severity))
        return panel

    @cached_property
    def arrows(self) -> ArrowLayer:
        """From where moved parts were to where they are."""
        from viewer.ui.compare.arrows import ArrowLayer

        arrows = ArrowLayer(self._w)
        self._w.view3d.add_overlay(arrows)
        return arrows

    def _specs(self) -> list[ActionSpec]:
        def can() -> bool:
            return self._w.has_scene() and self._w.services.read_twin is not None

        def is_on() -> bool:
            return self.comparison is not None

        return [
            ActionSpec(
                "compare.file", "Compare with a file…", self.ask, "Tools", "compare", "Ctrl+Shift+D", can, group="compare"
            ),
            ActionSpec(
                "compare.next", "Compare: both, open scene, file", self.next_looking, "Tools", "", "B", is_on, group="compare"
            ),
            ActionSpec("compare.end", "End comparing", self.end, "Tools", "close", "", is_on, group="compare"),
        ]

    # -- reading and comparing

    def ask(self) -> None:
        """Let somebody choose the other revision."""
        patterns = " ".join(f"*{s}" for s in self._w.services.formats())
        dialog = QFileDialog(self._w, "Compare with another revision")
        dialog.setNameFilters([f"Scenes and geometry (scene.toml {patterns})", "All files (*)"])
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(lambda path: self.compare_with(Path(path)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def compare_with(self, path: Path, unit: str | None = None) -> None:
        """Read a file and compare it; asks for the unit where it turns out to have none, each with the size that it gives."""
        read = self._w.services.read_twin
        if read is None:
            self._w.notifications.say("this window was started without readers, so it can't read another file", "warning")
            return
        twin, within, older = self._w.twin, self.panel.tolerance, self.panel.age.currentIndex() == 0

        def work(job: Job) -> Comparison | _Unmeasured:
            opened = read(path, unit, _Share(job, 0.0, 0.5))
            if opened.question is not None:
                return _Unmeasured(path, opened.question)
            return _compared(path, opened.twin, twin, within, _Share(job, 0.5, 1.0), older=older)

        self._run(f"Compare with {path.name}", work)

    def again(self) -> None:
        """Compare the same file with the scene as it is now, with the tolerance as it is now."""
        known = self.comparison
        if known is None:
            return
        twin, within, older = self._w.twin, self.panel.tolerance, self.panel.age.currentIndex() == 0
        self._run(
            f"Compare with {known.path.name}", lambda job: _compared(known.path, known.other, twin, within, job, older=older)
        )

    def _run(self, title: str, work: Callable[[Job], Comparison | _Unmeasured]) -> None:
        task = BackgroundTask(title, work, self._w)
        task.finished.connect(self._done)
        task.mistaken.connect(lambda text: self._w.notifications.say(text, "alarm"))
        task.cancelled.connect(lambda: self._w.notifications.say(f"{title} was cancelled"))
        task.ended.connect(task.deleteLater)
        self._w.progress.watch(task)
        task.start()

    def _done(self, read: Comparison | _Unmeasured) -> None:
        if isinstance(read, _Unmeasured):
            path = read.path
            ask_unit(self._w, path, read.question, lambda unit: self.compare_with(path, unit), lambda: None)
        else:
            self.show_comparison(read)

    # -- showing

    def show_comparison(self, comparison: Comparison) -> None:
        """Show what came of it."""
        w = self._w
        self.comparison = comparison
        w.docks.show("compare")
        self.panel.show_comparison(comparison)
        w.link.paint(comparison.colouring)
        self.look_at(self.looking)
        counts = comparison.counts
        told = ", ".join(f"{grouped(counts[s])} {s}" for s in ("added", "removed", "moved", "changed") if counts[s])
        w.notifications.say(f"Against {comparison.title}: {told or 'no differences'}", "good")
        w.actions_.refresh()

    def look_at(self, looking: str) -> None:
        """Both, the open scene or the file."""
        self.looking = next(one for one in _ORDER if one == looking)
        self.panel.set_looking(self.looking)
        self._show_nodes()
        self._show_ghosts()

    def next_looking(self) -> None:
        """The next way of looking."""
        self.look_at(_ORDER[(_ORDER.index(self.looking) + 1) % len(_ORDER)])

    def show_only(self, on: bool) -> None:
        """Hide what is the same."""
        self.only_differences = on
        self._show_nodes()

    def end(self) -> None:
        """Everything back to what it was."""
        if self.comparison is None:
            return
        self.comparison = None
        self.panel.show_comparison(None)
        self._w.link.paint(None)
        self._w.view3d.hide_nodes(self._w.visibility.hidden)
        self._show_ghosts()
        self._w.actions_.refresh()

    def _show_nodes(self) -> None:
        if self.comparison is not None:
            hidden = self.comparison.hidden(self.looking, only_differences=self.only_differences)
            self._w.view3d.hide_nodes([*self._w.visibility.hidden, *hidden])

    def _show_ghosts(self) -> None:
        import numpy as np

        known = self.comparison
        self.arrows.show_ways(known.arrows(self._w.twin) if known is not None and self.looking == "both" else np.zeros((0, 2, 3)))
        if known is None:
            self._w.view3d.show_ghosts(())
            return
        from viewer.render.ghosts import Ghost

        ghosts = [Ghost(mesh, world, rgb) for mesh, world, rgb in known.ghosts(self.looking)]
        self._w.view3d.show_ghosts(ghosts, opacity=1.0 if self.looking == "file" else _GHOST_OPACITY)

    def _fly(self, ones: list[Difference]) -> None:
        known = self.comparison
        if known is None:
            return
        nodes = [node for one in ones if (node := known.in_open(one)) is not None and node in self._w.twin.nodes]
        self._w.selection.select(nodes)
        box = known.box(self._w.twin, ones)
        if box is not None:
            self._w.view3d.fly_to(_view_of(self._w.view3d.current_view("difference"), box))

    def _follow(self, twin: Twin, delta: Delta | None) -> None:
        """Another scene ends the comparison; edits move what is shown."""
        if self.comparison is None:
            return
        if delta is None:
            self.comparison = None
            self.panel.show_comparison(None)
            self._show_ghosts()
        else:
            self._show_nodes()
            self._show_ghosts()


@dataclass(frozen=True, slots=True)
class _Unmeasured:
    """A file that was read and names no unit, so that it can't be compared yet."""

    path: Path
    question: UnitQuestion


class _Share:
    """A part of a job's progress; a Job."""

    def __init__(self, job: Job, low: float, high: float) -> None:
        self._job, self._low, self._high = job, low, high

    def progress(self, fraction: float, doing: str = "") -> None:
        """See Job."""
        self._job.progress(self._low + (self._high - self._low) * fraction, doing)

    def warn(self, sentence: str) -> None:
        """See Job."""
        self._job.warn(sentence)

    def check(self) -> None:
        """See Job."""
        self._job.check()


def _compared(path: Path, other: Twin, twin: Twin, within: Tolerance, job: Job, *, older: bool) -> Comparison:
    from viewer.measure.revisions import compare
    from viewer.ui.compare.session import Comparison

    old, new = (other, twin) if older else (twin, other)
    return Comparison(path, other, compare(old, new, within, job=job), older)


def _view_of(now: View, box: NDArray[np.float64]) -> View:
    """The same direction, near enough that the box fills half of the picture."""
    import numpy as np

    line = np.array(now.target_m) - np.array(now.position_m)
    direction = line / max(float(np.linalg.norm(line)), 1e-9)
    target = box.mean(axis=0)
    away = max(float(np.linalg.norm(np.ptp(box, axis=0))), 1e-3) / (2.0 * np.tan(now.angle_rad / 2.0)) * 1.8
    eye = target - direction * away
    return View(now.name, (eye[0], eye[1], eye[2]), (target[0], target[1], target[2]), now.up, now.angle_rad)


def install(window: MainWindow) -> Comparing:
    """See `viewer.ui.features`."""
    return Comparing(window)
