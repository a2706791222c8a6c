"""What a URDF says, as records: links with their visuals, joints with their limits, materials (wiki.ros.org/urdf/XML)."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element

from viewer.base.frames import IDENTITY, Pose
from viewer.geometry.broken import broken
from viewer.geometry.markup import named, numbers
from viewer.twin.parts import Rgb

MOVING = ("revolute", "continuous", "prismatic")
STANDING = ("fixed", "floating", "planar")
MAX_LINKS = 20_000
WORLD = "world"
"""Drake and others hang robots on this link without naming it among the links."""


@dataclass(frozen=True, slots=True)
class Visual:
    """One shape of a link."""

    name: str
    link_from_visual: Pose
    geometry: Element
    rgb: Rgb | None
    opacity: float


@dataclass(frozen=True, slots=True)
class JointRecord:
    """A joint as it is written; angles in radians, lengths in metres."""

    name: str
    type: str
    parent: str
    child: str
    parent_from_child: Pose
    axis: tuple[float, float, float]
    low: float | None
    high: float | None
    max_speed: float | None
    max_effort: float | None
    mimic: tuple[str, float, float] | None
    """Name of the joint it copies, multiplier, offset."""


class Robot:
    """The whole file."""

    def __init__(self, root: Element) -> None:
        if root.tag != "robot":
            broken(f"its first element is <{root.tag[:60]}>, expected <robot>")
        _refuse_xacro(root)
        self.name = root.get("name", "").strip()
        self._colours = {one.get("name", ""): colour for one in named(root, "material") if (colour := _colour(one)) is not None}
        for visual in root.findall("link/visual/material"):  # RViz knows a colour by name wherever it was first given
            colour = _colour(visual)
            if colour is not None and visual.get("name"):
                self._colours.setdefault(visual.get("name", ""), colour)
        self.links = _by_name(root, "link")
        self.joints = {name: _joint(name, element) for name, element in _by_name(root, "joint").items()}
        if WORLD not in self.links and any(WORLD in (one.parent, one.child) for one in self.joints.values()):
            self.links = {WORLD: Element("link", {"name": WORLD}), **self.links}
        if not self.links:
            broken("the robot has no links, so there is nothing to show")
        if len(self.links) > MAX_LINKS:
            broken(f"it has {len(self.links)} links, more than the {MAX_LINKS} allowed")

    def visuals(self, link: str) -> list[Visual]:
        """The shapes of a link. Raises BrokenFile."""
        return [self._visual(one, link, number) for number, one in enumerate(named(self.links[link], "visual"), 1)]

    def mass_kg(self, link: str) -> float | None:
        """What a link says it weighs."""
        mass = self.links[link].find("inertial/mass")
        return None if mass is None else _optional(mass, "value", f"the mass of link {link!r}")

    def _visual(self, element: Element, link: str, number: int) -> Visual:
        geometry = element.find("geometry")
        if geometry is None or not len(geometry):
            broken(f"visual {number} of link {link!r} has no geometry; add one or remove it")
        material = element.find("material")
        colour = None
        if material is not None:
            colour = _colour(material) or self._colours.get(material.get("name", ""))
        rgb, opacity = colour or (None, 1.0)
        pose = origin(element, f"visual {number} of link {link!r}")
        return Visual(element.get("name", "").strip(), pose, geometry[0], rgb, opacity)


def origin(element: Element, called: str) -> Pose:
    """The pose of an <origin>; the identity where there is none. Raises BrokenFile."""
    found = element.find("origin")
    if found is None:
        return IDENTITY
    xyz = numbers(found.get("xyz", "0 0 0"), 3, f"the xyz of {called}")
    quaternion = found.get("quat_xyzw")
    if quaternion is not None:
        return _from_quaternion(xyz, numbers(quaternion, 4, f"the quaternion of {called}"))
    return Pose.from_xyz_rpy(xyz, numbers(found.get("rpy", "0 0 0"), 3, f"the rpy of {called}"))


def attribute(element: Element, key: str, called: str) -> float:
    """One finite number that has to be there. Raises BrokenFile."""
    return numbers(element.get(key), 1, f"the {key} of {called}")[0]


def _optional(element: Element, key: str, called: str) -> float | None:
    return None if element.get(key) is None else attribute(element, key, called)


def _joint(name: str, element: Element) -> JointRecord:
    called = f"joint {name!r}"
    kind = element.get("type", "")
    if kind not in (*MOVING, *STANDING):
        broken(f"{called} is of type {kind[:40]!r}, expected one of {', '.join((*MOVING, *STANDING))}")
    ends = [one.get("link", "") if (one := element.find(tag)) is not None else "" for tag in ("parent", "child")]
    if not all(ends):
        broken(f"{called} names no {'parent' if not ends[0] else 'child'} link; add it")
    axis_element, limit, mimic = element.find("axis"), element.find("limit"), element.find("mimic")
    axis = (1.0, 0.0, 0.0) if axis_element is None else numbers(axis_element.get("xyz", "1 0 0"), 3, f"the axis of {called}")
    numbers_of: dict[str, Any] = dict.fromkeys(("lower", "upper", "velocity", "effort"))
    if limit is not None:
        numbers_of = {key: _optional(limit, key, called) for key in numbers_of}
    low, high = (numbers_of["lower"], numbers_of["upper"]) if kind in ("revolute", "prismatic") else (None, None)
    if low is not None or high is not None:  # where one alone is given the other is 0, as the format says
        low, high = sorted((low or 0.0, high or 0.0))
    return JointRecord(
        name, kind, ends[0], ends[1], origin(element, called), _unit(axis, called, needed=kind in MOVING), low, high,
        numbers_of["velocity"], numbers_of["effort"], None if mimic is None else _mimic(mimic, called),
    )  # fmt: skip


def _mimic(element: Element, called: str) -> tuple[str, float, float]:
    ratio, offset = _optional(element, "multiplier", called), _optional(element, "offset", called)
    return element.get("joint", ""), 1.0 if ratio is None else ratio, 0.0 if offset is None else offset


def _unit(axis: tuple[float, ...], called: str, *, needed: bool) -> tuple[float, float, float]:
    length = math.hypot(*axis)
    if length < 1e-9:
        if needed:
            broken(f"the axis of {called} is {' '.join(f'{v:g}' for v in axis)}, which is no direction; mend it")
        return (1.0, 0.0, 0.0)
    x, y, z = (v / length for v in axis)
    return (x, y, z)


def _colour(material: Element) -> tuple[Rgb, float] | None:
    colour = material.find("color")
    if colour is None:
        return None
    rgba = numbers(colour.get("rgba"), 4, f"the colour {material.get('name', '')[:60]!r}")
    r, g, b = (round(255 * min(max(v, 0.0), 1.0)) for v in rgba[:3])
    return (r, g, b), min(max(rgba[3], 0.0), 1.0)


def _by_name(root: Element, tag: str) -> dict[str, Element]:
    found: dict[str, Element] = {}
    for number, element in enumerate(named(root, tag), 1):
        name = element.get("name", "").strip()
        if not name:
            broken(f"{tag} number {number} has no name; name it")
        if name in found:
            broken(f"there are two {tag}s named {name!r}; rename one")
        found[name] = element
    return found


def _refuse_xacro(root: Element) -> None:
    """Macros are not carried out; what xacro left behind (its name space, comments) does no harm."""
    for element in root.iter():
        if "xacro}" in element.tag or element.tag.startswith("xacro:"):
            name = re.split("[}:]", element.tag)[-1]
            broken(f"it is a xacro file with <xacro:{name[:60]}>, not a URDF; run it first: xacro FILE.xacro > FILE.urdf")
        if any("${" in value or "$(" in value for value in element.attrib.values()):
            broken("it is a xacro file with ${…} or $(…), not a URDF; run it first: xacro FILE.xacro > FILE.urdf")


def _from_quaternion(xyz: tuple[float, ...], quaternion: tuple[float, ...]) -> Pose:
    """Position and unit quaternion x y z w."""
    n = math.sqrt(sum(v * v for v in quaternion))
    if n < 1e-9:
        return Pose.from_xyz_rpy(xyz)
    x, y, z, w = (v / n for v in quaternion)
    a, b, c = xyz
    return Pose(
        (
            1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w), a,
            2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w), b,
            2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y), c,
        )
    )  # fmt: skip
