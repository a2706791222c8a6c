"""What a server says of its nodes: children, addresses resolved, types, units, ranges and states. On the source's loop."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from viewer.base.errors import UserMistake
from viewer.edge.opcua.addresses import Address, NodeAddress, Step, parse
from viewer.edge.opcua.stack import ua
from viewer.edge.opcua.units import unit_of

AT_ONCE: Final = 200
"""Nodes in one request."""
_MOST_CHILDREN: Final = 20_000
_HIERARCHICAL = ua.NodeId(ua.ObjectIds.HierarchicalReferences)
_PROPERTY = ua.NodeId(ua.ObjectIds.HasProperty)
_SUBTYPE = ua.NodeId(ua.ObjectIds.HasSubtype)
_TYPE = ua.NodeId(ua.ObjectIds.HasTypeDefinition)
_RESULT_URI: Final = "http://opcfoundation.org/UA/Machinery/Result/"
_STATE_TYPES: Final = (ua.ObjectIds.StateType, ua.ObjectIds.InitialStateType)
_PROPERTIES: Final = ("EngineeringUnits", "EURange", "EnumStrings", "EnumValues", "TrueState", "FalseState")
_TEXTS: Final = (ua.ObjectIds.String, ua.ObjectIds.LocalizedText)
_REFUSED_TYPES: Final = {
    ua.ObjectIds.DateTime: "a date and time",
    ua.ObjectIds.UtcTime: "a date and time",
    ua.ObjectIds.Guid: "a GUID",
    ua.ObjectIds.ByteString: "bytes",
    ua.ObjectIds.XmlElement: "XML",
    ua.ObjectIds.NodeId: "a node id",
    ua.ObjectIds.Structure: "a structure",
    ua.ObjectIds.String: "a text",
    ua.ObjectIds.LocalizedText: "a text",
}
_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class Child:
    """What a hierarchical reference leads to."""

    node: Any
    namespace: int
    name: str
    node_class: int
    type_definition: Any
    display: str = ""


@dataclass(slots=True)
class Description:
    """What is known of one variable."""

    node: Any
    data_type: Any = None
    is_array: bool = False
    has_history: bool = False
    unit: str | None = None
    unit_text: str = ""
    """As the server writes it."""
    low: float | None = None
    high: float | None = None
    states: dict[int, str] = field(default_factory=dict)
    """Texts of the values of a state, an enumeration or a boolean."""
    is_text: bool = False
    texts: dict[str, float] = field(default_factory=dict)
    """Number of each state by its name and by what is displayed, in lower case; where the value itself is a text."""
    refusal: str = ""
    """Why no channel can carry it."""


def chunks(items: Sequence[_Item], size: int = AT_ONCE) -> Iterator[Sequence[_Item]]:
    """So many at once, as servers limit how much one request may ask."""
    for first in range(0, len(items), size):
        yield items[first : first + size]


async def children(session: Any, nodes: Sequence[Any], reference: Any = _HIERARCHICAL, *, up: bool = False) -> list[list[Child]]:
    """What lies below each node, in the server's order; pages are followed to their end."""
    found: list[list[Child]] = []
    for some in chunks(nodes):
        wanted = [_browsing(node, reference, up=up) for node in some]
        parameters = ua.BrowseParameters(View=ua.ViewDescription(), RequestedMaxReferencesPerNode=1_000, NodesToBrowse=wanted)
        for result in await session.browse(parameters):
            found.append([_child(one) for one in await _all_pages(session, result)])
    return found


async def read(session: Any, nodes: Sequence[Any], attribute: Any) -> list[Any]:
    """An attribute of each node; None where it can't be read."""
    values: list[Any] = []
    for some in chunks(nodes, 5 * AT_ONCE):
        for one in await session.read_attributes(list(some), attribute):
            good = one.StatusCode is None or one.StatusCode.is_good()
            values.append(one.Value.Value if good and one.Value is not None else None)
    return values


class Book:
    """Finds nodes by their addresses; what was browsed once is remembered for one session."""

    def __init__(self, session: Any, uris: Sequence[str]) -> None:
        self.uris = tuple(uris)
        self._session = session
        self._below: dict[Any, list[Child]] = {}

    @staticmethod
    async def of(session: Any) -> Book:
        """With the server's namespaces as they are now."""
        (uris,) = await read(session, [ua.NodeId(ua.ObjectIds.Server_NamespaceArray)], ua.AttributeIds.Value)
        return Book(session, [str(one) for one in uris or ()])

    async def find(self, address: Address | str) -> Any:
        """The node id. Raises UserMistake with the step that leads nowhere and what is there instead."""
        one = parse(address) if isinstance(address, str) else address
        if isinstance(one, NodeAddress):
            index = one.namespace if isinstance(one.namespace, int) else self._index(one.namespace)
            return ua.NodeId(one.identifier, index)
        node = ua.NodeId(one.root)
        for step in one.steps:
            node = (await self.step(node, step)).node
        return node

    async def step(self, node: Any, step: Step) -> Child:
        """The child of that name. Raises UserMistake where there is none, or several."""
        below = await self.below(node)
        wanted = [one for one in below if one.name == step.name]
        if step.namespace is not None:
            index = self._index(step.namespace)
            wanted = [one for one in wanted if one.namespace == index]
        if len({one.node for one in wanted}) > 1:
            spaces = " and ".join(sorted({self.uris[one.namespace] for one in wanted if one.namespace < len(self.uris)}))
            raise UserMistake(f"there are {len(wanted)} nodes «{step.name}» (of {spaces}): write {{namespace}}{step.name}")
        if not wanted:
            there = ", ".join(sorted({one.name for one in below})[:8]) or "nothing"
            raise UserMistake(f"there is no node «{step.name}»; there is: {there[:300]}")
        return wanted[0]

    async def below(self, node: Any) -> list[Child]:
        """What lies directly below."""
        if node not in self._below:
            self._below[node] = (await children(self._session, [node]))[0]
        return self._below[node]

    async def result_field(self) -> tuple[Any, int, str]:
        """Type, namespace and name of the field of an event that holds a result (OPC 40001-101, 8.2)."""
        index = self._index(_RESULT_URI)
        types = ua.NodeId(ua.ObjectIds.BaseEventType)
        kind = await self.step(types, Step("ResultReadyEventType", _RESULT_URI))
        return kind.node, index, "Result"

    def _index(self, uri: str) -> int:
        if uri not in self.uris:
            raise UserMistake(f"the server has no namespace «{uri}»; it has: {', '.join(self.uris)[:500]}")
        return self.uris.index(uri)


async def describe(session: Any, nodes: Sequence[Any]) -> list[Description]:
    """Type, unit, range and states of variables, read in few requests."""
    found = [Description(node) for node in nodes]
    columns = [
        await read(session, nodes, attribute)
        for attribute in (
            ua.AttributeIds.NodeClass,
            ua.AttributeIds.DataType,
            ua.AttributeIds.ValueRank,
            ua.AttributeIds.UserAccessLevel,
        )
    ]
    for one, node_class, data_type, rank, access in zip(found, *columns, strict=True):
        one.data_type = data_type
        one.is_array = isinstance(rank, int) and rank >= 0
        one.has_history = isinstance(access, int) and bool(access & 1 << ua.AccessLevel.HistoryRead)
        if node_class != ua.NodeClass.Variable:
            one.refusal = "there is no such node" if node_class is None else "it is no variable"
    variables = [one for one in found if not one.refusal]
    await _read_properties(session, variables)
    await _read_types(session, variables)
    return found


async def _read_properties(session: Any, found: Sequence[Description]) -> None:
    below = await children(session, [one.node for one in found], _PROPERTY)
    pairs = [
        (one, child)
        for one, some in zip(found, below, strict=True)
        for child in some
        if child.namespace == 0 and child.name in _PROPERTIES
    ]
    values = await read(session, [child.node for _, child in pairs], ua.AttributeIds.Value)
    for (one, child), value in zip(pairs, values, strict=True):
        if value is not None:
            _take_property(one, child.name, value)


def _take_property(one: Description, name: str, value: Any) -> None:
    if name == "EngineeringUnits" and hasattr(value, "UnitId"):
        one.unit_text = (value.DisplayName.Text if value.DisplayName is not None else None) or ""
        one.unit = unit_of(value.NamespaceUri, value.UnitId, one.unit_text)
    elif name == "EURange" and hasattr(value, "Low"):
        one.low, one.high = float(value.Low), float(value.High)
    elif name in ("EnumStrings", "EnumValues"):
        one.states = enum_texts(value)
    elif name in ("TrueState", "FalseState"):
        one.states[int(name == "TrueState")] = value.Text or ""


def enum_texts(value: Any) -> dict[int, str]:
    """Of EnumStrings (texts by position) or EnumValues (pairs)."""
    if not isinstance(value, list | tuple):
        return {}
    if value and hasattr(value[0], "Value"):
        return {int(one.Value): (one.DisplayName.Text or "") for one in value[:1000]}
    return {number: getattr(one, "Text", None) or "" for number, one in enumerate(value[:1000])}


async def _read_types(session: Any, found: Sequence[Description]) -> None:
    kinds = {one.data_type for one in found if one.data_type is not None}
    lines = dict(zip(kinds, [await _line(session, kind) for kind in kinds], strict=True))
    enums = [kind for kind, line in lines.items() if ua.ObjectIds.Enumeration in line[1:]]
    texts = dict(zip(enums, await _enumerations(session, enums), strict=True))
    for one in found:
        line = lines.get(one.data_type, [])
        one.states = one.states or texts.get(one.data_type, {})
        one.is_text = not one.is_array and any(base in line for base in _TEXTS)
        if one.is_text:
            one.states, one.texts = await _states_of_machine(session, one.node)
        word = next((_REFUSED_TYPES[base] for base in line if base in _REFUSED_TYPES), "")
        if one.is_array:
            one.refusal = "it is an array; bind nodes of single values"
        elif word and not one.texts:
            one.refusal = f"it is {word}; a channel carries numbers, booleans and enumerations, texts only with the key states"


async def _line(session: Any, data_type: Any) -> list[int]:
    """A type and what it is derived from, as far as namespace 0 has numbers for them; the type itself first."""
    line, node = list[int](), data_type
    for _ in range(32):
        line.append(int(node.Identifier) if node.NamespaceIndex == 0 and isinstance(node.Identifier, int) else 0)
        above = (await children(session, [node], _SUBTYPE, up=True))[0]
        if not above:
            break
        node = above[0].node
    return line


async def _enumerations(session: Any, kinds: Sequence[Any]) -> list[dict[int, str]]:
    below = await children(session, kinds, _PROPERTY)
    nodes = [next((one.node for one in some if one.name in ("EnumStrings", "EnumValues")), None) for some in below]
    known = [node for node in nodes if node is not None]
    values = dict(zip(known, await read(session, known, ua.AttributeIds.Value), strict=True))
    return [enum_texts(values.get(node)) for node in nodes]


async def _states_of_machine(session: Any, variable: Any) -> tuple[dict[int, str], dict[str, float]]:
    """Numbers and names of the states of the finite state machine whose CurrentState this is (OPC 10000-16, 4.4.10)."""
    machine = (await children(session, [variable], up=True))[0]
    if not machine:
        return {}, {}
    kind = (await children(session, [machine[0].node], _TYPE))[0]
    node = kind[0].node if kind else None
    for _ in range(16):
        if node is None:
            break
        below = (await children(session, [node]))[0]
        states = [one for one in below if one.type_definition in [ua.NodeId(state) for state in _STATE_TYPES]]
        if states:
            return await _numbered(session, states)
        above = (await children(session, [node], _SUBTYPE, up=True))[0]
        node = above[0].node if above else None
    return {}, {}


async def _numbered(session: Any, states: Sequence[Child]) -> tuple[dict[int, str], dict[str, float]]:
    below = await children(session, [one.node for one in states], _PROPERTY)
    nodes = [next((one.node for one in some if one.name == "StateNumber"), None) for some in below]
    known = [(state, node) for state, node in zip(states, nodes, strict=True) if node is not None]
    numbers = await read(session, [node for _, node in known], ua.AttributeIds.Value)
    pairs = [(state, int(number)) for (state, _), number in zip(known, numbers, strict=True) if number is not None]
    texts = {text.strip().casefold(): float(number) for state, number in pairs for text in (state.display, state.name) if text}
    return {number: state.display or state.name for state, number in pairs}, texts


def _browsing(node: Any, reference: Any, *, up: bool) -> Any:
    return ua.BrowseDescription(
        NodeId=node,
        BrowseDirection=ua.BrowseDirection.Inverse if up else ua.BrowseDirection.Forward,
        ReferenceTypeId=reference,
        IncludeSubtypes=True,
        NodeClassMask=0,
        ResultMask=ua.BrowseResultMask.All,
    )


async def _all_pages(session: Any, result: Any) -> list[Any]:
    found = list(result.References or ())
    while result.ContinuationPoint and len(found) < _MOST_CHILDREN:
        parameters = ua.BrowseNextParameters(ReleaseContinuationPoints=False, ContinuationPoints=[result.ContinuationPoint])
        (result,) = await session.browse_next(parameters)
        found += result.References or ()
    return found


def _child(one: Any) -> Child:
    node = ua.NodeId(one.NodeId.Identifier, one.NodeId.NamespaceIndex)
    kind = one.TypeDefinition
    kind = ua.NodeId(kind.Identifier, kind.NamespaceIndex) if kind is not None else None
    display = (one.DisplayName.Text if one.DisplayName is not None else None) or ""
    return Child(node, one.BrowseName.NamespaceIndex, one.BrowseName.Name or "", int(one.NodeClass), kind, display)
