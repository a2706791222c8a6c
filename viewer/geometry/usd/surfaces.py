"""USD gprims as meshes: polygons with holes and windings, and the plain bodies (cube, sphere, cylinder, cone, capsule, plane)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewer.geometry import primitives
from viewer.geometry.broken import broken
from viewer.geometry.clouds.of_points import cloud_of
from viewer.geometry.polygons import triangulate
from viewer.geometry.usd.looks import Looks, srgb
from viewer.geometry.usd.sdk import sdk
from viewer.twin.clouds import PointCloud
from viewer.twin.parts import Mesh, Rgb

MAX_CORNERS = 50_000_000
BODIES = ("Cube", "Sphere", "Cylinder", "Cylinder_1", "Cone", "Capsule", "Capsule_1", "Plane")


class Surfaces:
    """Makes meshes of the gprims of one stage, metres."""

    def __init__(self, metres: float, time: Any, looks: Looks, warn: Callable[[str], None]) -> None:
        self._metres, self._time, self._looks, self._warn = metres, time, looks, warn
        self._left = MAX_CORNERS
        self.subdivided = 0

    def surface(self, prim: Any) -> tuple[Mesh, Rgb | None, float] | None:
        """Mesh, main colour and opacity; None where the prim has no triangles. Raises BrokenFile."""
        if prim.GetTypeName() in BODIES:
            mesh, owner, corners = _body(prim, self._metres, self._time), None, None
            counts = np.zeros(0, np.int64)
        else:
            made = self._polygons(prim)
            if made is None:
                return None
            mesh, owner, corners, counts = made
        rgb, opacity = self._colours(prim, mesh, owner, corners, counts)
        if rgb is None:
            return mesh, None, opacity
        middle = np.median(rgb, axis=0)
        colour = (int(middle[0]), int(middle[1]), int(middle[2]))
        if bool((rgb == rgb[:1]).all()):
            return mesh, colour, opacity
        coloured = Mesh(mesh.points_in_part, mesh.triangles, mesh.normals, None, np.ascontiguousarray(rgb))
        return coloured, colour, opacity

    def cloud(self, prim: Any) -> PointCloud | None:
        """The points of a prim of points with their colours; None where it has none. Raises BrokenFile."""
        (geom,) = sdk("UsdGeom")
        points = _array(geom.Points(prim).GetPointsAttr().Get(self._time), np.float64).reshape(-1, 3) * self._metres
        self._left -= len(points)
        if self._left < 0:
            broken(f"it holds more than the {MAX_CORNERS} vertices and corners allowed; split the model")
        colours = _array(geom.Gprim(prim).GetDisplayColorPrimvar().ComputeFlattened(self._time), np.float64).reshape(-1, 3)
        rgb = None
        if len(colours) in (1, len(points)) and len(points):
            rgb = np.ascontiguousarray(np.broadcast_to(srgb(colours), (len(points), 3)))
        settled = cloud_of([(points, rgb)])
        if settled is not None and settled.dropped:
            self._warn(f"{settled.dropped} points of {prim.GetPath()} are no finite numbers, or too far out, and are left out")
        return None if settled is None else settled.cloud

    def _polygons(self, prim: Any) -> tuple[Mesh, NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]] | None:
        """The mesh, the face of each triangle, the faces' corners and how many each has."""
        (geom,) = sdk("UsdGeom")
        mesh, called = geom.Mesh(prim), str(prim.GetPath())
        points = _array(mesh.GetPointsAttr().Get(self._time), np.float64).reshape(-1, 3)
        counts = _array(mesh.GetFaceVertexCountsAttr().Get(self._time), np.int64)
        corners = _array(mesh.GetFaceVertexIndicesAttr().Get(self._time), np.int64)
        if not len(points) or not len(counts):
            return None
        self._left -= len(points) + len(corners)
        if self._left < 0:
            broken(f"it holds more than the {MAX_CORNERS} vertices and corners allowed; split the model")
        if (counts < 0).any() or int(counts.sum()) != len(corners):
            broken(f"mesh {called} says {int(counts.sum())} corners and has {len(corners)}; export it again")
        if len(corners) and (int(corners.min()) < 0 or int(corners.max()) >= len(points)):
            broken(f"mesh {called} names vertex {int(corners.max())} of {len(points)}; export it again")
        if mesh.GetSubdivisionSchemeAttr().Get() != "none":
            self.subdivided += 1
        holes = _array(mesh.GetHoleIndicesAttr().Get(self._time), np.int64)
        triangles, owner = triangulate(points, corners, counts)
        if len(holes):
            keep = ~np.isin(owner, holes)
            triangles, owner = triangles[keep], owner[keep]
        if mesh.GetOrientationAttr().Get() == "leftHanded":
            triangles = triangles[:, [0, 2, 1]]
        normals = self._normals(mesh, len(points))
        made = Mesh(points * self._metres, triangles.astype(np.int32), normals)
        return made, owner, corners, counts

    def _normals(self, mesh: Any, count: int) -> NDArray[np.float32] | None:
        """Normals per point; others (per corner, of subdivided cages) are made anew where they are drawn."""
        if mesh.GetNormalsInterpolation() not in ("vertex", "varying") or mesh.GetSubdivisionSchemeAttr().Get() != "none":
            return None
        normals = _array(mesh.GetNormalsAttr().Get(self._time), np.float32).reshape(-1, 3)
        if len(normals) != count or not np.isfinite(normals).all():
            return None
        length = np.linalg.norm(normals, axis=1, keepdims=True)
        return None if (length == 0).any() else (normals / length).astype(np.float32)

    def _colours(
        self, prim: Any, mesh: Mesh, owner: NDArray[np.int64] | None, corners: NDArray[np.int64] | None, counts: NDArray[np.int64]
    ) -> tuple[NDArray[np.uint8] | None, float]:
        """(m, 3) colours of the triangles, or None for none, and the opacity."""
        look = self._looks.bound(prim)
        faces = self._of_subsets(prim, len(counts))
        shown, opacity = self._displayed(prim, mesh, owner, corners, counts)
        count = len(mesh.triangles)
        if look is not None:
            rgb: NDArray[np.uint8] | None = np.tile(srgb(look.linear), (count, 1))
            opacity = look.opacity
        else:
            rgb = shown
        if faces is not None and owner is not None:
            linear, known = faces
            base = np.full((count, 3), 178, np.uint8) if rgb is None else rgb
            rgb = np.where(known[owner][:, None], srgb(linear)[owner], base)
        return rgb, opacity

    def _of_subsets(self, prim: Any, faces: int) -> tuple[NDArray[np.float64], NDArray[np.bool_]] | None:
        """Linear colours of faces, and which have one, where subsets of the mesh have materials of their own."""
        geom, shade = sdk("UsdGeom", "UsdShade")
        subsets = shade.MaterialBindingAPI(prim).GetMaterialBindSubsets() if faces else []
        linear, known = np.zeros((faces, 3)), np.zeros(faces, np.bool_)
        for subset in subsets:
            look = self._looks.bound(subset.GetPrim())
            index = _array(geom.Subset(subset).GetIndicesAttr().Get(self._time), np.int64)
            index = index[(index >= 0) & (index < faces)]
            if look is not None:
                linear[index], known[index] = look.linear, True
        return (linear, known) if known.any() else None

    def _displayed(
        self, prim: Any, mesh: Mesh, owner: NDArray[np.int64] | None, corners: NDArray[np.int64] | None, counts: NDArray[np.int64]
    ) -> tuple[NDArray[np.uint8] | None, float]:
        """Colours and opacity by displayColor and displayOpacity."""
        (geom,) = sdk("UsdGeom")
        gprim = geom.Gprim(prim)
        clear = _flat(gprim.GetDisplayOpacityPrimvar(), self._time)
        opacity = float(np.clip(clear.mean(), 0.05, 1.0)) if len(clear) and np.isfinite(clear).all() else 1.0
        primvar = gprim.GetDisplayColorPrimvar()
        values = _flat(primvar, self._time).reshape(-1, 3)
        count = len(mesh.triangles)
        if not len(values) or not np.isfinite(values).all():
            return None, opacity
        interpolation = primvar.GetInterpolation()
        if interpolation in ("vertex", "varying") and len(values) == len(mesh.points_in_part):
            return srgb(values[mesh.triangles].mean(axis=1)), opacity
        if interpolation == "uniform" and owner is not None and len(values) == len(counts):
            return srgb(values)[owner], opacity
        if interpolation == "faceVarying" and owner is not None and corners is not None and len(values) == len(corners):
            face = np.repeat(np.arange(len(counts)), counts)
            mean = np.stack([np.bincount(face, values[:, k], len(counts)) for k in range(3)], axis=1)
            return srgb(mean / np.maximum(counts, 1)[:, None])[owner], opacity
        return np.tile(srgb(values[0]), (count, 1)), opacity


def _flat(primvar: Any, time: Any) -> NDArray[np.float64]:
    return _array(primvar.ComputeFlattened(time) if primvar else None, np.float64)


def _array(values: Any, kind: Any) -> NDArray[Any]:
    return np.zeros(0, kind) if values is None else np.array(values, dtype=kind)


def _body(prim: Any, metres: float, time: Any) -> Mesh:
    """One of the plain bodies, along its axis."""

    def size(name: str, default: float) -> float:
        attribute = prim.GetAttribute(name)
        value = attribute.Get(time) if attribute else None
        number = float(value) if isinstance(value, int | float) else default
        return abs(number) * metres if np.isfinite(number) else default * metres

    kind = prim.GetTypeName()
    if kind == "Cube":
        edge = size("size", 2.0)
        return primitives.box((edge, edge, edge))
    if kind == "Sphere":
        return primitives.sphere(size("radius", 1.0))
    if kind == "Plane":
        mesh = primitives.plane((size("width", 2.0), size("length", 2.0)))
    elif kind == "Cone":
        mesh = primitives.cone(size("radius", 1.0), size("height", 2.0))
    elif kind.startswith("Cylinder"):
        radius = size("radius", 1.0) if kind == "Cylinder" else size("radiusBottom", 1.0)
        mesh = primitives.cylinder(radius, size("height", 2.0))
    else:
        radius = size("radius", 0.5) if kind == "Capsule" else size("radiusBottom", 0.5)
        mesh = primitives.capsule(radius, size("height", 1.0))
    return _along(mesh, str(prim.GetAttribute("axis").Get() or "Z"))


def _along(mesh: Mesh, axis: str) -> Mesh:
    """A body made along z, turned to lie along another axis."""
    order = {"X": [2, 0, 1], "Y": [1, 2, 0]}.get(axis)
    if order is None:
        return mesh
    normals = None if mesh.normals is None else np.ascontiguousarray(mesh.normals[:, order])
    return Mesh(np.ascontiguousarray(mesh.points_in_part[:, order]), mesh.triangles, normals)
