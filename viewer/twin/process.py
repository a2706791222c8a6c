"""Product and process: characteristics with tolerances, stations, flows, saved views."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from viewer.base.ids import (
    ChannelId,
    CharacteristicId,
    FlowId,
    NodeId,
    PathId,
    StationId,
)
from viewer.twin.parts import NOTHING
from viewer.twin.view_state import ViewState


@dataclass(frozen=True, slots=True)
class Characteristic:
    """A dimension or geometric tolerance of the product: nominal with lower and upper deviation (lower <= upper)."""

    id: CharacteristicId
    name: str
    nominal: float
    lower: float
    upper: float
    """Deviations from nominal, so the limits are nominal + lower and nominal + upper."""
    unit: str = "mm"
    kind: str = "dimension"
    node: NodeId | None = None
    channel: ChannelId | None = None
    """The channel that measures it, in the same unit."""
    properties: Mapping[str, str] = field(default=NOTHING)


@dataclass(frozen=True, slots=True)
class Station:
    """A place where a process step is done; its pose is its node's."""

    id: StationId
    name: str
    node: NodeId
    process: str = ""
    cycle_s: float = 60.0
    capacity: int = 1
    footprint_m: tuple[float, float] = (0.0, 0.0)
    """Width (along the node's x) and depth (along y) of the floor it needs; zero takes its parts' bounds."""
    channels: tuple[ChannelId, ...] = ()
    properties: Mapping[str, str] = field(default=NOTHING)


@dataclass(frozen=True, slots=True)
class Flow:
    """Material that goes from one station to another."""

    id: FlowId
    source: StationId
    target: StationId
    trips_per_h: float
    cost_per_m: float = 0.0
    """Cost of one trip over one metre, in the scene's currency."""
    path: PathId | None = None
    """The aisle path it follows; None takes the straight rectilinear way."""
    load: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """A saved viewpoint: where the camera stands and what it looks at, in the world."""

    name: str
    position_m: tuple[float, float, float]
    target_m: tuple[float, float, float]
    up: tuple[float, float, float] = (0.0, 0.0, 1.0)
    angle_rad: float = 0.5235987755982988
    """Vertical opening angle (default 30°)."""
    parallel: bool = False
    """Whether the picture is parallel, not in perspective."""
    state: ViewState | None = None
    """What is cut, hidden and see-through there; None leaves that as it is."""
