"""Design tokens: the colours of a theme, and the palette and style sheet that are made from them."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from string import Template

from PySide6.QtGui import QColor, QPalette

from viewer.base.errors import UserMistake
from viewer.base.paths import bundled

THEMES = ("dark", "light", "contrast")
"""Ids of the bundled themes, in the order of the menu."""


@dataclass(frozen=True, slots=True)
class Theme:
    """One set of tokens."""

    id: str
    name: str
    is_dark: bool
    colours: dict[str, str]
    series: tuple[str, ...]
    """Colours of curves, told apart by colour-blind people too; repeat after the last."""

    def colour(self, token: str, alpha: float = 1.0) -> QColor:
        """A token's colour, with an opacity of 0 to 1. Raises KeyError for an unknown token."""
        colour = QColor(self.colours[token])
        if alpha < 1.0:
            colour.setAlphaF(alpha)
        return colour

    def series_colour(self, index: int) -> QColor:
        return QColor(self.series[index % len(self.series)])


@lru_cache(maxsize=8)
def read_theme(theme_id: str) -> Theme:
    """A bundled theme by its id. Raises UserMistake where there is none or a colour is not one."""
    path = bundled("assets") / "themes" / f"{theme_id}.toml"
    if theme_id not in THEMES or not path.is_file():
        raise UserMistake(f"there is no theme {theme_id!r}; choose one of {', '.join(THEMES)}")
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    colours = {name: _qt_colour(value, path.name) for name, value in table["colours"].items()}
    return Theme(theme_id, table["name"], table["is_dark"], colours, tuple(table["series"]["colours"]))


def _qt_colour(text: str, file: str) -> str:
    """Style sheets and QColor write alpha first; tokens write it last, as in CSS."""
    wanted = f"#{text[7:]}{text[1:7]}" if len(text) == 9 else text
    if not QColor.isValidColorName(wanted):
        raise UserMistake(f"{text!r} is no colour; write it as #rrggbb: {file}")
    return wanted


def palette_of(theme: Theme) -> QPalette:
    """The Fusion palette of a theme: what the style sheet does not reach still has the theme's colours."""
    roles = {
        QPalette.ColorRole.Window: "panel",
        QPalette.ColorRole.Base: "raised",
        QPalette.ColorRole.AlternateBase: "panel",
        QPalette.ColorRole.Button: "raised",
        QPalette.ColorRole.ToolTipBase: "raised",
        QPalette.ColorRole.WindowText: "text",
        QPalette.ColorRole.Text: "text",
        QPalette.ColorRole.ButtonText: "text",
        QPalette.ColorRole.ToolTipText: "text",
        QPalette.ColorRole.BrightText: "text",
        QPalette.ColorRole.PlaceholderText: "text_faint",
        QPalette.ColorRole.Highlight: "accent",
        QPalette.ColorRole.HighlightedText: "accent_text",
        QPalette.ColorRole.Accent: "accent",
        QPalette.ColorRole.Link: "accent",
        QPalette.ColorRole.LinkVisited: "accent",
        QPalette.ColorRole.Light: "hover",
        QPalette.ColorRole.Midlight: "hover",
        QPalette.ColorRole.Mid: "border",
        QPalette.ColorRole.Dark: "border_strong",
        QPalette.ColorRole.Shadow: "shadow",
    }
    palette = QPalette()
    for role, token in roles.items():
        palette.setColor(role, theme.colour(token))
    for role in (QPalette.ColorRole.Text, QPalette.ColorRole.WindowText, QPalette.ColorRole.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, role, theme.colour("text_faint"))
    return palette


def style_sheet_of(theme: Theme) -> str:
    """The style sheet with the theme's tokens. Raises KeyError where it names a token that the theme lacks."""
    assets = bundled("assets")
    template = Template((assets / "themes" / "window.qss").read_text(encoding="utf-8"))
    return template.substitute(theme.colours, icons=(assets / "icons").as_posix())
