"""Strips over a narrow view: while there is no room for their words, buttons show their icons alone and sliders are short."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt
from PySide6.QtWidgets import QSlider, QToolButton, QWidget

_MARGIN_PX = 12
_SHORT_PX = 96
_WITH_WORDS, _ICON_ALONE = Qt.ToolButtonStyle.ToolButtonTextBesideIcon, Qt.ToolButtonStyle.ToolButtonIconOnly


class Narrowing(QObject):
    """Belongs to one strip and follows the width of the view it floats over. Main thread."""

    def __init__(self, strip: QWidget) -> None:
        super().__init__(strip)
        self._strip = strip
        self._view: QWidget | None = None
        self._is_narrow = False
        self._saved_px = 0
        self._worded: list[QToolButton] = []
        self._lengths: dict[QSlider, int] = {}
        strip.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._strip and event.type() is QEvent.Type.Show:
            self._watch()
            self.fit()
        elif (watched is self._view and event.type() is QEvent.Type.Resize) or (
            watched is self._strip and event.type() is QEvent.Type.LayoutRequest
        ):
            self.fit()
        return False

    def fit(self) -> None:
        """Words where there is room for them."""
        if self._view is None or self._strip.isHidden():
            return
        needed = self._hint_px() + self._saved_px
        is_narrow = needed > self._view.width() - 2 * _MARGIN_PX
        if is_narrow is not self._is_narrow:
            self._is_narrow = is_narrow
            self._shrink() if is_narrow else self._spread()
            QCoreApplication.postEvent(self._view, QEvent(QEvent.Type.LayoutRequest))  # the view places its strips anew

    def _watch(self) -> None:
        area = self._strip.parentWidget()
        view = area.parentWidget() if area is not None else None
        if view is not None and view is not self._view:
            self._view = view
            view.installEventFilter(self)

    def _shrink(self) -> None:
        before = self._hint_px()
        self._worded = [b for b in self._strip.findChildren(QToolButton) if b.toolButtonStyle() is _WITH_WORDS]
        self._lengths = {s: s.maximumWidth() for s in self._strip.findChildren(QSlider) if s.maximumWidth() > _SHORT_PX}
        for button in self._worded:
            button.setToolButtonStyle(_ICON_ALONE)
        for slider in self._lengths:
            slider.setFixedWidth(_SHORT_PX)
        self._saved_px = max(before - self._hint_px(), 0)

    def _spread(self) -> None:
        for button in self._worded:
            button.setToolButtonStyle(_WITH_WORDS)
        for slider, length in self._lengths.items():
            slider.setFixedWidth(length)
        self._saved_px = 0

    def _hint_px(self) -> int:
        layout = self._strip.layout()
        if layout is not None:
            layout.invalidate()
            layout.activate()  # what is nested in it forgets its widths only now
        return self._strip.sizeHint().width()
