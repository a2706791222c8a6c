"""The title bar of a docked panel: its name and a way to close it; dragging it moves the panel."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QDockWidget, QHBoxLayout, QLabel, QToolButton, QWidget

from viewer.ui.icons import icon
from viewer.ui.look import Look


class PanelHeader(QWidget):
    """Mouse events that it does not take go on to the dock, which floats and docks by them."""

    def __init__(self, dock: QDockWidget, look: Look) -> None:
        super().__init__(dock)
        self.setObjectName("panelHeader")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._look, self._close = look, QToolButton()
        title = QLabel(dock.windowTitle())
        title.setObjectName("panelTitle")
        self._close.setIconSize(QSize(13, 13))
        self._close.setToolTip(f"Close {dock.windowTitle()} (the Window menu brings it back)")
        self._close.clicked.connect(dock.close)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(14, 5, 6, 4)
        layout.addWidget(title)
        layout.addStretch(1)
        layout.addWidget(self._close)
        look.changed.connect(self._dress)
        self._dress()

    def _dress(self) -> None:
        self._close.setIcon(icon("close", self._look.theme, "text_faint"))
