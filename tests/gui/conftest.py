"""What window tests leave behind: no OpenGL context of Qt's that is still current."""

from collections.abc import Iterator

import pytest
from PySide6.QtGui import QOpenGLContext


@pytest.fixture(autouse=True)
def context_let_go() -> Iterator[None]:
    """Qt leaves the context of the widget that painted last current on the thread. EGL then refuses to make that of an off-screen
    window current (libglvnd: one thread, one of GLX and EGL), VTK does not notice, and later tests draw into Qt's context."""
    yield
    current = QOpenGLContext.currentContext()
    if current is not None:
        current.doneCurrent()
