"""Channels: named streams of samples, and the bindings that make them visible on nodes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Literal

from immutables import Map

from viewer.base.ids import ChannelId, NodeId, PathId
from viewer.twin.parts import Rgb

ChannelKind = Literal["measurement", "state", "position", "counter", "setpoint"]


class Condition(IntEnum):
    """How far a shown value can be trusted; numbers go over the wire and into shaders."""

    NORMAL = 0
    STALE = 1
    """Nothing new for two periods, or its source is silent."""
    BAD = 2
    """The source itself calls the value bad."""
    MISSING = 3
    """Never seen."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Alarm limits in the channel's unit; None where there is none. lolo <= lo < hi <= hihi."""

    lolo: float | None = None
    lo: float | None = None
    hi: float | None = None
    hihi: float | None = None


@dataclass(frozen=True, slots=True)
class StateLabel:
    """One value of a state channel: its text and colour."""

    value: int
    text: str
    colour: Rgb


@dataclass(frozen=True, slots=True)
class Channel:
    """One stream of float64 samples with a unit."""

    id: ChannelId
    name: str
    unit: str = ""
    kind: ChannelKind = "measurement"
    period_s: float = 1.0
    """Expected time between samples; stale after two of them."""
    node: NodeId | None = None
    """The node it tells about: selecting one selects the other."""
    low: float | None = None
    high: float | None = None
    """Display range, in the channel's unit."""
    limits: Limits = field(default=Limits())
    states: tuple[StateLabel, ...] = ()
    properties: Mapping[str, str] = field(default=Map())


BindingKind = Literal["revolute", "prismatic", "joint", "path", "visible", "colour", "label"]


@dataclass(frozen=True, slots=True)
class Binding:
    """How one channel shows on one node.

    revolute   turns the node by the value (deg or rad by the channel's unit) about `axis` through its origin, after its rest pose
    prismatic  shifts it by the value (any length unit) along `axis`, after its rest pose
    joint      sets the node's joint to the value (an angle or a length, as it turns or shifts), also beyond its limits;
               those that follow it move too
    path       puts its origin `value` (a length) along `path`, x axis along the tangent, z up; path and node share a parent frame
    visible    shows the node and what hangs below only while at_least <= value <= at_most
    colour     colours the node and all parts below it by `colour_map` over low … high, or by the channel's states
    label      shows the value with its unit at the node
    """

    kind: BindingKind
    channel: ChannelId
    node: NodeId
    axis: tuple[float, float, float] = (0.0, 0.0, 1.0)
    path: PathId | None = None
    at_least: float = float("-inf")
    at_most: float = float("inf")
    colour_map: str = "viridis"
    low: float | None = None
    high: float | None = None
    """Range of the colour map; None takes the channel's own."""
    text: str = ""
    """Label text before the value; empty takes the channel's name."""


@dataclass(frozen=True, slots=True)
class Path:
    """A polyline that vehicles and products follow."""

    id: PathId
    points_m: tuple[tuple[float, float, float], ...]
    """In the frame of the nodes bound to it (their parent), metres."""
    closed: bool = False
    corner_radius_m: float = 0.0
    """Corners are rounded by this radius where the legs are long enough."""
