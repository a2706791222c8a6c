"""Icons from Phosphor's font: each a glyph, painted in the theme's colours at whatever size is asked for.

The font and its table of names are those that qtawesome carries. qtawesome itself is not imported: it takes a sixth of a second
of every start, and it paints on pictures of no size, which Qt complains about.
"""

from __future__ import annotations

import json
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QIcon, QIconEngine, QPainter, QPixmap

from viewer.base.errors import Fault

_FONT, _NAMES = "phosphor-1.3.0.ttf", "phosphor-charmap-1.3.0.json"
_FILLS = 0.96
"""Height of the glyphs' em against the icon's."""


class GlyphIcon(QIconEngine):
    """One glyph in two colours: as it is, and disabled. Main thread."""

    def __init__(self, name: str, colour: QColor, disabled: QColor) -> None:
        super().__init__()
        self._name, self._colour, self._disabled = name, colour, disabled

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        """Qt asks for it."""
        painter.save()
        font = QFont(_family())
        font.setPixelSize(max(round(_FILLS * rect.height()), 1))
        painter.setFont(font)
        painter.setPen(self._disabled if mode == QIcon.Mode.Disabled else self._colour)
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, glyph(self._name))
        painter.restore()

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        """Qt asks for it."""
        picture = QPixmap(size)
        picture.fill(Qt.GlobalColor.transparent)
        if not size.isEmpty():
            painter = QPainter(picture)
            self.paint(painter, QRect(QPoint(0, 0), size), mode, state)
            painter.end()
        return picture

    def clone(self) -> QIconEngine:
        """Qt asks for it."""
        return GlyphIcon(self._name, self._colour, self._disabled)


def glyph(name: str) -> str:
    """The character of Phosphor's icon `name`. Raises KeyError where it has none."""
    return chr(int(_table()[name], 16))


@lru_cache(maxsize=1)
def _table() -> dict[str, str]:
    return json.loads((_folder() / _NAMES).read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def _family() -> str:
    number = QFontDatabase.addApplicationFont(str(_folder() / _FONT))
    families = QFontDatabase.applicationFontFamilies(number)
    if not families:
        raise Fault(f"the font of the icons can't be loaded; install genchi again: {_folder() / _FONT}")
    return families[0]


@lru_cache(maxsize=1)
def _folder() -> Path:
    found = find_spec("qtawesome")
    if found is None or found.origin is None:
        raise Fault("the package qtawesome, which carries the icons, is not installed; install genchi again")
    return Path(found.origin).parent / "fonts"
