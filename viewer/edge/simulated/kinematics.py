"""Forward and inverse kinematics of the plant's six-axis robots: an offset shoulder and a spherical wrist.

Closed form after Pieper (1968): the wrist's three axes meet in one point, so the first three joints place that point and the last
three turn about it. Joint 1 turns about z, 2, 3 and 5 about y, 4 and 6 about x; at zero the upper arm stands and the forearm
points along the robot's x. Angles are radians, right hand about the axis; lengths metres; the tool points along its x axis.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

SHOULDER_X_M, SHOULDER_Z_M = 0.35, 0.35 + 0.40
UPPER_ARM_M = 1.15
WRIST_X_M, WRIST_Z_M = 0.35 + 0.85, 0.05
"""The wrist's centre seen from the elbow."""
FLANGE_M = 0.22 + 0.06
"""From the wrist's centre to where the tool is fixed."""

_FOREARM_M = float(np.hypot(WRIST_X_M, WRIST_Z_M))
_FOREARM_RISE = float(np.arctan2(WRIST_Z_M, WRIST_X_M))


def rotation(axis: int, angle: Array) -> Array:
    """Rotations (n, 3, 3) about x (0), y (1) or z (2) by angles (n,)."""
    angle = np.atleast_1d(np.asarray(angle, np.float64))
    result = np.zeros((len(angle), 3, 3))
    one, two = (axis + 1) % 3, (axis + 2) % 3
    result[:, axis, axis] = 1.0
    result[:, one, one] = result[:, two, two] = np.cos(angle)
    result[:, two, one] = np.sin(angle)
    result[:, one, two] = -np.sin(angle)
    return result


def tool_rotation(yaw: Array, tilt: Array) -> Array:
    """Tool orientations (n, 3, 3) in the robot's base: pointing down, turned about z by yaw, swung outwards by tilt."""
    return rotation(2, yaw) @ rotation(1, np.pi / 2 - np.asarray(tilt, np.float64))


def forward(joints: Array, tool_m: float = 0.0) -> tuple[Array, Array]:
    """Tool tip positions (n, 3) and orientations (n, 3, 3) in the robot's base, from joint angles (n, 6)."""
    q = np.atleast_2d(joints)
    base = rotation(2, q[:, 0])
    upper = base @ rotation(1, q[:, 1])
    fore = upper @ rotation(1, q[:, 2])
    hand = fore @ rotation(0, q[:, 3]) @ rotation(1, q[:, 4]) @ rotation(0, q[:, 5])
    point = (
        base @ np.array([SHOULDER_X_M, 0.0, SHOULDER_Z_M])
        + upper @ np.array([0.0, 0.0, UPPER_ARM_M])
        + fore @ np.array([WRIST_X_M, 0.0, WRIST_Z_M])
        + hand @ np.array([FLANGE_M + tool_m, 0.0, 0.0])
    )
    return point, hand


def inverse(points: Array, hands: Array, tool_m: float = 0.0) -> Array:
    """Joint angles (n, 6) with the elbow up and joint 5 in [0, pi], for tool tips (n, 3) and orientations (n, 3, 3).

    Rows out of reach are NaN. Joints 4 and 6 are in (-pi, pi]: see `continuous`.
    """
    wrist = points - (FLANGE_M + tool_m) * hands[:, :, 0]
    q1 = np.arctan2(wrist[:, 1], wrist[:, 0])
    out, up = np.hypot(wrist[:, 0], wrist[:, 1]) - SHOULDER_X_M, wrist[:, 2] - SHOULDER_Z_M
    far2 = out * out + up * up
    with np.errstate(invalid="ignore", divide="ignore"):
        bend = np.arccos((UPPER_ARM_M**2 + far2 - _FOREARM_M**2) / (2 * UPPER_ARM_M * np.sqrt(far2)))
    q2 = np.pi / 2 - np.arctan2(up, out) - bend
    pitch = _FOREARM_RISE - np.arctan2(up - UPPER_ARM_M * np.cos(q2), out - UPPER_ARM_M * np.sin(q2))
    fore = rotation(2, q1) @ rotation(1, pitch)
    turn = np.swapaxes(fore, 1, 2) @ hands
    q5 = np.arctan2(np.hypot(turn[:, 0, 1], turn[:, 0, 2]), turn[:, 0, 0])
    q4 = np.arctan2(turn[:, 1, 0], -turn[:, 2, 0])
    q6 = np.arctan2(turn[:, 0, 1], turn[:, 0, 2])
    return np.stack([q1, q2, _wrapped(pitch - q2), q4, q5, q6], axis=1)


def _wrapped(angle: Array) -> Array:
    """The same angle in (-pi, pi]."""
    return np.pi - (np.pi - angle) % (2 * np.pi)


def continuous(joints: Array, start: Array | None = None) -> Array:
    """The same poses (n, 6) without jumps: each row takes the wrist solution and the whole turns nearest to the row before.

    The other wrist solution is (q4 + pi, -q5, q6 + pi). `start` (6,) is the row before the first; zeros where None.
    """
    before = np.zeros(6) if start is None else np.asarray(start, np.float64)
    result = np.empty_like(joints)
    flip, sign = np.array([0, 0, 0, np.pi, 0, np.pi]), np.array([1.0, 1, 1, 1, -1, 1])
    for i, row in enumerate(joints):
        both = np.stack([row, row * sign + flip])
        both += 2 * np.pi * np.round((before - both) / (2 * np.pi))
        before = result[i] = both[int(np.argmin(np.abs(both - before).sum(axis=1)))]
    return result
