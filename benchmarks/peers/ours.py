"""Genchi's own scene view, off screen."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from benchmarks.peers.contender import CHANGED, TURN_DEG
from viewer.render.look import DARK
from viewer.render.snapshot import OffscreenScene
from viewer.twin.model import Twin
from viewer.twin.overlays import OverlayFrame, OverlayPlan


class Genchi:
    """Recoloured and moved through overlay frames, as live values are."""

    def build(self, twin: Twin, size_px: tuple[int, int]) -> None:
        self._offscreen = OffscreenScene(size_px, theme=DARK)
        self._offscreen.__enter__()
        self._view, self._window = self._offscreen.view, self._offscreen.window
        self._view.smallest_px = 0.0  # the small window is to show the traversal, not parts left out for being small
        self._view.set_twin(twin)
        self._view.camera = self._view.fitted()
        nodes = tuple(sorted(twin.nodes))[:CHANGED]
        self._rest = np.array([twin.nodes[node].parent_from_node.matrix() for node in nodes])
        self._colours, self._poses = OverlayPlan(coloured=nodes), OverlayPlan(posed=nodes)
        self._rng = np.random.default_rng(2)

    def frame(self, i: int) -> None:
        self._view.camera = self._view.camera.orbited(math.radians(TURN_DEG), 0.0)
        self._view.prepare()
        self._window.Render()
        self._window.WaitForCompletion()

    def recolour(self, i: int) -> None:
        rgb = self._rng.integers(0, 255, (len(self._colours.coloured), 3), dtype=np.uint8)
        self._show(self._colours, np.zeros((0, 4, 4)), rgb)

    def move(self, i: int) -> None:
        poses = self._rest.copy()
        poses[:, 2, 3] += 0.01 * i
        self._show(self._poses, poses, np.zeros((0, 3), dtype=np.uint8))

    def _show(self, plan: OverlayPlan, poses: np.ndarray, rgb: np.ndarray) -> None:
        if self._view.plan is not plan:
            self._view.set_overlay(plan)
        none, flat = np.zeros(0), np.zeros(len(rgb), np.uint8)
        frame = OverlayFrame(0, poses, rgb, flat, none.astype(bool), none, none.astype(np.uint8), np.zeros((0, 3)))
        self._view.update_overlay(frame)

    def facts(self) -> dict[str, Any]:
        return dict(self._view.statistics())
