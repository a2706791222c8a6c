"""One connection to a broker on the thread that runs it: made, kept, made again with growing pauses, and told once."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, Protocol

from viewer.base.clock import Clock
from viewer.edge.mqtt.broker import Broker, Will
from viewer.edge.threaded import wait_between

if TYPE_CHECKING:
    from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
    from paho.mqtt.properties import Properties
    from paho.mqtt.reasoncodes import ReasonCode

_logger = logging.getLogger(__name__)
MOST_BYTES: Final = 8_000_000
"""Of one message; a broker of MQTT 5 is asked not to send greater ones."""
_CONNECT_WITHIN_S: Final = 2.5
_TURN_S: Final = 0.02
_AT_ONCE: Final = 500
_CALM_NS: Final = 5_000_000_000
"""A connection that held so long starts again with short pauses."""
_KEPT_FOR_S: Final = 24 * 3600


class Gone(Exception):
    """The connection could not be made, or ended; says why."""


Publish = Callable[[str, bytes, int, bool], None]
"""Topic, payload, quality of service, whether retained."""


class Listener(Protocol):
    """What hears a connection; all on the thread that runs it."""

    def subscriptions(self) -> list[tuple[str, int]]:
        """Topic filters and their quality of service."""
        ...

    def will(self, now_ns: int) -> Will | None:
        """For the connection that is about to be made."""
        ...

    def up(self, publish: Publish, now_ns: int) -> None:
        """Connected and subscribed."""
        ...

    def heard(self, topic: str, payload: bytes, now_ns: int, *, retained: bool) -> None:
        """A message. Must not raise."""
        ...

    def turn(self, now_ns: int) -> None:
        """Some fifty times a second while connected."""
        ...

    def leaving(self) -> None:
        """About to disconnect because it was asked to; publishing works still."""
        ...

    def down(self, reason: str, now_ns: int) -> None:
        """Not connected, and tried again; told once for each outage."""
        ...


class Connection:
    """`run` returns when `stopping` is set."""

    def __init__(self, name: str, broker: Broker, listener: Listener, clock: Clock, stopping: threading.Event) -> None:
        self._name, self._broker, self._listener = name, broker, listener
        self._clock, self._stopping = clock, stopping
        self._refused: str | None = None
        self._ready = False
        self._subscribing = 0
        self._came = self._unconfirmed = 0
        self._lost = ""
        self._down_since_ns: int | None = None

    def run(self) -> None:
        """Keep the connection. Raises UserMistake where login or certificates can't be read."""
        attempt = 0
        client = self._client()
        while not self._stopping.is_set():
            up_since_ns: int | None = None
            try:
                self._open(client)
                up_since_ns = self._clock.now_ns()
                self._is_up(client, up_since_ns)
                self._attend(client)
            except (Gone, OSError, ValueError) as error:
                held = up_since_ns is not None and self._clock.now_ns() - up_since_ns > _CALM_NS
                attempt = 0 if held else attempt + 1
                self._is_down(_words(error))
                wait_between(self._stopping, attempt)
        self._close(client)

    def _client(self) -> Client:
        from paho.mqtt.client import CallbackAPIVersion, Client, MQTTv5, MQTTv311

        modern = self._broker.protocol == "5"
        client = Client(
            CallbackAPIVersion.VERSION2,
            self._broker.client_id,
            clean_session=None if modern else not self._broker.keep_session,
            protocol=MQTTv5 if modern else MQTTv311,
        )
        client.connect_timeout = _CONNECT_WITHIN_S
        client.on_connect, client.on_disconnect, client.on_subscribe = self._answered, self._ended, self._subscribed
        client.on_message, client.on_publish = self._message, self._published
        context = self._broker.context()
        if context is not None:
            client.tls_set_context(context)
        if self._broker.login.user:
            client.username_pw_set(self._broker.login.user, self._broker.login.password())
        return client

    def _open(self, client: Client) -> None:
        will = self._listener.will(self._clock.now_ns()) or self._broker.will
        if will is not None:
            client.will_set(will.topic, will.payload, will.qos, will.retain)
        self._refused, self._lost, self._ready = None, "", False
        if self._broker.protocol == "5":
            clean = not self._broker.keep_session
            client.connect(
                self._broker.host, self._broker.port, self._broker.keep_alive_s, clean_start=clean, properties=self._properties()
            )
        else:
            client.connect(self._broker.host, self._broker.port, self._broker.keep_alive_s)
        self._wait(client, lambda: self._ready, "it did not answer")
        wanted = self._listener.subscriptions()
        for first in range(0, len(wanted), 200):
            self._subscribing += 1
            client.subscribe(wanted[first : first + 200])
        self._wait(client, lambda: self._subscribing == 0, "it did not confirm the subscriptions")

    def _properties(self) -> Properties:
        from paho.mqtt.packettypes import PacketTypes
        from paho.mqtt.properties import Properties

        properties = Properties(PacketTypes.CONNECT)
        properties.MaximumPacketSize = MOST_BYTES + 100_000
        if self._broker.keep_session:
            properties.SessionExpiryInterval = _KEPT_FOR_S
        return properties

    def _wait(self, client: Client, done: Callable[[], bool], otherwise: str) -> None:
        until_ns = self._clock.now_ns() + round(2e9 * _CONNECT_WITHIN_S)
        while not done() and not self._stopping.is_set():
            self._turn(client)
            if self._refused is not None:
                raise Gone(self._refused)
            if self._clock.now_ns() > until_ns:
                raise Gone(otherwise)

    def _attend(self, client: Client) -> None:
        while not self._stopping.is_set():
            self._turn(client)
            self._listener.turn(self._clock.now_ns())

    def _turn(self, client: Client) -> None:
        from paho.mqtt.client import error_string

        before = self._came
        code = client.loop(_TURN_S)
        for _ in range(_AT_ONCE):  # what has come already is read without asking the system again each time
            if code or self._came == before:
                break
            before = self._came
            code = client.loop_read()
        if code and not self._stopping.is_set():
            raise Gone(self._refused or self._lost or error_string(code))

    def _is_up(self, client: Client, now_ns: int) -> None:
        if self._down_since_ns is not None:
            length_s = (now_ns - self._down_since_ns) / 1e9
            _logger.warning("%s: %s is back after %.1f s", self._name, self._broker.called, length_s)
        self._down_since_ns, self._unconfirmed = None, 0

        def publish(topic: str, payload: bytes, qos: int, retain: bool) -> None:
            self._unconfirmed += 1  # also without qos the library confirms, once it is sent
            client.publish(topic, payload, qos, retain)

        self._listener.up(publish, now_ns)

    def _is_down(self, reason: str) -> None:
        if self._down_since_ns is None:
            self._down_since_ns = self._clock.now_ns()
            _logger.warning("%s: %s is not there and is tried again: %s", self._name, self._broker.called, reason)
            self._listener.down(reason, self._down_since_ns)

    def _close(self, client: Client) -> None:
        if not client.is_connected():
            return
        self._listener.leaving()
        until_ns, before = self._clock.now_ns() + 1_000_000_000, -1
        # What the broker has sent is read before we go: a socket closed on unread bytes is reset, the broker never sees our
        # farewell, and says the last will.
        while (self._unconfirmed > 0 or self._came != before) and self._clock.now_ns() < until_ns:
            before = self._came
            if client.loop(_TURN_S):
                return
        client.disconnect()
        client.loop(_TURN_S)

    def _published(self, client: Client, data: Any, mid: int, reason: ReasonCode, properties: Properties | None) -> None:
        self._unconfirmed -= 1

    def _answered(
        self, client: Client, data: Any, flags: ConnectFlags, reason: ReasonCode, properties: Properties | None
    ) -> None:
        if reason.is_failure:
            self._refused = f"it refuses us: {reason}"
        self._ready = not reason.is_failure

    def _subscribed(self, client: Client, data: Any, mid: int, reasons: list[ReasonCode], properties: Properties | None) -> None:
        self._subscribing -= 1
        refused = next((one for one in reasons if one.is_failure), None)
        if refused is not None:
            self._refused = f"it refuses a subscription: {refused}"

    def _ended(
        self, client: Client, data: Any, flags: DisconnectFlags, reason: ReasonCode, properties: Properties | None
    ) -> None:
        self._lost = f"the connection ended: {reason}"
        self._subscribing = 0

    def _message(self, client: Client, data: Any, message: MQTTMessage) -> None:
        self._came += 1
        try:
            topic = message.topic
        except UnicodeDecodeError:
            _logger.warning("%s: a message had a topic that is no UTF-8", self._name)
            return
        self._listener.heard(topic, bytes(message.payload), self._clock.now_ns(), retained=message.retain)


def _words(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error) or type(error).__name__


def without_session(broker: Broker) -> Broker:
    """The same broker for somebody who only looks in: no name, no will, nothing kept."""
    return replace(broker, client_id="", keep_session=False, will=None)
