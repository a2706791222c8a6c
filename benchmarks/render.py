"""What drawing costs: frames of 3,000 and 20,000 parts, still, recoloured, moved, against one VTK actor a part in the same run.

Run it as `python benchmarks/render.py [--parts 3000 20000] [--size 64x64] [-o out.json]`. Milliseconds are CPU time of the whole
process; on software OpenGL a small picture shows what the traversal costs, which is what binds on a graphics card.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from immutables import Map

from viewer.base.frames import Pose
from viewer.base.ids import ROOT, NodeId, PartId
from viewer.render.look import DARK
from viewer.render.picking import Hit
from viewer.render.snapshot import OffscreenScene
from viewer.twin.model import Twin
from viewer.twin.overlays import OverlayFrame, OverlayPlan
from viewer.twin.parts import Mesh, Node, Part

CHANGED = 1000


def ball(rng: np.random.Generator, sides: int) -> Mesh:
    """A lumpy ball; each shape differs."""
    theta, phi = np.linspace(0, np.pi, sides // 2 + 1), np.arange(sides) * 2 * np.pi / sides
    t, p = (a.ravel() for a in np.meshgrid(theta, phi, indexing="ij"))
    points = np.stack([np.sin(t) * np.cos(p), np.sin(t) * np.sin(p), np.cos(t)], axis=1) * rng.uniform(0.25, 0.45, 3)
    i, j = (a.ravel() for a in np.meshgrid(np.arange(sides // 2), np.arange(sides), indexing="ij"))
    a, b, c, d = i * sides + j, i * sides + (j + 1) % sides, (i + 1) * sides + j, (i + 1) * sides + (j + 1) % sides
    return Mesh(points, np.concatenate([np.stack([a, c, d], axis=1), np.stack([a, d, b], axis=1)]).astype(np.int32))


def plant(parts: int, sides: int, shapes: int = 300) -> Twin:
    """That many instances of 300 shapes; a shape of n sides has about n * n triangles."""
    rng = np.random.default_rng(1)
    library = {
        PartId(f"p{i}"): Part(PartId(f"p{i}"), f"p{i}", ball(rng, sides), (170, 120, 80)) for i in range(min(shapes, parts))
    }
    names = list(library)
    wide = int(np.sqrt(parts * 1.6))
    nodes = {
        NodeId(f"n{i}"): Node(NodeId(f"n{i}"), "", ROOT, Pose.from_xyz_rpy((i % wide, i // wide, 0.5)), names[i % len(names)])
        for i in range(parts)
    }
    return Twin("plant", parts=Map(library), nodes=Map(nodes), children=Map({ROOT: tuple(nodes)}))


def cost_ms(draw: Callable[[int], None], frames: int = 9) -> float:
    """Median CPU time of a frame."""
    draw(0)
    times: list[float] = []
    for i in range(frames):
        start = time.process_time()
        draw(i + 1)
        times.append((time.process_time() - start) * 1e3)
    return float(np.median(times))


def ours(twin: Twin, size: tuple[int, int]) -> dict[str, Any]:
    """First frame, still, orbiting, recolouring, moving and picking."""
    with OffscreenScene(size, theme=DARK) as scene:
        view, window = scene.view, scene.window
        view.smallest_px = 0.0  # the small window is to show the traversal, not parts left out for being small
        start = time.process_time()
        view.set_twin(twin)
        view.camera = view.fitted()

        def frame(_: int) -> None:
            view.camera = view.camera.orbited(0.01, 0.0)
            view.prepare()
            window.Render()
            window.WaitForCompletion()

        frame(0)
        first = (time.process_time() - start) * 1e3
        nodes = tuple(sorted(twin.nodes))[:CHANGED]
        n = len(nodes)
        rest = np.array([twin.nodes[node].parent_from_node.matrix() for node in nodes])
        none, rng = np.zeros(0), np.random.default_rng(2)

        def overlay(plan: OverlayPlan, i: int) -> OverlayFrame:
            poses = rest[: len(plan.posed)].copy()
            poses[:, 2, 3] += 0.01 * i
            rgb = rng.integers(0, 255, (len(plan.coloured), 3), dtype=np.uint8)
            condition = np.zeros(len(plan.coloured), np.uint8)
            return OverlayFrame(i, poses, rgb, condition, none.astype(bool), none, none.astype(np.uint8), np.zeros((0, 3)))

        result: dict[str, Any] = {"first_frame": first, "still": cost_ms(frame), **view.statistics()}
        for name, plan in (("recolour", OverlayPlan(coloured=nodes)), ("move", OverlayPlan(posed=nodes))):
            view.set_overlay(plan)

            def update(i: int, plan: OverlayPlan = plan) -> None:
                view.update_overlay(overlay(plan, i))

            def both(i: int, plan: OverlayPlan = plan) -> None:
                update(i, plan)
                frame(i)

            result[f"{name}_{n}"] = cost_ms(both)
            result[f"{name}_{n}_writing_only"] = cost_ms(update, 30)
        width, height = view.size_px
        found: list[Hit | None] = []
        places = rng.uniform((0.2 * width, 0.2 * height), (0.8 * width, 0.8 * height), (200, 2))
        result["pick"] = cost_ms(lambda i: found.append(view.pick(*places[i])), 150)
        return result


def one_actor_a_part(twin: Twin, size: tuple[int, int]) -> dict[str, float]:
    """The plain way in VTK: an actor and a mapper each."""
    from vtkmodules.util.numpy_support import numpy_to_vtk
    from vtkmodules.vtkCommonCore import vtkPoints
    from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
    from vtkmodules.vtkCommonMath import vtkMatrix4x4
    from vtkmodules.vtkFiltersCore import vtkPolyDataNormals
    from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper, vtkRenderer

    from viewer.render.gl import offscreen_window

    window = offscreen_window(size)
    renderer = vtkRenderer()
    window.AddRenderer(renderer)
    start = time.process_time()
    shapes: dict[PartId, Any] = {}
    for part in twin.parts.values():
        data, points, cells = vtkPolyData(), vtkPoints(), vtkCellArray()
        points.SetData(numpy_to_vtk(part.mesh.points_in_part, deep=True))
        offsets = np.arange(0, part.mesh.triangles.size + 1, 3, dtype=np.int32)
        cells.SetData(numpy_to_vtk(offsets, deep=True), numpy_to_vtk(part.mesh.triangles.ravel(), deep=True))
        data.SetPoints(points)
        data.SetPolys(cells)
        normals = vtkPolyDataNormals()
        normals.SetInputData(data)
        normals.Update()
        shapes[part.id] = normals.GetOutput()
    actors: list[Any] = []
    for node in twin.nodes.values():
        actor, mapper, matrix = vtkActor(), vtkPolyDataMapper(), vtkMatrix4x4()
        mapper.SetInputData(shapes[node.part] if node.part else vtkPolyData())
        matrix.DeepCopy(node.parent_from_node.matrix().ravel().tolist())
        actor.SetUserMatrix(matrix)
        actor.SetMapper(mapper)
        renderer.AddActor(actor)
        actors.append((actor, matrix))
    renderer.ResetCamera()
    rng = np.random.default_rng(2)

    def frame(_: int) -> None:
        renderer.GetActiveCamera().Azimuth(0.5)
        renderer.ResetCameraClippingRange()
        window.Render()
        window.WaitForCompletion()

    def recolour(i: int) -> None:
        for actor, _ in actors[:CHANGED]:
            actor.GetProperty().SetColor(*rng.random(3))
        frame(i)

    def move(i: int) -> None:
        for _, matrix in actors[:CHANGED]:
            matrix.SetElement(2, 3, 0.01 * i)
        frame(i)

    frame(0)
    first = (time.process_time() - start) * 1e3
    result = {"first_frame": first, "still": cost_ms(frame, 5)}
    result |= {f"recolour_{CHANGED}": cost_ms(recolour, 5), f"move_{CHANGED}": cost_ms(move, 5)}
    window.Finalize()
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parts", type=int, nargs="+", default=[3000, 20000])
    parser.add_argument("--size", default="64x64")
    parser.add_argument("--sides", type=int, default=6, help="fineness of the shapes: 6 shows the traversal, 22 the vertices")
    parser.add_argument("--peer-up-to", type=int, default=20000, help="largest number of parts that the plain way is tried with")
    parser.add_argument("-o", "--output", type=Path)
    options = parser.parse_args()
    width, height = (int(v) for v in options.size.split("x"))
    found: dict[str, Any] = {}
    for parts in options.parts:
        twin = plant(parts, options.sides)
        mine = ours(twin, (width, height))
        found[str(parts)] = {"ours_ms": {k: round(v, 2) if isinstance(v, float) else v for k, v in mine.items()}}
        if parts <= options.peer_up_to:
            peer = one_actor_a_part(twin, (width, height))
            found[str(parts)]["one_actor_a_part_ms"] = {k: round(v, 2) for k, v in peer.items()}
            found[str(parts)]["times_faster"] = {k: round(v / mine[k], 1) for k, v in peer.items()}
    text = json.dumps(found, indent=2)
    print(text)
    if options.output:
        options.output.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
