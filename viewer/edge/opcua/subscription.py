"""One subscription at a server: its items, the numbers of its messages, and what was missed of them asked for again."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from viewer.edge.opcua.connecting import SESSION_MS
from viewer.edge.opcua.intake import Intake
from viewer.edge.opcua.kind import OpcUaConfig
from viewer.edge.opcua.nodes import chunks
from viewer.edge.opcua.stack import ua
from viewer.edge.opcua.values import time_ns

_logger = logging.getLogger(__name__)
_KEEP_ALIVE_MS: Final = 1_000.0
_MOST_A_MESSAGE: Final = 10_000
_ITEMS_AT_ONCE: Final = 500
_LAST_NUMBER: Final = 2**32 - 1
_SILENCES: Final = 4
"""Keep-alives that may be missing before the subscription counts as dead."""


@dataclass(frozen=True, slots=True)
class Item:
    """A variable to monitor, for the tag of that number."""

    tag: int
    node: Any
    dead_band: float = 0.0
    """In the server's unit; 0 for none."""
    fields: tuple[tuple[Any, int, str], ...] = ()
    """For an object whose events are heard: event type, and namespace and name of each field."""


class Subscription:
    """On the source's loop. `missed` is called with the numbers of messages that the server has no more."""

    def __init__(
        self,
        session: Any,
        config: OpcUaConfig,
        intake: Intake,
        now_ns: Callable[[], int],
        missed: Callable[[int, int, int], None],
        on_result: Callable[[int, Any, int], None] = lambda tag, value, now_ns: None,
    ) -> None:
        self._on_result, self._count = on_result, len(config.tags)
        self._session, self._config, self._intake = session, config, intake
        self._now_ns, self._missed = now_ns, missed
        self._id = 0
        self._next = 1
        self.holds = True
        """Whether messages wait, as the history is being read."""
        self._held: list[tuple[Any, int]] = []
        self.heard_s = time.monotonic()
        self.published_ns = 0
        """The server's time of its newest message."""
        self.ended = ""
        """Why it is at its end, by the server's word or a message that makes no sense."""
        self._silence_s = 10.0

    @property
    def is_silent(self) -> bool:
        """Whether the server has missed several of its own keep-alives."""
        return time.monotonic() - self.heard_s > self._silence_s

    @property
    def silence_s(self) -> float:
        """How long it may be silent."""
        return self._silence_s

    async def open(self, items: Sequence[Item]) -> dict[int, str]:
        """Create it with all its items; why each refused one was refused, by tag."""
        interval_ms = self._config.publishing_ms
        keep_alive = max(1, round(_KEEP_ALIVE_MS / interval_ms))
        parameters = ua.CreateSubscriptionParameters(
            RequestedPublishingInterval=interval_ms,
            RequestedLifetimeCount=max(3 * keep_alive, round(SESSION_MS / interval_ms)),
            RequestedMaxKeepAliveCount=keep_alive,
            MaxNotificationsPerPublish=_MOST_A_MESSAGE,
            PublishingEnabled=True,
            Priority=0,
        )
        made = await self._session.create_subscription(parameters, self._published)
        self._id = int(made.SubscriptionId)
        cycle_s = float(made.RevisedPublishingInterval) * max(1, int(made.RevisedMaxKeepAliveCount)) / 1_000.0
        self._silence_s = _SILENCES * cycle_s + 2.0
        refused: dict[int, str] = {}
        for some in chunks(items, _ITEMS_AT_ONCE):
            refused |= await self._monitor(some)
        self.heard_s = time.monotonic()
        return refused

    def resumed(self) -> None:
        """The connection is back and the server still holds the subscription."""
        self.heard_s = time.monotonic()

    async def release(self) -> None:
        """Take what waited, then everything as it comes."""
        while self._held:
            held, self._held = self._held, []
            for message, now_ns in held:
                await self._message(message, now_ns)
        self.holds = False

    async def _monitor(self, items: Sequence[Item]) -> dict[int, str]:
        results = await self._create(items)
        again = [one for one, result in zip(items, results, strict=True) if one.dead_band > 0.0 and _no_filter(result)]
        refused = {
            one.tag: result.StatusCode.name
            for one, result in zip(items, results, strict=True)
            if not result.StatusCode.is_good() and one not in again
        }
        if again:
            plain = [Item(one.tag, one.node) for one in again]
            more = await self._create(plain)
            refused |= {one.tag: r.StatusCode.name for one, r in zip(plain, more, strict=True) if not r.StatusCode.is_good()}
        return refused

    async def _create(self, items: Sequence[Item]) -> list[Any]:
        requests = [self._request(one) for one in items]
        parameters = ua.CreateMonitoredItemsParameters(
            SubscriptionId=self._id, TimestampsToReturn=ua.TimestampsToReturn.Both, ItemsToCreate=requests
        )
        return await self._session.create_monitored_items(parameters)

    def _request(self, item: Item) -> Any:
        wanted = ua.MonitoringParameters(
            ClientHandle=item.tag,
            SamplingInterval=self._config.sampling_ms,
            QueueSize=self._config.queue_size,
            DiscardOldest=True,
        )
        if item.dead_band > 0.0:
            wanted.Filter = ua.DataChangeFilter(
                Trigger=ua.DataChangeTrigger.StatusValue, DeadbandType=ua.DeadbandType.Absolute, DeadbandValue=item.dead_band
            )
        if item.fields:
            wanted.Filter = _event_filter(item)
            wanted.QueueSize = max(self._config.queue_size, 1_000)
        attribute = ua.AttributeIds.EventNotifier if item.fields else ua.AttributeIds.Value
        value = ua.ReadValueId(NodeId=item.node, AttributeId=attribute)
        return ua.MonitoredItemCreateRequest(
            ItemToMonitor=value, MonitoringMode=ua.MonitoringMode.Reporting, RequestedParameters=wanted
        )

    async def _published(self, result: Any) -> None:
        """A message, or a keep-alive: asyncua awaits this before it asks for the next one."""
        self.heard_s = time.monotonic()
        message, now_ns = result.NotificationMessage, self._now_ns()
        if self.holds:
            self._held.append((message, now_ns))
            return
        try:
            await self._message(message, now_ns)
        except Exception as error:  # asyncua would swallow it, and the message with it
            _logger.exception("a message of %s could not be taken", self._config.name)
            self.ended = f"a message of it could not be taken: {type(error).__name__} {error}"[:300]

    async def _message(self, message: Any, now_ns: int) -> None:
        number = int(message.SequenceNumber)
        if number and _ahead(self._next, number):
            await self._ask_again(number, now_ns)
        if message.NotificationData:
            if number and number != self._next:
                return  # taken already, by asking again
            self._next = _after(number) if number else self._next
            self._take(message, now_ns)
        self.published_ns = _published_ns(message, now_ns)

    def _take(self, message: Any, now_ns: int) -> None:
        published_ns = _published_ns(message, now_ns)
        for data in message.NotificationData:
            if isinstance(data, ua.DataChangeNotification):
                for item in data.MonitoredItems or ():
                    handle = int(item.ClientHandle)
                    if handle < self._count:
                        self._intake.take(handle, item.Value, now_ns, published_ns=published_ns)
                    elif item.Value.Value is not None:
                        self._on_result(handle - self._count, item.Value.Value.Value, now_ns)
            elif isinstance(data, ua.EventNotificationList):
                for event in data.Events or ():
                    for one in event.EventFields or ():
                        self._on_result(int(event.ClientHandle) - self._count, one.Value, now_ns)
            elif isinstance(data, ua.StatusChangeNotification):
                self.ended = data.Status.name
        self._intake.flush()

    async def _ask_again(self, number: int, now_ns: int) -> None:
        """Messages from the expected one to before `number` were lost on the way."""
        first_missing = 0
        while self._next != number:
            wanted = self._next
            self._next = _after(wanted)
            message = await self._again(wanted)
            if message is None:
                first_missing = first_missing or wanted
                continue
            self._take(message, now_ns)
        if first_missing:
            self._missed(first_missing, number, self.published_ns)

    async def _again(self, number: int) -> Any:
        try:
            message = await self._session.republish(self._id, number)
        except (ua.UaError, TimeoutError):
            return None
        return message if message.NotificationData else None


def _event_filter(item: Item) -> Any:
    clauses = [
        ua.SimpleAttributeOperand(
            TypeDefinitionId=kind, BrowsePath=[ua.QualifiedName(name, space)], AttributeId=ua.AttributeIds.Value
        )
        for kind, space, name in item.fields
    ]
    return ua.EventFilter(SelectClauses=clauses, WhereClause=ua.ContentFilter())


def _published_ns(message: Any, now_ns: int) -> int:
    """The server's time of a message; that of its arrival where it has none."""
    return max(time_ns(message.PublishTime) or 0, 0) or now_ns


def _after(number: int) -> int:
    """Numbers begin again at 1 (OPC 10000-4, 7.7)."""
    return 1 if number >= _LAST_NUMBER else number + 1


def _ahead(expected: int, number: int) -> bool:
    """Whether `number` lies after the expected one, within half of all numbers."""
    return 0 < (number - expected) % _LAST_NUMBER < _LAST_NUMBER // 2


def _no_filter(result: Any) -> bool:
    return result.StatusCode.value in (
        ua.StatusCodes.BadFilterNotAllowed,
        ua.StatusCodes.BadMonitoredItemFilterInvalid,
        ua.StatusCodes.BadMonitoredItemFilterUnsupported,
        ua.StatusCodes.BadDeadbandFilterInvalid,
    )
