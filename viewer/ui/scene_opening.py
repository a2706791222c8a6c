"""What the window shows while a scene is being read, and when it is read: first what there is, then all of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from viewer.ui.services import Opened
from viewer.ui.value_text import counted

if TYPE_CHECKING:
    from viewer.ui.main_window import MainWindow


class SceneOpening:
    """Listens to the opener. What is shown so far is a frozen document: one may look round in it. Main thread."""

    def __init__(self, window: MainWindow) -> None:
        self._w = window
        window.opener.opened.connect(self._opened)
        window.opener.opened_so_far.connect(self._show)
        window.scene_leaving.connect(lambda: window.inspector.overview.set_about({}))
        window.opener.given_up.connect(self._gave_up)

    def _opened(self, path: Path, opened: Opened) -> None:
        w = self._w
        if opened.document is not None:
            self._show(path, opened)
            noted = w.notifications.note(opened.warnings)
            offer = ("Show", lambda: w.docks.show("messages")) if noted else None
            nodes = counted(len(w.twin.nodes), "node")
            w.notifications.say(f"{w.twin.name or path.name} is open: {nodes}{noted}", "good", offer=offer)
        elif opened.edit is not None and w.edit(opened.edit):
            w.notifications.say(f"{path.name} was added to the scene; undo takes it out again", "good")

    def _show(self, path: Path, opened: Opened) -> None:
        if self._is_being_read(path):
            self._w.link.take(opened.document)  # the camera, and what is selected and hidden, stay as they are
        else:
            self._w.set_document(opened.document, path)
        self._w.inspector.overview.set_about(opened.about)

    def _gave_up(self, path: Path) -> None:
        if self._is_being_read(path):
            self._w.set_document(None)

    def _is_being_read(self, path: Path) -> bool:
        document = self._w.services.document
        return document is not None and bool(document.frozen) and self._w.services.scene_path == path
