"""asyncua's own server on loopback, on a thread of its own, and a line to it that can be cut."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from asyncua import Server, ua
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from viewer.edge.opcua.certificates import self_signed
from viewer.edge.opcua.kind import OpcUaConfig, Security
from viewer.edge.opcua.source import OpcUaSource
from viewer.edge.source import SampleBlock, SourceGap
from viewer.edge.tags import Tag

URI = "urn:press-shop"
OPEN = Security(policy="None")


def free_port() -> int:
    """Nobody listens there."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Loop:
    """An asyncio loop on a thread."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()

    def do(self, work: Coroutine[Any, Any, Any], timeout_s: float = 30.0) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(timeout_s)

    def end(self) -> None:
        self.do(self._cancel_all())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(5.0)
        self.loop.close()

    async def _cancel_all(self) -> None:
        left = [one for one in asyncio.all_tasks() if one is not asyncio.current_task()]
        for one in left:
            one.cancel()
        await asyncio.gather(*left, return_exceptions=True)


class Plant:
    """A server with variables; `write` gives each value a time stamp of its own."""

    def __init__(self, port: int, *, uri: str = URI, before: tuple[str, ...] = ()) -> None:
        self.port = port
        self.url = f"opc.tcp://127.0.0.1:{port}/plant"
        self.uri, self.before = uri, before
        self.runner = Loop()
        self.server: Any = None
        self.index = 0
        self.certificate = b""
        self.nodes: dict[str, Any] = {}

    def start(self, prepare: Callable[[Plant], Coroutine[Any, Any, None]] | None = None) -> Plant:
        """One that runs already is given the nodes only."""
        if self.server is None:
            self.runner.do(self._start(prepare))
        elif prepare is not None:
            self.runner.do(prepare(self))
        return self

    def clear(self) -> None:
        """Take away the nodes of a test, for the next one."""
        self.runner.do(self._clear())

    async def _clear(self) -> None:
        service = self.server.iserver.subscription_service  # those of cut connections would be told of each node that goes
        await service.delete_subscriptions(list(service.subscriptions))
        below = await self.server.nodes.objects.get_children()
        await self.server.delete_nodes([one for one in below if one.nodeid.NamespaceIndex == self.index], recursive=True)
        self.nodes = {}

    async def _start(self, prepare: Callable[[Plant], Coroutine[Any, Any, None]] | None) -> None:
        self.server = Server()
        await self.server.init()
        self.server.set_endpoint(self.url)
        self.server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
        for other in self.before:
            await self.server.register_namespace(other)
        self.index = await self.server.register_namespace(self.uri)
        if prepare is not None:
            await prepare(self)
        await self.server.start()

    async def protect(self, *policies: Any) -> None:
        """Give the server a certificate."""
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        uri = "urn:freeopcua:python:server"
        self.certificate = self_signed(key, uri, "127.0.0.1", datetime.now(UTC))
        pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        await self.server.load_certificate(self.certificate, "der")
        await self.server.load_private_key(pem, format="pem")
        self.server.set_security_policy(list(policies))

    async def add(self, name: str, value: Any, parent: Any = None, kind: Any = None) -> Any:
        node = await (parent or self.server.nodes.objects).add_variable(
            ua.NodeId(name, self.index), ua.QualifiedName(name, self.index), value, varianttype=kind
        )
        self.nodes[name] = node
        return node

    def write(self, name: str, value: Any, at: datetime | None = None, status: int = 0, kind: Any = None) -> None:
        """One value with the source's time (now where none is given)."""
        self.runner.do(self._write(name, value, at or datetime.now(UTC), status, kind))

    async def _write(self, name: str, value: Any, at: datetime | None, status: int, kind: Any) -> None:
        kind = kind or (ua.VariantType.Double if isinstance(value, float) else None)
        data = ua.DataValue(ua.Variant(value, kind), ua.StatusCode(status), SourceTimestamp=at)
        await self.server.write_attribute_value(self.nodes[name].nodeid, data)

    def stop(self) -> None:
        if self.server is not None:
            self.runner.do(self.server.stop())
            self.server = None

    def end(self) -> None:
        with suppress(Exception):
            self.stop()
        self.runner.end()


class Line:
    """A relay on loopback: cut, nothing passes and nobody gets in."""

    def __init__(self, to: int) -> None:
        self.port = free_port()
        self._to = to
        self._writers: set[asyncio.StreamWriter] = set()
        self.runner = Loop()
        self._server = self.runner.do(self._listen())

    async def _listen(self) -> Any:
        return await asyncio.start_server(self._relay, "127.0.0.1", self.port)

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        other_reader, other_writer = await asyncio.open_connection("127.0.0.1", self._to)
        self._writers |= {writer, other_writer}
        await asyncio.gather(_pump(reader, other_writer), _pump(other_reader, writer))

    def cut(self) -> None:
        self.runner.do(self._cut())

    async def _cut(self) -> None:
        self._server.close()
        for one in self._writers:
            one.transport.abort()
        self._writers.clear()

    def mend(self) -> None:
        self._server = self.runner.do(self._listen())

    def end(self) -> None:
        self.cut()
        self.runner.end()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    writer.close()


class Listener:
    """A source that is stepped as the gateway does it; what it brought and what it missed is kept."""

    def __init__(self, url: str, tags: tuple[Tag, ...], **keys: Any) -> None:
        keys.setdefault("security", OPEN)
        keys.setdefault("publishing_ms", 50.0)
        keys.setdefault("sampling_ms", 0.0)
        keys.setdefault("repeat", False)
        self.config = OpcUaConfig(url=url, tags=tags, **keys)
        self.source = OpcUaSource(self.config)
        self.blocks: list[SampleBlock] = []
        self.gaps: list[SourceGap] = []
        self.source.start(0)

    @staticmethod
    def config_of(*tags: Tag) -> OpcUaConfig:
        return OpcUaConfig(url="opc.tcp://127.0.0.1:4840", tags=tags)

    def step(self) -> None:
        block = self.source.step(0)
        if len(block):
            self.blocks.append(block)
        self.gaps += self.source.take_gaps()

    def until(self, wanted: Callable[[Listener], bool], timeout_s: float = 15.0) -> Listener:
        end = time.monotonic() + timeout_s
        while time.monotonic() < end:
            self.step()
            if wanted(self):
                return self
            time.sleep(0.01)
        raise AssertionError(f"not within {timeout_s} s: {self.source.report()}, {self.rows()[-5:]}, {self.gaps}")

    def until_state(self, state: str, timeout_s: float = 15.0) -> str:
        self.until(lambda one: one.source.report().state == state, timeout_s)
        return self.source.report().sentence

    def until_told(self, words: str, timeout_s: float = 15.0) -> str:
        self.until(lambda one: words in one.source.report().sentence, timeout_s)
        return self.source.report().sentence

    def rows(self, channel: int | None = None) -> list[tuple[int, int, float, int]]:
        every = SampleBlock.joined(self.blocks)
        rows = zip(every.channel.tolist(), every.t_ns.tolist(), every.values.tolist(), every.quality.tolist(), strict=True)
        return [row for row in rows if channel is None or row[0] == channel]

    def values(self, channel: int = 0) -> list[float]:
        return [row[2] for row in self.rows(channel)]

    def end(self) -> None:
        self.source.close()
        assert self.source.join(10.0), "the source's thread did not end"


def trust(folder: Path, der: bytes) -> Path:
    """A folder with that certificate in it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "server.der").write_bytes(der)
    return folder
