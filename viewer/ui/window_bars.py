"""The menu bar and the toolbar, made from the registry of actions."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMainWindow, QMenu, QPushButton, QSizePolicy, QToolBar, QToolButton, QWidget

from viewer.twin.model import Twin
from viewer.twin.process import View
from viewer.ui.actions import Actions
from viewer.ui.icons import icon
from viewer.ui.look import Look


def fill_menus(window: QMainWindow, actions: Actions, menus: tuple[str, ...]) -> dict[str, QMenu]:
    """One menu for each name, a line between groups; returns them by name."""
    found: dict[str, QMenu] = {}
    for name in menus:
        menu = found[name] = window.menuBar().addMenu(name)
        menu.aboutToShow.connect(actions.refresh)
        group = None
        for spec in actions.specs():
            if spec.menu != name:
                continue
            if group is not None and spec.group != group:
                menu.addSeparator()
            group = spec.group
            menu.addAction(actions[spec.id])
    return found


BUTTONS = (
    ("tool.select", "tool.move", "tool.measure", "tool.walk", "section.toggle"),
    ("edit.undo", "edit.redo"),
    ("view.fit", "view.fly_to"),
)
"""Actions with a button, in groups; those that no feature brought are left out."""


class MainToolBar(QToolBar):
    """Slim: tools, views, colours, undo; the search in the middle; the line and the theme at the right."""

    def __init__(self, actions: Actions, look: Look, chips: Sequence[QWidget]) -> None:
        super().__init__("Toolbar")
        self.setObjectName("toolbar")
        self.setMovable(False)
        self.setFloatable(False)
        self.setIconSize(QSize(18, 18))
        self._actions, self._look = actions, look
        self._dressed: list[tuple[QToolButton | QPushButton, str]] = []
        known = {spec.id for spec in actions.specs()}
        for group in BUTTONS:
            for action_id in group:
                if action_id in known:
                    self._add(actions[action_id])
            self.addSeparator()
        self.views = self._drop_down("views", "Views", "Standard and saved views")
        self.colours = self._drop_down("colour_by", "Colour by", "What the parts' colours tell")
        self._spread()
        self.search = self._search(actions["help.palette"])
        self._spread()
        for chip in chips:
            self.addWidget(chip)
        self.addSeparator()
        theme = QToolButton()
        theme.setToolTip(actions["theme.next"].toolTip())
        theme.clicked.connect(actions["theme.next"].trigger)
        self._dressed.append((theme, "theme"))
        self.addWidget(theme)
        look.changed.connect(self._dress)
        self._dress()

    def fill_views(self, twin: Twin, fly_to: Callable[[View], object]) -> None:
        """Make the menu of views anew: the standard ones, and those saved in the scene."""
        self.views.clear()
        for spec in self._actions.specs():
            if spec.group == "standard":
                self.views.addAction(self._actions[spec.id])
        if twin.views:
            self.views.addSeparator()
        for view in twin.views:
            self.views.addAction(view.name).triggered.connect(lambda _checked=False, v=view: fly_to(v))

    def _add(self, action: QAction) -> None:
        self.addAction(action)
        button = self.widgetForAction(action)
        if isinstance(button, QToolButton):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def _drop_down(self, icon_name: str, text: str, tip: str) -> QMenu:
        button, menu = QToolButton(), QMenu(self)
        button.setText(f" {text}")
        button.setToolTip(tip)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setProperty("dropdown", True)
        button.setMenu(menu)
        self._dressed.append((button, icon_name))
        self.addWidget(button)
        return menu

    def _search(self, action: QAction) -> QPushButton:
        button = QPushButton("  Search or run…")
        button.setProperty("role", "search")
        button.setFixedWidth(340)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(action.trigger)
        keys = QLabel(action.shortcut().toString())
        keys.setProperty("role", "key")
        layout = QHBoxLayout(button)
        layout.setContentsMargins(8, 0, 8, 0)
        layout.addStretch(1)
        layout.addWidget(keys)
        self._dressed.append((button, "search"))
        self.addWidget(button)
        return button

    def _spread(self) -> None:
        space = QWidget()
        space.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.addWidget(space)

    def _dress(self) -> None:
        for button, name in self._dressed:
            button.setIcon(icon(name, self._look.theme))


def node_menu(window: QWidget, actions: Actions, more: Callable[[QMenu], None] | None = None) -> QMenu:
    """What can be done with the selected nodes; for the tree and the view."""
    menu = QMenu(window)
    menu.aboutToShow.connect(actions.refresh)
    for group in (
        ("view.fly_to",),
        ("view.hide", "view.isolate", "view.x_ray", "view.show_all"),
        ("live.trend",),
        ("select.parent", "select.children", "select.alike"),
        ("edit.rename", "edit.delete"),
    ):
        for action_id in group:
            menu.addAction(actions[action_id])
        menu.addSeparator()
    if more is not None:
        more(menu)
    return menu
