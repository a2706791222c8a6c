"""Alarms that need no further words: from the limits of a twin's channels, and for bad quality and silence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from viewer.alarms.definitions import AlarmDefinition, Kind, Priority
from viewer.twin.catalogue import ChannelInfo
from viewer.twin.channels import Channel

DEAD_BAND_SHARE = 0.01
"""Of the channel's range, where a definition says nothing else: EEMUA 191's proposal for temperatures, its narrowest."""
STALE_PERIODS = 2.0
"""As the window judges staleness (`viewer.twin.channels.Condition`)."""
_SIDES: tuple[tuple[str, Kind, Priority, str], ...] = (
    ("hihi", "high", "medium", "very high"),
    ("hi", "high", "low", "high"),
    ("lo", "low", "low", "low"),
    ("lolo", "low", "medium", "very low"),
)


def alarms_from_limits(channels: Iterable[Channel]) -> tuple[AlarmDefinition, ...]:
    """One alarm for each limit, with ids such as `st080.r1.torque.hihi`; the inner ones low, the outer ones medium priority.

    The dead band is one hundredth of the channel's display range, or of the span of its limits, or of the limit itself.
    """
    return tuple(
        AlarmDefinition(
            id=f"{channel.id}.{side}",
            channel=channel.id,
            kind=kind,
            limit=limit,
            dead_band=dead_band(channel),
            priority=priority,
            name=f"{channel.name or channel.id} {words}",
            node=channel.node or "",
            unit=channel.unit,
        )
        for channel in channels
        for side, kind, priority, words in _SIDES
        if (limit := getattr(channel.limits, side)) is not None
    )


def alarms_on_quality(channels: Iterable[Channel | ChannelInfo]) -> tuple[AlarmDefinition, ...]:
    """For each channel one alarm on bad quality (`….bad`) and one on silence of two periods (`….stale`)."""
    return tuple(one for channel in channels for one in _on_quality(channel))


def dead_band(channel: Channel) -> float:
    """The dead band that a channel's limits get of themselves, in its unit."""
    limits = channel.limits
    given = [limit for limit in (limits.lolo, limits.lo, limits.hi, limits.hihi) if limit is not None]
    inner = [limits.lo, limits.hi]
    if channel.low is not None and channel.high is not None and channel.high > channel.low:
        span = channel.high - channel.low
    elif len(given) > 1:
        span = max(given) - min(given)
    else:
        span = abs(given[0]) if given else 0.0
    band = DEAD_BAND_SHARE * span
    if inner[0] is not None and inner[1] is not None:
        band = min(band, 0.25 * (inner[1] - inner[0]))
    return band


def _on_quality(channel: Channel | ChannelInfo) -> Sequence[AlarmDefinition]:
    name = channel.name if isinstance(channel, Channel) else channel.id
    node = (channel.node or "") if isinstance(channel, Channel) else ""
    bad = AlarmDefinition(id=f"{channel.id}.bad", channel=channel.id, kind="bad_quality", name=f"{name} bad", node=node)
    silent = AlarmDefinition(
        id=f"{channel.id}.stale",
        channel=channel.id,
        kind="stale",
        limit=STALE_PERIODS * channel.period_s,
        name=f"{name} silent",
        node=node,
        unit="s",
    )
    return bad, silent
