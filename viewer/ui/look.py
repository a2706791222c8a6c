"""The look of the running application: its theme, fonts and style, and the word when it changes."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QFont, QFontDatabase
from PySide6.QtWidgets import QApplication, QStyleFactory

from viewer.base.paths import bundled
from viewer.ui.theme import THEMES, Theme, palette_of, read_theme, style_sheet_of

FONT_PX = 13
"""Size of ordinary text, in device-independent pixels."""


class Look(QObject):
    """The theme in use. One for the application; everything that paints by itself asks here. Main thread."""

    changed = Signal()
    """Another theme is in use."""

    def __init__(self, theme_id: str = "dark", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.theme: Theme = read_theme(theme_id if theme_id in THEMES else "dark")

    def dress(self) -> None:
        """Give the application our style, fonts and theme."""
        application = _application()
        application.setStyle(QStyleFactory.create("Fusion"))
        application.setFont(application_font())
        self._apply(application)

    def use(self, theme_id: str) -> None:
        """Change to another theme. Raises UserMistake where there is none of that id."""
        theme = read_theme(theme_id)
        if theme.id == self.theme.id:
            return
        self.theme = theme
        self._apply(_application())
        self.changed.emit()

    def _apply(self, application: QApplication) -> None:
        application.setPalette(palette_of(self.theme))
        application.setStyleSheet(style_sheet_of(self.theme))


def application_font(size_px: int = FONT_PX, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """Inter with figures of equal width, so that numbers that change don't dance."""
    if "Inter" not in QFontDatabase.families():
        for file in sorted((bundled("assets") / "fonts").glob("*.otf")):
            QFontDatabase.addApplicationFont(str(file))
    font = QFont("Inter")
    font.setPixelSize(size_px)
    font.setWeight(weight)
    for feature in ("tnum", "cv05"):  # figures of equal width; an l that is no I
        font.setFeature(QFont.Tag.fromString(feature), 1)
    return font


def _application() -> QApplication:
    application = QApplication.instance()
    if not isinstance(application, QApplication):
        raise RuntimeError("the look needs a running QApplication")
    return application
