"""What an SDF visual shows: plain bodies, planes and prisms as meshes, and the colour of its material."""

from __future__ import annotations

from xml.etree.ElementTree import Element

import numpy as np

from viewer.geometry.broken import broken
from viewer.geometry.markup import named, numbers, text_of
from viewer.geometry.mechanism.assembly import Paint
from viewer.geometry.polygons import triangulate
from viewer.geometry.primitives import box, capsule, cone, cylinder, ellipsoid, plane, sphere
from viewer.geometry.sdf.words import number_in
from viewer.twin.parts import Mesh, Rgb

LARGEST_PLANE_M = 200.0
"""A ground plane is drawn no larger, so that it does not drown the cell that stands on it."""
_CORNERS = 10_000

_SCRIPTS: dict[str, Rgb] = {
    "grey": (178, 178, 178), "gray": (178, 178, 178), "darkgrey": (45, 45, 45), "white": (255, 255, 255),
    "flatblack": (26, 26, 26), "black": (0, 0, 0), "red": (255, 0, 0), "redbright": (222, 33, 33), "green": (0, 255, 0),
    "blue": (0, 0, 255), "skyblue": (33, 112, 179), "yellow": (255, 255, 0), "zincyellow": (247, 228, 26),
    "darkyellow": (178, 178, 0), "orange": (255, 130, 12), "purple": (255, 0, 255), "turquoise": (0, 255, 255),
    "gold": (204, 165, 31), "indigo": (84, 0, 128), "wood": (161, 122, 77), "ceilingtiled": (216, 214, 207),
}  # fmt: skip
"""Colours of Gazebo's own material scripts, Gazebo/NAME; of the textured ones about their mean."""


def paint_of(visual: Element, called: str) -> Paint:
    """The colour that a visual gives what it shows; the mesh's own where it has none."""
    material = visual.find("material")
    opacity = 1.0 - min(max(number_in(visual, "transparency", 0.0, called), 0.0), 1.0)
    rgb = None
    if material is not None:
        diffuse = material.find("diffuse")
        words = text_of(diffuse).split()
        if len(words) in (3, 4):
            values = numbers(" ".join(words), len(words), f"the diffuse colour of {called}")
            r, g, b = (round(255 * min(max(v, 0.0), 1.0)) for v in values[:3])
            rgb = (r, g, b)
            opacity *= min(max(values[3], 0.0), 1.0) if len(values) > 3 else 1.0
        else:
            rgb = _SCRIPTS.get(text_of(material.find("script/name")).rpartition("/")[2].lower())
    return Paint(rgb, opacity if opacity > 0 else 1.0, covers=rgb is not None)


def is_unseen(visual: Element, called: str) -> bool:
    """Whether it is transparent altogether."""
    return number_in(visual, "transparency", 0.0, called) >= 1.0


def body_of(shape: Element, called: str) -> Mesh | None:
    """The mesh of a plain body; None where the kind is not one. Raises BrokenFile."""
    tag = shape.tag
    if tag == "box":
        x, y, z = (abs(v) for v in numbers(text_of(shape.find("size"), "1 1 1"), 3, f"the size of {called}"))
        return box((x, y, z))
    if tag == "sphere":
        return sphere(abs(number_in(shape, "radius", 1.0, called)))
    if tag in ("cylinder", "capsule", "cone"):
        make = {"cylinder": cylinder, "capsule": capsule, "cone": cone}[tag]
        return make(abs(number_in(shape, "radius", 0.5, called)), abs(number_in(shape, "length", 1.0, called)))
    if tag == "ellipsoid":
        a, b, c = (abs(v) or 1.0 for v in numbers(text_of(shape.find("radii"), "1 1 1"), 3, f"the radii of {called}"))
        return ellipsoid((a, b, c))
    if tag == "plane":
        return _plane(shape, called)
    return _prism(shape, called) if tag == "polyline" else None


def _plane(shape: Element, called: str) -> Mesh:
    x, y = (min(abs(v), LARGEST_PLANE_M) for v in numbers(text_of(shape.find("size"), "1 1"), 2, f"the size of {called}"))
    normal = numbers(text_of(shape.find("normal"), "0 0 1"), 3, f"the normal of {called}")
    if not any(normal):
        broken(f"the normal of {called} is 0 0 0, which is no direction; mend it")
    return plane((x, y), (normal[0], normal[1], normal[2]))


def _prism(shape: Element, called: str) -> Mesh:
    """A polygon's outline drawn up by its height."""
    points = np.array([numbers(one.text, 2, f"a point of {called}") for one in named(shape, "point")][: _CORNERS + 1])
    if not 3 <= len(points) <= _CORNERS:
        broken(f"{called} has {len(points)} points, expected 3 to {_CORNERS}; mend it")
    if np.allclose(points[0], points[-1]):
        points = points[:-1]
    height, count = number_in(shape, "height", 1.0, called), len(points)
    x, y = points.T
    if float(x @ np.roll(y, -1) - y @ np.roll(x, -1)) < 0:
        points = points[::-1]
    ring = np.column_stack([points, np.zeros(count)])
    flat, _ = triangulate(ring, np.arange(count), np.array([count]))
    a = np.arange(count)
    b = (a + 1) % count
    sides = np.concatenate([np.stack([a, b, b + count], axis=1), np.stack([a, b + count, a + count], axis=1)])
    triangles = np.concatenate([flat[:, ::-1], flat + count, sides + 2 * count])
    both = np.concatenate([ring, ring + np.array([0.0, 0.0, height])])
    return Mesh(np.concatenate([both, both]), triangles.astype(np.int32))
