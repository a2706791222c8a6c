"""Points that stand in a scene's file beside its surfaces (glTF, USD) as one cloud."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from viewer.base.job import SilentJob
from viewer.geometry.clouds.sink import CloudSink, Settled

Block = tuple[NDArray[np.float64], NDArray[np.uint8] | None]
"""(n, 3) points in metres, and their sRGB colours (n, 3) where they have some."""

_WHITE = 255


def cloud_of(blocks: Sequence[Block]) -> Settled | None:
    """All blocks as one cloud, white where only others have colours; None where none holds a point that can be shown."""
    coloured = any(rgb is not None for _, rgb in blocks)
    sink = CloudSink(SilentJob())
    for points, rgb in blocks:
        seen = np.full((len(points), 3), _WHITE, np.uint8) if rgb is None else rgb
        sink.add(points, rgb=seen.astype(np.uint16) if coloured else None)
    return sink.settle(rgb_top=float(_WHITE))
