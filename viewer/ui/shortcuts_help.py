"""The help on shortcuts (F1): every action and its keys, from the registry."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from viewer.ui.actions import Actions, ActionSpec


def by_menu(actions: Actions) -> dict[str, list[ActionSpec]]:
    """The actions of each menu, in order; those without a menu under «More»."""
    found: dict[str, list[ActionSpec]] = {}
    for spec in actions.specs():
        found.setdefault(spec.menu or "More", []).append(spec)
    return found


def as_markdown(actions: Actions) -> str:
    """The page docs/user/shortcuts.md."""
    lines = [
        "# Actions and shortcuts",
        "",
        "Every action of the window. All of them are also in the command palette (Ctrl+K): type a few letters of its name.",
    ]
    for menu, specs in by_menu(actions).items():
        lines += ["", f"## {menu}", "", "| action | shortcut |", "|---|---|"]
        lines += [f"| {spec.text} | {f'`{spec.shortcut}`' if spec.shortcut else ''} |" for spec in specs]
    return "\n".join(lines) + "\n"


class ShortcutsHelp(QFrame):
    """Floats over the window until Esc or a click elsewhere."""

    def __init__(self, window: QWidget, actions: Actions) -> None:
        super().__init__(window)
        self.setProperty("role", "float")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        title = QLabel("Actions and shortcuts")
        title.setProperty("role", "title")
        scroll, body = QScrollArea(), QWidget()
        scroll.setObjectName("panelScroll")
        scroll.setWidgetResizable(True)
        body.setStyleSheet("background: transparent;")
        scroll.setStyleSheet("background: transparent;")
        grid = QGridLayout(body)
        grid.setHorizontalSpacing(36)
        grid.setVerticalSpacing(2)
        for column, menus in enumerate(_columns(by_menu(actions))):
            stack = QVBoxLayout()
            for menu, specs in menus:
                stack.addWidget(_menu_block(menu, specs))
            stack.addStretch(1)
            grid.addLayout(stack, 0, column)
        scroll.setWidget(body)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(22, 18, 22, 18)
        layout.addWidget(title)
        layout.addWidget(scroll)
        wanted = body.sizeHint().height() + 90
        width, height = min(980, window.width() - 60), min(wanted, window.height() - 120)
        self.setGeometry((window.width() - width) // 2, 80, width, height)
        self.show()
        self.raise_()
        self.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self.close_help()

    def focusOutEvent(self, event: object) -> None:
        self.close_help()

    def close_help(self) -> None:
        self.hide()
        self.deleteLater()


def _columns(menus: dict[str, list[ActionSpec]]) -> list[list[tuple[str, list[ActionSpec]]]]:
    """The menus in three columns of about equal length."""
    columns: list[list[tuple[str, list[ActionSpec]]]] = [[], [], []]
    for menu, specs in menus.items():
        shortest = min(columns, key=lambda c: sum(len(s) + 2 for _, s in c))
        shortest.append((menu, specs))
    return columns


def _menu_block(menu: str, specs: list[ActionSpec]) -> QWidget:
    widget, heading = QWidget(), QLabel(menu)
    heading.setProperty("role", "section")
    grid = QGridLayout(widget)
    grid.setContentsMargins(0, 4, 0, 10)
    grid.setVerticalSpacing(4)
    grid.setColumnStretch(0, 1)
    grid.addWidget(heading, 0, 0)
    for row, spec in enumerate(specs, 1):
        grid.addWidget(QLabel(spec.text), row, 0)
        if spec.shortcut:
            key = QLabel(spec.shortcut)
            key.setProperty("role", "key")
            grid.addWidget(key, row, 1, Qt.AlignmentFlag.AlignRight)
    return widget
