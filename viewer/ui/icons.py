"""The names of all icons, and how one is drawn in the theme's colours (Phosphor)."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtGui import QColor, QIcon, QPixmap

from viewer.ui.icon_font import GlyphIcon
from viewer.ui.theme import Theme

NAMES = {
    "select": "cursor",
    "move": "arrows-out-cardinal",
    "fit": "corners-out",
    "fly_to": "crosshair-simple",
    "views": "cube",
    "view": "video-camera",
    "colour_by": "palette",
    "theme": "circle-half",
    "undo": "arrow-u-up-left",
    "redo": "arrow-u-up-right",
    "search": "magnifying-glass",
    "open": "folder-open",
    "import": "file-plus",
    "save": "floppy-disk",
    "quit": "sign-out",
    "hide": "eye-slash",
    "show": "eye",
    "isolate": "selection-inverse",
    "x_ray": "circle-dashed",
    "rename": "pencil-simple",
    "copy": "copy",
    "delete": "trash",
    "add": "plus",
    "close": "x",
    "panel": "layout",
    "tree": "tree-structure",
    "inspector": "sliders-horizontal",
    "trends": "chart-line",
    "studies": "flask",
    "scenarios": "git-branch",
    "scenario": "git-commit",
    "messages": "list-bullets",
    "pause": "pause",
    "play": "play",
    "step_back": "caret-left",
    "step_forward": "caret-right",
    "alarm_before": "skip-back",
    "alarm_next": "skip-forward",
    "compare": "git-diff",
    "help": "question",
    "keyboard": "keyboard",
    "command": "command",
    "fault": "lightning",
    "good": "check-circle",
    "warning": "warning",
    "alarm": "warning-octagon",
    "stale": "hourglass-medium",
    "bad": "prohibit",
    "missing": "circle-dashed",
    "info": "info",
    "live": "broadcast",
    "lost": "wifi-slash",
    "connecting": "spinner",
    "channel": "activity",
    "link": "link-simple",
    "ruler": "ruler",
    "pmi": "crosshair",
    "angle": "triangle",
    "diameter": "circle",
    "clearance": "arrows-in-line-horizontal",
    "points": "dots-nine",
    "filter": "funnel",
    "export": "export",
    "difference": "git-diff",
    "station": "map-pin",
    "folded": "caret-right",
    "unfolded": "caret-down",
    "recent": "clock-counter-clockwise",
    "layout": "layout",
    "node": "cube",
    "group": "folder-simple",
    "section": "square-half",
    "flip": "swap",
    "align": "arrow-line-down",
    "corner": "corners-in",
    "box": "bounding-box",
    "explode": "arrows-out",
    "focus": "target",
    "walk": "person-simple-walk",
    "fly": "paper-plane-tilt",
    "update": "arrows-clockwise",
    "picture": "image",
    "kind.hall": "buildings",
    "kind.station": "map-pin",
    "kind.robot": "robot",
    "kind.link": "line-segment",
    "kind.vehicle": "truck",
    "kind.conveyor": "arrows-left-right",
    "kind.fence": "wall",
    "kind.product": "package",
    "kind.pack": "package",
    "kind.cell": "battery-full",
    "kind.module": "stack",
    "kind.cabinet": "hard-drives",
    "kind.rack": "rows",
    "kind.tool": "wrench",
    "kind.lamp": "lightbulb",
    "kind.tray": "tray",
    "kind.bolt": "nut",
    "kind.floor": "square",
    "kind.aisle": "path",
    "kind.path": "path",
    "kind.person": "person",
    "kind.scan": "dots-nine",
}
"""Our name of each icon and Phosphor's."""


def icon(name: str, theme: Theme, token: str = "text_soft") -> QIcon:
    """An icon by our name, in a token's colour (disabled: faint). Raises KeyError for an unknown name."""
    return _icon(name, theme.colours[token], theme.colours["text_faint"])


def kind_icon(kind: str, theme: Theme, *, has_children: bool) -> QIcon:
    """The icon of a node's kind; of a group or a part where the kind has none."""
    name = f"kind.{kind}"
    return icon(name if name in NAMES else "group" if has_children else "node", theme)


def pixmap(name: str, theme: Theme, token: str = "text_soft", size_px: int = 16) -> QPixmap:
    """An icon as a picture."""
    return icon(name, theme, token).pixmap(size_px, size_px)


@lru_cache(maxsize=512)
def _icon(name: str, colour: str, disabled: str) -> QIcon:
    return QIcon(GlyphIcon(NAMES[name], QColor(colour), QColor(disabled)))
