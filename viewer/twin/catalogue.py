"""What a gateway offers: its channels and, where its sources are simulated, the faults that can be injected."""

from __future__ import annotations

from typing import Annotated

import msgspec

from viewer.twin.channels import ChannelKind


class ChannelInfo(msgspec.Struct, frozen=True):
    """One channel as its source declares it."""

    id: Annotated[str, msgspec.Meta(max_length=200)]
    unit: Annotated[str, msgspec.Meta(max_length=200)] = ""
    """As pint reads it; every value of the channel is in it."""
    kind: ChannelKind = "measurement"
    period_s: float = 1.0
    """Longest regular time between two samples; the channel is stale after two of them."""


class FaultParameter(msgspec.Struct, frozen=True):
    """One number that shapes a fault."""

    name: str
    unit: str
    default: float
    low: float
    high: float


class FaultInfo(msgspec.Struct, frozen=True):
    """A fault that a simulated source can show on request."""

    name: str
    """How it is asked for, such as `adhesive_heater_off`; unique in its source."""
    title: str
    """What people read, such as "Adhesive heater fails"."""
    description: str = ""
    """What will be seen, and where."""
    parameters: tuple[FaultParameter, ...] = ()
    active: bool = False
