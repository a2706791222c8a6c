"""A million scalars a frame: new values on every vertex of a surface, beside PyVista's way and VTK's own colour mapping.

`python -m benchmarks.scalars`; figures in benchmarks/results/scalars.json. CPU milliseconds of a frame, the writing of the values
included, less those of a frame in which nothing changed.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Callable

import numpy as np

from benchmarks.measuring import in_its_own_process, keep, middle, rounded
from benchmarks.plants import ball, plant

SIDES = 1415
"""Of a ball with a million vertices."""
SIZE_PX = (640, 360)
WAYS = ("genchi", "pyvista", "vtk")


def _genchi() -> tuple[int, Callable[[int], object], Callable[[np.ndarray], object]]:
    from viewer.render.look import DARK
    from viewer.render.snapshot import OffscreenScene
    from viewer.twin.overlays import VertexField

    scene, twin = OffscreenScene(SIZE_PX, theme=DARK), plant(1, SIDES)
    view, node = scene.view, next(iter(twin.nodes))
    view.set_twin(twin)
    view.camera = view.fitted()
    view.set_fields([VertexField(node, "deviation", "mm", 0.0, 1.0)])
    count = sum(len(part.mesh.points_in_part) for part in twin.parts.values())

    def frame(_: int) -> None:
        view.camera = view.camera.orbited(math.radians(0.5), 0.0)
        view.prepare()
        scene.window.Render()
        scene.window.WaitForCompletion()

    return count, frame, lambda values: view.update_field(node, values)


def _pyvista() -> tuple[int, Callable[[int], object], Callable[[np.ndarray], object]]:
    import pyvista as pv

    mesh = ball(np.random.default_rng(1), SIDES)
    surface = pv.PolyData.from_regular_faces(mesh.points_in_part.astype(np.float32), mesh.triangles)
    surface["deviation"] = np.zeros(surface.n_points, dtype=np.float32)
    plotter = pv.Plotter(off_screen=True, window_size=list(SIZE_PX))
    plotter.add_mesh(surface, scalars="deviation", clim=(0.0, 1.0), cmap="viridis", show_scalar_bar=False)
    plotter.show(auto_close=False, interactive=False)

    def frame(_: int) -> None:
        plotter.camera.Azimuth(0.5)
        plotter.render()
        plotter.render_window.WaitForCompletion()

    def write(values: np.ndarray) -> None:
        surface["deviation"] = values

    return surface.n_points, frame, write


def _vtk() -> tuple[int, Callable[[int], object], Callable[[np.ndarray], object]]:
    from vtkmodules.util.numpy_support import numpy_to_vtk
    from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper, vtkRenderer

    from benchmarks.peers.vtk_ways import poly_data
    from viewer.render.gl import offscreen_window

    data = poly_data(ball(np.random.default_rng(1), SIDES))
    count = data.GetNumberOfPoints()
    values = np.zeros(count, dtype=np.float32)
    array = numpy_to_vtk(values, deep=False)
    data.GetPointData().SetScalars(array)
    mapper, actor, renderer, window = vtkPolyDataMapper(), vtkActor(), vtkRenderer(), offscreen_window(SIZE_PX)
    mapper.SetInputData(data)
    mapper.SetScalarRange(0.0, 1.0)
    mapper.InterpolateScalarsBeforeMappingOn()
    actor.SetMapper(mapper)
    renderer.AddActor(actor)
    window.AddRenderer(renderer)
    renderer.ResetCamera()

    def frame(_: int) -> None:
        renderer.GetActiveCamera().Azimuth(0.5)
        renderer.ResetCameraClippingRange()
        window.Render()
        window.WaitForCompletion()

    def write(new: np.ndarray) -> None:
        values[:] = new
        array.Modified()
        data.Modified()

    return count, frame, write


def one(who: str) -> None:
    """One way, in this process."""
    count, frame, write = {"genchi": _genchi, "pyvista": _pyvista, "vtk": _vtk}[who]()
    rng = np.random.default_rng(5)
    blocks = [rng.random(count, dtype=np.float32) for _ in range(3)]

    def changed(i: int) -> None:
        write(blocks[i % 3])
        frame(i)

    still, moving = turn_about(frame, changed, 21)
    extra = float(np.median(np.array(moving) - still))
    print(json.dumps(rounded({"vertices": count, "still_ms": middle(still), "changed_ms": middle(moving), "scalars_ms": extra})))


def turn_about(one: Callable[[int], object], other: Callable[[int], object], times: int) -> tuple[list[float], list[float]]:
    """CPU milliseconds of two calls made in turn, so that both see the same machine."""
    taken: tuple[list[float], list[float]] = ([], [])
    for i in range(times + 2):
        for call, found in zip((one, other), taken, strict=True):
            start = time.process_time()
            call(i)
            found.append((time.process_time() - start) * 1e3)
    return taken[0][2:], taken[1][2:]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--one", choices=WAYS)
    options = parser.parse_args()
    if options.one:
        one(options.one)
    else:
        keep("scalars", {who: in_its_own_process("benchmarks.scalars", "--one", who) for who in WAYS})


if __name__ == "__main__":
    main()
