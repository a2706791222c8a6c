"""A picture drawn in turns is the one that is drawn at once."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scenes_for_tests import workshop
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkUnsignedCharArray

from viewer.render.look import DARK
from viewer.render.snapshot import OffscreenScene

WIDTH, HEIGHT = 320, 240


@pytest.fixture
def parted(monkeypatch: pytest.MonkeyPatch) -> OffscreenScene:
    """The workshop in many small chunks, with an outline, something see-through and edges in the picture."""
    monkeypatch.setattr("viewer.render.groups.CHUNK_VERTICES", 40)
    scene = OffscreenScene((WIDTH, HEIGHT), theme=DARK)
    view = scene.view
    view.set_twin(workshop())
    view.camera = view.fitted()
    nodes = [node.id for node in view.twin.nodes.values() if node.part is not None]
    view.select(nodes[:2])
    view.set_xray(nodes[2:4])
    return scene


def pixels(scene: OffscreenScene) -> NDArray[np.uint8]:
    """What stands in the window, nothing drawn anew."""
    found = vtkUnsignedCharArray()
    scene.window.GetRGBACharPixelData(0, 0, WIDTH - 1, HEIGHT - 1, 0, found)
    return vtk_to_numpy(found).reshape(HEIGHT, WIDTH, 4)[::-1, :, :3].copy()


def in_turns(scene: OffscreenScene) -> int:
    scene.view.prepare()
    turns = scene.view.in_turns(1)
    while not turns.finished:
        turns.draw(scene.window.Render)
    return turns.goes


def test_that_a_picture_in_turns_is_the_one_drawn_at_once(parted: OffscreenScene) -> None:
    with parted as scene:
        whole = scene.draw()
        assert in_turns(scene) > 3
        assert np.array_equal(pixels(scene), whole)
        scene.view.camera = scene.view.camera.orbited(0.4, 0.1)
        in_turns(scene)
        assert np.array_equal(pixels(scene), scene.draw())
        assert not np.array_equal(whole, scene.draw())


def test_that_a_picture_left_half_done_spoils_nothing(parted: OffscreenScene) -> None:
    with parted as scene:
        whole = scene.draw()
        scene.view.prepare()
        turns = scene.view.in_turns(1)
        turns.draw(scene.window.Render)
        assert not turns.finished
        assert not np.array_equal(pixels(scene), whole)
        assert np.array_equal(scene.draw(), whole)


def test_that_what_is_hidden_in_between_stays_hidden(parted: OffscreenScene) -> None:
    with parted as scene:
        scene.draw()
        scene.view.prepare()
        turns = scene.view.in_turns(1)
        turns.draw(scene.window.Render)
        nodes = [node.id for node in scene.view.twin.nodes.values() if node.part is not None]
        scene.view.set_hidden(nodes[4:6])
        while not turns.finished:
            turns.draw(scene.window.Render)
        in_turns(scene)
        found = pixels(scene)
        assert np.array_equal(found, scene.draw())
