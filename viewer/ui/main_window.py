"""The window: puts the panels together, and carries what one says to the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QLabel, QMainWindow, QSplitter, QStackedWidget, QWidget

from viewer.base.errors import UserMistake
from viewer.base.ids import ChannelId, NodeId
from viewer.base.units import grouped
from viewer.twin.document import Document
from viewer.twin.edits import Edit
from viewer.twin.edits_nodes import RenameNode
from viewer.twin.model import Twin
from viewer.twin.process import View
from viewer.ui import colour_by
from viewer.ui.actions import Actions
from viewer.ui.command_palette import CommandPalette, Entry
from viewer.ui.connection_chip import ConnectionChip
from viewer.ui.docks import Docks
from viewer.ui.fault_control import FaultControl
from viewer.ui.features import features
from viewer.ui.inspector import Inspector
from viewer.ui.live_updates import LiveUpdates, Snapshot
from viewer.ui.look import Look
from viewer.ui.node_commands import NodeCommands
from viewer.ui.notifications import MessagesPanel, Notifications, Toasts
from viewer.ui.open_dialog import Opener, files_in
from viewer.ui.palette_entries import action_entries, scene_entries
from viewer.ui.progress_area import ProgressArea
from viewer.ui.remembered_views import remember_view, remembered_view
from viewer.ui.saver import Saver
from viewer.ui.scenarios_panel import ScenariosPanel
from viewer.ui.scene_link import SceneLink
from viewer.ui.scene_opening import SceneOpening
from viewer.ui.scene_tree import SceneTree
from viewer.ui.selection import Selection
from viewer.ui.services import FeedLike, Services
from viewer.ui.shortcuts_help import ShortcutsHelp
from viewer.ui.studies.station_move import StationMove
from viewer.ui.theme import THEMES
from viewer.ui.time.asking import Asking
from viewer.ui.time.cursor import TimeCursor
from viewer.ui.time.timeline import Timeline
from viewer.ui.tools import Tools
from viewer.ui.trends.feature import recall_trends
from viewer.ui.trends.panel import Trends
from viewer.ui.ui_state import UiState
from viewer.ui.value_text import counted
from viewer.ui.view_area import NoView, ViewFactory
from viewer.ui.visibility import Visibility
from viewer.ui.welcome import Welcome
from viewer.ui.window_actions import MENUS, add_actions, add_window_actions
from viewer.ui.window_bars import MainToolBar, fill_menus, node_menu

ROOMS = ("workstation", "control", "review")
PanelFactory = Callable[[Services], QWidget]


class MainWindow(QMainWindow):
    """The workstation room. Everything it works with comes in `services`; main thread only."""

    scene_leaving = Signal()
    """Another scene, or none, is about to be shown, or the window closes: what features remember of this one is kept now."""
    document_taken = Signal()
    """Another document is shown, be it the same scene with more of its files."""
    feed_taken = Signal(object)
    """Live values come from another line (a `FeedLike`), or from none."""
    closing = Signal()
    """The window closes for good."""
    scene_shown = Signal()
    """Another scene is shown."""
    view_shown = Signal(object)
    """The camera goes to this saved view (`twin.process.View`): what it says beside the viewpoint is to be shown too."""

    def __init__(
        self,
        services: Services,
        look: Look,
        *,
        make_view: ViewFactory = NoView,
        make_studies: PanelFactory | None = None,
        state: UiState | None = None,
    ) -> None:
        super().__init__()
        self.services, self.look, self.state = services, look, state or UiState()
        self.selection, self.visibility = Selection(self), Visibility(self)
        self.notifications = Notifications(services.clock, self)
        self.time, self.asking = TimeCursor(services.clock, self), Asking(self)
        self.nodes = NodeCommands(self.selection, lambda: self.twin)
        self._close_freely = False
        self.take_file: Callable[[Path], object] = lambda path: self.opener.open(path)
        """What is done with a file that is dropped on the window; a feature may ask first."""
        self.tools = Tools(self)
        self.link = SceneLink(self)
        self._make_panels(make_view, make_studies)
        self.live = LiveUpdates(services.clock, self.view3d.update_overlay, self.time, self.asking, self)
        self._make_bars()
        self._connect()
        self.setAcceptDrops(True)
        self.docks.recall(self.state)
        self.welcome.set_recent(self.state.texts("recent_scenes"))
        self.set_feed(services.feed)
        self.set_document(services.document, services.scene_path)

    # -- what is shown ----------------------------------------------------------------------------------------------

    @property
    def twin(self) -> Twin:
        """The twin that is shown; an empty one where there is no scene."""
        return self.link.twin

    def set_document(self, document: Document | None, path: Path | None = None) -> None:
        """Show another document, from where it was left, by its first view, or all of it; `path` is where its scene lies."""
        self.scene_leaving.emit()
        is_another = self._middle.currentIndex() == 1  # the view fits the first scene by itself, at once
        self.services.scene_path = path
        self.selection.clear()
        self.visibility.show_all()
        self.tree.search.clear()
        if path is not None:
            self.state.remember_recent("recent_scenes", str(path))
        self._middle.setCurrentIndex(1 if document is not None else 0)
        self.link.take(document)
        self.scene_shown.emit()
        remembered, first = remembered_view(self.state, path), next(iter(self.twin.views), None)
        if remembered is not None:
            self.view3d.fly_to(remembered)
        elif first is not None:
            self.show_view(first)
        elif is_another and self.has_scene():
            self.view3d.fit()
        recall_trends(self.state, path, self.trends, self)

    def set_feed(self, feed: FeedLike | None) -> None:
        """Take live values from another line; None: from none."""
        self.services.feed = feed
        if feed is None:
            self.time.go_live()
        for part in (self.inspector, self.trends, self.timeline, self.live, self.faulty.faults):
            part.set_feed(feed)
        self._show_line(feed.status() if feed is not None else None)
        self.feed_taken.emit(feed)

    def set_room(self, room: str) -> None:
        """Furnish the window for a person. Raises UserMistake where that room is not built yet."""
        if room not in ROOMS:
            raise UserMistake(f"there is no room {room!r}; choose one of {', '.join(ROOMS)}")
        if room != "workstation":
            raise UserMistake(f"the {room} room is not built yet; use --room workstation")

    def edit(self, edit: Edit) -> bool:
        """Do an edit; where it does not fit, say why. Returns whether it was done."""
        document = self.services.document
        return document is not None and self.link.try_(lambda: document.apply(edit))

    # -- commands (the registry of actions runs them) ---------------------------------------------------------------

    def has_scene(self) -> bool:
        return bool(self.twin.nodes)

    def has_document(self) -> bool:
        return self.services.document is not None

    def has_selection(self) -> bool:
        return bool(self.selection.ids)

    def undo(self) -> None:
        document = self.services.document
        if document is not None:
            self.link.try_(document.undo)

    def redo(self) -> None:
        document = self.services.document
        if document is not None:
            self.link.try_(document.redo)

    def rename(self) -> None:
        if self.selection.primary is not None:
            self.docks.show("scene")
            self.tree.rename(self.selection.primary)

    def delete(self) -> None:
        """Delete what is selected, at once; a button of the toast takes it back."""
        edit = self.nodes.removal()
        if self.edit(edit):
            self.notifications.say(f"{edit.name}: done", offer=("Undo", self.undo))

    def find_node(self) -> None:
        self.docks.show("scene")
        self.tree.search.setFocus()
        self.tree.search.selectAll()

    def set_tool(self, tool: str) -> None:
        """Take up a tool by its id: `select`, `move` or one that a feature brought."""
        self.tools.take(tool)
        self.mover.follow()
        self.actions_.refresh()

    def show_view(self, view: View) -> None:
        """Fly to a saved view, and show what it shows."""
        self.view3d.fly_to(view)
        self.view_shown.emit(view)

    def fly_to_selection(self) -> None:
        if self.selection.ids:
            self.view3d.fly_to(self.selection.ids)

    def trend_selection(self) -> None:
        self.trend(self.nodes.channels()[:4])

    def trend(self, channels: Iterable[ChannelId]) -> None:
        """Add channels to the trends and show them."""
        self.trends.add(channels)
        self.docks.show("trends")

    def new_scenario(self) -> None:
        self.docks.show("scenarios")
        self.scenarios.new()

    def use_theme(self, theme_id: str) -> None:
        self.look.use(theme_id)
        self.state.set("theme", theme_id)
        self.actions_.refresh()

    def next_theme(self) -> None:
        self.use_theme(THEMES[(THEMES.index(self.look.theme.id) + 1) % len(THEMES)])

    def toggle_full_screen(self) -> None:
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    def show_shortcuts(self) -> None:
        ShortcutsHelp(self, self.actions_)

    def close_now(self) -> None:
        """Close without asking about what is not saved."""
        self._close_freely = True
        self.close()

    # -- putting together -------------------------------------------------------------------------------------------

    def _make_panels(self, make_view: ViewFactory, make_studies: PanelFactory | None) -> None:
        look = self.look
        self.view3d: Any = make_view(look)
        self.tree = SceneTree(self.selection, self.visibility, look)
        self.inspector = Inspector(self.selection, look)
        self.timeline, self.trends = Timeline(look, self.time, self.asking), Trends(look, self.time, self.asking)
        self.scenarios, self.welcome = ScenariosPanel(look), Welcome(look)
        self.docks = Docks(self, look)
        self.docks.add("scene", "Scene", self.tree)
        self.docks.add("inspector", "Inspector", self.inspector)
        self.docks.add("trends", "Trends", self.trends)
        self.studies: Any = make_studies(self.services) if make_studies is not None else None
        if self.studies is not None:
            self.docks.add("studies", "Studies", self.studies)
        self.docks.add("scenarios", "Scenarios", self.scenarios)
        self.docks.add("messages", "Messages", MessagesPanel(self.notifications, look))
        scene = QSplitter(Qt.Orientation.Vertical)
        scene.setChildrenCollapsible(False)
        scene.setHandleWidth(3)
        for place, part in enumerate((self.view3d, self.timeline)):
            scene.addWidget(part)
            scene.setStretchFactor(place, 1 - place)
        self._middle = QStackedWidget()
        self._middle.setObjectName("central")
        self._middle.addWidget(self.welcome)
        self._middle.addWidget(scene)
        self.setCentralWidget(self._middle)
        self.chip, self.progress, self._facts = ConnectionChip(look), ProgressArea(look), QLabel()
        self.chips: list[QWidget] = [self.chip]
        """What the toolbar shows of the line; features add to it before the toolbar is made."""
        self._facts.setProperty("role", "faint")
        self._facts.setContentsMargins(10, 0, 10, 0)
        self.statusBar().setSizeGripEnabled(False)
        self.statusBar().addWidget(self._facts)
        self.statusBar().addPermanentWidget(self.progress)
        self.toasts = Toasts(
            self._middle, self.notifications, look, lambda: self.timeline.height() if self.timeline.isVisible() else 0
        )

    def _make_bars(self) -> None:
        self.opener = Opener(self, self.progress, self.notifications)
        self.saver = Saver(self, self.services, self.progress, self.notifications)
        self.opener.guard = self.saver.guard
        self.opener.read = self.services.open_file
        self.opener.formats = self.services.formats
        self.actions_ = Actions(self, self.look)
        self.commands = CommandPalette(self, self.look, self._entries, lambda: self.state.texts("recent_actions"))
        add_actions(self)
        self.features = [install(self) for install in features()]
        add_window_actions(self)
        self.faulty = FaultControl(self)
        self.menus = fill_menus(self, self.actions_, MENUS)
        self.toolbar = MainToolBar(self.actions_, self.look, self.chips)
        self.addToolBar(self.toolbar)
        self.toolbar.colours.aboutToShow.connect(self._fill_colours)
        self.toolbar.views.aboutToShow.connect(lambda: self.toolbar.fill_views(self.twin, self.show_view))
        self.node_menu = self.tree.menu_of_node = node_menu(self, self.actions_)

    def _connect(self) -> None:
        view = self.view3d
        view.picked.connect(self._picked)
        view.frame_drawn.connect(self.live.frame_took)
        view.context_requested.connect(self._context)
        view.escaped.connect(lambda: self.set_tool("select"))
        self.selection.changed.connect(self.show_selection)
        self.mover = StationMove(self)
        self.visibility.changed.connect(self._show_visibility)
        self.tree.fly_to_asked.connect(lambda node: view.fly_to([NodeId(node)]))
        self.tree.renamed.connect(lambda node, name: self.edit(RenameNode(NodeId(node), name)))
        self.inspector.nodes_asked.connect(self.show_nodes)
        self.inspector.edit_asked.connect(self.edit)
        self.inspector.trend_asked.connect(lambda channel: self.trend([ChannelId(channel)]))
        for part in (self.inspector, self.scenarios):
            part.mistaken.connect(lambda text: self.notifications.say(text, "warning"))
        self.scenarios.select_asked.connect(self.show_nodes)
        if self.studies is not None:
            self.studies.field_chosen.connect(self.link.lay_field)
            self.studies.mistaken.connect(lambda text: self.notifications.say(text, "warning"))
            self.studies.kept.connect(lambda _scenario: self.docks.show("scenarios"))
        self.trends.channels_changed.connect(self.actions_.refresh)
        self.live.refreshed.connect(self._refresh)
        self.live.line_changed.connect(self._show_line)
        self.opening = SceneOpening(self)
        self.saver.saved.connect(lambda path: self.state.remember_recent("recent_scenes", str(path)))
        self.welcome.open_asked.connect(self.opener.ask)
        self.welcome.path_asked.connect(lambda path: self.opener.open(Path(path)))
        self.commands.ran.connect(lambda key: self.state.remember_recent("recent_actions", key, most=12))

    # -- the twin ---------------------------------------------------------------------------------------------------

    def show_history(self) -> None:
        """What can be undone, which scenario is open, whether all is saved."""
        document = self.services.document
        if document is None:
            self.setWindowTitle("Genchi")
        else:
            scenario = document.scenario.name if document.scenario is not None else "Base"
            name = document.twin.name or "Unnamed scene"
            self.setWindowTitle(f"{name} — {scenario}{'' if document.saved else '*'} — Genchi")
        self.scenarios.refresh()
        self.actions_.refresh()

    # -- selection, visibility, live --------------------------------------------------------------------------------

    def _picked(self, node: str, more: bool) -> None:
        if not node:
            if not more:
                self.selection.clear()
        elif more:
            self.selection.toggle(NodeId(node))
        else:
            self.selection.select([NodeId(node)])

    def _context(self, where: QPoint, node: str) -> None:
        if node and NodeId(node) not in self.selection.ids:
            self.selection.select([NodeId(node)])
        self.node_menu.popup(where)

    def show_selection(self) -> None:
        """Tell the view and the timeline what is selected."""
        self.view3d.select(self.selection.ids)
        self.timeline.set_twin(self.twin, self.selection.ids)
        self.show_facts()
        self.actions_.refresh()

    def show_nodes(self, nodes: list[NodeId]) -> None:
        """Select these nodes and fly there."""
        known = [n for n in nodes if n in self.twin.nodes]
        self.selection.select(known)
        if known:
            self.view3d.fly_to(known)

    def _show_visibility(self) -> None:
        seen = self.visibility
        self.view3d.hide_nodes(seen.hidden)
        self.view3d.isolate(seen.isolated or None)
        self.view3d.set_xray(seen.x_rayed, seen.opacity)
        self.view3d.set_focus(seen.focus, seen.opacity)
        self.actions_.refresh()
        self.show_facts()

    def _refresh(self, snapshot: Snapshot) -> None:
        self.tree.model.set_status(snapshot.table.nodes, snapshot.table.of_nodes(snapshot.status))
        for part in (self.inspector, self.trends, self.timeline):
            part.refresh(snapshot)

    def _show_line(self, status: Any) -> None:
        self.faulty.faults.refresh()
        self.chip.show_status(status)
        self.timeline.show_status(status)

    def show_facts(self) -> None:
        """Counts at the lower left."""
        twin, seen = self.twin, self.visibility
        facts = [counted(len(twin.nodes), "node")] if twin.nodes else []
        if twin.channels:
            facts.append(counted(len(twin.channels), "channel"))
        if self.selection.ids:
            facts.append(f"{grouped(len(self.selection.ids))} selected")
        if seen.hidden:
            facts.append(f"{grouped(len(seen.hidden))} hidden (Shift+H shows all)")
        if seen.focus:
            facts.append("all else see-through (Shift+H shows all)")
        if seen.isolated:
            facts.append("isolated (Shift+H shows all)")
        self._facts.setText("   ·   ".join(facts))

    def _fill_colours(self) -> None:
        colour_by.fill_menu(self.toolbar.colours, self.twin, self.link.colour_by, self.link.choose_colours)

    def _entries(self) -> Iterable[Entry]:
        yield from action_entries(self.actions_)
        yield from self.faulty.entries()
        yield from scene_entries(self.twin, lambda n: self.show_nodes([n]), lambda c: self.trend([c]), self.show_view)

    # -- files and closing ------------------------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if files_in(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        for path in files_in(event.mimeData()):
            self.take_file(path)
        event.acceptProposedAction()

    def closeEvent(self, event: QCloseEvent) -> None:
        document = self.services.document
        if self.saver.has_unsaved() and not self._close_freely:
            event.ignore()
            self.saver.ask(self.close_now)
            return
        self._remember()
        self.closing.emit()
        self.time.go_live()
        self.asking.close()
        self.live.stop()
        for task in self.progress.tasks:
            task.cancel()
        if document is not None:
            self.link.leave(document)
        super().closeEvent(event)

    def _remember(self) -> None:
        self.scene_leaving.emit()
        self.docks.remember(self.state)
        if self.services.scene_path is not None and self.has_scene():
            remember_view(self.state, self.services.scene_path, self.view3d.current_view("last"))
        self.state.save()
