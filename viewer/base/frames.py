"""Frames of reference: a pose says where one frame lies in another.

A transform is named `target_from_source`; a point is a column, so `p_target = target_from_source @ p_source`.
Lengths are metres, angles radians; axes are right-handed with z up.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]

_IDENTITY_ROWS = (1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0)


@dataclass(frozen=True, slots=True)
class Pose:
    """An affine transform `target_from_source`: the upper three rows of its 4 x 4 matrix, row by row (12 numbers)."""

    rows: tuple[float, ...] = _IDENTITY_ROWS

    @staticmethod
    def from_matrix(target_from_source: NDArray[np.floating]) -> Pose:
        """From a (4, 4) or (3, 4) matrix. Raises ValueError where a number is not finite or the shape differs."""
        array = np.asarray(target_from_source, dtype=np.float64)
        if array.shape not in ((4, 4), (3, 4)):
            raise ValueError(f"a pose needs a 4 x 4 or 3 x 4 matrix, not one of shape {array.shape}")
        if not np.isfinite(array).all():
            raise ValueError("a pose needs finite numbers")
        return Pose(tuple(array[:3].ravel().tolist()))

    @staticmethod
    def from_xyz_rpy(xyz_m: Sequence[float] = (0.0, 0.0, 0.0), rpy_rad: Sequence[float] = (0.0, 0.0, 0.0)) -> Pose:
        """From a position and roll, pitch, yaw about fixed x, y, z (the convention of URDF: R = Rz(y) Ry(p) Rx(r))."""
        roll, pitch, yaw = rpy_rad
        sr, sp, sy = math.sin(roll), math.sin(pitch), math.sin(yaw)
        cr, cp, cy = math.cos(roll), math.cos(pitch), math.cos(yaw)
        x, y, z = map(float, xyz_m)
        return Pose(
            (
                cy * cp, cy * sp * sr - sy * cr, cy * sp * cr + sy * sr, x,
                sy * cp, sy * sp * sr + cy * cr, sy * sp * cr - cy * sr, y,
                -sp, cp * sr, cp * cr, z,
            )
        )  # fmt: skip

    def __reduce__(self) -> tuple[type[Pose], tuple[tuple[float, ...]]]:
        """Unpickled by its constructor: faster than field by field."""
        return Pose, (self.rows,)

    def matrix(self) -> Matrix:
        """The (4, 4) float64 matrix `target_from_source`, a fresh array."""
        result = np.eye(4)
        result[:3] = np.reshape(self.rows, (3, 4))
        return result

    @property
    def xyz_m(self) -> tuple[float, float, float]:
        """The position of the source's origin in the target frame, metres."""
        return (self.rows[3], self.rows[7], self.rows[11])

    def rpy_rad(self) -> tuple[float, float, float]:
        """Roll, pitch, yaw (see `from_xyz_rpy`) of the rotation part; at pitch ±90° the roll is taken as 0."""
        r = self.rows
        scale = [math.hypot(r[i], r[4 + i], r[8 + i]) or 1.0 for i in range(3)]
        pitch = math.asin(max(-1.0, min(1.0, -r[8] / scale[0])))
        if abs(r[8] / scale[0]) > 1.0 - 1e-12:
            return (0.0, pitch, math.atan2(-r[1] / scale[1], r[5] / scale[1]))
        return (math.atan2(r[9] / scale[1], r[10] / scale[2]), pitch, math.atan2(r[4], r[0]))

    def __matmul__(self, other: Pose) -> Pose:
        return Pose.from_matrix(self.matrix() @ other.matrix())

    def inverse(self) -> Pose:
        """`source_from_target`. Raises ValueError where the transform is singular."""
        try:
            return Pose.from_matrix(np.linalg.inv(self.matrix()))
        except np.linalg.LinAlgError as error:
            raise ValueError("a pose that flattens space has no inverse") from error

    def moved_to(self, xyz_m: Sequence[float]) -> Pose:
        """The same orientation at another position."""
        r = self.rows
        x, y, z = (float(v) for v in xyz_m)
        return Pose((*r[0:3], x, *r[4:7], y, *r[8:11], z))


IDENTITY = Pose()
