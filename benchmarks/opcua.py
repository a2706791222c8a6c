"""How many notifications a second an OPC UA source takes from asyncua's server, each end a process of its own.

python -m benchmarks.opcua [tags] [seconds]
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import sys
import time
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

from viewer.edge.opcua.kind import OpcUaConfig, Security
from viewer.edge.opcua.source import OpcUaSource
from viewer.edge.tags import Tag

_PORT = 48_410
_URL = f"opc.tcp://127.0.0.1:{_PORT}/"


async def _serve(tags: int, ready: Event, begun: Event, written: Any, seconds: float) -> None:
    from asyncua import Server, ua

    server = Server()
    await server.init()
    server.set_endpoint(_URL)
    server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
    index = await server.register_namespace("urn:benchmark")
    nodes = [await server.nodes.objects.add_variable(ua.NodeId(f"v{k}", index), f"v{k}", 0.0) for k in range(tags)]
    async with server:
        ready.set()
        while not begun.is_set():
            await asyncio.sleep(0.05)
        end, count = time.monotonic() + seconds, 0
        while time.monotonic() < end:
            for node in nodes:
                count += 1
                await server.write_attribute_value(node.nodeid, ua.DataValue(ua.Variant(float(count), ua.VariantType.Double)))
            await asyncio.sleep(0)
        written.value = count
        await asyncio.sleep(5.0)


def _server(tags: int, ready: Event, begun: Event, written: Any, seconds: float) -> None:
    asyncio.run(_serve(tags, ready, begun, written, seconds))


def measure(tags: int = 1_000, seconds: float = 10.0) -> dict[str, float]:
    """Writes at the server against values that came through the source."""
    context = multiprocessing.get_context("spawn")
    ready, begun, written = context.Event(), context.Event(), context.Value("q", 0)
    process = context.Process(target=_server, args=(tags, ready, begun, written, seconds), daemon=True)
    process.start()
    ready.wait(60.0)
    rows = tuple(Tag(f"nsu=urn:benchmark;s=v{k}", f"v{k}", kind="counter") for k in range(tags))
    config = OpcUaConfig(
        url=_URL,
        tags=rows,
        security=Security(policy="None"),
        publishing_ms=100.0,
        sampling_ms=0.0,
        queue_size=10_000,
        repeat=False,
    )
    source = OpcUaSource(config)
    source.start(0)
    taken, start, newest = 0, 0.0, 0.0
    cpu = time.process_time()
    while taken < tags:
        taken += len(source.step(0))
        time.sleep(0.005)
    begun.set()
    taken, start, cpu = 0, time.monotonic(), time.process_time()
    quiet_s = time.monotonic()
    while not written.value or time.monotonic() - quiet_s < 2.0:
        block = source.step(0)
        if len(block):
            taken += len(block)
            newest = quiet_s = time.monotonic()
        time.sleep(0.005)
    cpu = time.process_time() - cpu
    gaps = len(source.take_gaps())
    source.close()
    source.join(10.0)
    process.terminate()
    process.join()
    return {
        "tags": tags,
        "written": float(written.value),
        "taken": float(taken),
        "per_second": taken / (newest - start),
        "cpu_us_each": 1e6 * cpu / max(1, taken),
        "gaps": gaps,
    }


if __name__ == "__main__":
    words = sys.argv[1:]
    figures = measure(int(words[0]) if words else 1_000, float(words[1]) if len(words) > 1 else 10.0)
    (Path(__file__).parent / "results" / "opcua.json").write_text(json.dumps(figures, indent=2) + "\n")
    print(json.dumps(figures, indent=2))
