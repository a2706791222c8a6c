"""The workstation's actions: what each is called, its keys, and which command of the window it gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from viewer.ui.actions import ActionSpec
from viewer.ui.studies.station_move import STUDY
from viewer.ui.theme import THEMES, read_theme

if TYPE_CHECKING:
    from viewer.ui.main_window import MainWindow

STANDARD_VIEWS = (
    ("iso", "From the corner", "1"),
    ("top", "From above", "2"),
    ("front", "From the front", "3"),
    ("right", "From the right", "4"),
    ("back", "From the back", "5"),
    ("left", "From the left", "6"),
    ("bottom", "From below", "7"),
)
PANEL_KEYS = {name: f"Ctrl+{n}" for n, name in enumerate(("scene", "inspector", "trends", "studies", "scenarios", "messages"), 1)}
MENUS = ("File", "Edit", "Select", "View", "Tools", "Live", "Scenario", "Window", "Help")


def add_actions(window: MainWindow) -> None:
    """Register those of the scene: what the features add comes after them."""
    for specs in (_file(window), _edit(window), _select(window), _view(window), _live(window), _scenario(window)):
        for spec in specs:
            window.actions_.add(spec)


def add_window_actions(window: MainWindow) -> None:
    """Register those of the window itself: its panels (also those of features), themes and help."""
    for spec in (*_window(window), *_help(window)):
        window.actions_.add(spec)


def _file(w: MainWindow) -> list[ActionSpec]:
    def can_open() -> bool:
        return w.services.open_file is not None

    def can_save() -> bool:
        return w.services.save is not None and w.services.document is not None

    return [
        ActionSpec("file.open", "Open…", w.opener.ask, "File", "open", "Ctrl+O", can_open),
        ActionSpec("file.save", "Save", w.saver.save, "File", "save", "Ctrl+S", can_save, group="save"),
        ActionSpec("file.save_as", "Save as…", w.saver.save_as, "File", "", "Ctrl+Shift+S", can_save, group="save"),
        ActionSpec("file.quit", "Quit", w.close, "File", "quit", "Ctrl+Q", group="quit"),
    ]


def _edit(w: MainWindow) -> list[ActionSpec]:
    def document_can(name: str) -> bool:
        return bool(w.services.document is not None and getattr(w.services.document, name))

    def title(verb: str, name: str) -> str:
        what = str(getattr(w.services.document, name)) if w.services.document is not None else ""
        return f"{verb} {what}" if what else verb

    return [
        ActionSpec(
            "edit.undo",
            "Undo",
            w.undo,
            "Edit",
            "undo",
            "Ctrl+Z",
            lambda: document_can("can_undo"),
            title=lambda: title("Undo", "undo_title"),
        ),
        ActionSpec(
            "edit.redo",
            "Redo",
            w.redo,
            "Edit",
            "redo",
            "Ctrl+Shift+Z",
            lambda: document_can("can_redo"),
            title=lambda: title("Redo", "redo_title"),
        ),
        ActionSpec("edit.rename", "Rename", w.rename, "Edit", "rename", "F2", w.has_selection, group="node"),
        ActionSpec("edit.delete", "Delete the selection", w.delete, "Edit", "delete", "Del", w.has_selection, group="node"),
        ActionSpec("edit.find", "Find in the scene tree", w.find_node, "Edit", "search", "Ctrl+F", w.has_scene, group="find"),
    ]


def _select(w: MainWindow) -> list[ActionSpec]:
    return [
        ActionSpec(
            "tool.select",
            "Select",
            lambda: w.set_tool("select"),
            "Select",
            "select",
            "Q",
            w.has_scene,
            lambda: w.tools.is_taken("select"),
        ),
        ActionSpec(
            "tool.move",
            "Move",
            lambda: w.set_tool("move"),
            "Select",
            "move",
            "W",
            w.has_scene,
            lambda: w.tools.is_taken("move"),
        ),
        ActionSpec(
            "select.parent",
            "Select what it belongs to",
            w.nodes.select_parent,
            "Select",
            "",
            "Ctrl+Up",
            w.has_selection,
            group="select",
        ),
        ActionSpec(
            "select.children",
            "Select what it contains",
            w.nodes.select_children,
            "Select",
            "",
            "Ctrl+Down",
            w.has_selection,
            group="select",
        ),
        ActionSpec(
            "select.alike",
            "Select all of the same part",
            w.nodes.select_alike,
            "Select",
            "",
            "Ctrl+Shift+A",
            w.has_selection,
            group="select",
        ),
        ActionSpec("select.none", "Select nothing", w.selection.clear, "Select", "", "Ctrl+D", w.has_selection, group="select"),
    ]


def _view(w: MainWindow) -> list[ActionSpec]:
    seen = w.visibility
    views = [
        ActionSpec(
            f"view.{name}", text, lambda n=name: w.view3d.standard_view(n), "View", "views", key, w.has_scene, group="standard"
        )
        for name, text, key in STANDARD_VIEWS
    ]
    return [
        ActionSpec("view.fit", "Fit everything", lambda: w.view3d.fit(), "View", "fit", "Home", w.has_scene),
        ActionSpec("view.fly_to", "Fly to the selection", w.fly_to_selection, "View", "fly_to", "F", w.has_selection),
        *views,
        ActionSpec(
            "view.hide",
            "Hide or show the selection",
            lambda: seen.toggle_hidden(w.selection.ids),
            "View",
            "hide",
            "H",
            w.has_selection,
            group="seen",
        ),
        ActionSpec(
            "view.isolate",
            "Isolate the selection",
            lambda: seen.toggle_isolated(w.selection.ids),
            "View",
            "isolate",
            "I",
            w.has_selection,
            group="seen",
        ),
        ActionSpec(
            "view.x_ray",
            "See through the selection",
            lambda: seen.toggle_x_ray(w.selection.ids),
            "View",
            "x_ray",
            "X",
            w.has_selection,
            group="seen",
        ),
        ActionSpec(
            "view.show_all", "Show everything", seen.show_all, "View", "show", "Shift+H", lambda: not seen.is_plain, group="seen"
        ),
    ]


def _live(w: MainWindow) -> list[ActionSpec]:
    def has_channels() -> bool:
        return bool(w.nodes.channels())

    def has_curves() -> bool:
        return bool(w.trends.channels)

    return [
        ActionSpec(
            "live.trend", "Add the selection's values to the trends", w.trend_selection, "Live", "trends", "T", has_channels
        ),
        ActionSpec(
            "live.pause",
            "Pause the trends",
            w.trends.pause,
            "Live",
            "pause",
            "Ctrl+Space",
            has_curves,
            lambda: w.trends.is_paused,
        ),
        ActionSpec("live.clear", "Clear the trends", lambda: w.trends.show_channels([]), "Live", "close", "", has_curves),
        ActionSpec(
            "live.faults",
            "Faults of the simulated plant…",
            lambda: w.faulty.open(),
            "Live",
            "fault",
            "Ctrl+Shift+F",
            lambda: w.faulty.is_offered(),
            group="faults",
        ),
    ]


def _scenario(w: MainWindow) -> list[ActionSpec]:
    def is_open() -> bool:
        return w.services.document is not None and w.services.document.scenario is not None

    return [
        ActionSpec("scenario.new", "New scenario", w.new_scenario, "Scenario", "add", "Ctrl+Shift+N", w.has_document),
        ActionSpec("scenario.duplicate", "Duplicate the open scenario", w.scenarios.duplicate, "Scenario", "copy", "", is_open),
        ActionSpec("scenario.base", "Return to the base", lambda: w.scenarios.open(None), "Scenario", "scenario", "", is_open),
        ActionSpec(
            "scenario.compare", "Compare scenarios", lambda: w.docks.show("scenarios"), "Scenario", "compare", "", w.has_document
        ),
        *_studies(w),
    ]


def _studies(w: MainWindow) -> list[ActionSpec]:
    """One for each study that is installed."""
    registry, panel = w.services.studies, w.studies
    if registry is None or not hasattr(panel, "open"):
        return []

    def run(study_id: str) -> None:
        w.docks.show("studies")
        panel.open(study_id)
        if study_id == STUDY and w.has_scene():
            w.set_tool("move")

    return [
        ActionSpec(
            f"study.{one.id}", f"Studies: {one.title}", lambda i=one.id: run(i), "Scenario", "studies", "", group="studies"
        )
        for one in registry.studies()
    ]


def _window(w: MainWindow) -> list[ActionSpec]:
    panels = [
        ActionSpec(
            f"panel.{dock_id}", dock.windowTitle(), lambda d=dock_id: w.docks.toggle(d), "Window", "",
            PANEL_KEYS.get(dock_id, ""),
            checked=lambda d=dock_id: w.docks.is_seen(d), group="panels",
        )
        for dock_id, dock in w.docks.all.items()
    ]  # fmt: skip
    themes = [
        ActionSpec(
            f"theme.{one}", f"{read_theme(one).name} theme", lambda t=one: w.use_theme(t), "Window", "theme",
            checked=lambda t=one: w.look.theme.id == t, group="themes",
        )
        for one in THEMES
    ]  # fmt: skip
    return [
        *panels,
        ActionSpec("window.reset", "Reset the layout", w.docks.arrange, "Window", "layout", group="layout"),
        ActionSpec(
            "window.full", "Full screen", w.toggle_full_screen, "Window", "", "F11", checked=w.isFullScreen, group="layout"
        ),
        *themes,
        ActionSpec("theme.next", "Next theme", w.next_theme, "Window", "theme", "Ctrl+T", group="themes"),
    ]


def _help(w: MainWindow) -> list[ActionSpec]:
    return [
        ActionSpec("help.palette", "Search or run…", w.commands.open, "Help", "command", "Ctrl+K"),
        ActionSpec("help.shortcuts", "Actions and shortcuts", w.show_shortcuts, "Help", "keyboard", "F1"),
    ]
