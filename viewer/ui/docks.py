"""The docks of the workstation: where the panels stand, and how the layout is remembered."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QSize, Qt
from PySide6.QtWidgets import QDockWidget, QMainWindow, QTabWidget, QWidget

from viewer.ui.look import Look
from viewer.ui.panel_header import PanelHeader
from viewer.ui.ui_state import UiState

_LAYOUT_VERSION = 3
_LEAST_PX = QSize(220, 110)
"""A panel may be made as small as this, whatever it would like."""
_LOW_PX = 200
"""Height of the lower panels as they come: the view has most of the window."""
_NEEDED_PX = {"alarms": 290, "studies": 320, "sources": 280, "scenarios": 250}
"""Panels that are of no use lower than this; the lower row grows when they are raised."""
_AREAS = {
    "scene": Qt.DockWidgetArea.LeftDockWidgetArea,
    "inspector": Qt.DockWidgetArea.RightDockWidgetArea,
}


class Docks:
    """Scene left, inspector right, everything else as tabs below."""

    def __init__(self, window: QMainWindow, look: Look) -> None:
        self._window, self._look = window, look
        self.all: dict[str, QDockWidget] = {}
        window.setDockOptions(
            QMainWindow.DockOption.AnimatedDocks
            | QMainWindow.DockOption.AllowTabbedDocks
            | QMainWindow.DockOption.AllowNestedDocks
        )
        window.setTabPosition(Qt.DockWidgetArea.BottomDockWidgetArea, QTabWidget.TabPosition.North)
        for corner, area in (
            (Qt.Corner.BottomLeftCorner, Qt.DockWidgetArea.LeftDockWidgetArea),
            (Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.RightDockWidgetArea),
        ):
            window.setCorner(corner, area)

    def add(self, dock_id: str, title: str, panel: QWidget) -> QDockWidget:
        """Put a panel in its place."""
        dock = QDockWidget(title, self._window)
        dock.setObjectName(f"dock.{dock_id}")
        dock.setWidget(panel)
        below = dock_id not in _AREAS
        panel.setMinimumSize(_LEAST_PX)
        panel.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        dock.setTitleBarWidget(QWidget(dock) if below else PanelHeader(dock, self._look))
        self._window.addDockWidget(_AREAS.get(dock_id, Qt.DockWidgetArea.BottomDockWidgetArea), dock)
        first = next((d for i, d in self.all.items() if i not in _AREAS), None)
        if below and first is not None:
            self._window.tabifyDockWidget(first, dock)
        if dock_id in _NEEDED_PX:
            dock.visibilityChanged.connect(lambda is_seen: self._raised(dock_id) if is_seen else None)
        self.all[dock_id] = dock
        return dock

    def toggle(self, dock_id: str) -> None:
        """Show and raise a panel, or hide it where it is seen already."""
        dock = self.all[dock_id]
        if dock.isVisible() and not dock.visibleRegion().isEmpty():
            dock.hide()
        else:
            self.show(dock_id)

    def show(self, dock_id: str) -> None:
        """Show a panel in front."""
        dock = self.all[dock_id]
        dock.show()
        dock.raise_()

    def is_seen(self, dock_id: str) -> bool:
        return not self.all[dock_id].isHidden()

    def arrange(self) -> None:
        """The layout as it comes."""
        below = [d for i, d in self.all.items() if i not in _AREAS]
        for dock_id, dock in self.all.items():
            dock.setFloating(False)
            if dock_id in _AREAS:
                self._window.addDockWidget(_AREAS[dock_id], dock)
            elif dock is below[0]:
                self._window.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, dock)
            else:  # at once, not beside one another first: nine beside one another make the window wider than the screen
                self._window.tabifyDockWidget(below[0], dock)
            dock.show()
        below[0].raise_()
        self._window.resizeDocks([self.all["scene"], self.all["inspector"]], [280, 384], Qt.Orientation.Horizontal)
        self._window.resizeDocks([below[0]], [_LOW_PX], Qt.Orientation.Vertical)

    def _fill_screen(self) -> None:
        """All the room that the screen has; where nothing manages windows, by size alone."""
        self._window.setGeometry(self._window.screen().availableGeometry())
        self._window.setWindowState(Qt.WindowState.WindowMaximized)

    def _raised(self, dock_id: str) -> None:
        """Somebody wants to work with a panel: the lower row grows where it is too low for that."""
        dock, needed = self.all[dock_id], _NEEDED_PX[dock_id]
        if self._window.isVisible() and dock.height() < needed and not dock.isFloating():
            self._window.resizeDocks([dock], [needed], Qt.Orientation.Vertical)

    def remember(self, state: UiState) -> None:
        """Keep the layout."""
        state.set("geometry", _text(self._window.saveGeometry()))
        state.set("layout", _text(self._window.saveState(_LAYOUT_VERSION)))

    def recall(self, state: UiState) -> None:
        """Put everything where it was; as it comes where nothing is remembered or it is of another version."""
        self.arrange()
        geometry, layout = state.text("geometry"), state.text("layout")
        if geometry:
            self._window.restoreGeometry(QByteArray.fromBase64(geometry.encode()))
        else:
            self._fill_screen()
        if layout:
            self._window.restoreState(QByteArray.fromBase64(layout.encode()), _LAYOUT_VERSION)


def _text(data: QByteArray) -> str:
    return bytes(data.toBase64().data()).decode()
