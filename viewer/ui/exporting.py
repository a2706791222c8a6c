"""Exporting the scene as one GLB, as the window shows it: what is hidden stays out, colours and poses are those of the moment."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog

from viewer.base.job import Job
from viewer.base.units import grouped
from viewer.ui.actions import ActionSpec
from viewer.ui.background import BackgroundTask

if TYPE_CHECKING:
    from viewer.geometry.gltf.shown import ShownScene
    from viewer.geometry.gltf.write import Written
    from viewer.ui.main_window import MainWindow


class Exporter:
    """Asks where to, and writes on a background thread. Main thread."""

    def __init__(self, window: MainWindow) -> None:
        self._w = window
        self._dialog: QFileDialog | None = None
        self.task: BackgroundTask | None = None
        """The export that goes on."""

    def ask(self) -> None:
        """Let somebody choose the file."""
        name = "".join(c if c.isalnum() or c in " -_." else "_" for c in self._w.twin.name).strip() or "scene"
        dialog = QFileDialog(self._w, "Export what is shown as GLB", "", "GLB (*.glb)")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("glb")
        dialog.selectFile(f"{name}.glb")
        dialog.fileSelected.connect(lambda path: self.export(Path(path)))
        dialog.finished.connect(dialog.deleteLater)
        self._dialog = dialog
        dialog.open()

    def export(self, path: Path) -> None:
        """Write what is shown now to a file."""
        scene, notes = self._shown(), self._w.notifications

        def write(job: Job) -> Written:
            from viewer.geometry.gltf.write import write_glb

            return write_glb(scene, path, job)

        task = BackgroundTask(f"Export {path.name}", write, self._w)
        task.finished.connect(lambda written: self._written(path, written))
        task.mistaken.connect(lambda text: notes.say(text, "alarm"))
        task.cancelled.connect(lambda: notes.say(f"Exporting {path.name} was cancelled"))
        task.ended.connect(self._ended)
        self.task = task
        self._w.progress.watch(task)
        task.start()

    def _shown(self) -> ShownScene:
        from viewer.geometry.gltf.shown import ShownScene, with_overlay

        seen = self._w.visibility
        scene = ShownScene(self._w.twin, seen.hidden, seen.isolated, seen.x_rayed)
        laid = self._w.link.laid_over()
        return scene if laid is None else with_overlay(scene, *laid)

    def _written(self, path: Path, written: Written) -> None:
        for warning in written.warnings:
            self._w.notifications.say(warning, "warning")
        size = f"{grouped(written.bytes / 1e6, 1)} MB"
        self._w.notifications.say(f"Exported {grouped(written.instances)} parts, {size}: {path}", "good")

    def _ended(self) -> None:
        task, self.task = self.task, None
        if task is not None:
            task.deleteLater()


def install(window: MainWindow) -> Exporter:
    """Offer the export in the File menu."""
    exporter = Exporter(window)
    window.actions_.add(
        ActionSpec("file.export", "Export as GLB…", exporter.ask, "File", "export", "Ctrl+E", window.has_scene, group="save")
    )
    return exporter
