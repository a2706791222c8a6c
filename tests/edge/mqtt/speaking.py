"""A publisher on the broker, and an edge node of Sparkplug B that speaks through the codec's own encoder."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec
from paho.mqtt.client import CallbackAPIVersion, Client, MQTTMessage, MQTTv311

from viewer.edge.mqtt.payload import DataType, Metric, Payload, decoded, encoded


class Speaker:
    """Publishes, and remembers what it hears; its network thread is paho's."""

    def __init__(self, port: int, *, will: tuple[str, bytes] | None = None) -> None:
        self.client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv311)
        self.heard: list[tuple[str, bytes, bool]] = []
        self.on_heard: Callable[[str, bytes], None] = lambda topic, payload: None
        if will is not None:
            self.client.will_set(will[0], will[1], 1)
        self.client.on_message = self._message
        self.client.max_queued_messages_set(0)
        self.client.connect("127.0.0.1", port, 10)
        self.client.loop_start()

    def say(self, topic: str, payload: bytes | str | object, *, qos: int = 1, retain: bool = False) -> None:
        """Publish bytes, a text, or anything as JSON; waits until it is sent."""
        data = payload if isinstance(payload, bytes | str) else msgspec.json.encode(payload)
        self.client.publish(topic, data, qos, retain).wait_for_publish(5.0)

    def hear(self, topic: str) -> None:
        """Subscribe, and wait until that is confirmed."""
        done: list[int] = []
        self.client.on_subscribe = lambda *words: done.append(1)
        self.client.subscribe(topic, 1)
        end = time.monotonic() + 5.0
        while not done:
            assert time.monotonic() < end
            time.sleep(0.005)

    def close(self) -> None:
        """Leave as one should."""
        self.client.disconnect()
        self.client.loop_stop()

    def drop(self) -> None:
        """Go without a word: the broker says the last will."""
        sock = self.client.socket()
        self.client.loop_stop()
        if sock is not None:
            sock.close()

    def _message(self, client: Client, data: object, message: MQTTMessage) -> None:
        self.heard.append((message.topic, bytes(message.payload), message.retain))
        self.on_heard(message.topic, bytes(message.payload))


@dataclass
class EdgeNode:
    """One edge node with devices, as Sparkplug 3.0.0 describes its session."""

    port: int
    group: str
    node: str
    bd_seq: int = 0
    seq: int = 0
    rebirths: int = 0
    metrics: list[Metric] = field(default_factory=list[Metric])
    devices: dict[str, list[Metric]] = field(default_factory=dict[str, list[Metric]])
    speaker: Speaker | None = None

    def connect(self) -> None:
        """With the last will that the specification asks for; then tell everything."""
        death = Metric(name="bdSeq", datatype=DataType.INT64, value=self.bd_seq)
        will = (self.topic("NDEATH"), encoded(Payload(metrics=(death,))))
        self.speaker = Speaker(self.port, will=will)
        self.speaker.on_heard = self._asked
        self.speaker.hear(self.topic("NCMD"))
        self.birth()

    def topic(self, kind: str, device: str = "") -> str:
        return f"spBv1.0/{self.group}/{kind}/{self.node}" + (f"/{device}" if device else "")

    def birth(self) -> None:
        self.seq = 0
        session = Metric(name="bdSeq", datatype=DataType.INT64, value=self.bd_seq)
        control = Metric(name="Node Control/Rebirth", datatype=DataType.BOOLEAN, value=False)
        self.send("NBIRTH", [session, control, *self.metrics])
        for device, metrics in self.devices.items():
            self.send("DBIRTH", metrics, device)

    def send(self, kind: str, metrics: list[Metric], device: str = "", *, stamp_ms: int | None = None) -> None:
        """The next message of the session."""
        self.raw(kind, metrics, device, seq=self.seq, stamp_ms=stamp_ms)
        self.seq = (self.seq + 1) % 256

    def raw(self, kind: str, metrics: list[Metric], device: str = "", *, seq: int, stamp_ms: int | None = None) -> None:
        """A message with any number."""
        assert self.speaker is not None
        stamp_ms = time.time_ns() // 1_000_000 if stamp_ms is None else stamp_ms
        payload = Payload(stamp_ms, tuple(metrics), seq)
        self.speaker.client.publish(self.topic(kind, device), encoded(payload), 0)

    def close(self) -> None:
        if self.speaker is not None:
            self.speaker.close()

    def _asked(self, topic: str, payload: bytes) -> None:
        for metric in decoded(payload).metrics:
            if metric.name == "Node Control/Rebirth" and metric.value is True:
                self.rebirths += 1
                self.birth()
