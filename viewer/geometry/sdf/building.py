"""One SDF model as a mechanism: nodes for models and links, the links of a joint hung under one another, visuals below them."""

from __future__ import annotations

from dataclasses import dataclass
from xml.etree.ElementTree import Element

import numpy as np

from viewer.base.frames import IDENTITY, Pose
from viewer.base.ids import NodeId
from viewer.geometry.broken import BrokenFile, broken
from viewer.geometry.markup import named, numbers, text_of
from viewer.geometry.mechanism.assembly import Assembly, scaled
from viewer.geometry.mechanism.joint_words import joint_properties
from viewer.geometry.references import Surroundings
from viewer.geometry.sdf.frames import Frames
from viewer.geometry.sdf.joints import JointRecord, joints_of
from viewer.geometry.sdf.models import Scope
from viewer.geometry.sdf.shapes import body_of, is_unseen, paint_of
from viewer.geometry.sdf.words import needed_name, pose_of
from viewer.twin.joints import Joint

_TOLD = ("heightmap", "image")
_SAME = 1e-9


@dataclass(frozen=True, slots=True)
class _Link:
    scope: Scope
    element: Element
    top_from_link: Pose
    model_node: NodeId
    top_from_model: Pose


class ModelBuilder:
    """Builds one top-level model with all that is nested in it."""

    def __init__(self, scope: Scope, frames: Frames, nearby: Surroundings, assembly: Assembly) -> None:
        self._top, self._frames, self._nearby, self._assembly = scope, frames, nearby, assembly
        self._links: dict[str, _Link] = {}
        self._joints: list[JointRecord] = []

    def build(self, parent: NodeId, pose: Pose) -> None:
        """All nodes below `parent`. Raises BrokenFile."""
        self._models(self._top, self._frames, "", parent, pose, IDENTITY)
        carriers = self._carriers()
        values = self._values()
        moved = self._hang(carriers, values)
        self._add_joints(moved, values)
        self._count()

    def _models(self, scope: Scope, frames: Frames, prefix: str, parent: NodeId, pose: Pose, top_from_model: Pose) -> None:
        properties = {"static": "yes"} if scope.is_static else {}
        if scope.uri:
            properties["model"] = scope.uri
        kind = "robot" if self._is_robot(scope) else "model"
        node = self._assembly.add(scope.name, parent, pose, kind=kind, path=True, properties=properties)
        self._assembly.count("models")
        for element in named(scope.element, "link"):
            name = needed_name(element, "link")
            self._links[f"{prefix}{name}"] = _Link(scope, element, top_from_model @ frames.pose(name), node, top_from_model)
        self._joints += joints_of(scope, frames, prefix, top_from_model, self._assembly.tell)
        for child in scope.children:
            placed = frames.pose(child.name)
            self._models(child, frames.inner(child.name), f"{prefix}{child.name}::", node, placed, top_from_model @ placed)

    def _is_robot(self, scope: Scope) -> bool:
        return sum(1 for one in named(scope.element, "joint") if one.get("type") in ("revolute", "continuous")) > 1

    def _carriers(self) -> dict[str, JointRecord]:
        """The joint that carries each link; those that would close a loop are told and let be."""
        carriers: dict[str, JointRecord] = {}
        loops = 0
        for joint in self._joints:
            if joint.child not in self._links or (joint.parent and joint.parent not in self._links):
                broken(f"joint {joint.name!r} joins links that are not there; mend its parent and child")
            if joint.child in carriers or self._closes_loop(joint, carriers):
                loops += 1
            else:
                carriers[joint.child] = joint
        if loops:
            told = "joint closes a loop and does" if loops == 1 else "joints close loops and do"
            self._assembly.tell(f"{loops} {told} not move anything in {self._top.name!r}")
        return carriers

    def _closes_loop(self, joint: JointRecord, carriers: dict[str, JointRecord]) -> bool:
        above = joint.parent
        while above and above != joint.child:
            above = carriers[above].parent if above in carriers else ""
        return bool(above)

    def _values(self) -> dict[str, float]:
        """Each moving joint's value where all leaders stand at zero, by scoped name. Raises BrokenFile where mimics go round."""
        by_name = {f"{one.scope}{one.name}": one for one in self._joints}
        result: dict[str, float] = {}
        for key in by_name:
            chain: list[JointRecord] = []
            name = key
            while name in by_name and (mimic := by_name[name].mimic) is not None:
                if by_name[name] in chain:
                    broken(f"joint {name!r} mimics itself through others; take one mimic out")
                chain.append(by_name[name])
                name = mimic[0]
            value = 0.0
            for one in reversed(chain):
                value = one.mimic[1] * value + one.mimic[2] if one.mimic is not None else 0.0
            result[key] = value
        return result

    def _hang(self, carriers: dict[str, JointRecord], values: dict[str, float]) -> dict[str, NodeId]:
        """Nodes of all links, parents first; gives the node that each carrying joint moves, by the joint's scoped name."""
        below: dict[str, list[str]] = {}
        for child, joint in carriers.items():
            below.setdefault(joint.parent, []).append(child)
        ids: dict[str, NodeId] = {}
        moved: dict[str, NodeId] = {}
        stack = [one for one in reversed(self._links) if one not in carriers or not carriers[one].parent]
        while stack:
            name = stack.pop()
            ids[name] = self._link(name, carriers.get(name), ids, moved, values)
            stack += reversed(below.get(name, ()))
        return moved

    def _link(
        self, name: str, joint: JointRecord | None, ids: dict[str, NodeId], moved: dict[str, NodeId], values: dict[str, float]
    ) -> NodeId:
        link = self._links[name]
        above, top_from_above = link.model_node, link.top_from_model
        if joint is not None and joint.parent:
            above, top_from_above = ids[joint.parent], self._links[joint.parent].top_from_link
        if joint is None:
            own = self._node(link, above, top_from_above.inverse() @ link.top_from_link, {})
            self._visuals(link, own)
            return own
        key = f"{joint.scope}{joint.name}"
        record = _joint(joint, NodeId(""), None, top_from_above.inverse() @ joint.top_from_joint, values[key])
        told = joint_properties(joint.name, joint.type, record if joint.is_moving else None)
        joint_from_link = joint.top_from_joint.inverse() @ link.top_from_link
        if not joint.is_moving:
            own = self._node(link, above, top_from_above.inverse() @ link.top_from_link, told)
        elif np.allclose(joint_from_link.rows, IDENTITY.rows, rtol=0.0, atol=_SAME):
            own = moved[key] = self._node(link, above, record.pose_at(record.value), told)
        else:
            add = self._assembly.add_as
            moved[key] = add(
                f"{link.model_node}.{joint.name}", joint.name, above, record.pose_at(record.value), kind="joint", properties=told
            )
            own = self._node(link, moved[key], joint_from_link, {})
        self._visuals(link, own)
        return own

    def _node(self, link: _Link, above: NodeId, pose: Pose, properties: dict[str, str]) -> NodeId:
        name = needed_name(link.element, "link")
        self._assembly.count("links")
        return self._assembly.add_as(f"{link.model_node}.{name}", name, above, pose, kind="link", properties=properties)

    def _visuals(self, link: _Link, node: NodeId) -> None:
        for number, visual in enumerate(named(link.element, "visual"), 1):
            name = visual.get("name", "").strip() or f"visual {number}"
            called = f"visual {name!r} of {link.scope.name!r}"
            geometry = visual.find("geometry")
            shape = next(iter(geometry), None) if geometry is not None else None
            if shape is None or shape.tag == "empty" or is_unseen(visual, called):
                continue
            try:
                self._shape(visual, shape, link, node, name, called)
            except BrokenFile as error:
                self._assembly.miss(f"{called} is not shown: {error}")

    def _shape(self, visual: Element, shape: Element, link: _Link, node: NodeId, name: str, called: str) -> None:
        pose, paint = self._visual_pose(visual, link, called), paint_of(visual, called)
        if shape.tag == "mesh":
            uri = text_of(shape.find("uri")) or text_of(shape.find("filename"))
            file = self._nearby.file(link.scope.folder, uri)
            scale = scaled(numbers(text_of(shape.find("scale"), "1 1 1"), 3, f"the scale of {called}"))
            submesh = text_of(shape.find("submesh/name"))
            centred = text_of(shape.find("submesh/center")).lower() in ("1", "true")
            self._assembly.add_file(name, node, pose, file, scale, paint, only=submesh, centred=centred)
            return
        body = body_of(shape, called)
        if body is None:
            self._assembly.miss(f"{called} is a {shape.tag[:40]} and not shown")
            return
        self._assembly.add_body(name, node, pose, body, paint)

    def _visual_pose(self, visual: Element, link: _Link, called: str) -> Pose:
        """link_from_visual; `relative_to` may name any frame of the link's model."""
        pose = visual.find("pose")
        base = "" if pose is None else pose.get("relative_to", "").strip()
        own = pose_of(pose, called)
        if not base or base == link.element.get("name"):
            return own
        frames = self._frames_of(link.scope)
        return frames.pose(link.element.get("name", "")).inverse() @ frames.pose(base) @ own

    def _frames_of(self, scope: Scope) -> Frames:
        found = _search(self._top, self._frames, scope)
        assert found is not None
        return found

    def _add_joints(self, moved: dict[str, NodeId], values: dict[str, float]) -> None:
        for one in self._joints:
            key = f"{one.scope}{one.name}"
            if key not in moved:
                if not one.is_moving and one.type != "fixed":
                    self._assembly.tell(f"joint {one.name!r} is of type {one.type[:40]!r}: it stands and can't be jogged")
                continue
            follows = moved.get(one.mimic[0]) if one.mimic is not None else None
            if one.mimic is not None and follows is None:
                self._assembly.tell(f"joint {one.name!r} mimics a joint that does not move here, and moves by itself")
            rest = self._rest(one)
            self._assembly.joints.append(_joint(one, moved[key], follows, rest, values[key]))

    def _rest(self, joint: JointRecord) -> Pose:
        above = self._links[joint.parent].top_from_link if joint.parent else self._links[joint.child].top_from_model
        return above.inverse() @ joint.top_from_joint

    def _count(self) -> None:
        moving = [one for one in self._joints if one.is_moving]
        self._assembly.count("joints", len(self._joints))
        self._assembly.count("actuated", sum(1 for one in moving if one.mimic is None))
        self._assembly.count("mimic", sum(1 for one in moving if one.mimic is not None))


def _search(scope: Scope, frames: Frames, wanted: Scope) -> Frames | None:
    if scope is wanted:
        return frames
    return next((hit for one in scope.children if (hit := _search(one, frames.inner(one.name), wanted)) is not None), None)


def _joint(record: JointRecord, node: NodeId, follows: NodeId | None, rest: Pose, value: float) -> Joint:
    _, ratio, offset = record.mimic or ("", 1.0, 0.0)
    kind = "prismatic" if record.type == "prismatic" else "revolute"
    low, high = (None, None) if record.type == "continuous" else (record.low, record.high)
    return Joint(
        node, record.name, kind, record.axis_in_joint, rest, value, low, high, follows, ratio, offset, record.max_speed,
        record.max_effort,
    )  # fmt: skip
