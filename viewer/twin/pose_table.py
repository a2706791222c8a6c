"""A pose as scene files write it: position and roll, pitch, yaw in degrees, or twelve numbers where it also scales or shears."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from viewer.base.frames import Pose

_DIGITS = 12


def pose_to_plain(pose: Pose) -> dict[str, Any]:
    """`{xyz_m, rpy_deg}` where the pose is rigid (to 1e-9), else `{rows}`."""
    xyz = [_tidy(v) for v in pose.xyz_m]
    rpy = pose.rpy_rad()
    if np.allclose(Pose.from_xyz_rpy(pose.xyz_m, rpy).rows, pose.rows, rtol=0.0, atol=1e-9):
        return {"xyz_m": xyz, "rpy_deg": [_tidy(math.degrees(a)) for a in rpy]}
    return {"rows": [_tidy(v) for v in pose.rows]}


def pose_from_plain(plain: Any) -> Pose:
    """The pose of a table with xyz_m and rpy_deg (each 0 where left out), or rows. Raises ValueError."""
    if not isinstance(plain, Mapping):
        raise ValueError(f"expected a pose as in {{ xyz_m = [0, 0, 0], rpy_deg = [0, 0, 90] }}, got {plain!r}")
    if unknown := set(plain) - {"xyz_m", "rpy_deg", "rows"}:
        raise ValueError(f'a pose has no key "{sorted(unknown)[0]}"; known are xyz_m, rpy_deg, rows')
    if "rows" in plain:
        return Pose(_numbers(plain, "rows", 12))
    return Pose.from_xyz_rpy(_numbers(plain, "xyz_m", 3), tuple(math.radians(a) for a in _numbers(plain, "rpy_deg", 3)))


def _numbers(plain: Mapping[str, Any], key: str, count: int) -> tuple[float, ...]:
    values = plain.get(key, [0.0] * count)
    good = isinstance(values, (list, tuple)) and len(values) == count
    if not good or not all(isinstance(v, (int, float)) and not isinstance(v, bool) and math.isfinite(v) for v in values):
        raise ValueError(f"{key} needs {count} finite numbers, got {values!r}")
    return tuple(float(v) for v in values)


def _tidy(value: float) -> float:
    """Without the last digits' noise, and without −0."""
    return round(value, _DIGITS) + 0.0
