"""Colours of the render room's themes as Qt colours, and the theme of the scene that suits a theme of the window."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtGui import QColor

from viewer.render.look import CONTRAST, DARK, LIGHT
from viewer.render.look import Theme as SceneTheme
from viewer.twin.parts import Rgb
from viewer.ui.theme import Theme


def colour(rgb: Rgb, alpha: float = 1.0) -> QColor:
    """A Qt colour of an sRGB triple, with an opacity of 0 to 1."""
    result = QColor(*rgb)
    result.setAlphaF(alpha)
    return result


def scene_theme(theme: Theme) -> SceneTheme:
    """The scene's look under a theme of the window: its light and ground, with the window's accent and text."""
    base = CONTRAST if theme.id == "contrast" else DARK if theme.is_dark else LIGHT
    return replace(
        base,
        accent=_rgb(theme.colour("accent")),
        chip=_rgb(theme.colour("panel")),
        chip_edge=_rgb(theme.colour("border_strong")),
        text=_rgb(theme.colour("text")),
        text_dim=_rgb(theme.colour("text_soft")),
    )


def _rgb(of: QColor) -> Rgb:
    return (of.red(), of.green(), of.blue())
