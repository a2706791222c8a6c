"""PyVista as its users write it: `add_mesh` for each part, an actor each."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyvista as pv

from benchmarks.peers.contender import CHANGED, TURN_DEG
from viewer.twin.model import Twin


class PyVista:
    """One actor a part, PyVista's own defaults but for its window's size."""

    def build(self, twin: Twin, size_px: tuple[int, int]) -> None:
        self._plotter = pv.Plotter(off_screen=True, window_size=list(size_px))
        shapes = {
            part.id: pv.PolyData.from_regular_faces(part.mesh.points_in_part.astype(np.float32), part.mesh.triangles)
            for part in twin.parts.values()
        }
        self._actors: list[Any] = []
        for node in twin.nodes.values():
            if node.part is None:
                continue
            colour = twin.parts[node.part].colour
            actor = self._plotter.add_mesh(
                shapes[node.part], color=colour, reset_camera=False, render=False, show_scalar_bar=False
            )
            actor.user_matrix = node.parent_from_node.matrix()
            self._actors.append(actor)
        self._plotter.reset_camera()
        self._rng = np.random.default_rng(2)
        self._shown = False

    def frame(self, i: int) -> None:
        if not self._shown:
            self._plotter.show(auto_close=False, interactive=False)
            self._shown = True
        self._plotter.camera.Azimuth(TURN_DEG)
        self._plotter.renderer.ResetCameraClippingRange()
        self._plotter.render()
        self._plotter.render_window.WaitForCompletion()

    def recolour(self, i: int) -> None:
        for actor in self._actors[:CHANGED]:
            actor.prop.color = tuple(self._rng.random(3))

    def move(self, i: int) -> None:
        for actor in self._actors[:CHANGED]:
            matrix = actor.user_matrix
            matrix[2, 3] = 0.01 * i
            actor.user_matrix = matrix

    def facts(self) -> dict[str, Any]:
        return {"actors": len(self._actors), "pyvista": pv.__version__}
