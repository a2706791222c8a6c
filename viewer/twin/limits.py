"""The order that alarm limits must keep."""

import math

from viewer.twin.channels import Limits


def limits_in_order(limits: Limits) -> bool:
    """Whether lolo <= lo < hi <= hihi holds for those that are set, and all are finite."""
    low = [v for v in (limits.lolo, limits.lo) if v is not None]
    high = [v for v in (limits.hi, limits.hihi) if v is not None]
    in_order = low == sorted(low) and high == sorted(high) and all(math.isfinite(v) for v in (*low, *high))
    return in_order and (not low or not high or low[-1] < high[0])
