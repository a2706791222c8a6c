"""Where COLLADA nodes stand: their chain of transforms as one matrix."""

from __future__ import annotations

import math
from xml.etree.ElementTree import Element

import numpy as np
from numpy.typing import NDArray

from viewer.geometry.broken import broken
from viewer.geometry.markup import numbers

Matrix = NDArray[np.float64]

_COUNTS = {"matrix": 16, "translate": 3, "rotate": 4, "scale": 3, "lookat": 9, "skew": 7}
LARGEST = 1e9


def local_matrix(node: Element, called: str) -> Matrix:
    """(4, 4) parent_from_node in the file's lengths: the node's transforms in their order. Raises BrokenFile."""
    result = np.eye(4)
    for element in node:
        count = _COUNTS.get(element.tag)
        if count is not None:
            result = result @ _one(element.tag, numbers(element.text, count, f"a {element.tag} of {called}"))
    if not (np.abs(result) <= LARGEST).all():
        broken(f"{called} has a place that is not a sensible number; export it again")
    return result


def up_is_z(up: str) -> Matrix:
    """(4, 4) turn from the document's upward axis to z."""
    rows = {"Y_UP": ((1, 0, 0), (0, 0, -1), (0, 1, 0)), "X_UP": ((0, -1, 0), (0, 0, -1), (1, 0, 0))}.get(up, np.eye(3))
    result = np.eye(4)
    result[:3, :3] = rows
    return result


def _one(tag: str, v: tuple[float, ...]) -> Matrix:
    result = np.eye(4)
    if tag == "matrix":
        return np.array(v).reshape(4, 4)
    if tag == "translate":
        result[:3, 3] = v
    elif tag == "scale":
        result[:3, :3] = np.diag(v)
    elif tag == "rotate":
        result[:3, :3] = _turn(np.array(v[:3]), math.radians(v[3]))
    elif tag == "lookat":
        return _look(np.array(v).reshape(3, 3))
    else:
        result[:3, :3] = _skew(math.radians(v[0]), np.array(v[1:4]), np.array(v[4:7]))
    return result


def _turn(axis: Matrix, angle_rad: float) -> Matrix:
    """Rodrigues' formula; no turn where the axis is nothing."""
    length = float(np.linalg.norm(axis))
    if length == 0.0:
        return np.eye(3)
    x, y, z = axis / length
    k = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + math.sin(angle_rad) * k + (1 - math.cos(angle_rad)) * (k @ k)


def _look(rows: Matrix) -> Matrix:
    """From the eye towards the point of interest, which lies on -z; y as upward as can be."""
    eye, interest, up = rows
    back = eye - interest
    right = np.cross(up, back)
    if not (np.linalg.norm(back) > 0 and np.linalg.norm(right) > 0):
        broken("a lookat has no direction: eye and interest are one point, or lie along its up; export it again")
    back /= np.linalg.norm(back)
    right /= np.linalg.norm(right)
    result = np.eye(4)
    result[:3] = np.stack([right, np.cross(back, right), back, eye], axis=1)
    return result


def _skew(angle_rad: float, along: Matrix, towards: Matrix) -> Matrix:
    """What lies along the first direction leans by the angle towards the second (RenderMan's Skew, which COLLADA names)."""
    lengths = np.linalg.norm(along), np.linalg.norm(towards)
    if min(lengths) == 0.0 or abs(math.cos(angle_rad)) < 1e-3:
        broken("a skew has no direction, or flattens; export it again")
    to = towards / lengths[1]
    off = along / lengths[0]
    off = off - (off @ to) * to
    if np.linalg.norm(off) < 1e-9:
        broken("a skew leans along its own direction; export it again")
    return np.eye(3) + math.tan(angle_rad) * np.outer(to, off / np.linalg.norm(off))
