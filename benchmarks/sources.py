"""How many messages a second the sources of MQTT, Sparkplug B and MTConnect take, on one thread of this machine.

`python -m benchmarks.sources [--messages 50000]`; figures in benchmarks/results/sources.json. «broker» goes through a real
mosquitto on loopback (publisher and source in processes of their own), «decoding» hands the same bytes to the source itself, and
«paho alone» is a client that only counts, the bound of the library. Needs mosquitto.
"""

from __future__ import annotations

import argparse
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
from paho.mqtt.client import CallbackAPIVersion, Client, MQTTv5

from benchmarks.measuring import keep, rounded
from viewer.base.clock import SystemClock
from viewer.edge.mqtt.broker import Broker
from viewer.edge.mqtt.hosting import SparkplugSource
from viewer.edge.mqtt.payload import DataType, Metric, Payload, encoded
from viewer.edge.mqtt.plain import MqttConfig, MqttSource
from viewer.edge.mqtt.sparkplug import SparkplugConfig
from viewer.edge.mqtt.topics import read_tag
from viewer.edge.mtconnect.shdr import Line, Lines, read_line
from viewer.edge.tags import Tag

_TOPICS = 200
_METRICS = 20


def _config(port: int) -> MqttConfig:
    tags = (read_tag(Tag("bench/+#/v", "bench.{1}"), "bench"),)
    return MqttConfig(broker=Broker("127.0.0.1", port), topics=tags, qos=0)


def _json(number: int) -> bytes:
    return msgspec.json.encode({"v": number * 0.5, "unit": "degC", "ok": True})


def _per_s(messages: int, work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return messages / (time.process_time() - start)


def _plain_decoding(messages: int) -> float:
    source, clock = MqttSource(_config(1), SystemClock()), SystemClock()

    def work() -> None:
        for number in range(messages):
            source.heard(f"bench/{number % _TOPICS}", _json(number), clock.now_ns(), retained=False)
            if number % 10_000 == 0:
                source.step(0)

    return _per_s(messages, work)


def _sparkplug_decoding(messages: int) -> float:
    config, clock = SparkplugConfig(broker=Broker("127.0.0.1", 1)), SystemClock()
    source = SparkplugSource(config, clock)
    birth = [Metric(name=f"m{at}", alias=at, datatype=DataType.DOUBLE, value=0.0) for at in range(_METRICS)]
    source.heard("spBv1.0/g/NBIRTH/n", encoded(Payload(1, tuple(birth), 0)), clock.now_ns(), retained=False)
    datas = [
        encoded(Payload(1, tuple(Metric(alias=at, timestamp_ms=1, value=at * 0.5) for at in range(_METRICS)), seq))
        for seq in range(256)
    ]

    def work() -> None:
        for number in range(1, messages + 1):
            source.heard("spBv1.0/g/NDATA/n", datas[number % 256], clock.now_ns(), retained=False)
            if number % 1_000 == 0:
                source.step(0)

    return _per_s(messages, work)


def _shdr(lines: int) -> float:
    data = b"".join(
        f"2022-08-08T13:51:{at % 60:02}.{at % 10_000_000:07}Z|Xact|{at * 0.1:.3f}|Yact|{at * 0.2:.3f}|execution|ACTIVE\n".encode()
        for at in range(lines)
    )

    def work() -> None:
        found = (read_line(one, lambda key: None) for one in Lines().feed(data) if isinstance(one, str))
        assert sum(isinstance(one, Line) for one in found) == lines

    return _per_s(lines, work)


class _Broker:
    """A mosquitto of its own."""

    def __enter__(self) -> int:
        program = shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin:/opt/homebrew/sbin")
        if program is None:
            raise SystemExit("mosquitto is absent: install it to measure with a broker")
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            port = int(one.getsockname()[1])
        self._folder = tempfile.TemporaryDirectory()
        config = Path(self._folder.name) / "mosquitto.conf"
        config.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\n")
        self._process = subprocess.Popen([program, "-c", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + 10.0
        while time.monotonic() < end:
            with socket.socket() as one:
                if one.connect_ex(("127.0.0.1", port)) == 0:
                    return port
            time.sleep(0.01)
        raise SystemExit("mosquitto did not start")

    def __exit__(self, *words: object) -> None:
        self._process.terminate()
        self._process.wait()
        self._folder.cleanup()


def _publish(port: int, messages: int) -> None:
    """What the publishing process does: all of them as fast as the broker takes them."""
    client = Client(CallbackAPIVersion.VERSION2)
    client.max_queued_messages_set(0)
    client.connect("127.0.0.1", port)
    client.loop_start()
    for number in range(messages):
        client.publish(f"bench/{number % _TOPICS}", _json(number), 0)
    client.publish("bench/end", b"1", 1).wait_for_publish(120.0)
    client.disconnect()
    client.loop_stop()


def _published(port: int, messages: int) -> subprocess.Popen[bytes]:
    words = ["-m", "benchmarks.sources", "--publish", str(port), "--messages", str(messages)]
    return subprocess.Popen([sys.executable, *words])


def _through_broker(port: int, messages: int) -> dict[str, float]:
    source = MqttSource(_config(port), SystemClock())
    source.start(0)
    while source.report().state != "live":
        time.sleep(0.01)
    publisher, count, first_s = _published(port, messages), 0, 0.0
    ended = time.monotonic() + 120.0
    cpu_s = time.process_time()
    while count < messages and time.monotonic() < ended and (publisher.poll() is None or time.monotonic() < first_s + 60.0):
        count += len(source.step(0))
        if count and not first_s:
            first_s = time.monotonic()
        time.sleep(0.01)
    taken_s, cpu_s = time.monotonic() - first_s, time.process_time() - cpu_s
    publisher.wait()
    source.close()
    source.join(5.0)
    return {"messages_per_s": count / taken_s, "came": count, "of": messages, "core_percent": 100.0 * cpu_s / taken_s}


def _paho_alone(port: int, messages: int) -> float:
    came, done = [0, 0.0], threading.Event()
    client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv5)

    def count(*words: object) -> None:
        if not came[0]:
            came[1] = time.monotonic()
        came[0] += 1
        if came[0] >= messages:
            done.set()

    ready = threading.Event()
    client.on_message = count
    client.on_subscribe = lambda *words: ready.set()
    client.connect("127.0.0.1", port)
    client.subscribe("bench/+", 0)
    client.loop_start()
    ready.wait(5.0)
    publisher = _published(port, messages)
    done.wait(120.0)
    taken_s = time.monotonic() - came[1]
    publisher.wait()
    client.disconnect()
    client.loop_stop()
    return came[0] / taken_s


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=50_000)
    parser.add_argument("--publish", type=int, default=0, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.publish:
        _publish(given.publish, given.messages)
        return
    with _Broker() as port:
        broker = rounded(_through_broker(port, given.messages))
        alone = round(_paho_alone(port, given.messages))
    sparkplug = _sparkplug_decoding(max(1, given.messages // 10))
    keep(
        "sources",
        {
            "mqtt_broker": broker,
            "paho_alone_per_s": alone,
            "mqtt_decoding_per_s": round(_plain_decoding(given.messages)),
            "sparkplug_messages_per_s": round(sparkplug),
            "sparkplug_values_per_s": round(sparkplug * _METRICS),
            "shdr_lines_per_s": round(_shdr(given.messages)),
        },
    )


if __name__ == "__main__":
    main()
