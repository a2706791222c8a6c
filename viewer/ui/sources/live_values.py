"""The newest values beside the wizard's proposals: asked for again and again while somebody looks, never twice at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QTimer

from viewer.base.job import Job
from viewer.ui.background import BackgroundTask
from viewer.ui.sources.binding_model import BindingModel
from viewer.ui.sources.looking_in import AT_ONCE, values_now

if TYPE_CHECKING:
    from viewer.edge.browsing import Browsable

EVERY_MS: Final = 2_000


class LiveValues(QObject):
    """Of the ticked rows, as many places as are asked at once. Main thread; asking is done beside it."""

    def __init__(self, source: Browsable, above: Mapping[str, tuple[str, ...]], model: BindingModel, parent: QObject) -> None:
        super().__init__(parent)
        self._source, self._above, self._model = source, above, model
        self._task: BackgroundTask | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(EVERY_MS)
        self._timer.timeout.connect(self._ask)
        self._timer.start()

    def stop(self) -> None:
        """Ask no more."""
        self._timer.stop()
        if self._task is not None:
            self._task.ended.disconnect(self._again)
            self._task.cancel()

    def _ask(self) -> None:
        places = list(dict.fromkeys(self._above[row.tag] for row in self._model.taken() if row.tag in self._above))[:AT_ONCE]
        if not places:
            self._timer.start()
            return

        def work(job: Job) -> dict[str, str]:
            return values_now(self._source, places, job)

        self._task = BackgroundTask("Reading values", work, self)
        self._task.finished.connect(self._model.show_values)
        self._task.ended.connect(self._again)
        self._task.start()

    def _again(self) -> None:
        self._task = None
        self._timer.start()
