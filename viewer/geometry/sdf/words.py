"""How SDFormat writes things: poses, numbers, yes and no, versions (sdformat.org/spec)."""

from __future__ import annotations

import math
import re
from xml.etree.ElementTree import Element

from viewer.base.frames import IDENTITY, Pose
from viewer.geometry.broken import broken
from viewer.geometry.markup import numbers, text_of

Version = tuple[int, ...]


def version_of(root: Element) -> Version:
    """The version of an <sdf> element as numbers, 1.10 after 1.9; the oldest where none is said."""
    found = re.fullmatch(r"\s*(\d{1,4})\.(\d{1,4}).*", root.get("version", ""))
    return (1, 0) if found is None else (int(found.group(1)), int(found.group(2)))


def pose_of(element: Element | None, called: str) -> Pose:
    """Of a <pose>; the identity where there is none or it is empty. Numbers left out at its end are zero, as in Gazebo."""
    words = text_of(element).split()
    if element is None or not words:
        return IDENTITY
    if element.get("rotation_format") == "quat_xyzw":
        return _quaternion(numbers(" ".join(words), 7, f"the pose of {called}"))
    values = numbers(" ".join([*words, *["0"] * (6 - len(words))]), 6, f"the pose of {called}")
    angles = values[3:]
    if element.get("degrees", "false").lower() in ("1", "true"):
        angles = tuple(math.radians(v) for v in angles)
    return Pose.from_xyz_rpy(values[:3], angles)


def relative_to(element: Element | None) -> str:
    """The frame that a pose is given in; empty: the usual one."""
    return "" if element is None else element.get("relative_to", "").strip()


def number_in(element: Element, tag: str, default: float, called: str) -> float:
    """The number in a child; the default where it is not there. Infinite ones are let through as they are."""
    found = element.find(tag)
    if found is None:
        return default
    text = text_of(found)
    if text.lower().lstrip("+-") in ("inf", "infinity"):
        return -math.inf if text.startswith("-") else math.inf
    return numbers(text, 1, f"the {tag} of {called}")[0]


def is_true(element: Element, tag: str) -> bool:
    """Whether a child says true."""
    return text_of(element.find(tag)).lower() in ("1", "true")


def needed_name(element: Element, what: str) -> str:
    """The name of something that must have one. Raises BrokenFile."""
    name = element.get("name", "").strip()
    if not name:
        broken(f"there is a {what} without a name; name it")
    return name


def _quaternion(values: tuple[float, ...]) -> Pose:
    x, y, z, w = values[3:]
    n = math.sqrt(x * x + y * y + z * z + w * w)
    if n < 1e-9:
        return Pose.from_xyz_rpy(values[:3])
    x, y, z, w = x / n, y / n, z / n, w / n
    a, b, c = values[:3]
    return Pose(
        (
            1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w), a,
            2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w), b,
            2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y), c,
        )
    )  # fmt: skip
