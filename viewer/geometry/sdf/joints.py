"""The joints of an SDF model: what each moves, about or along which axis, within which limits."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from xml.etree.ElementTree import Element

import numpy as np

from viewer.base.frames import Pose
from viewer.geometry.broken import broken
from viewer.geometry.markup import named, numbers, text_of
from viewer.geometry.sdf.frames import Frames
from viewer.geometry.sdf.models import Scope
from viewer.geometry.sdf.words import is_true, needed_name, number_in

MOVING = ("revolute", "continuous", "prismatic")
_ENDLESS = 1e12
"""SDFormat's default limits are ±1e16."""
_AXES_TURN_SINCE = (1, 5)
"""Before this version axes are given in the model's frame."""


@dataclass(frozen=True, slots=True)
class JointRecord:
    """A joint with scoped names of its links; poses and axis are resolved."""

    name: str
    scope: str
    type: str
    parent: str
    """Scoped name of a link; empty: the world."""
    child: str
    top_from_joint: Pose
    axis_in_joint: tuple[float, float, float]
    low: float | None
    high: float | None
    max_speed: float | None
    max_effort: float | None
    mimic: tuple[str, float, float] | None
    """Scoped name of the joint it copies, multiplier, offset."""

    @property
    def is_moving(self) -> bool:
        """Whether it has the one degree of freedom that can be jogged."""
        return self.type in MOVING


def joints_of(scope: Scope, frames: Frames, prefix: str, top_from_scope: Pose, tell: Callable[[str], None]) -> list[JointRecord]:
    """The joints written directly in a model; those that name what is not there are told and left out. Raises BrokenFile."""
    whole: list[Element] = []
    for one in named(scope.element, "joint"):
        ends = [text_of(one.find(tag)) for tag in ("parent", "child")]
        gone = [end for end in ends if not end or not frames.has(end)]
        if gone:
            name = needed_name(one, "joint")
            tell(f"joint {name!r} of {scope.name!r} joins {gone[0][:80]!r}, which is not there, and moves nothing")
        else:
            whole.append(one)
    found = [_joint(one, scope, frames, prefix, top_from_scope) for one in whole]
    names = [one.name for one in found]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        broken(f"there are two joints named {twice!r} in {scope.name!r}; rename one")
    return found


def _joint(element: Element, scope: Scope, frames: Frames, prefix: str, top_from_scope: Pose) -> JointRecord:
    name = needed_name(element, "joint")
    called = f"joint {name!r}"
    ends = [text_of(element.find(tag)) for tag in ("parent", "child")]
    links = [frames.link_of(end) for end in ends]
    if not links[1]:
        broken(f"{called} of {scope.name!r} has the world as its child; swap its parent and child")
    axis_element = element.find("axis")
    axis = (0.0, 0.0, 1.0)
    low = high = speed = effort = None
    mimic = None
    if axis_element is not None:
        axis = _axis(axis_element, name, scope, frames)
        limit = axis_element.find("limit")
        if limit is not None:
            low = _bounded(number_in(limit, "lower", -math.inf, called))
            high = _bounded(number_in(limit, "upper", math.inf, called))
            speed = _bounded(number_in(limit, "velocity", -1.0, called), least=0.0)
            effort = _bounded(number_in(limit, "effort", -1.0, called), least=0.0)
        mimic = _mimic(axis_element.find("mimic"), prefix, called)
    if low is not None and high is not None and low > high:
        low = high = None
    return JointRecord(
        name, prefix, element.get("type", ""), f"{prefix}{links[0]}" if links[0] else "", f"{prefix}{links[1]}",
        top_from_scope @ frames.pose(name), axis, low, high, speed, effort, mimic,
    )  # fmt: skip


def _axis(element: Element, joint: str, scope: Scope, frames: Frames) -> tuple[float, float, float]:
    """A unit vector in the joint's frame."""
    xyz = element.find("xyz")
    given = np.array(numbers("0 0 1" if xyz is None else xyz.text, 3, f"the axis of joint {joint!r}"))
    length = float(np.linalg.norm(given))
    if length < 1e-9:
        broken(f"the axis of joint {joint!r} is {text_of(xyz)!r}, which is no direction; mend it")
    expressed = "" if xyz is None else xyz.get("expressed_in", "").strip()
    in_model = scope.version < _AXES_TURN_SINCE or is_true(element, "use_parent_model_frame") or expressed == "__model__"
    if in_model or expressed:
        model_from_given = np.eye(4) if in_model else frames.pose(expressed).matrix()
        given = frames.pose(joint).matrix()[:3, :3].T @ model_from_given[:3, :3] @ given
    x, y, z = (float(v) / length for v in given)
    return (x, y, z)


def _mimic(element: Element | None, prefix: str, called: str) -> tuple[str, float, float] | None:
    """value = multiplier * (leader - reference) + offset (SDFormat 1.11)."""
    if element is None or not element.get("joint"):
        return None
    ratio = number_in(element, "multiplier", 1.0, called)
    offset = number_in(element, "offset", 0.0, called) - ratio * number_in(element, "reference", 0.0, called)
    return f"{prefix}{element.get('joint', '')}", ratio, offset


def _bounded(value: float, *, least: float = -math.inf) -> float | None:
    return value if abs(value) < _ENDLESS and value >= least else None
