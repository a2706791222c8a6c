"""The kind `sparkplug` of a source: the edge nodes of a broker that speak Sparkplug B 3.0, as they are configured."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from viewer.base.clock import SystemClock
from viewer.edge.browsing import BrowseNode
from viewer.edge.kind import Place, SourceConfig, common
from viewer.edge.mqtt.broker import Broker, read_broker
from viewer.edge.mqtt.host import NAMESPACE
from viewer.edge.recently import Recently
from viewer.edge.tables import Table
from viewer.edge.tags import Tag, read_tags

if TYPE_CHECKING:
    from viewer.edge.mqtt.hosting import SparkplugSource

_KINDS: Final = ("NBIRTH", "NDEATH", "NDATA", "DBIRTH", "DDEATH", "DDATA")


@dataclass(frozen=True, kw_only=True)
class SparkplugConfig(SourceConfig):
    """Edge nodes of one broker."""

    kind: str = "sparkplug"
    name: str = "sparkplug"
    broker: Broker
    groups: tuple[str, ...] = ("+",)
    nodes: tuple[str, ...] = ("*",)
    """Shell-style patterns of group/node."""
    discover: bool = True
    """Whether metrics become channels that no tag names."""
    prefix: str = ""
    period_s: float = 60.0
    """Of channels that no tag names: they bring a value only when it changes."""
    rebirth: bool = True
    """Whether nodes may be asked to tell everything again: the one thing that is ever written to them."""
    host_id: str = ""
    """As the primary host of this name our state is told to the nodes; without one we only listen."""
    reorder_s: float = 2.0
    found: list[Tag] = field(default_factory=list[Tag], compare=False)
    """What births have named so far, for the next source that is made."""
    looked: Recently[SparkplugSource] = field(default_factory=lambda: Recently["SparkplugSource"](), compare=False)

    def make(self) -> SparkplugSource:
        """A source on the system's clock. Raises UserMistake for a missing extra, a password or a certificate."""
        from viewer.edge.mqtt.hosting import SparkplugSource

        self.broker.check()
        return SparkplugSource(self, SystemClock())

    def browse(self, path: tuple[str, ...] = ()) -> tuple[BrowseNode, ...]:
        """Groups, nodes, devices and metrics whose births are heard within two seconds. Waits; not on the gateway's loop."""
        from viewer.edge.mqtt.births import below, births
        from viewer.edge.mqtt.listening import HEARD_FOR_S

        return below(self.looked.get(lambda: births(self, HEARD_FOR_S)), path)

    def filters(self) -> list[tuple[str, int]]:
        """What to subscribe to; deaths come with quality of service 1."""
        wanted = [
            (f"{NAMESPACE}/{group}/{kind}/+{'/+' if kind[0] == 'D' else ''}", 1 if kind == "NDEATH" else 0)
            for group in dict.fromkeys(self.groups)
            for kind in _KINDS
        ]
        return wanted if not self.host_id else [(state_topic(self.host_id), 1), *wanted]


def read(table: Table, place: Place) -> SourceConfig:
    """Keys: those of the broker, groups, nodes, discover, prefix, period_s, rebirth, host_id, reorder_s, tag."""
    kind, name = common(table)
    tags = read_tags(table)
    groups = table.texts("groups", ("+",), most=100)
    for one in groups:
        if not one or (one != "+" and any(sign in one for sign in "+#/")):
            raise table.wrong("groups", "a list of names of groups")
    for one in tags:
        where, _, metric = one.tag.partition("#")
        if not metric or where.count("/") not in (1, 2) or not all(where.split("/")):
            raise table.wrong("tag", f"GROUP/NODE#METRIC or GROUP/NODE/DEVICE#METRIC, not «{one.tag}»")
    return SparkplugConfig(
        kind=kind,
        name=name,
        tags=tags,
        broker=read_broker(table, wills=False),
        groups=groups,
        nodes=table.texts("nodes", ("*",), most=1000),
        discover=table.flag("discover", not tags),
        prefix=table.text("prefix", "", most=100),
        period_s=table.number("period_s", 60.0, above=0.0, high=1e6),
        rebirth=table.flag("rebirth", True),
        host_id=table.text("host_id", "", pattern=r"[^+#/\x00]{0,200}", like="a name without + # /"),
        reorder_s=table.number("reorder_s", 2.0, low=0.0, high=60.0),
    )


def state_topic(host_id: str) -> str:
    """Where a primary host tells its state (Sparkplug 3.0.0, 6.4.27)."""
    return f"{NAMESPACE}/STATE/{host_id}"
