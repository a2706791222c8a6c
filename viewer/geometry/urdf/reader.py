"""Reads URDF: one node per link, its visuals below it, and joints that can be jogged and driven."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar
from xml.etree.ElementTree import Element

from viewer.base.frames import IDENTITY
from viewer.base.ids import NodeId
from viewer.base.job import Job
from viewer.geometry.broken import BrokenFile
from viewer.geometry.markup import numbers, read_robot_markup, root_tag
from viewer.geometry.mechanism.assembly import Assembly, Paint, scaled, top
from viewer.geometry.mechanism.joint_words import joint_properties
from viewer.geometry.model import GeometryModel
from viewer.geometry.primitives import box, capsule, cylinder, sphere
from viewer.geometry.references import Surroundings
from viewer.geometry.urdf.document import MOVING, JointRecord, Robot, Visual, attribute
from viewer.geometry.urdf.tree import check_mimics, ordered
from viewer.twin.joints import Joint
from viewer.twin.parts import Mesh


@dataclass(frozen=True, slots=True)
class UrdfReader:
    """A robot's description in XML, its meshes in files nearby."""

    format: ClassVar[str] = "urdf"
    title: ClassVar[str] = "URDF"
    suffixes: ClassVar[tuple[str, ...]] = (".urdf",)
    heavy: ClassVar[bool] = False
    unitless: ClassVar[bool] = False
    extra: ClassVar[str] = ""
    needs: ClassVar[tuple[str, ...]] = ()

    def claims(self, head: bytes, suffix: str) -> bool:
        """By its first element."""
        return root_tag(head) == "robot"

    def read(self, path: Path, *, unit: str | None, job: Job) -> GeometryModel:
        """See Reader. URDF's units are metres and radians; `unit` is passed over."""
        robot = Robot(read_robot_markup(path, job))
        check_mimics(robot)
        return _Building(robot, path, job).model()


class _Building:
    """Turns the robot's records into nodes."""

    def __init__(self, robot: Robot, path: Path, job: Job) -> None:
        self._robot, self._path, self._job = robot, path, job
        self._nearby = Surroundings(path)
        self._assembly = Assembly(job, self._nearby.home)
        self._values = _values_at_zero(robot)

    def model(self) -> GeometryModel:
        """All links, parents first."""
        robot, assembly = self._robot, self._assembly
        name = robot.name or self._path.stem
        order = ordered(robot)
        ids: dict[str, NodeId] = {}
        robot_id = top(assembly, name if name not in robot.links else f"{name} robot", "robot")
        for number, (link, joint) in enumerate(order):
            self._job.progress(number / len(order), f"reading {link}")
            self._job.check()
            ids[link] = self._link(link, joint, robot_id if joint is None else ids[joint.parent])
        self._joints(ids)
        self._count()
        return assembly.model("urdf", name)

    def _link(self, link: str, joint: JointRecord | None, parent: NodeId) -> NodeId:
        pose = IDENTITY
        properties: dict[str, str] = {}
        if joint is not None:
            moving = _joint(joint, NodeId(""), None, self._values[joint.name]) if joint.type in MOVING else None
            pose = joint.parent_from_child if moving is None else moving.pose_at(moving.value)
            properties = joint_properties(joint.name, joint.type, moving)
        mass_kg = self._robot.mass_kg(link)
        if mass_kg:
            properties["mass"] = f"{mass_kg:g} kg"
        own = self._assembly.add(link, parent, pose, kind="link", properties=properties)
        for visual in self._robot.visuals(link):
            self._visual(visual, link, own)
        return own

    def _visual(self, visual: Visual, link: str, parent: NodeId) -> None:
        shape, called = visual.geometry, f"the {visual.geometry.tag} of link {link!r}"
        paint = Paint(visual.rgb, visual.opacity)
        if shape.tag == "mesh":
            self._mesh(visual, shape, link, parent, paint)
            return
        body = _body(shape, called)
        if body is None:
            self._assembly.miss(f"{called} is of a kind that is not known and not shown")
            return
        self._assembly.add_body(visual.name or shape.tag, parent, visual.link_from_visual, body, paint)

    def _mesh(self, visual: Visual, shape: Element, link: str, parent: NodeId, paint: Paint) -> None:
        uri = shape.get("filename", shape.get("url", ""))
        try:
            file = self._nearby.file(self._path.parent, uri)
            scale = scaled(numbers(shape.get("scale", "1 1 1"), 3, f"the scale of a mesh of link {link!r}"))
            self._assembly.add_file(visual.name or file.stem, parent, visual.link_from_visual, file, scale, paint)
        except BrokenFile as error:
            self._assembly.miss(f"link {link!r} is shown without the mesh {uri.rpartition('/')[2][:80]!r}: {error}")

    def _joints(self, ids: dict[str, NodeId]) -> None:
        for record in self._robot.joints.values():
            if record.type in MOVING:
                follows = None
                if record.mimic is not None and self._robot.joints[record.mimic[0]].type in MOVING:
                    follows = ids[self._robot.joints[record.mimic[0]].child]
                self._assembly.joints.append(_joint(record, ids[record.child], follows, self._values[record.name]))
            elif record.type != "fixed":
                self._assembly.tell(f"joint {record.name!r} is {record.type}: its link stands as it is and can't be jogged")

    def _count(self) -> None:
        joints = self._robot.joints.values()
        moving = [one for one in joints if one.type in MOVING]
        counts = self._assembly.counts
        counts |= {"links": len(self._robot.links), "joints": len(self._robot.joints)}
        counts["actuated"] = sum(1 for one in moving if one.mimic is None)
        counts["mimic"] = sum(1 for one in joints if one.mimic is not None)
        for one in joints:
            self._assembly.count(f"{one.type}_joints")


def _values_at_zero(robot: Robot) -> dict[str, float]:
    """The value of each joint where all that lead stand at zero: followers stand at their offsets."""

    def value(joint: JointRecord) -> float:
        if joint.mimic is None or robot.joints[joint.mimic[0]].type not in MOVING:
            return 0.0
        return joint.mimic[1] * value(robot.joints[joint.mimic[0]]) + joint.mimic[2]

    return {name: value(joint) for name, joint in robot.joints.items()}


def _joint(record: JointRecord, node: NodeId, follows: NodeId | None, value: float) -> Joint:
    _, ratio, offset = record.mimic or ("", 1.0, 0.0)
    return Joint(
        node, record.name, "prismatic" if record.type == "prismatic" else "revolute", record.axis, record.parent_from_child,
        value, record.low, record.high, follows, ratio, offset, record.max_speed, record.max_effort,
    )  # fmt: skip


def _body(shape: Element, called: str) -> Mesh | None:
    """The mesh of a plain body; None where the kind is unknown. Raises BrokenFile."""
    if shape.tag == "box":
        x, y, z = (abs(v) for v in numbers(shape.get("size"), 3, f"the size of {called}"))
        return box((x, y, z))
    if shape.tag == "sphere":
        return sphere(abs(attribute(shape, "radius", called)))
    if shape.tag in ("cylinder", "capsule"):
        make = cylinder if shape.tag == "cylinder" else capsule
        return make(abs(attribute(shape, "radius", called)), abs(attribute(shape, "length", called)))
    return None
