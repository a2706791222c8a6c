"""Browsing a server for the source browser: folders, machines by their identification, and values as they stand."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from viewer.base.errors import Fault, UserMistake
from viewer.edge.browsing import BrowseNode
from viewer.edge.opcua.addresses import Step, step_text
from viewer.edge.opcua.connecting import Link
from viewer.edge.opcua.kind import OpcUaConfig
from viewer.edge.opcua.nodes import Book, Child, Description, children, describe, read
from viewer.edge.opcua.stack import ua

_TIMEOUT_S: Final = 60.0
_TOP: Final = "Objects"
_IDENTITY: Final = ("Manufacturer", "Model", "SerialNumber", "ProductInstanceUri", "Location", "YearOfConstruction")
"""Of an Identification (OPC 40001-1, 8.3), what people know a machine by."""
_MOST_SHOWN: Final = 80


def browse(config: OpcUaConfig, path: Sequence[str] = ()) -> tuple[BrowseNode, ...]:
    """What lies below these names, from Objects on, by a session of its own. Raises UserMistake or Fault with a sentence."""
    try:
        return asyncio.run(asyncio.wait_for(_browse(config, path), _TIMEOUT_S))
    except TimeoutError as error:
        raise UserMistake(f"the server did not answer within {_TIMEOUT_S:.0f} s: {config.url}") from error
    except (ua.UaError, OSError) as error:
        raise Fault(f"{config.url} can't be browsed: {type(error).__name__} {error}"[:500]) from error


async def _browse(config: OpcUaConfig, path: Sequence[str]) -> tuple[BrowseNode, ...]:
    link = Link(config)
    await link.open()
    try:
        book = await Book.of(link.session)
        node, address = ua.NodeId(ua.ObjectIds.ObjectsFolder), _TOP
        for name in path:
            child = await book.step(node, _step(name))
            node, address = child.node, f"{address}/{step_text(child.name, child.namespace, book.uris)}"
        return await _nodes(link.session, book, address, await book.below(node))
    finally:
        await link.close()


def _step(name: str) -> Step:
    """A name as `browse` gives it: its namespace stands before it only where two are called alike."""
    uri, closed, bare = name[1:].partition("}")
    return Step(bare, uri) if name.startswith("{") and closed and bare else Step(name)


async def _nodes(session: Any, book: Book, address: str, below: Sequence[Child]) -> tuple[BrowseNode, ...]:
    variables = [one for one in below if one.node_class == ua.NodeClass.Variable]
    objects = [one for one in below if one.node_class in (ua.NodeClass.Object, ua.NodeClass.View)]
    nodes = [one.node for one in variables]
    told = dict(zip(nodes, await describe(session, nodes), strict=True))
    values = dict(zip(nodes, await read(session, nodes, ua.AttributeIds.Value), strict=True))
    types = dict(zip(nodes, await _type_names(session, [told[node] for node in nodes]), strict=True))
    identities = dict(zip([one.node for one in objects], await _identities(session, objects), strict=True))
    texts = await read(session, [one.node for one in below], ua.AttributeIds.Description)
    alike = Counter(one.name for one in below)
    found: list[BrowseNode] = []
    for one, text in zip(below, texts, strict=True):
        name = f"{{{book.uris[one.namespace]}}}{one.name}" if alike[one.name] > 1 else one.name
        own = f"{address}/{step_text(one.name, one.namespace, book.uris)}"
        words = str(getattr(text, "Text", None) or "")[:500]
        description = "" if words == one.name else words
        if one.node in told:
            found.append(_value(name, own, told[one.node], values[one.node], types[one.node], description))
        elif one.node in identities:
            found.append(BrowseNode(name, own, "", "", "", True, description=identities[one.node] or description))
    return tuple(found)


def _value(name: str, address: str, told: Description, value: object, type_name: str, description: str) -> BrowseNode:
    return BrowseNode(
        name,
        address,
        "" if told.refusal else "state" if told.states or isinstance(value, bool) else "measurement",
        told.unit or "",
        _shown(value, told.states),
        has_children=False,
        type=type_name,
        low=told.low,
        high=told.high,
        description=description or (f"in {told.unit_text}" if told.unit is None and told.unit_text else ""),
        refusal=told.refusal,
        states=tuple(f"{number} = {text}" for number, text in sorted(told.states.items())),
    )


def _shown(value: object, states: dict[int, str]) -> str:
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return f"{len(value)} values"
    if isinstance(value, int) and int(value) in states:
        return states[int(value)]
    text = getattr(value, "Text", value)
    return ("" if text is None else f"{text:g}" if isinstance(text, float) else str(text))[:_MOST_SHOWN]


async def _type_names(session: Any, told: Sequence[Description]) -> list[str]:
    names = await read(session, [one.data_type or ua.NodeId() for one in told], ua.AttributeIds.DisplayName)
    return [str(getattr(one, "Text", None) or "") for one in names]


async def _identities(session: Any, objects: Sequence[Child]) -> list[str]:
    """What each object's Identification tells; empty for one that has none (OPC 10000-100, 4.5.3)."""
    below = await children(session, [one.node for one in objects])
    folders = [next((one.node for one in some if one.name == "Identification"), None) for some in below]
    known = [node for node in folders if node is not None]
    facts = dict(zip(known, await children(session, known), strict=True))
    result: list[str] = []
    for folder in folders:
        wanted = {one.name: one.node for one in facts.get(folder, ()) if one.name in _IDENTITY}
        values = await read(session, list(wanted.values()), ua.AttributeIds.Value)
        texts = {name: str(getattr(value, "Text", value) or "") for name, value in zip(wanted, values, strict=True)}
        result.append("; ".join(f"{name} {texts[name]}" for name in _IDENTITY if texts.get(name))[:500])
    return result
