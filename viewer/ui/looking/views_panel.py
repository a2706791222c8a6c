"""The dock of saved views: a picture of each; save, update, rename, delete, reorder; a click flies there."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QIcon, QImage, QPainter, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from viewer.base.paths import cache_dir
from viewer.twin.edits_process import AddView, MoveView, RemoveView, ReplaceView
from viewer.twin.process import View
from viewer.ui.icons import icon, pixmap

if TYPE_CHECKING:
    from viewer.ui.main_window import MainWindow

_PICTURE_PX = QSize(136, 85)
_ARRIVED_MS = 1600
"""After a flight began, the picture at its end is taken for the panel."""


class ViewsPanel(QWidget):
    """Main thread. `current` gives the present viewpoint with what it shows, by a name."""

    def __init__(self, window: MainWindow, current: Callable[[str], View]) -> None:
        super().__init__()
        self._w, self._current = window, current
        self._views: tuple[View, ...] = ()
        self._filling = False
        self._awaited = ""
        self.list = QListWidget()
        self.list.setViewMode(QListWidget.ViewMode.IconMode)
        self.list.setIconSize(_PICTURE_PX)
        self.list.setGridSize(_PICTURE_PX + QSize(16, 28))
        self.list.setMovement(QListWidget.Movement.Snap)
        self.list.setResizeMode(QListWidget.ResizeMode.Adjust)
        self.list.setWordWrap(False)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        self.list.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.list.itemClicked.connect(self._go)
        self.list.itemChanged.connect(self._renamed)
        self.list.model().rowsMoved.connect(self._moved)
        self.list.currentRowChanged.connect(lambda _row: self._refresh_buttons())
        self._empty = QLabel("No saved views yet: look at something, then «Save this view»")
        self._empty.setProperty("role", "faint")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(8, 6, 8, 6)
        row = QHBoxLayout()
        row.setSpacing(4)
        self._buttons: list[tuple[QToolButton, str]] = []
        self.save_button = self._button(
            row, "Save this view", "add", "Keep the viewpoint, with section, explode and visibility", self.save
        )
        self.update_button = self._button(
            row, "Update", "update", "Give the chosen view the present viewpoint", self.update_chosen
        )
        self.rename_button = self._button(row, "Rename", "rename", "F2", self.rename_chosen)
        self.delete_button = self._button(
            row, "Delete", "delete", "Delete the chosen view; undo brings it back", self.delete_chosen
        )
        row.addStretch(1)
        rows.addLayout(row)
        rows.addWidget(self._empty, 1)
        rows.addWidget(self.list, 1)
        self._arrived = QTimer(self, singleShot=True, interval=_ARRIVED_MS)
        self._arrived.timeout.connect(self._take_picture)
        window.look.changed.connect(self._dress)
        window.view_shown.connect(self._await)
        self._dress()
        self.refresh()

    # -- commands

    def save(self) -> None:
        """Keep the present view under a new name, and let it be typed."""
        names = {view.name for view in self._w.twin.views}
        number = next(n for n in range(len(names) + 1, 2 * len(names) + 3) if f"View {n}" not in names)
        view = self._current(f"View {number}")
        if self._w.edit(AddView(view)):
            self._await(view)
            self._take_picture()
            self._w.docks.show("views")
            self.list.setCurrentRow(self.list.count() - 1)
            self.rename_chosen()

    def update_chosen(self) -> None:
        """Give the chosen view the present viewpoint and state."""
        view = self.chosen
        if view is not None and self._w.edit(ReplaceView(view.name, self._current(view.name))):
            self._await(self._current(view.name))
            self._take_picture()

    def rename_chosen(self) -> None:
        """Type another name."""
        if self.chosen is not None:
            self.list.setFocus()
            self.list.editItem(self.list.currentItem())

    def delete_chosen(self) -> None:
        """Forget the chosen view."""
        view = self.chosen
        if view is not None and self._w.edit(RemoveView(view.name)):
            self._w.notifications.say(f"The view «{view.name}» is gone", offer=("Undo", self._w.undo))

    def go_to(self, number: int) -> None:
        """Fly to the n-th view, counted from 1; nothing where there are fewer."""
        if 1 <= number <= len(self._w.twin.views):
            self.list.setCurrentRow(number - 1)
            self._w.show_view(self._w.twin.views[number - 1])

    @property
    def chosen(self) -> View | None:
        """The view that the buttons are about."""
        row = self.list.currentRow()
        return self._views[row] if 0 <= row < len(self._views) else None

    # -- following the twin

    def refresh(self) -> None:
        """Show the twin's views, where they changed."""
        views = self._w.twin.views
        if views != self._views or self.list.count() != len(views):
            self._filling = True
            row = self.list.currentRow()
            self._views = views
            self.list.clear()
            for view in views:
                item = QListWidgetItem(self._icon(view), view.name)
                item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable)
                item.setToolTip(_told(view))
                self.list.addItem(item)
            self.list.setCurrentRow(min(row, len(views) - 1))
            self._filling = False
        self._empty.setVisible(not views)
        self.list.setVisible(bool(views))
        self._refresh_buttons()

    def _refresh_buttons(self) -> None:
        for button in (self.update_button, self.rename_button, self.delete_button):
            button.setEnabled(self.chosen is not None)
        self.save_button.setEnabled(self._w.has_scene())

    def _go(self, item: QListWidgetItem) -> None:
        self._w.show_view(self._views[self.list.row(item)])

    def _renamed(self, item: QListWidgetItem) -> None:
        if self._filling:
            return
        row = self.list.row(item)
        if 0 <= row < len(self._views) and item.text() != self._views[row].name:
            old = self._views[row]
            if not self._w.edit(ReplaceView(old.name, replace(old, name=item.text().strip()))):
                item.setText(old.name)

    def _moved(self, _source: QModelIndex, start: int, _end: int, _target: QModelIndex, row: int) -> None:
        if not self._filling and 0 <= start < len(self._views):
            name, place = self._views[start].name, row if row < start else row - 1
            QTimer.singleShot(0, self, lambda: self._put(name, place))  # after the list has ended its own move

    def _put(self, name: str, place: int) -> None:
        self._views = ()  # the list shows its own order by now
        self._w.edit(MoveView(name, place))
        self.refresh()

    # -- pictures

    def _await(self, view: object) -> None:
        if isinstance(view, View):
            self._awaited = view.name
            self._arrived.start()

    def _take_picture(self) -> None:
        """Keep what the view shows now as the picture of the view that was flown to."""
        self._arrived.stop()
        view = next((one for one in self._w.twin.views if one.name == self._awaited), None)
        grab = getattr(self._w.view3d, "grabFramebuffer", None)
        if view is None or grab is None:
            return
        image: QImage = grab()
        wanted = _PICTURE_PX.scaled(image.size(), Qt.AspectRatioMode.KeepAspectRatio)
        left, top = (image.width() - wanted.width()) // 2, (image.height() - wanted.height()) // 2
        small = image.copy(left, top, wanted.width(), wanted.height()).scaled(
            _PICTURE_PX * 2, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
        )
        path = self._path(view)
        path.parent.mkdir(parents=True, exist_ok=True)
        small.save(str(path))
        row = self._w.twin.views.index(view)
        if row < self.list.count():
            self._filling = True
            self.list.item(row).setIcon(self._icon(view))
            self._filling = False

    def _path(self, view: View) -> Path:
        scene = str(self._w.services.scene_path or "")
        return cache_dir() / "views" / f"{hashlib.sha256(f'{scene} {view}'.encode()).hexdigest()[:24]}.png"

    def _icon(self, view: View) -> QIcon:
        image = QImage(str(self._path(view)))
        if not image.isNull():
            return _untinted(QPixmap.fromImage(image))
        blank = QPixmap(_PICTURE_PX)
        blank.fill(QColor(self._w.look.theme.colours["raised"]))
        with QPainter(blank) as painter:
            sign = pixmap("view", self._w.look.theme, "text_faint", 28)
            painter.drawPixmap((blank.width() - 28) // 2, (blank.height() - 28) // 2, sign)
        return _untinted(blank)

    def _button(self, row: QHBoxLayout, text: str, picture: str, tip: str, run: Callable[[], object]) -> QToolButton:
        button = QToolButton()
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setText(f" {text}")
        button.setToolTip(tip)
        button.clicked.connect(lambda _checked=False: run())
        row.addWidget(button)
        self._buttons.append((button, picture))
        return button

    def _dress(self) -> None:
        for button, name in self._buttons:
            button.setIcon(icon(name, self._w.look.theme))


def _untinted(picture: QPixmap) -> QIcon:
    """The same picture where its item is selected: Qt would dye it."""
    shown = QIcon(picture)
    shown.addPixmap(picture, QIcon.Mode.Selected)
    return shown


def _told(view: View) -> str:
    """What a view keeps beside the viewpoint, in words."""
    state = view.state
    if state is None:
        return f"{view.name}: the viewpoint alone"
    kept = [
        ("a section", bool(state.section)),
        (f"exploded {state.explode.share * 100:.0f} %", state.explode.share > 0.0),
        (f"{len(state.hidden)} hidden", bool(state.hidden)),
        ("isolated", bool(state.isolated)),
        ("see-through", bool(state.x_rayed or state.focus)),
    ]
    words = [word for word, holds in kept if holds]
    return f"{view.name}: {', '.join(words)}" if words else f"{view.name}: everything shown"
