"""How long it takes to read a file, beside trimesh, VTK's readers and F3D.

`python -m benchmarks.loading`; figures in benchmarks/results/loading.json. CPU and wall time of the reading alone, each in a
process of its own, imports left out. Real files are read where they lie, in ../shared/data beside the project; without it only
the made ones are. Genchi checks every count, index and number on the way in; the start of its worker is in its times.
"""

from __future__ import annotations

import argparse
import json
import os
import struct
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.measuring import ROOT, children_cpu_s, in_its_own_process, keep, peak_mb, rounded
from benchmarks.plants import ball

DATA = ROOT.parent / "shared" / "data"
REAL = (
    "gltf/2CylinderEngine.glb",
    "gltf/CesiumMilkTruck.glb",
    "cad/step_vs_mesh/featuretype.STL",
    "cad/assemblies/as1-oc-214.stp",
    "cad/products/so101/Wrist_Roll_Pitch_SO101.step",
    "scan/indoor_808k.laz",
)
SIDES = 1000
"""Of the made surface: a million triangles."""


def made(folder: Path) -> list[Path]:
    """A million triangles as STL, PLY, OBJ and GLB."""
    mesh = ball(np.random.default_rng(3), SIDES)
    points, triangles = mesh.points_in_part.astype("<f4"), mesh.triangles.astype("<u4")
    facets = np.zeros(len(triangles), dtype=[("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
    facets["corners"] = points[triangles]
    (folder / "million.stl").write_bytes(bytes(80) + struct.pack("<I", len(facets)) + facets.tobytes())
    head = (
        f"ply\nformat binary_little_endian 1.0\nelement vertex {len(points)}\nproperty float x\nproperty float y\n"
        f"property float z\nelement face {len(triangles)}\nproperty list uchar int vertex_indices\nend_header\n"
    )
    rows = np.zeros(len(triangles), dtype=[("n", "u1"), ("i", "<i4", 3)])
    rows["n"], rows["i"] = 3, triangles
    (folder / "million.ply").write_bytes(head.encode() + points.tobytes() + rows.tobytes())
    with (folder / "million.obj").open("w", encoding="ascii") as file:
        np.savetxt(file, points, "v %.6f %.6f %.6f")
        np.savetxt(file, triangles + 1, "f %d %d %d")
    (folder / "million.glb").write_bytes(glb(points, triangles))
    return [folder / f"million.{suffix}" for suffix in ("stl", "ply", "obj", "glb")]


def glb(points: np.ndarray, triangles: np.ndarray) -> bytes:
    """The least GLB that holds one mesh."""
    body = points.tobytes() + triangles.tobytes()
    low, high = points.min(axis=0).tolist(), points.max(axis=0).tolist()
    text = json.dumps(
        {
            "asset": {"version": "2.0"},
            "scene": 0,
            "scenes": [{"nodes": [0]}],
            "nodes": [{"mesh": 0, "name": "million"}],
            "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1}]}],
            "accessors": [
                {"bufferView": 0, "componentType": 5126, "count": len(points), "type": "VEC3", "min": low, "max": high},
                {"bufferView": 1, "componentType": 5125, "count": triangles.size, "type": "SCALAR"},
            ],
            "bufferViews": [
                {"buffer": 0, "byteOffset": 0, "byteLength": points.nbytes},
                {"buffer": 0, "byteOffset": points.nbytes, "byteLength": triangles.nbytes},
            ],
            "buffers": [{"byteLength": len(body)}],
        }
    ).encode()
    text += b" " * (-len(text) % 4)
    body += bytes(-len(body) % 4)
    chunks = struct.pack("<II", len(text), 0x4E4F534A) + text + struct.pack("<II", len(body), 0x004E4942) + body
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks


def _genchi(path: Path) -> Callable[[], object]:
    from viewer.geometry.reading import read_model

    unit = "mm" if path.suffix.lower() in (".stl", ".ply", ".obj") else None
    return lambda: read_model(path, unit=unit)


def _trimesh(path: Path) -> Callable[[], object]:
    import trimesh

    return lambda: trimesh.load_scene(path, process=False)


def _vtk(path: Path) -> Callable[[], object]:
    from vtkmodules.vtkIOGeometry import vtkGLTFReader, vtkOBJReader, vtkSTLReader
    from vtkmodules.vtkIOPLY import vtkPLYReader

    reader = {".stl": vtkSTLReader, ".ply": vtkPLYReader, ".obj": vtkOBJReader, ".glb": vtkGLTFReader}[path.suffix.lower()]()
    reader.SetFileName(str(path))
    return reader.Update


def _f3d(path: Path) -> Callable[[], object]:
    import f3d

    f3d.Engine.autoload_plugins()
    engine = f3d.Engine.create_none()
    return lambda: engine.scene.add(str(path))


READERS = {"genchi": _genchi, "trimesh": _trimesh, "vtk": _vtk, "f3d": _f3d}


def one(who: str, path: Path) -> None:
    """Read once in this process, and print what it took."""
    read = READERS[who](path)
    cpu, start = time.process_time() + children_cpu_s(), time.perf_counter()
    read()
    wall_s = time.perf_counter() - start
    if who == "genchi":
        from viewer.geometry.processes import RESERVE

        RESERVE.close()  # the reading process waits for the next file: only what has ended is counted
    found = {"wall_s": wall_s, "cpu_s": time.process_time() + children_cpu_s() - cpu, "peak_mb": peak_mb()}
    print(json.dumps(rounded(found, 3)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--one", nargs=2, metavar=("WHO", "FILE"))
    options = parser.parse_args()
    if options.one:
        one(options.one[0], Path(options.one[1]))
        return
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        files = made(folder) + [DATA / name for name in REAL if (DATA / name).exists()]
        if not DATA.exists():
            print(f"the real files are not there, so only made ones are read: {DATA}", file=sys.stderr)
        found: dict[str, Any] = {}
        for path in files:
            os.environ["GENCHI_HOME"] = str(folder / f"home-{path.name}")
            found[path.name] = {"mb": round(path.stat().st_size / 1e6, 2)}
            for who in READERS:
                found[path.name][who] = in_its_own_process("benchmarks.loading", "--one", who, str(path))
            found[path.name]["genchi, again"] = in_its_own_process("benchmarks.loading", "--one", "genchi", str(path))
    keep("loading", found)


if __name__ == "__main__":
    main()
