"""An agent's answers: observations with their sequence numbers, the header's counts, and errors by name.

Source: MTConnect Standard, MTConnectStreams and MTConnectError documents.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from viewer.edge.mtconnect.bounded_xml import Malformed, walk
from viewer.edge.mtconnect.vocabulary import LEVELS, UNAVAILABLE
from viewer.edge.stamps import iso_ns

_CONDITIONS: Final = {level.capitalize(): level for level in (*LEVELS, UNAVAILABLE)}
_LEFT_OUT: Final = ("AssetChanged", "AssetRemoved", "DeviceAdded", "DeviceChanged", "DeviceRemoved")


@dataclass(frozen=True, slots=True)
class Observed:
    """One observation of a data item, by the item's id."""

    item: str
    sequence: int
    t_ns: int
    fields: tuple[str, ...]
    """As `viewer.edge.mtconnect.shdr.Observation` has them."""
    rate: float = 0.0


@dataclass(slots=True)
class Answer:
    """One document."""

    root: str = ""
    instance: int = 0
    first: int = 0
    next: int = 0
    """Sequence number to ask for next."""
    observed: list[Observed] = field(default_factory=list[Observed])
    unread: list[str] = field(default_factory=list[str])
    """Observations that could not be read, and why."""
    errors: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    """Code and text."""


class _StreamReader:
    """A `viewer.edge.mtconnect.bounded_xml.Reader` of MTConnectStreams and MTConnectError."""

    def __init__(self) -> None:
        self.answer = Answer()
        self._open: list[dict[str, str]] = []

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        answer = self.answer
        answer.root = answer.root or name
        if name == "Header":
            answer.instance, answer.first, answer.next = (
                _whole(attributes.get(key, "0")) for key in ("instanceId", "firstSequence", "nextSequence")
            )
        self._open.append(attributes)

    def end(self, name: str, text: str) -> None:
        said = self._open.pop()
        if name == "Error":
            self.answer.errors.append((said.get("errorCode", ""), text[:300]))
        elif "dataItemId" in said and name not in _LEFT_OUT:
            try:
                self.answer.observed.append(_observed(name, said, text))
            except ValueError as error:
                self.answer.unread.append(f"{said['dataItemId'][:100]}: {error}")


def _whole(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 19:
        raise Malformed(f"its header has «{text[:40]}» where a whole number should be")
    return int(text)


def _observed(name: str, said: dict[str, str], text: str) -> Observed:
    fields, rate = (text,), 0.0
    if name in _CONDITIONS:
        words = (said.get("nativeCode", ""), said.get("nativeSeverity", ""), said.get("qualifier", ""), text)
        fields = (_CONDITIONS[name], *words)
    elif "sampleCount" in said and text != UNAVAILABLE:
        rate = float(said.get("sampleRate", "0") or "0")
        fields = (said["sampleCount"], said.get("sampleRate", ""), text)
    sequence = said.get("sequence", "0")
    return Observed(said["dataItemId"], _whole(sequence), iso_ns(said.get("timestamp", "")), fields, rate)


def read_answer(data: bytes) -> Answer:
    """Read one document. Raises Malformed for what is none."""
    reader = _StreamReader()
    walk(data, reader)
    if reader.answer.root not in ("MTConnectStreams", "MTConnectError"):
        raise Malformed(f"it is «{reader.answer.root[:60]}», not MTConnectStreams")
    return reader.answer
