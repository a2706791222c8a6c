"""What a server's own history has of the time that was missed (HistoryRead raw, OPC 10000-11, 6.5.3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from viewer.edge.opcua.stack import ua
from viewer.edge.opcua.values import as_datetime

_A_PAGE: Final = 5_000
MOST_VALUES: Final = 200_000
"""Of one tag, for one outage; more than that is a gap."""


async def raw(session: Any, node: Any, after_ns: int, until_ns: int) -> list[Any] | None:
    """The values with after_ns < t <= until_ns, ascending; None where the server can't tell, or tells too many."""
    details = ua.ReadRawModifiedDetails(
        IsReadModified=False,
        StartTime=as_datetime(after_ns),
        EndTime=as_datetime(until_ns),
        NumValuesPerNode=_A_PAGE,
        ReturnBounds=False,
    )
    found: list[Any] = []
    point: Any = None
    while len(found) < MOST_VALUES:
        wanted = ua.HistoryReadValueId(NodeId=node, ContinuationPoint=point)
        parameters = ua.HistoryReadParameters(
            HistoryReadDetails=details,
            TimestampsToReturn=ua.TimestampsToReturn.Both,
            ReleaseContinuationPoints=False,
            NodesToRead=[wanted],
        )
        try:
            (result,) = await session.history_read(parameters)
        except (ua.UaError, TimeoutError, ValueError):
            return None
        if not result.StatusCode.is_good():
            return None
        found += _values(result)
        if not result.ContinuationPoint or result.ContinuationPoint == point:
            return found
        point = result.ContinuationPoint
    return None


def _values(result: Any) -> Sequence[Any]:
    return getattr(result.HistoryData, "DataValues", None) or ()
