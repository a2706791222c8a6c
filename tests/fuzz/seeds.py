"""Sound files of every format to start from: small ones made here, so that one reading takes milliseconds, and the real ones."""

from __future__ import annotations

import base64
import io
import itertools
import json
import re
import struct
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from immutables import Map

from tests.geometry import glb as small_glb
from viewer.geometry.usd.sdk import sdk

REAL_BYTES = 200_000
"""Larger real files stay out: one reading of them takes seconds."""


@dataclass(frozen=True, slots=True)
class Seed:
    """A sound file, and what lies beside it."""

    name: str
    data: bytes
    beside: Mapping[str, bytes] = field(default=Map())


def seeds_of(kind: str, shared: Path | None = None) -> list[Seed]:
    """Own ones first, then real ones of the folder `shared`, the smallest first."""
    own = [Seed(name, data) if isinstance(data, bytes) else Seed(name, *data) for name, data in MADE[kind]().items()]
    return own + (_real(kind, shared) if shared is not None else [])


def _real(kind: str, shared: Path) -> list[Seed]:
    suffixes = REAL.get(kind, ())
    found = [path for path in sorted(shared.rglob("*")) if path.suffix.lower() in suffixes and path.is_file()]
    sizes = [(path.stat().st_size, path) for path in found]
    return [Seed(path.name, path.read_bytes()) for size, path in sorted(sizes) if size <= REAL_BYTES][:12]


Files = dict[str, bytes | tuple[bytes, Mapping[str, bytes]]]

CUBE_POINTS = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], dtype="<f4")
CUBE_FACES = np.array([int(corner) for corner in "013032467475045051237276026064157173"], "<i4").reshape(-1, 3)
FILES = Path(__file__).resolve().parent / "files"


def _gltf_document() -> dict[str, object]:
    """Two nodes one below the other, one instanced three times, a picture, vertex colours."""
    document = small_glb.document()
    document["nodes"] = [
        {"name": "a", "mesh": 0, "children": [1], "translation": [1, 2, 3]},
        {
            "name": "b",
            "mesh": 0,
            "rotation": [0, 0, 0, 1],
            "scale": [1, 1, 2],
            "extras": {"kind": "robot", "properties": {"k": "v"}},
        },
    ]
    return document


def glb() -> Files:
    return {"triangle.glb": small_glb.glb(), "tree.glb": small_glb.glb(_gltf_document())}


def gltf() -> Files:
    document = _gltf_document()
    body = base64.b64encode(small_glb.BINARY).decode()
    inside = document | {"buffers": [{"byteLength": 44, "uri": f"data:application/octet-stream;base64,{body}"}]}
    outside = document | {"buffers": [{"byteLength": 44, "uri": "x.bin"}]}
    return {
        "inside.gltf": json.dumps(inside).encode(),
        "outside.gltf": (json.dumps(outside).encode(), {"x.bin": small_glb.BINARY}),
    }


def draco() -> Files:
    import DracoPy

    packed = DracoPy.encode(CUBE_POINTS, CUBE_FACES)
    packed += bytes(-len(packed) % 4)
    primitive = {"bufferView": 0, "attributes": {"POSITION": 0}}
    document = small_glb.document(
        extensionsUsed=["KHR_draco_mesh_compression"],
        extensionsRequired=["KHR_draco_mesh_compression"],
        meshes=[
            {
                "primitives": [
                    {"attributes": {"POSITION": 0}, "indices": 1, "extensions": {"KHR_draco_mesh_compression": primitive}}
                ]
            }
        ],
        accessors=[
            {"componentType": 5126, "count": 8, "type": "VEC3", "min": [0, 0, 0], "max": [1, 1, 1]},
            {"componentType": 5125, "count": 36, "type": "SCALAR"},
        ],
        bufferViews=[{"buffer": 0, "byteLength": len(packed)}],
        buffers=[{"byteLength": len(packed)}],
    )
    return {"cube.glb": small_glb.glb(document, packed)}


def binary_stl() -> bytes:
    facets = np.zeros(12, np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("spare", "<u2")]))
    facets["corners"] = CUBE_POINTS[CUBE_FACES]
    return b"made for tests".ljust(80) + struct.pack("<I", 12) + facets.tobytes()


def stl() -> Files:
    text = "".join(
        "facet normal 0 0 1\n outer loop\n" + "".join(f"  vertex {x} {y} {z}\n" for x, y, z in one) + " endloop\nendfacet\n"
        for one in CUBE_POINTS[CUBE_FACES].tolist()
    )
    return {
        "binary.stl": binary_stl(),
        "text.stl": f"solid cube\n{text}endsolid cube\n".encode(),
    }


def obj() -> Files:
    points = "".join(f"v {x} {y} {z}\n" for x, y, z in CUBE_POINTS.tolist())
    faces = "".join(f"f {a + 1}//1 {b + 1}//1 {c + 1}//1\n" for a, b, c in CUBE_FACES[:6].tolist())
    text = f"mtllib x.mtl\no cube\n{points}vn 0 0 1\nusemtl red\n{faces}g rest\nf -8 -7 -5 -6\ns off\n"
    return {"cube.obj": (text.encode(), {"x.mtl": b"newmtl red\nKd 1 0 0\nd 0.5\n"})}


def ply() -> Files:
    head = "ply\nformat {} 1.0\nelement vertex 8\nproperty float x\nproperty float y\nproperty float z\nproperty uchar red\n"
    head += "property uchar green\nproperty uchar blue\n"
    faces = "element face 12\nproperty list uchar int vertex_indices\nend_header\n"
    rows = "".join(f"{x} {y} {z} 255 0 9\n" for x, y, z in CUBE_POINTS.tolist())
    lists = "".join(f"3 {a} {b} {c}\n" for a, b, c in CUBE_FACES.tolist())
    packed = b"".join(point.tobytes() + b"\xff\0\x09" for point in CUBE_POINTS)
    return {
        "text.ply": (head.format("ascii") + faces + rows + lists).encode(),
        "binary.ply": (head.format("binary_little_endian") + faces).encode()
        + packed
        + b"".join(b"\3" + f.tobytes() for f in CUBE_FACES),
        "cloud.ply": (head.format("binary_little_endian") + "end_header\n").encode() + packed,
    }


def _written(name: str, write: Callable[[Path], object]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder) / name)
        return _timeless((Path(folder) / name).read_bytes())


def _timeless(data: bytes) -> bytes:
    """Without dates and random numbers, so that a file of some number is the same tomorrow."""
    if data.startswith(b"ASTM-E57"):
        return data
    data = re.sub(rb"'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d'", b"'2026-01-01T00:00:00'", data)
    data = re.sub(rb"15H\d{8}\.\d{6}", b"15H20260101.000000", data)
    ids = itertools.count()
    return re.sub(rb"\('[0-9A-Za-z_$]{22}'", lambda _: b"('%022d'" % next(ids), data)


def step() -> Files:
    from tests.geometry.step_files import write_case

    def made(case: str, schema: str) -> bytes:
        return _written("x.step", lambda path: write_case(case, path, schema, "MM", escaped=False))

    return {
        f"{case}.step": made(case, schema)
        for case, schema in (("roots", "AP203"), ("coloured", "AP214IS"), ("nested", "AP242DIS"))
    }


def iges() -> Files:
    kernel: Any = import_module("OCP.IGESControl")
    from tests.geometry.step_files import box

    def write(path: Path) -> None:
        kernel.IGESControl_Controller.Init_s()
        writer = kernel.IGESControl_Writer("MM", 1)
        writer.AddShape(box())
        writer.ComputeModel()
        writer.Write(str(path))

    return {"box.igs": _written("x.igs", write)}


def ifc() -> Files:
    from tests.geometry.ifc_files import House

    def write(path: Path, schema: str) -> None:
        house = House(schema)
        wall = house.product("IfcWall", "Wall", house.box((4.0, 0.2, 3.0), (0.5, 0.5, 0.5)))
        house.hole(wall, house.box((1.0, 0.2, 1.0)))
        house.say(wall, "Pset_WallCommon", {"IsExternal": ("IfcBoolean", True)})
        again = house.mapped(house.box((0.4, 0.4, 0.9)))
        house.product("IfcFurnishingElement", "Chair", again(), (1.0, 1.0, 0.0))
        house.write(path)

    return {f"{schema}.ifc": _written("x.ifc", lambda path, schema=schema: write(path, schema)) for schema in ("IFC2X3", "IFC4")}


def _kept(name: str) -> bytes:
    return (FILES / name).read_bytes()


def _packed(folder: str) -> bytes:
    """An archive of the files of a folder here."""
    paths = sorted(path for path in (FILES / folder).rglob("*") if path.is_file())
    return zipped({path.relative_to(FILES / folder).as_posix(): path.read_bytes() for path in paths})


def dae() -> Files:
    return {"cube.dae": _kept("cube.dae")}


def urdf() -> Files:
    return {"arm.urdf": (_kept("arm.urdf"), {"arm/meshes/part.stl": binary_stl()})}


def sdf() -> Files:
    return {"world.sdf": (_kept("world.sdf"), {"part.stl": binary_stl()})}


def usd() -> Files:
    sdf_, utils = sdk("Sdf", "UsdUtils")
    text = _kept("scene.usda")

    def crate(path: Path) -> None:
        layer = sdf_.Layer.CreateAnonymous(".usda")
        layer.ImportFromString(text.decode())
        layer.Export(str(path))

    def package(path: Path) -> None:
        crate(path.with_suffix(".usdc"))
        utils.CreateNewUsdzPackage(sdf_.AssetPath(str(path.with_suffix(".usdc"))), str(path))

    return {"scene.usda": text, "scene.usdc": _written("x.usdc", crate), "scene.usdz": _written("x.usdz", package)}


def zipped(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A ZIP archive; the same files give the same bytes."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return made.getvalue()


def threemf() -> Files:
    return {"cube.3mf": _packed("cube_3mf")}


def threedxml() -> Files:
    return {"cube.3dxml": _packed("cube_3dxml")}


def e57() -> Files:
    import pye57

    def write(path: Path) -> None:
        with pye57.E57(str(path), mode="w") as file:
            count = 50
            data = {f"cartesian{axis}": np.linspace(0, 1 + k, count) for k, axis in enumerate("XYZ")}
            data["intensity"] = np.linspace(0, 1, count)
            data |= {f"color{c}": np.arange(count, dtype=np.uint8) for c in ("Red", "Green", "Blue")}
            file.write_scan_raw(data, name="scan", rotation=np.array([1.0, 0, 0, 0]), translation=np.array([1.0, 2, 3]))

    return {"scan.e57": _written("x.e57", write)}


def las() -> Files:
    import laspy

    def write(path: Path, form: int) -> None:
        header = laspy.LasHeader(point_format=form, version="1.4" if form > 5 else "1.2")
        header.scales, header.offsets = np.full(3, 0.001), np.array([500000.0, 5000000.0, 100.0])
        data = laspy.LasData(header)
        data.x, data.y, data.z = (np.linspace(0, 1 + k, 60) + header.offsets[k] for k in range(3))
        data.red = data.green = data.blue = np.arange(60, dtype=np.uint16) * 1000
        data.write(str(path))

    return {
        f"{form}{end}": _written(f"x{end}", lambda path, form=form: write(path, form)) for form, end in ((2, ".las"), (7, ".las"))
    }


def laz() -> Files:
    import laspy

    made: Files = {}
    for name, content in las().items():
        assert isinstance(content, bytes)
        packed = io.BytesIO()
        laspy.read(io.BytesIO(content)).write(packed, do_compress=True)
        made[name.replace(".las", ".laz")] = packed.getvalue()
    return made


def xyz() -> Files:
    rows = [f"{k * 0.1:.2f} {k * 0.2:.2f} {k % 7} {k % 256} 0 9" for k in range(60)]
    points = [f"{k % 8} {k // 8} 0 0.5 255 0 0" for k in range(32)]
    matrix = ["8", "4", "0 0 0", "1 0 0", "0 1 0", "0 0 1", "1 0 0 0", "0 1 0 0", "0 0 1 0", "0 0 0 1"]
    return {
        "points.xyz": "\n".join(rows).encode(),
        "points.csv": ("x,y,z,r,g,b\n" + "\n".join(row.replace(" ", ",") for row in rows)).encode(),
        "points.pts": ("60\n" + "\n".join(rows)).encode(),
        "scan.ptx": "\n".join([*matrix, *points]).encode(),
    }


MADE: dict[str, Callable[[], Files]] = {
    "glb": glb,
    "gltf": gltf,
    "draco": draco,
    "stl": stl,
    "obj": obj,
    "ply": ply,
    "step": step,
    "iges": iges,
    "dae": dae,
    "urdf": urdf,
    "sdf": sdf,
    "ifc": ifc,
    "usd": usd,
    "3mf": threemf,
    "3dxml": threedxml,
    "e57": e57,
    "las": las,
    "laz": laz,
    "xyz": xyz,
}
REAL: dict[str, tuple[str, ...]] = {
    "glb": (".glb",),
    "stl": (".stl",),
    "step": (".step", ".stp"),
    "dae": (".dae",),
    "urdf": (".urdf",),
    "sdf": (".sdf", ".world"),
    "ifc": (".ifc",),
    "e57": (".e57",),
    "laz": (".laz",),
}
"""Suffixes of the real files of each format."""
