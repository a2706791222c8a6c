"""All that a plugin may import: study contract, twin and edits, formulas, units and errors; versioned by API_VERSION."""

from viewer.base.errors import Cancelled, Fault, GenchiError, UserMistake
from viewer.base.expression import Expression
from viewer.base.frames import IDENTITY, Pose
from viewer.base.ids import ROOT, ChannelId, CharacteristicId, FlowId, NodeId, PartId, PathId, StationId
from viewer.base.job import Job, SilentJob
from viewer.base.units import convert, format_number, format_value, grouped, pretty_unit, same_kind
from viewer.studies.contract import (
    Column,
    Figure,
    Headline,
    NodeField,
    Parameter,
    Series,
    Study,
    StudyInfo,
    StudyResult,
    Table,
    Value,
)
from viewer.studies.events import tell_partial
from viewer.studies.version import API_VERSION
from viewer.twin.channels import Binding, Channel, Limits, Path
from viewer.twin.deltas import Delta
from viewer.twin.edits import Edit, Edits, Role
from viewer.twin.edits_nodes import MoveNode
from viewer.twin.kinematics import bounds_in_world, instances, world_from_node, world_from_nodes
from viewer.twin.model import Twin
from viewer.twin.parts import Mesh, Node, Part
from viewer.twin.paths import CompiledPath
from viewer.twin.process import Characteristic, Flow, Station, View

__all__ = [
    "API_VERSION",
    "IDENTITY",
    "ROOT",
    "Binding",
    "Cancelled",
    "Channel",
    "ChannelId",
    "Characteristic",
    "CharacteristicId",
    "Column",
    "CompiledPath",
    "Delta",
    "Edit",
    "Edits",
    "Expression",
    "Fault",
    "Figure",
    "Flow",
    "FlowId",
    "GenchiError",
    "Headline",
    "Job",
    "Limits",
    "Mesh",
    "MoveNode",
    "Node",
    "NodeField",
    "NodeId",
    "Parameter",
    "Part",
    "PartId",
    "Path",
    "PathId",
    "Pose",
    "Role",
    "Series",
    "SilentJob",
    "Station",
    "StationId",
    "Study",
    "StudyInfo",
    "StudyResult",
    "Table",
    "Twin",
    "UserMistake",
    "Value",
    "View",
    "bounds_in_world",
    "convert",
    "format_number",
    "format_value",
    "grouped",
    "instances",
    "pretty_unit",
    "same_kind",
    "tell_partial",
    "world_from_node",
    "world_from_nodes",
]
