"""The order of a robot's links: one root, each link the child of one joint at most, no cycle, bounded depth."""

from __future__ import annotations

from viewer.geometry.broken import broken
from viewer.geometry.urdf.document import JointRecord, Robot

MAX_DEPTH = 256
"""Chains such as cables are long; node trees of other formats are bounded by 64."""


def ordered(robot: Robot) -> list[tuple[str, JointRecord | None]]:
    """Links with the joint that carries each, parents first. Raises BrokenFile with one sentence."""
    above: dict[str, JointRecord] = {}
    below: dict[str, list[JointRecord]] = {name: [] for name in robot.links}
    for joint in robot.joints.values():
        for link in (joint.parent, joint.child):
            if link not in robot.links:
                broken(f"joint {joint.name!r} names the link {link!r}, which the robot does not have; add it or mend the name")
        if joint.child in above:
            broken(f"link {joint.child!r} is the child of two joints, {above[joint.child].name!r} and {joint.name!r}; keep one")
        above[joint.child] = joint
        below[joint.parent].append(joint)
    roots = [name for name in robot.links if name not in above]
    if not roots:
        broken("its joints form a cycle: every link is another's child; take one joint out")
    if len(roots) > 1:
        broken(f"it has {len(roots)} root links ({', '.join(map(repr, roots[:4]))}), and a robot has one; join them by joints")
    result: list[tuple[str, JointRecord | None]] = []
    stack: list[tuple[str, JointRecord | None, int]] = [(roots[0], None, 1)]
    while stack:
        link, joint, depth = stack.pop()
        if depth > MAX_DEPTH:
            broken(f"its links hang more than {MAX_DEPTH} deep under one another; shorten the chain")
        result.append((link, joint))
        stack += [(one.child, one, depth + 1) for one in reversed(below[link])]
    if len(result) != len(robot.links):
        lost = next(name for name in robot.links if name not in {link for link, _ in result})
        broken(f"its joints form a cycle that link {lost!r} is part of; take one joint out")
    return result


def check_mimics(robot: Robot) -> None:
    """Each joint that copies another copies one that moves, and none copies itself through others. Raises BrokenFile."""
    for joint in robot.joints.values():
        seen = {joint.name}
        one = joint
        while one.mimic is not None:
            name = one.mimic[0]
            if name not in robot.joints:
                broken(f"joint {one.name!r} mimics {name!r}, which the robot does not have; add it or mend the name")
            if name in seen:
                broken(f"joint {joint.name!r} mimics itself through {name!r}; take one mimic out")
            seen.add(name)
            one = robot.joints[name]
