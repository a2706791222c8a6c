"""What a pick costs at 3,000 and 20,000 parts, and whether it is right: beside VTK's cell picker and its hardware selector.

`python -m benchmarks.picking`; figures in benchmarks/results/picking.json. The same 200 rays for all; an exact test of every
triangle says which part each ray meets first.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.measuring import keep, middle, rounded
from benchmarks.plants import FINE, plant
from viewer.base.ids import NodeId
from viewer.render.camera import Camera
from viewer.render.look import DARK
from viewer.render.snapshot import OffscreenScene
from viewer.twin.model import Twin

RAYS = 200
SIZE_PX = (1280, 720)
_LOW, _HIGH = (0.1, 0.3), (0.9, 0.9)
"""Where in the picture the rays go through, as shares of its size."""


def exact(twin: Twin, camera: Camera, places: np.ndarray) -> list[str]:
    """The part that each ray meets first, every triangle of every part tried that the ray's line comes near ('': none)."""
    nodes = [node for node in twin.nodes.values() if node.part is not None]
    at = np.array([node.parent_from_node.xyz_m for node in nodes])
    meshes = [twin.parts[node.part].mesh for node in nodes if node.part is not None]
    reach = max(float(np.linalg.norm(mesh.points_in_part, axis=1).max()) for mesh in meshes)
    found: list[str] = []
    for x, y in places:
        origin, direction = camera.ray((x, y), SIZE_PX)
        away = at - origin
        near = np.flatnonzero(np.linalg.norm(away - np.outer(away @ direction, direction), axis=1) <= reach)
        best = (np.inf, "")
        for row in near.tolist():
            corners = meshes[row].points_in_part[meshes[row].triangles] + at[row]
            best = min(best, (first_hit(corners, origin, direction), str(nodes[row].id)))
        found.append(best[1] if np.isfinite(best[0]) else "")
    return found


def first_hit(corners: np.ndarray, origin: np.ndarray, direction: np.ndarray) -> float:
    """Distance along a ray to the nearest of triangles (m, 3, 3), by solving for barycentric coordinates (Cramer's rule)."""
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    system = np.stack([b - a, c - a, np.broadcast_to(-direction, a.shape)], axis=2)
    regular = np.abs(np.linalg.det(system)) > 1e-300
    if not regular.any():
        return np.inf
    u, v, t = np.linalg.solve(system[regular], (origin - a[regular])[..., None])[..., 0].T
    hit = (u >= 0) & (v >= 0) & (u + v <= 1) & (t > 0)
    return float(t[hit].min()) if hit.any() else np.inf


def timed(pick: Callable[[float, float], str], places: np.ndarray, right: list[str]) -> dict[str, Any]:
    """CPU milliseconds a pick, and how often it found the right part."""
    taken: list[float] = []
    good = 0
    for (x, y), expected in zip(places, right, strict=False):
        start = time.process_time()
        got = pick(x, y)
        taken.append((time.process_time() - start) * 1e3)
        good += got == expected
    return rounded(
        {"first_ms": taken[0], "median_ms": middle(taken[1:]), "worst_ms": max(taken[1:]), "right": good, "of": len(taken)}
    )


def vtk_pickers(twin: Twin, camera: Camera) -> dict[str, Callable[[float, float], str]]:
    """VTK's own, over an actor a part."""
    from vtkmodules.vtkRenderingCore import vtkCellPicker, vtkHardwareSelector
    from vtkmodules.vtkRenderingOpenGL2 import vtkOpenGLHardwareSelector

    from benchmarks.peers.vtk_ways import ActorAPart

    peer = ActorAPart()
    peer.build(twin, SIZE_PX)
    vtk_camera = peer.renderer.GetActiveCamera()
    vtk_camera.SetPosition(*camera.eye_m)
    vtk_camera.SetFocalPoint(*camera.target_m)
    vtk_camera.SetViewUp(*camera.up)
    vtk_camera.SetViewAngle(float(np.degrees(camera.angle_rad)))
    peer.renderer.ResetCameraClippingRange()
    peer.window.Render()
    names = {id(actor): str(node.id) for (actor, _), node in zip(peer.actors, peer.nodes, strict=True)}
    cells = vtkCellPicker()
    cells.SetTolerance(0.0)
    selector: Any = vtkOpenGLHardwareSelector() if vtkHardwareSelector is not None else None
    selector.SetRenderer(peer.renderer)

    def by_cell(x: float, y: float) -> str:
        cells.Pick(x, SIZE_PX[1] - y, 0.0, peer.renderer)
        return names.get(id(cells.GetActor()), "")

    def by_hardware(x: float, y: float) -> str:
        column, row = int(x), int(SIZE_PX[1] - 1 - int(y))
        selector.SetArea(column, row, column, row)
        picked = selector.Select()
        if not picked.GetNumberOfNodes():
            return ""
        prop = picked.GetNode(0).GetProperties().Get(picked.GetNode(0).PROP())
        return names.get(id(prop), "")

    return {"vtkCellPicker": by_cell, "vtkHardwareSelector": by_hardware}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parts", type=int, nargs="+", default=[3000, 20000])
    parser.add_argument("--peer-rays", type=int, default=10, help="how many of the rays the slow peers are asked")
    options = parser.parse_args()
    found: dict[str, Any] = {}
    for parts in options.parts:
        twin = plant(parts, FINE)
        places = np.random.default_rng(7).uniform(
            (0.1 * SIZE_PX[0], 0.3 * SIZE_PX[1]), (0.9 * SIZE_PX[0], 0.9 * SIZE_PX[1]), (RAYS, 2)
        )
        places = np.floor(places) + 0.5
        with OffscreenScene(SIZE_PX, theme=DARK) as scene:
            scene.view.smallest_px = 0.0
            scene.view.set_twin(twin)
            scene.view.camera = scene.view.fitted()
            right = exact(twin, scene.view.camera, places)

            def ours(x: float, y: float, scene: OffscreenScene = scene) -> str:
                hit = scene.view.pick(x, y)
                return str(hit.node) if hit is not None else NodeId("")

            row = {"hits": sum(one != "" for one in right), "genchi": timed(ours, places, right)}
            for name, pick in vtk_pickers(twin, scene.view.camera).items():
                row[name] = timed(pick, places[: options.peer_rays], right)
        found[str(parts)] = row
    keep("picking", found)


if __name__ == "__main__":
    main()
