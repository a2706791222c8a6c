"""An off-screen scene for the drawing tests."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from viewer.render.look import DARK
from viewer.render.snapshot import OffscreenScene

sys.path.insert(0, str(Path(__file__).parent))  # for scenes_for_tests


@pytest.fixture
def scene() -> Iterator[OffscreenScene]:
    """A scene view of 320 by 240 pixels that no display shows."""
    with OffscreenScene((320, 240), theme=DARK) as opened:
        yield opened
