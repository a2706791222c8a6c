"""The tree of groups, nodes, devices and metrics that Sparkplug births tell, for the source browser."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from viewer.base.clock import SystemClock
from viewer.base.errors import UserMistake
from viewer.base.units import format_value
from viewer.edge.browsing import BrowseNode

if TYPE_CHECKING:
    from viewer.edge.mqtt.host import Known
    from viewer.edge.mqtt.hosting import SparkplugSource
    from viewer.edge.mqtt.sparkplug import SparkplugConfig


def births(config: SparkplugConfig, for_s: float) -> SparkplugSource:
    """A source that has heard for so long and ended. Nodes are asked for their births where the site allows it. Waits. Raises
    UserMistake where the broker isn't there."""
    from viewer.edge.mqtt.connection import without_session
    from viewer.edge.mqtt.hosting import SparkplugSource

    quiet = replace(config, broker=without_session(config.broker), host_id="", tags=(), discover=True, found=[])
    quiet.broker.check()
    source = SparkplugSource(quiet, SystemClock())
    source.start(0)
    source.stopping.wait(for_s)
    source.close()
    if not source.join(5.0):
        raise UserMistake(f"{config.broker.called} does not answer in time")
    if source.report().state == "down":
        raise UserMistake(source.report().sentence)
    return source


def below(source: SparkplugSource, path: tuple[str, ...]) -> tuple[BrowseNode, ...]:
    """What stands below a path in what a source knows: group, node, then devices and metrics; after its thread has ended."""
    nodes: dict[str, BrowseNode] = {}
    for known in source.host.known():
        names = tuple(name for name in (known.group, known.node, known.device) if name)
        if names[: len(path)] != path:
            continue
        if len(names) > len(path):
            name = names[len(path)]
            nodes[f"/{name}"] = BrowseNode(name, "/".join((*path, name)), "", "", "", True)
        else:
            nodes[f"#{known.name}"] = _metric(source, known)
    return tuple(nodes[key] for key in sorted(nodes))


def _metric(source: SparkplugSource, known: Known) -> BrowseNode:
    from viewer.edge.mqtt.hosting import proposed_kind, proposed_metric_unit, tag_of
    from viewer.edge.mqtt.values import refused

    reason = refused(known.datatype, states=True)
    unit, value = proposed_metric_unit(known), source.newest(known)
    low, high = (_bound(known, *names) for names in (("engLow", "EngLow"), ("engHigh", "EngHigh")))
    return BrowseNode(
        known.name,
        tag_of(known),
        "" if reason else proposed_kind(known.datatype),
        unit,
        "" if value is None else format_value(value, unit),
        False,
        type=known.datatype.name,
        low=low,
        high=high,
        description=_text(known, "documentation", "Documentation", "tooltip", "Tooltip"),
        refusal=reason,
    )


def _bound(known: Known, *names: str) -> float | None:
    value = next((known.properties[name] for name in names if name in known.properties), None)
    return None if value is None or isinstance(value, bool | str) else float(value)


def _text(known: Known, *names: str) -> str:
    value = next((known.properties[name] for name in names if known.properties.get(name)), "")
    return value[:300] if isinstance(value, str) else ""
