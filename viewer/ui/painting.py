"""Painting that ends whatever happens: a painter left open on a widget takes the whole program down."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from PySide6.QtGui import QPaintDevice, QPainter


@contextmanager
def painting(device: QPaintDevice) -> Generator[QPainter, None, None]:
    """A smooth painter on a widget or picture, ended on the way out, by an exception too. Main thread, within paintEvent."""
    painter = QPainter(device)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    try:
        yield painter
    finally:
        painter.end()
