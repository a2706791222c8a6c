"""Edits of channels, bindings, paths, stations, flows, characteristics and views."""

from __future__ import annotations

from dataclasses import dataclass, replace

from viewer.base.errors import UserMistake
from viewer.base.ids import ChannelId, CharacteristicId, FlowId, StationId
from viewer.twin.binding_units import check_joint_binding, si_factor
from viewer.twin.channels import Binding, Channel, Limits
from viewer.twin.deltas import NO_CHANGE, Delta
from viewer.twin.edits import ByEngineer, ByViewer, Edit
from viewer.twin.limits import limits_in_order
from viewer.twin.model import Twin
from viewer.twin.process import Characteristic, Flow, Station, View

_PROCESS = Delta(process=True)
_CHANNELS = Delta(channels=True)


@dataclass(frozen=True, slots=True)
class SetTolerance(ByEngineer):
    """Give a characteristic another nominal and other deviations, in its own unit."""

    characteristic: CharacteristicId
    nominal: float
    lower: float
    upper: float

    def title(self) -> str:
        return f"Change tolerance of {self.characteristic}"

    def apply(self, twin: Twin) -> tuple[Twin, Delta]:
        known = self._known(twin)
        if not self.lower <= self.upper:
            raise UserMistake(f'the tolerance of "{known.name}" needs lower <= upper, not {self.lower:g} and {self.upper:g}')
        changed = replace(known, nominal=self.nominal, lower=self.lower, upper=self.upper)
        if changed == known:
            return twin, NO_CHANGE
        return twin.with_(characteristics=twin.characteristics.set(known.id, changed)), _PROCESS

    def inverse(self, before: Twin) -> Edit:
        known = self._known(before)
        return SetTolerance(known.id, known.nominal, known.lower, known.upper)

    def _known(self, twin: Twin) -> Characteristic:
        found = twin.characteristics.get(self.characteristic)
        if found is None:
            raise UserMistake(f'there is no characteristic "{self.characteristic}" in the scene any more')
        return found


@dataclass(frozen=True, slots=True)
class SetLimits(ByEngineer):
    """Give a channel other alarm limits, in its own unit."""

    channel: ChannelId
    limits: Limits

    def title(self) -> str:
        return f"Change limits of {self.channel}"

    def apply(self, twin: Twin) -> tuple[Twin, Delta]:
        known = known_channel(twin, self.channel)
        if not limits_in_order(self.limits):
            raise UserMistake(f'the limits of "{known.name}" need lolo <= lo < hi <= hihi')
        if known.limits == self.limits:
            return twin, NO_CHANGE
        return twin.with_(channels=twin.channels.set(known.id, replace(known, limits=self.limits))), _CHANNELS

    def inverse(self, before: Twin) -> Edit:
        return SetLimits(self.channel, known_channel(before, self.channel).limits)


@dataclass(frozen=True, slots=True)
class AddChannel(ByEngineer):
    """Add a channel."""

    channel: Channel

    def title(self) -> str:
        return f"Add channel {self.channel.id}"

    def apply(self, twin: Twin) -> tuple[Twin, Delta]:
        if not self.channel.id or self.channel.id in twin.channels:
            raise UserMistake(f'there is a channel "{self.channel.id}" already; give the new one another id')
        if self.channel.node is not None and self.channel.node not in twin.nodes:
            raise UserMistake(f'the channel "{self.channel.id}" tells about "{self.channel.node}", which the scene does not have')
        return twin.with_(channels=twin.channels.set(self.channel.id, self.channel)), _CHANNELS

    def inverse(self, before: Twin) -> Edit:
        return RemoveChannel(self.channel.id)


@dataclass(frozen=True, slots=True)
class RemoveChannel(ByEngineer):
    """Take away a channel that nothing is bound to."""

    channel: ChannelId

    def title(self) -> str:
        return f"Remove channel {self.channel}"

    def apply(self, twin: Twin) -> tuple[Twin, Delta]:
        known = known_channel(twin, self.channel)
        if bound := next((b for b in twin.bindings if b.channel == known.id), None):
            raise UserMistake(f'the channel "{known.id}" shows on "{bound.node}"; unbind it first')
        users = [s.id for s in twin.stations.values() if known.id in s.channels]
        users += [c.id for c in twin.characteristics.values() if c.channel == known.id]
        if users:
            raise UserMistake(f'the channel "{known.id}" belongs to "{users[0]}"; take it out there first')
        return twin.with_(channels=twin.channels.delete(known.id)), _CHANNELS

    def inverse(self, before: Twin) -> Edit:
        return AddChannel(known_channel(before, self.channel))


@dataclass(frozen=True, slots=True)
class ReplaceChannel(ByEngineer):
    """Put a channel in the place of the one of its id: another unit, kind, node …"""

    channel: Channel

    def title(self) -> str:
        return f"Change channel {self.channel.id}"

    def apply(self, twin: Twin) -> tuple[Twin, Delta]:
        known, wanted = known_channel(twin, self.channel.id), self.channel
        if known == wanted:
            return twin, NO_CHANGE
        if wanted.node is not None and wanted.node not in twin.nodes:
            raise UserMistake(f'the channel "{wanted.id}" tells about "{wanted.node}", which the scene does not have')
        if not limits_in_order(wanted.limits):
            raise UserMistake(f'the limits of "{wanted.name}" need lolo <= lo < hi <= hihi')
        changed = twin.with_(channels=twin.channels.set(wanted.id, wanted))
        for bound in (one for one in twin.bindings if one.channel == wanted.id):
            si_factor(bound.kind, wanted.unit)
            if bound.kind == "joint":
                check_joint_binding(changed, bound)
        return changed, _CHANNELS

    def inverse(self, before: Twin) -> Edit:
        return ReplaceChannel(known_channel(before, self.channel.id))


@dataclass(frozen=True, slots=True)
class BindChannel(ByEngineer):
    """Make a channel visible on a node; `place` among all bindings, None: at the end."""

    binding: Binding
    place: int | None = None

    def title(self) -> str:
        return f"Bind {self.binding.channel} to {self.binding.node}"

    def apply(self, twin: Twin) -> tuple[Twin, Delta]:
        binding = self.binding
        si_factor(binding.kind, known_channel(twin, binding.channel).unit)
        if binding.node not in twin.nodes:
            raise UserMistake(f'there is no node "{binding.node}" to bind "{binding.channel}" to')
        if binding.kind == "joint":
            check_joint_binding(twin, binding)
            if other := next((b for b in twin.bindings if b.kind == "joint" and b.node == binding.node), None):
                raise UserMistake(f'"{other.channel}" drives the joint of "{binding.node}" already; unbind it first')
        if (binding.kind == "path") != (binding.path is not None) or (
            binding.path is not None and binding.path not in twin.paths
        ):
            raise UserMistake(
                f'the binding of "{binding.channel}" needs a path of the scene where its kind is path, and only there'
            )
        if binding in twin.bindings:
            raise UserMistake(f'"{binding.channel}" is bound to "{binding.node}" in just this way already')
        place = len(twin.bindings) if self.place is None else self.place
        return twin.with_(bindings=(*twin.bindings[:place], binding, *twin.bindings[place:])), _CHANNELS

    def inverse(self, before: Twin) -> Edit:
        return UnbindChannel(self.binding)


@dataclass(frozen=True, slots=True)
class UnbindChannel(ByEngineer):
    """Undo a binding."""

    binding: Binding

    def title(self) -> str:
        return f"Unbind {self.binding.channel} from {self.binding.node}"

    def apply(self, twin: Twin) -> tuple[Twin, Delta]:
        if self.binding not in twin.bindings:
            raise UserMistake(f'"{self.binding.channel}" is not bound to "{self.binding.node}" in this way')
        return twin.with_(bindings=tuple(b for b in twin.bindings if b != self.binding)), _CHANNELS

    def inverse(self, before: Twin) -> Edit:
        return BindChannel(self.binding, before.bindings.index(self.binding))


@dataclass(frozen=True, slots=True)
class SetStation(ByEngineer):
    """Add a station or replace the one of its id."""

    station: Station

    def title(self) -> str:
        return f"Change station {self.station.id}"

    def apply(self, twin: Twin) -> tuple[Twin, Delta]:
        if self.station.node not in twin.nodes:
            raise UserMistake(f'the station "{self.station.id}" stands on "{self.station.node}", which the scene does not have')
        if unknown := [c for c in self.station.channels if c not in twin.channels]:
            raise UserMistake(f'the station "{self.station.id}" names the channel "{unknown[0]}", which the scene does not have')
        if twin.stations.get(self.station.id) == self.station:
            return twin, NO_CHANGE
        return twin.with_(stations=twin.stations.set(self.station.id, self.station)), _PROCESS

    def inverse(self, before: Twin) -> Edit:
        known = before.stations.get(self.station.id)
        return RemoveStation(self.station.id) if known is None else SetStation(known)


@dataclass(frozen=True, slots=True)
class RemoveStation(ByEngineer):
    """Take away a station that no flow touches; its node stays."""

    station: StationId

    def title(self) -> str:
        return f"Remove station {self.station}"

    def apply(self, twin: Twin) -> tuple[Twin, Delta]:
        if self.station not in twin.stations:
            raise UserMistake(f'there is no station "{self.station}" in the scene any more')
        if flow := next((f for f in twin.flows.values() if self.station in (f.source, f.target)), None):
            raise UserMistake(f'the flow "{flow.id}" begins or ends at "{self.station}"; remove the flow first')
        return twin.with_(stations=twin.stations.delete(self.station)), _PROCESS

    def inverse(self, before: Twin) -> Edit:
        return SetStation(before.stations[self.station])


@dataclass(frozen=True, slots=True)
class SetFlow(ByEngineer):
    """Add a flow or replace the one of its id."""

    flow: Flow

    def title(self) -> str:
        return f"Change flow {self.flow.id}"

    def apply(self, twin: Twin) -> tuple[Twin, Delta]:
        for end in (self.flow.source, self.flow.target):
            if end not in twin.stations:
                raise UserMistake(f'the flow "{self.flow.id}" touches the station "{end}", which the scene does not have')
        if self.flow.path is not None and self.flow.path not in twin.paths:
            raise UserMistake(f'the flow "{self.flow.id}" follows the path "{self.flow.path}", which the scene does not have')
        if twin.flows.get(self.flow.id) == self.flow:
            return twin, NO_CHANGE
        return twin.with_(flows=twin.flows.set(self.flow.id, self.flow)), _PROCESS

    def inverse(self, before: Twin) -> Edit:
        known = before.flows.get(self.flow.id)
        return RemoveFlow(self.flow.id) if known is None else SetFlow(known)


@dataclass(frozen=True, slots=True)
class RemoveFlow(ByEngineer):
    """Take away a flow."""

    flow: FlowId

    def title(self) -> str:
        return f"Remove flow {self.flow}"

    def apply(self, twin: Twin) -> tuple[Twin, Delta]:
        if self.flow not in twin.flows:
            raise UserMistake(f'there is no flow "{self.flow}" in the scene any more')
        return twin.with_(flows=twin.flows.delete(self.flow)), _PROCESS

    def inverse(self, before: Twin) -> Edit:
        return SetFlow(before.flows[self.flow])


@dataclass(frozen=True, slots=True)
class AddView(ByViewer):
    """Save a viewpoint; `place` among the views, None: at the end. Anybody may."""

    view: View
    place: int | None = None

    def title(self) -> str:
        return f"Save view {self.view.name}"

    def apply(self, twin: Twin) -> tuple[Twin, Delta]:
        if not self.view.name or any(view.name == self.view.name for view in twin.views):
            raise UserMistake(f'there is a view "{self.view.name}" already; give the new one another name')
        place = len(twin.views) if self.place is None else self.place
        return twin.with_(views=(*twin.views[:place], self.view, *twin.views[place:])), _PROCESS

    def inverse(self, before: Twin) -> Edit:
        return RemoveView(self.view.name)


@dataclass(frozen=True, slots=True)
class RemoveView(ByViewer):
    """Forget a saved viewpoint."""

    name: str

    def title(self) -> str:
        return f"Remove view {self.name}"

    def apply(self, twin: Twin) -> tuple[Twin, Delta]:
        left = tuple(view for view in twin.views if view.name != self.name)
        if len(left) == len(twin.views):
            raise UserMistake(f'there is no view "{self.name}" in the scene any more')
        return twin.with_(views=left), _PROCESS

    def inverse(self, before: Twin) -> Edit:
        names = [view.name for view in before.views]
        return AddView(before.views[names.index(self.name)], names.index(self.name))


@dataclass(frozen=True, slots=True)
class ReplaceView(ByViewer):
    """Put a viewpoint in the place of the one of a name: another camera, another state, another name."""

    name: str
    view: View

    def title(self) -> str:
        return f"Rename view {self.name}" if self.view.name != self.name else f"Update view {self.name}"

    def apply(self, twin: Twin) -> tuple[Twin, Delta]:
        place = _place_of_view(twin, self.name)
        if not self.view.name.strip():
            raise UserMistake("a view needs a name")
        if any(view.name == self.view.name for view in twin.views if view.name != self.name):
            raise UserMistake(f'there is a view "{self.view.name}" already; give this one another name')
        if twin.views[place] == self.view:
            return twin, NO_CHANGE
        return twin.with_(views=(*twin.views[:place], self.view, *twin.views[place + 1 :])), _PROCESS

    def inverse(self, before: Twin) -> Edit:
        return ReplaceView(self.view.name, before.views[_place_of_view(before, self.name)])


@dataclass(frozen=True, slots=True)
class MoveView(ByViewer):
    """Put a viewpoint at another place among the views, counted from 0 without it."""

    name: str
    place: int

    def title(self) -> str:
        return f"Move view {self.name}"

    def apply(self, twin: Twin) -> tuple[Twin, Delta]:
        at = _place_of_view(twin, self.name)
        others = (*twin.views[:at], *twin.views[at + 1 :])
        place = min(max(self.place, 0), len(others))
        if place == at:
            return twin, NO_CHANGE
        return twin.with_(views=(*others[:place], twin.views[at], *others[place:])), _PROCESS

    def inverse(self, before: Twin) -> Edit:
        return MoveView(self.name, _place_of_view(before, self.name))


def _place_of_view(twin: Twin, name: str) -> int:
    place = next((i for i, view in enumerate(twin.views) if view.name == name), None)
    if place is None:
        raise UserMistake(f'there is no view "{name}" in the scene any more')
    return place


def known_channel(twin: Twin, channel: ChannelId) -> Channel:
    """The channel of an id. Raises UserMistake where there is none."""
    found = twin.channels.get(channel)
    if found is None:
        raise UserMistake(f'there is no channel "{channel}" in the scene any more')
    return found
