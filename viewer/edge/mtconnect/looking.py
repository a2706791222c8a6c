"""A device model as a tree for the source browser: devices, components, data items with unit and current value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from viewer.base.errors import UserMistake
from viewer.edge.browsing import BrowseNode
from viewer.edge.mtconnect.bounded_xml import Malformed
from viewer.edge.mtconnect.items import DataItem, read_model
from viewer.edge.mtconnect.streams import read_answer
from viewer.edge.mtconnect.units import is_triple, unit_of
from viewer.edge.mtconnect.vocabulary import kind_of, no_channel, words_of

if TYPE_CHECKING:
    from viewer.edge.mtconnect.kind import MTConnectConfig

_WITHIN_S: Final = 3.0
_MOST_SHOWN: Final = 60


def below(items: Sequence[DataItem], values: Mapping[str, str], path: tuple[str, ...]) -> tuple[BrowseNode, ...]:
    """What stands directly below a path; `values` by the ids of data items."""
    nodes: dict[str, BrowseNode] = {}
    for item in items:
        if item.path[: len(path)] != path:
            continue
        if len(item.path) > len(path):
            name = item.path[len(path)]
            nodes[f"/{name}"] = BrowseNode(name, "/".join((*path, name)), "", "", "", True)
        else:
            for node in _item(item, values.get(item.id, "")):
                nodes[f"#{node.address}"] = node
    return tuple(nodes.values())


def _item(item: DataItem, value: str) -> list[BrowseNode]:
    unit = unit_of(item.units)
    known = BrowseNode(
        item.called,
        f"{item.device}:{item.id}" if item.device else item.id,
        "" if no_channel(item) else kind_of(item),
        unit or "",
        value[:_MOST_SHOWN],
        False,
        type=" ".join(word for word in (item.type, item.sub_type) if word),
        description=f"the unit {item.units} is not known" if unit is None else item.representation.replace("VALUE", ""),
        refusal=no_channel(item),
        states=tuple(f"{number} = {word}" for number, word in enumerate(words_of(item))),
    )
    if not is_triple(item.units) or item.category == "CONDITION":
        return [known]
    words = value.split()
    parts = words if len(words) == 3 else [value] * 3
    return [
        replace(known, name=f"{known.name}.{axis}", address=f"{known.address}#{axis}", value=part[:_MOST_SHOWN])
        for axis, part in zip("xyz", parts, strict=True)
    ]


Model = tuple[Sequence[DataItem], Mapping[str, str]]
"""Data items, and current values by their ids."""


def from_agent(config: MTConnectConfig) -> Model:
    """What an agent says when it is asked now. Waits. Raises UserMistake where it isn't there."""
    from viewer.edge.mtconnect.http import Request
    from viewer.edge.mtconnect.machine import Gone

    try:
        with Request(config, "probe", timeout_s=_WITHIN_S) as request:
            items = read_model(request.document())
        with Request(config, "current", timeout_s=_WITHIN_S) as request:
            answer = read_answer(request.document())
    except (Gone, OSError, Malformed) as error:
        raise UserMistake(f"{config.called} can't be browsed: {error}") from error
    return items, {one.item: one.fields[0] for one in answer.observed}
