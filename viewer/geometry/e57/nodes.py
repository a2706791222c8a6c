"""The tree of an E57 file: numbers, texts and times of a node's children, where it has them."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewer.geometry.naming import clean

_GPS_EPOCH = datetime(1980, 1, 6, tzinfo=UTC)
_GPS_AHEAD_S = 18
"""Leap seconds between GPS and UTC since 2017."""


def child(node: Any, *names: str) -> Any:
    """The node down that way, or None."""
    for name in names:
        if node is None or not hasattr(node, "isDefined") or not node.isDefined(name):
            return None
        node = node[name]
    return node


def number(node: Any, *names: str) -> float | None:
    """The finite number there (scaled, where the file scales it), or None."""
    return value_of(child(node, *names))


def value_of(node: Any) -> float | None:
    """The finite number that a node of one holds, or None."""
    raw = node.scaledValue() if hasattr(node, "scaledValue") else node.value() if hasattr(node, "value") else None
    return float(raw) if isinstance(raw, int | float) and math.isfinite(raw) else None


def text(node: Any, *names: str) -> str:
    """The text there, as one line; empty where there is none."""
    found = child(node, *names)
    value = found.value() if hasattr(found, "value") else ""
    return clean(value) if isinstance(value, str) else ""


def moment(node: Any, *names: str) -> str:
    """The date and time there (seconds of GPS time), as ISO 8601; empty where there is none."""
    seconds = number(node, *names, "dateTimeValue")
    if not seconds or not 0.0 < seconds < 1e10:
        return ""
    return (_GPS_EPOCH + timedelta(seconds=seconds - _GPS_AHEAD_S)).strftime("%Y-%m-%d %H:%M:%S UTC")


def pose_matrix(node: Any) -> NDArray[np.float64]:
    """(4, 4) `file_from_scan` of a scan's node: a unit quaternion w x y z, then a translation (ASTM E2807, 8.4.6)."""
    result = np.eye(4)
    turn = [number(node, "pose", "rotation", one) for one in "wxyz"]
    length = math.sqrt(sum(v * v for v in turn if v is not None))
    if None not in turn and length > 1e-12:
        w, x, y, z = ((v or 0.0) / length for v in turn)
        result[:3, :3] = [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ]
    result[:3, 3] = [number(node, "pose", "translation", one) or 0.0 for one in "xyz"]
    return result
