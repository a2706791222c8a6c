"""The scene file's tables, schema version 1, as they stand in TOML: what is allowed, and of what type."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

SCHEMA = 1
"""The newest schema version that this program reads and the one it writes."""

Triple = tuple[float, float, float]
Rows = tuple[float, float, float, float, float, float, float, float, float, float, float, float]
Colour = str
"""`#rrggbb` (of a node also `none`: the part's own); checked where it is read."""


class Table(msgspec.Struct, forbid_unknown_fields=True, frozen=True, omit_defaults=True):
    """Any table of a scene file."""


class PoseTable(Table, frozen=True):
    """A position and roll, pitch, yaw about fixed x, y, z; or the upper three rows of a 4 x 4 matrix."""

    xyz_m: Triple = (0.0, 0.0, 0.0)
    rpy_deg: Triple = (0.0, 0.0, 0.0)
    rows: Rows | None = None


class SceneTable(Table, frozen=True):
    """What the scene is called and what it includes."""

    schema: int | None = None
    name: str = ""
    currency: str = "EUR"
    include: tuple[str, ...] = ()


class CopyTable(Table, frozen=True):
    """One more place where a geometry file's nodes stand, sharing its parts."""

    prefix: str
    parent: str = ""
    pose: PoseTable | None = None


class GeometryTable(Table, frozen=True):
    """A geometry file whose nodes join the scene."""

    id: str
    file: str
    unit: str | None = None
    parent: str = ""
    prefix: str = ""
    pose: PoseTable | None = None
    only: tuple[str, ...] = ()
    copies: tuple[CopyTable, ...] = ()


class NodeTable(Table, frozen=True):
    """A node, or what differs from the geometry file's node of that id; what is None is left as it is."""

    id: str
    name: str | None = None
    kind: str | None = None
    parent: str | None = None
    pose: PoseTable | None = None
    part: str | None = None
    colour: Colour | None = None
    visible: bool | None = None
    removed: bool = False
    """Leaves out the geometry file's node of this id, with what is below it."""
    properties: dict[str, str] | None = None


class JointTable(Table, frozen=True):
    """Where a joint of a robot's file stands: degrees where it turns, metres where it shifts."""

    node: str
    value_deg: float | None = None
    value_m: float | None = None


class LimitsTable(Table, frozen=True):
    """Alarm limits in the channel's unit."""

    lolo: float | None = None
    lo: float | None = None
    hi: float | None = None
    hihi: float | None = None


class StateTable(Table, frozen=True):
    """One value of a state channel."""

    value: int
    text: str
    colour: Colour


class ChannelTable(Table, frozen=True):
    """One stream of samples."""

    id: str
    name: str = ""
    unit: str = ""
    kind: Literal["measurement", "state", "position", "counter", "setpoint"] = "measurement"
    period_s: float = 1.0
    node: str | None = None
    low: float | None = None
    high: float | None = None
    limits: LimitsTable | None = None
    states: tuple[StateTable, ...] = ()
    properties: dict[str, str] = {}


class BindingTable(Table, frozen=True):
    """How one channel shows on one node."""

    kind: Literal["revolute", "prismatic", "joint", "path", "visible", "colour", "label"]
    channel: str
    node: str
    axis: Triple = (0.0, 0.0, 1.0)
    path: str | None = None
    at_least: float = float("-inf")
    at_most: float = float("inf")
    colour_map: str = "viridis"
    low: float | None = None
    high: float | None = None
    text: str = ""


class PathTable(Table, frozen=True):
    """A polyline that vehicles and products follow."""

    id: str
    points_m: tuple[Triple, ...]
    closed: bool = False
    corner_radius_m: float = 0.0


class StationTable(Table, frozen=True):
    """A place where a process step is done."""

    id: str
    node: str
    name: str = ""
    process: str = ""
    cycle_s: float = 60.0
    capacity: int = 1
    footprint_m: tuple[float, float] = (0.0, 0.0)
    channels: tuple[str, ...] = ()
    properties: dict[str, str] = {}


class FlowTable(Table, frozen=True):
    """Material that goes from one station to another."""

    id: str
    source: str
    target: str
    trips_per_h: float
    cost_per_m: float = 0.0
    path: str | None = None
    load: str = ""


class CharacteristicTable(Table, frozen=True):
    """A toleranced dimension of the product."""

    id: str
    nominal: float
    lower: float
    upper: float
    name: str = ""
    unit: str = "mm"
    kind: str = "dimension"
    node: str | None = None
    channel: str | None = None
    properties: dict[str, str] = {}


class ViewTable(Table, frozen=True):
    """A saved viewpoint."""

    name: str
    position_m: Triple
    target_m: Triple
    up: Triple = (0.0, 0.0, 1.0)
    angle_deg: float = 30.0
    parallel: bool = False
    state: dict[str, Any] | None = None
    """What is cut, hidden and see-through there, as `viewer.twin.view_state.ViewState` has it."""


class ScenarioTable(Table, frozen=True):
    """A what-if: a name and the edits that lead to it; each edit is read by `edit_store`."""

    id: str
    name: str = ""
    edits: tuple[dict[str, Any], ...] = ()


class SceneFile(Table, frozen=True):
    """One file of a scene."""

    scene: SceneTable | None = None
    geometry: tuple[GeometryTable, ...] = ()
    node: tuple[NodeTable, ...] = ()
    joint: tuple[JointTable, ...] = ()
    channel: tuple[ChannelTable, ...] = ()
    binding: tuple[BindingTable, ...] = ()
    path: tuple[PathTable, ...] = ()
    station: tuple[StationTable, ...] = ()
    flow: tuple[FlowTable, ...] = ()
    characteristic: tuple[CharacteristicTable, ...] = ()
    view: tuple[ViewTable, ...] = ()
    scenario: tuple[ScenarioTable, ...] = ()
    simulation: dict[str, Any] = {}
