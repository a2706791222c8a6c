"""The one place where the window's objects are made and wired together."""

from __future__ import annotations

import gc
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from viewer.base.clock import SystemClock
from viewer.base.errors import Fault, UserMistake

_logger = logging.getLogger(__name__)
LOADING_LIMIT_S = 300.0


@dataclass(frozen=True, slots=True)
class Opening:
    """How the window is to be opened."""

    scene: Path | None = None
    unit: str | None = None
    room: str = "workstation"
    close_after_s: float | None = None
    """Close by itself so long after the scene is shown."""
    shot: Path | None = None
    """Where the picture of the window goes just before it closes."""
    endpoints: tuple[str, ...] = ()
    """The gateways to listen to; none: a scene with a simulated plant gets one of its own."""
    seed: int = 1
    arrange: Callable[[Any], None] | None = None
    """Called with the window as soon as the scene is shown: how the documentation's pictures are set up."""
    examine: Callable[[], list[Any]] | None = None
    """The doctor; see `viewer.ui.services.Services`."""


def open_window(opening: Opening) -> int:
    """Open the window and stay until it is closed; the exit code: 2 where the file that was named could not be opened.

    Raises UserMistake where there is no display, or the picture can't be written where it was asked for.
    """
    _need_display()
    if opening.shot is not None and not opening.shot.absolute().parent.is_dir():
        raise UserMistake(f"the picture can't be written there; name a file in a folder that exists: {opening.shot}")
    gc.disable()  # what is made before the first picture stays: looking for garbage in it took a tenth of the start
    try:
        return _opened(opening)
    finally:
        gc.enable()


def _opened(opening: Opening) -> int:
    """The window's whole life."""
    _import_what_needs_no_qt()
    from PySide6.QtWidgets import QApplication

    from viewer.ui.viewport.pictures import prepare_surface_format

    prepare_surface_format()
    existing = QApplication.instance()
    application = existing if isinstance(existing, QApplication) else QApplication(["genchi"])
    application.setApplicationDisplayName("Genchi")
    return _Application(application, opening).run()


def _import_what_needs_no_qt() -> None:
    """Once PySide6 is imported it looks through the source of every module imported afterwards; so most come before it."""
    for module in (
        "numpy",
        "viewer.twin.document",
        "viewer.twin.channel_overlay",
        "viewer.studies.runner",
        "viewer.plugin_host.registry",
    ):
        import_module(module)


def _collect() -> None:
    """Look for garbage from now on, but not among what the window is made of."""
    gc.freeze()
    gc.enable()


def _need_display() -> None:
    if sys.platform.startswith("linux") and not (
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") or os.environ.get("QT_QPA_PLATFORM")
    ):
        raise UserMistake(
            "there is no display to open a window on; start a virtual one: xvfb-run -a -s '-screen 0 1920x1080x24' genchi demo, "
            "or draw a picture without one: genchi snapshot battery_line -o picture.png --live 3"
        )


class _Application:
    """Window, files, studies and live line of one run. Main thread."""

    def __init__(self, application: Any, opening: Opening) -> None:
        from viewer.app_files import SceneFiles, openable
        from viewer.app_live import LiveLine, checked_endpoints
        from viewer.plugin_host.registry import find_plugins
        from viewer.studies.runner import StudyRunner
        from viewer.ui.look import Look
        from viewer.ui.main_window import MainWindow
        from viewer.ui.services import Services
        from viewer.ui.studies.panel import StudiesPanel
        from viewer.ui.ui_state import UiState

        self._application, self._opening = application, opening
        clock, state = SystemClock(), UiState()
        self._live = LiveLine(clock, endpoints=checked_endpoints(opening.endpoints), seed=opening.seed)
        self._files = SceneFiles(self._live.follow)
        registry = find_plugins()
        self._runner = StudyRunner(registry)
        look = Look(state.text("theme", "dark"))
        look.dress()
        services = Services(
            clock=clock, open_file=self._files.open, save=self._files.save, add_file=self._files.add,
            studies=registry, runner=self._runner,
            formats=openable,
        )  # fmt: skip
        services.read_twin = self._files.read
        services.examine = opening.examine
        self.window = MainWindow(services, look, make_view=_make_view, make_studies=StudiesPanel, state=state)
        self.window.set_room(opening.room)
        self._live.changed.connect(self.window.set_feed)
        self._live.told.connect(lambda sentence: self.window.notifications.say(sentence, "warning"))
        self._exit_code = 0
        self._arrange = opening.arrange

    def run(self) -> int:
        """Show the window until it is closed."""
        from PySide6.QtCore import QTimer

        opening = self._opening
        self._wakeup = _SignalWakeup(self.window.close_now)
        self.window.show()
        QTimer.singleShot(0, _collect)
        scene = opening.scene
        if scene is not None:
            self.window.opener.opened.connect(self._shown)
            self.window.opener.failed.connect(self._failed)
            QTimer.singleShot(0, lambda: self.window.opener.read_file(scene, opening.unit))
            if opening.close_after_s is not None:
                QTimer.singleShot(round(1e3 * (opening.close_after_s + LOADING_LIMIT_S)), self._close)
        else:
            self._close_later()
        try:
            self._application.exec()
        finally:
            self._wakeup.close()
            self._live.stop()
            self._runner.close()
        return self._exit_code

    def _shown(self, _path: object, _opened: object) -> None:
        self._exit_code = 0
        arrange, self._arrange = self._arrange, None
        if arrange is not None:
            arrange(self.window)
        self._close_later()

    def _failed(self, sentence: str) -> None:
        """What was named on the command line can't be opened: said there too; the window goes on."""
        print(f"genchi: {sentence}", file=sys.stderr)  # noqa: T201  (the command line's own channel)
        self._exit_code = 2
        self._close_later()

    def _close_later(self) -> None:
        from PySide6.QtCore import QTimer

        if self._opening.close_after_s is not None:
            QTimer.singleShot(round(1e3 * self._opening.close_after_s), self._close)

    def _close(self) -> None:
        if not self.window.isVisible():
            return
        try:
            if self._opening.shot is not None and not self.window.grab().save(str(self._opening.shot), "PNG"):
                raise Fault(f"the picture could not be written: {self._opening.shot}")
        finally:
            self.window.close_now()  # also where the picture failed: nobody else closes it


def _make_view(look: Any) -> Any:
    """The 3D view, in the window's theme."""
    from viewer.render.look import THEMES
    from viewer.ui.viewport.widget import Viewport

    view = Viewport(theme=THEMES[look.theme.id])
    look.changed.connect(lambda: view.set_theme(THEMES[look.theme.id]))
    return view


class _SignalWakeup:
    """Lets Ctrl+C and a service's stop signal close the window: Python's handlers run only when the event loop wakes."""

    def __init__(self, close: Any) -> None:
        from PySide6.QtCore import QSocketNotifier

        self._ours, theirs = socket.socketpair()
        self._theirs = theirs
        theirs.setblocking(False)
        self._old_fd = signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
        self._old = {number: signal.signal(number, lambda _number, _frame: close()) for number in (signal.SIGINT, signal.SIGTERM)}
        self._notifier = QSocketNotifier(self._ours.fileno(), QSocketNotifier.Type.Read)
        self._notifier.activated.connect(lambda: self._ours.recv(64))

    def close(self) -> None:
        """Signals do again what they did before."""
        self._notifier.setEnabled(False)
        signal.set_wakeup_fd(self._old_fd)
        for number, handler in self._old.items():
            signal.signal(number, handler)
        self._ours.close()
        self._theirs.close()
