"""The words of MTConnect's events and conditions and the numbers they become; the first of each row is 0.

Source: MTConnect Standard, controlled vocabularies of EVENT types. docs/user/mtconnect.md has the same table; a test compares.
"""

from __future__ import annotations

from typing import Final

from viewer.edge.mtconnect.items import DataItem
from viewer.edge.mtconnect.units import is_triple
from viewer.twin.channels import ChannelKind

UNAVAILABLE: Final = "UNAVAILABLE"
LEVELS: Final = ("NORMAL", "WARNING", "FAULT")
STATES: Final[dict[str, tuple[str, ...]]] = {
    "AVAILABILITY": ("UNAVAILABLE", "AVAILABLE"),
    "AXIS_COUPLING": ("TANDEM", "SYNCHRONOUS", "MASTER", "SLAVE"),
    "AXIS_INTERLOCK": ("INACTIVE", "ACTIVE"),
    "AXIS_STATE": ("STOPPED", "TRAVEL", "HOME", "PARKED"),
    "CHUCK_INTERLOCK": ("INACTIVE", "ACTIVE"),
    "CHUCK_STATE": ("OPEN", "CLOSED", "UNLATCHED"),
    "COMPOSITION_STATE": ("INACTIVE", "ACTIVE"),
    "CONNECTION_STATUS": ("CLOSED", "LISTEN", "ESTABLISHED"),
    "CONTROLLER_MODE": ("MANUAL", "AUTOMATIC", "SEMI_AUTOMATIC", "MANUAL_DATA_INPUT", "EDIT", "FEED_HOLD", "SINGLE_BLOCK"),
    "CONTROLLER_MODE_OVERRIDE": ("OFF", "ON"),
    "DIRECTION": ("NONE", "CLOCKWISE", "COUNTER_CLOCKWISE", "POSITIVE", "NEGATIVE"),
    "DOOR_STATE": ("OPEN", "CLOSED", "UNLATCHED"),
    "EMERGENCY_STOP": ("ARMED", "TRIGGERED"),
    "END_OF_BAR": ("NO", "YES"),
    "EQUIPMENT_MODE": ("OFF", "ON"),
    "EXECUTION": (
        "READY",
        "ACTIVE",
        "INTERRUPTED",
        "FEED_HOLD",
        "STOPPED",
        "OPTIONAL_STOP",
        "PROGRAM_STOPPED",
        "PROGRAM_COMPLETED",
        "WAIT",
        "PROGRAM_OPTIONAL_STOP",
    ),
    "FUNCTIONAL_MODE": ("PRODUCTION", "SETUP", "TEARDOWN", "MAINTENANCE", "PROCESS_DEVELOPMENT"),
    "INTERFACE_STATE": ("DISABLED", "ENABLED"),
    "LEAK_DETECT": ("NOT_DETECTED", "DETECTED"),
    "LOCK_STATE": ("UNLOCKED", "LOCKED"),
    "OPERATING_MODE": ("MANUAL", "AUTOMATIC", "SEMI_AUTOMATIC"),
    "PART_DETECT": ("NOT_PRESENT", "PRESENT"),
    "PART_STATUS": ("FAIL", "PASS"),
    "PATH_MODE": ("INDEPENDENT", "MASTER", "SYNCHRONOUS", "MIRROR"),
    "POWER_STATE": ("OFF", "ON"),
    "POWER_STATUS": ("OFF", "ON"),
    "PROCESS_STATE": ("INITIALIZING", "READY", "ACTIVE", "COMPLETE", "INTERRUPTED", "ABORTED"),
    "PROGRAM_EDIT": ("NOT_READY", "READY", "ACTIVE"),
    "PROGRAM_LOCATION_TYPE": ("LOCAL", "EXTERNAL"),
    "ROTARY_MODE": ("SPINDLE", "INDEX", "CONTOUR"),
    "SPINDLE_INTERLOCK": ("INACTIVE", "ACTIVE"),
    "VALVE_STATE": ("CLOSED", "CLOSING", "OPENING", "OPEN"),
    "WAIT_STATE": (
        "POWERING_UP",
        "POWERING_DOWN",
        "PART_LOAD",
        "PART_UNLOAD",
        "TOOL_LOAD",
        "TOOL_UNLOAD",
        "MATERIAL_LOAD",
        "MATERIAL_UNLOAD",
        "SECONDARY_PROCESS",
        "PAUSING",
        "RESUMING",
    ),
}
_COUNTERS: Final = (
    "PART_COUNT",
    "CYCLE_COUNT",
    "BLOCK_COUNT",
    "LOAD_COUNT",
    "UNLOAD_COUNT",
    "TRANSFER_COUNT",
    "ACTIVATION_COUNT",
)
_NUMERIC: Final = (
    *_COUNTERS,
    "LINE_NUMBER",
    "TOOL_NUMBER",
    "TOOL_GROUP",
    "TOOL_OFFSET",
    "WORK_OFFSET",
    "PART_INDEX",
    "PROGRAM_NEST_LEVEL",
    "HARDNESS",
    "NETWORK_PORT",
    "ALARM_LIMIT",
    "CONTROL_LIMIT",
    "SPECIFICATION_LIMIT",
    "TOOL_CUTTING_ITEM",
)
_PLACES: Final = ("POSITION", "ANGLE", "PATH_POSITION", "POSITION_CARTESIAN", "DISPLACEMENT")
_WANTED: Final = ("PROGRAMMED", "COMMANDED", "TARGET")


def states_of(item: DataItem) -> tuple[str, ...]:
    """The words of an event in the order of their numbers; empty where it has none."""
    return STATES.get(item.type, ()) if item.category == "EVENT" else ()


def words_of(item: DataItem) -> tuple[str, ...]:
    """What its values are called, of an event or a condition."""
    return LEVELS if item.category == "CONDITION" else states_of(item)


def no_channel(item: DataItem) -> str:
    """Why a data item is no channel by itself; empty where it is one."""
    if item.category == "CONDITION":
        return ""
    if item.representation not in ("VALUE", "TIME_SERIES"):
        return f"its representation is {item.representation}"
    numeric = item.category == "SAMPLE" or bool(item.units) or item.type in _NUMERIC or item.type.endswith("_OVERRIDE")
    return "" if numeric or states_of(item) else f"{item.type} is a text: name its states in a tag"


def kind_of(item: DataItem) -> ChannelKind:
    """What its category, type and sub-type suggest."""
    if item.category == "CONDITION" or states_of(item):
        return "state"
    if item.sub_type in _WANTED or item.type.endswith("_OVERRIDE"):
        return "setpoint"
    if item.type in _COUNTERS:
        return "counter"
    if item.category == "EVENT":
        return "state"
    return "position" if item.type in _PLACES or is_triple(item.units) else "measurement"
