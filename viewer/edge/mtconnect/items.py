"""The data items of a device model (Devices.xml, or an agent's answer to probe): category, type, units, and where they stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, cast, get_args

from viewer.edge.mtconnect.bounded_xml import Malformed, walk

Category = Literal["SAMPLE", "EVENT", "CONDITION"]
MOST_ITEMS: Final = 20_000
_LONGEST: Final = 500
_LISTS: Final = ("Components", "DataItems", "Compositions")


@dataclass(frozen=True, slots=True)
class DataItem:
    """One data item as its device's model declares it."""

    id: str
    category: Category
    type: str
    name: str = ""
    sub_type: str = ""
    representation: str = "VALUE"
    units: str = ""
    """What an agent gives."""
    native_units: str = ""
    """What an adapter gives; empty where it is the same."""
    native_scale: float = 1.0
    sample_rate: float = 0.0
    """Of a time series, in Hz; 0 where each observation tells it."""
    source: str = ""
    """The adapter's own word for it."""
    device: str = ""
    path: tuple[str, ...] = ()
    """Names of the components it stands in, from the device inwards."""

    @property
    def called(self) -> str:
        """Name, or else id: how an adapter calls it."""
        return self.name or self.id

    @property
    def keys(self) -> tuple[str, ...]:
        """All words by which an adapter or a tag may call it, with and without the device before them."""
        words = [word for word in (self.source, self.name, self.id) if word]
        return tuple(dict.fromkeys([*words, *(f"{self.device}:{word}" for word in words)]))


class _ModelReader:
    """A `viewer.edge.mtconnect.bounded_xml.Reader` of an MTConnectDevices document."""

    def __init__(self) -> None:
        self.items: list[DataItem] = []
        self.root = ""
        self._device = ""
        self._path: list[tuple[str, str]] = []
        self._item: dict[str, str] | None = None
        self._source = ""

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        self.root = self.root or name
        if name == "DataItem":
            self._item, self._source = attributes, ""
            return
        if name == "Device":
            self._device = attributes.get("name") or attributes.get("uuid") or attributes.get("id", "")
        word = "" if name in _LISTS or not self._device else attributes.get("name") or name
        self._path.append((name, word))

    def end(self, name: str, text: str) -> None:
        if name == "DataItem" and self._item is not None:
            self._declare(self._item)
            self._item = None
            return
        if self._item is not None and name == "Source":
            self._source = text[:_LONGEST]
        if self._path and self._path[-1][0] == name:
            self._path.pop()
        if name == "Device":
            self._device = ""

    def _declare(self, said: dict[str, str]) -> None:
        category = said.get("category", "")
        if not said.get("id") or category not in get_args(Category) or not said.get("type"):
            raise Malformed(f"the data item «{said.get('id', '')[:100]}» has no id, no type, or the category «{category[:40]}»")
        if any(len(value) > _LONGEST for value in said.values()):
            raise Malformed(f"the data item «{said['id'][:100]}» has an attribute of more than {_LONGEST} characters")
        if len(self.items) == MOST_ITEMS:
            raise Malformed(f"it has more than {MOST_ITEMS} data items")
        self.items.append(
            DataItem(
                said["id"],
                cast(Category, category),
                said["type"],
                said.get("name", ""),
                said.get("subType", ""),
                said.get("representation", "VALUE"),
                said.get("units", ""),
                said.get("nativeUnits", ""),
                _number(said.get("nativeScale", "")) or 1.0,
                _number(said.get("sampleRate", "")),
                self._source,
                self._device,
                tuple(word for _, word in self._path if word),
            )
        )


def _number(text: str) -> float:
    try:
        return max(0.0, min(float(text), 1e9)) if text else 0.0
    except ValueError:
        raise Malformed(f"«{text[:40]}» is no number") from None


def read_model(data: bytes, device: str = "") -> tuple[DataItem, ...]:
    """The data items of one device by name, uuid or id, or of all. Raises Malformed for what is no device model."""
    reader = _ModelReader()
    walk(data, reader)
    if reader.root not in ("MTConnectDevices", "Device"):
        raise Malformed(f"it is «{reader.root[:60]}», not MTConnectDevices")
    items = tuple(one for one in reader.items if not device or one.device == device)
    if not items:
        names = sorted({one.device for one in reader.items})
        raise Malformed(f"it has no data items of the device «{device}» (devices: {', '.join(names)[:300]})")
    return items
