"""Files made to harm, one for each known way: cycles, doubling, depth, lying counts, numbers that are none, bombs, ways out."""

from __future__ import annotations

from collections.abc import Callable

from tests.fuzz.hostile_documents import DAE, SDF, THREEDXML, THREEMF, URDF, USD
from tests.fuzz.hostile_exchange import IFC, IGES, STEP
from tests.fuzz.hostile_meshes import DRACO, GLB, GLTF, OBJ, PLY, STL
from tests.fuzz.hostile_scans import E57, LAS, LAZ, XYZ
from tests.fuzz.seeds import MADE, Seed

HOSTILE: dict[str, tuple[str, dict[str, Callable[[], bytes]]]] = {
    "glb": ("x.glb", GLB),
    "gltf": ("x.gltf", GLTF),
    "draco": ("x.glb", DRACO),
    "obj": ("x.obj", OBJ),
    "stl": ("x.stl", STL),
    "ply": ("x.ply", PLY),
    "step": ("x.step", STEP),
    "iges": ("x.igs", IGES),
    "dae": ("x.dae", DAE),
    "urdf": ("arm.urdf", URDF),
    "sdf": ("world.sdf", SDF),
    "ifc": ("x.ifc", IFC),
    "usd": ("x.usda", USD),
    "3mf": ("x.3mf", THREEMF),
    "3dxml": ("x.3dxml", THREEDXML),
    "e57": ("x.e57", E57),
    "las": ("x.las", LAS),
    "laz": ("x.laz", LAZ),
    "xyz": ("x.xyz", XYZ),
}


def hostile(kind: str, what: str) -> Seed:
    """One of them, with what its format expects beside it."""
    name, cases = HOSTILE[kind]
    made = next(iter(MADE[kind]().values())) if kind in ("urdf", "sdf", "obj") else b""
    return Seed(name, cases[what](), made[1] if isinstance(made, tuple) else Seed("", b"").beside)
