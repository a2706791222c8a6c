"""The kind `mtconnect` of a source: a machine's adapter (SHDR over TCP) or an agent (HTTP), as it is configured."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, cast
from urllib.parse import urlsplit

from viewer.base.clock import SystemClock
from viewer.base.errors import UserMistake
from viewer.edge.browsing import BrowseNode
from viewer.edge.kind import Place, SourceConfig, common
from viewer.edge.mtconnect.bounded_xml import MOST_BYTES, Malformed
from viewer.edge.mtconnect.items import DataItem, read_model
from viewer.edge.mtconnect.wiring import check_units
from viewer.edge.recently import Recently
from viewer.edge.tables import Table
from viewer.edge.tags import Tag, read_tags
from viewer.edge.threaded import ThreadedSource

if TYPE_CHECKING:
    from viewer.edge.mtconnect.looking import Model

Scheme = Literal["shdr", "http", "https"]
_PORTS: Final = {"shdr": 7878, "http": 80, "https": 443}
_LIKE: Final = "shdr://HOST[:PORT] of an adapter, or http://HOST[:PORT][/PATH] of an agent (https too)"


@dataclass(frozen=True, kw_only=True)
class MTConnectConfig(SourceConfig):
    """One adapter or one agent."""

    kind: str = "mtconnect"
    name: str = "mtconnect"
    scheme: Scheme
    host: str
    port: int
    path: str = ""
    devices: Path | None = None
    """The device model of an adapter; an agent has its own."""
    device: str = ""
    """The one that is meant, where there are several."""
    discover: bool = True
    prefix: str = ""
    period_s: float = 10.0
    """Of channels that no tag names: they bring a value only when it changes."""
    heartbeat_s: float = 10.0
    """How often an agent tells that it lives; an adapter names its own."""
    found: list[Tag] = field(default_factory=list[Tag], compare=False)
    """Channels that no tag names, for the next source that is made."""
    looked: Recently[Model] = field(default_factory=lambda: Recently["Model"](), compare=False)

    @property
    def called(self) -> str:
        """As people read it."""
        what = "adapter" if self.scheme == "shdr" else "agent"
        return f"the {what} {self.host}:{self.port}{self.path}"

    def make(self) -> ThreadedSource:
        """A source on the system's clock. Raises UserMistake where the device model can't be read."""
        if self.scheme == "shdr":
            from viewer.edge.mtconnect.adapter import AdapterSource

            return AdapterSource(self, self.model(), SystemClock())
        from viewer.edge.mtconnect.agent import AgentSource

        return AgentSource(self, SystemClock())

    def model(self) -> tuple[DataItem, ...]:
        """The data items of the file of devices; none without one. Raises UserMistake."""
        if self.devices is None:
            return ()
        try:
            if self.devices.stat().st_size > MOST_BYTES:
                raise Malformed("it is too large")
            items = read_model(self.devices.read_bytes(), self.device)
        except OSError as error:
            raise UserMistake(f"the device model can't be read ({error.strerror}): {self.devices}") from error
        except Malformed as error:
            raise UserMistake(f"this is no device model of MTConnect: {error}: {self.devices}") from error
        check_units(items)
        return items

    def browse(self, path: tuple[str, ...] = ()) -> tuple[BrowseNode, ...]:
        """Devices, components and data items below a path, with an agent's current values. Waits; not on the gateway's
        loop. Raises UserMistake where there is no model to look into."""
        from viewer.edge.mtconnect.looking import below, from_agent

        if self.scheme == "shdr":
            if self.devices is None:
                raise UserMistake(f'{self.called} can\'t tell what it has: give its device model, devices = "Devices.xml"')
            return below(self.model(), {}, path)
        items, values = self.looked.get(lambda: from_agent(self))
        return below(items, values, path)


def read(table: Table, place: Place) -> SourceConfig:
    """Keys: address, devices, device, discover, prefix, period_s, heartbeat_s, tag."""
    kind, name = common(table)
    tags = read_tags(table)
    scheme, host, port, path = _address(table)
    devices = table.path("devices") if table.has("devices") else None
    if devices is not None and scheme != "shdr":
        raise table.wrong("devices", "for adapters only; an agent has its own model")
    return MTConnectConfig(
        kind=kind,
        name=name,
        tags=tags,
        scheme=scheme,
        host=host,
        port=port,
        path=path,
        devices=devices,
        device=table.text("device", "", most=200),
        discover=table.flag("discover", not tags),
        prefix=table.text("prefix", "", most=100),
        period_s=table.number("period_s", 10.0, above=0.0, high=1e6),
        heartbeat_s=table.number("heartbeat_s", 10.0, low=0.1, high=600.0),
    )


def _address(table: Table) -> tuple[Scheme, str, int, str]:
    try:
        parts = urlsplit(table.text("address", like=_LIKE))
        port = parts.port
    except ValueError:
        raise table.wrong("address", _LIKE) from None
    path = parts.path.rstrip("/")
    bare = not parts.query and not parts.fragment and parts.username is None and path.isprintable() and " " not in path
    if parts.scheme not in _PORTS or not parts.hostname or not bare or (parts.scheme == "shdr" and path):
        raise table.wrong("address", _LIKE)
    return cast(Scheme, parts.scheme), parts.hostname, port or _PORTS[parts.scheme], path
