"""The look: colours of each theme and the few numbers that make light, edges and marks."""

from __future__ import annotations

from dataclasses import dataclass

from viewer.base.errors import UserMistake
from viewer.twin.parts import Rgb

ALARM: Rgb = (255, 99, 105)
"""Values beyond a limit."""


@dataclass(frozen=True, slots=True)
class Theme:
    """What the picture takes from the window's theme."""

    name: str
    sky_top: Rgb
    """Background at the upper edge of the picture."""
    sky_bottom: Rgb
    accent: Rgb
    """Selection and gizmo."""
    grid: Rgb
    chip: Rgb
    """Ground of labels and legends."""
    chip_edge: Rgb
    text: Rgb
    text_dim: Rgb
    part: Rgb
    """Parts without a colour of their own."""
    cut: Rgb = (255, 190, 70)
    """The lines along which a section cuts."""
    light: float = 1.0
    """Overall brightness of the lit scene."""
    saturation: float = 1.0
    """Of the parts' own colours; the control room's scene is dim and grey (ISA-101). Overlay colours keep theirs."""


DARK = Theme(
    name="dark",
    sky_top=(38, 43, 51),
    sky_bottom=(71, 78, 89),
    accent=(61, 165, 255),
    grid=(132, 142, 156),
    chip=(24, 28, 34),
    chip_edge=(86, 96, 110),
    text=(236, 240, 245),
    text_dim=(160, 170, 182),
    part=(176, 181, 187),
)
LIGHT = Theme(
    name="light",
    sky_top=(178, 188, 200),
    sky_bottom=(222, 228, 234),
    accent=(0, 111, 214),
    grid=(120, 132, 146),
    chip=(255, 255, 255),
    chip_edge=(176, 186, 198),
    text=(26, 32, 40),
    text_dim=(92, 102, 114),
    part=(178, 183, 189),
    cut=(176, 72, 0),
    light=1.0,
)
CONTROL = Theme(
    name="control",
    sky_top=(30, 33, 37),
    sky_bottom=(46, 50, 55),
    accent=(120, 190, 255),
    grid=(90, 96, 104),
    chip=(20, 22, 25),
    chip_edge=(88, 94, 102),
    text=(238, 240, 242),
    text_dim=(158, 164, 172),
    part=(140, 144, 148),
    light=0.62,
    saturation=0.12,
)
CONTRAST = Theme(
    name="contrast",
    sky_top=(6, 6, 8),
    sky_bottom=(22, 24, 28),
    accent=(255, 214, 10),
    grid=(120, 124, 130),
    chip=(0, 0, 0),
    chip_edge=(220, 224, 230),
    text=(255, 255, 255),
    text_dim=(210, 214, 220),
    part=(198, 202, 206),
    light=1.08,
)
THEMES = {theme.name: theme for theme in (DARK, LIGHT, CONTRAST, CONTROL)}


def theme_named(name: str) -> Theme:
    """Raises UserMistake for a name that no theme has."""
    if name not in THEMES:
        raise UserMistake(f"no theme is called «{name}»; expected one of {', '.join(sorted(THEMES))}")
    return THEMES[name]
