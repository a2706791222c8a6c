"""Which channel a data item's observations go to, in which unit, and what an observation is worth as samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from viewer.base.errors import UserMistake
from viewer.base.units import convert, same_kind
from viewer.edge.gathering import Gathering
from viewer.edge.mtconnect.items import DataItem
from viewer.edge.mtconnect.units import is_triple, unit_of
from viewer.edge.mtconnect.vocabulary import LEVELS, UNAVAILABLE, kind_of, no_channel, states_of
from viewer.edge.tags import Tag

AXES: Final = ("x", "y", "z")
_MOST_FOUND: Final = 20_000
_MOST_ACTIVE: Final = 1_000
_MOST_VALUES: Final = 100_000
_NAN: Final = float("nan")


class NoSample(ValueError):
    """An observation that is no sample; says why."""


@dataclass(slots=True)
class _Target:
    """One channel: samples of it = factor * value + offset."""

    channel: int
    factor: float = 1.0
    offset: float = 0.0
    states: tuple[str, ...] = ()


@dataclass(slots=True)
class Wired:
    """One data item and its channels: one, or by axis."""

    item: DataItem
    targets: dict[str, _Target] = field(default_factory=dict[str, _Target])
    active: dict[str, int] = field(default_factory=dict[str, int])
    """Of a condition: native code to level."""


class Wiring:
    """All on the source's thread."""

    def __init__(self, gathering: Gathering, *, found: list[Tag], discover: bool, prefix: str, period_s: float) -> None:
        """`gathering` has the tags, then what was `found` before."""
        self._gathering, self._discover, self._prefix, self._period_s = gathering, discover, prefix, period_s
        self._found = found
        self._by_tag = {one.tag: number for number, one in enumerate(gathering.tags)}
        self._ids = {one.channel for one in gathering.tags}
        self._wired: dict[str, Wired] = {}
        self._modelled = False
        self.refused: dict[str, str] = {}
        """Data items that are no channels, and why."""

    def find(self, key: str) -> DataItem | None:
        """The data item of an adapter's key, or of an id."""
        wired = self._wired.get(key)
        return None if wired is None else wired.item

    @property
    def items(self) -> int:
        """How many keys are known."""
        return len(self._wired)

    def model(self, items: Sequence[DataItem]) -> None:
        """The device's model, again or for the first time: new channels come at the end."""
        self._modelled = True
        several = len({one.device for one in items}) > 1
        for item in items:
            wired = Wired(item)
            self._wire(wired, item.device + "." if several else "")
            for key in item.keys:
                if key not in self._wired or self._wired[key].item.id == item.id or key == item.id:
                    before = self._wired.get(key)
                    wired.active = before.active if before is not None else wired.active
                    self._wired[key] = wired

    def observe(self, key: str, fields: Sequence[str], t_ns: int, *, native: bool, rate: float = 0.0) -> None:
        """Take what was observed. `native`: in the units of the adapter. Raises NoSample."""
        wired = self._wired.get(key) or self._unmodelled(key, fields)
        if wired is None or not wired.targets:
            return
        item = wired.item
        if item.category == "CONDITION" or (len(fields) == 5 and fields[0].upper() in (*LEVELS, UNAVAILABLE)):
            self._condition(wired, fields, t_ns)
        elif fields[0] == UNAVAILABLE and UNAVAILABLE not in wired_states(wired):
            for target in wired.targets.values():
                self._gathering.sample(target.channel, t_ns, _NAN, bad=True)
        elif item.representation == "TIME_SERIES":
            self._series(wired, fields, t_ns, rate, native=native)
        elif is_triple(item.units):
            self._triple(wired, fields[0], t_ns, native=native)
        else:
            self._single(wired, fields[0], t_ns, native=native)

    def clear(self) -> None:
        """All is told again: conditions that stood do not stand any more."""
        for wired in self._wired.values():
            wired.active.clear()

    def _single(self, wired: Wired, text: str, t_ns: int, *, native: bool) -> None:
        target = wired.targets[""]
        try:
            if target.states:
                value = float(target.states.index(text))
            else:
                value = _scaled(_number(text), wired.item, target, native=native)
        except ValueError:
            self._gathering.sample(target.channel, t_ns, _NAN, bad=True)
            what = "none of its states" if target.states else "no number"
            raise NoSample(f"{wired.item.called} is «{text[:40]}», {what}") from None
        self._gathering.sample(target.channel, t_ns, value)

    def _triple(self, wired: Wired, text: str, t_ns: int, *, native: bool) -> None:
        try:
            values = [_number(one) for one in text.split(maxsplit=3)]
        except ValueError:
            values = []
        for axis, target in wired.targets.items():
            if len(values) == 3:
                value = _scaled(values[AXES.index(axis)], wired.item, target, native=native)
                self._gathering.sample(target.channel, t_ns, value)
            else:
                self._gathering.sample(target.channel, t_ns, _NAN, bad=True)
        if len(values) != 3:
            raise NoSample(f"{wired.item.called} is «{text[:40]}», not three numbers")

    def _series(self, wired: Wired, fields: Sequence[str], t_ns: int, rate: float, *, native: bool) -> None:
        """Equally spaced values, the last of them at `t_ns` (MTConnect 2.1, TimeSeries)."""
        name = wired.item.called
        if len(fields) != 3:
            raise NoSample(f"the series {name} has no count, rate and values")
        try:
            rate = rate or (float(fields[1]) if fields[1] else 0.0) or wired.item.sample_rate
            values = [_number(one) for one in fields[2].split(maxsplit=_MOST_VALUES)]
            count = int(fields[0])
        except ValueError:
            raise NoSample(f"the series {name} has something that is no number") from None
        if not 0.0 < rate <= 1e9 or count != len(values):
            raise NoSample(f"the series {name} has {len(values)} values where {fields[0][:20]} are told, at {rate:g} Hz")
        (target,) = wired.targets.values()
        step_ns = 1e9 / rate
        for number, value in enumerate(values, 1 - len(values)):
            at_ns = max(0, t_ns + round(number * step_ns))
            self._gathering.sample(target.channel, at_ns, _scaled(value, wired.item, target, native=native))

    def _condition(self, wired: Wired, fields: Sequence[str], t_ns: int) -> None:
        """The worst of what stands: a level with a native code adds or clears that one, normal without one clears all."""
        level, code = fields[0].upper(), fields[1] if len(fields) > 1 else ""
        (target,) = wired.targets.values()
        if level == UNAVAILABLE:
            wired.active.clear()
            self._gathering.sample(target.channel, t_ns, _NAN, bad=True)
            return
        if level not in LEVELS:
            raise NoSample(f"the condition {wired.item.called} is «{level[:40]}», none of {', '.join(LEVELS)}")
        if level == "NORMAL":
            if code:
                wired.active.pop(code, None)
            else:
                wired.active.clear()
        elif code in wired.active or len(wired.active) < _MOST_ACTIVE:
            wired.active[code] = LEVELS.index(level)
        self._gathering.sample(target.channel, t_ns, float(max(wired.active.values(), default=0)))

    def _unmodelled(self, key: str, fields: Sequence[str]) -> Wired | None:
        """A key that no model names: wired if a tag names it, or, without any model, if its first value is a number."""
        if key not in self._by_tag and (self._modelled or not self._discover):
            if self._modelled and self._discover and len(self.refused) < _MOST_FOUND:
                self.refused.setdefault(key, "the device's model does not have it")
            return None
        condition = len(fields) == 5
        if key not in self._by_tag and not condition and not _is_number(fields[0]):
            return None
        wired = self._wired[key] = Wired(DataItem(key, "CONDITION" if condition else "SAMPLE", "UNKNOWN"))
        self._wire(wired, "")
        return wired

    def _wire(self, wired: Wired, before: str) -> None:
        item = wired.item
        explicit = [(axis, tag) for axis in self._axes(item) for tag in self._tags_of(item, axis)]
        if explicit:
            for axis, number in explicit:
                wired.targets[axis] = self._target(item, number, chosen=True)
            return
        reason = no_channel(item) if item.type != "UNKNOWN" else ""
        if unit_of(item.units) is None:
            self.refused[item.called] = f"its unit {item.units[:40]} is not known"
        if not self._discover or reason:
            if reason:
                self.refused[item.called] = reason
            return
        self._new(wired, before)

    def _axes(self, item: DataItem) -> tuple[str, ...]:
        return AXES if is_triple(item.units) and item.category != "CONDITION" else ("",)

    def _tags_of(self, item: DataItem, axis: str) -> list[int]:
        words = [f"{key}#{axis}" if axis else key for key in item.keys]
        return [self._by_tag[word] for word in words if word in self._by_tag][:1]

    def _new(self, wired: Wired, before: str) -> None:
        item = wired.item
        tags: list[Tag] = []
        for axis in self._axes(item):
            channel = f"{self._prefix}{before}{item.called}{'.' + axis if axis else ''}"
            if channel in self._ids:
                channel = f"{self._prefix}{before}{item.id}{'.' + axis if axis else ''}"
            if channel in self._ids or not _fit(channel) or len(self._found) + len(tags) >= _MOST_FOUND:
                self.refused[item.called] = "its channel's id is taken or too long, or there are too many"
                return
            key = f"{item.device}:{item.id}" if item.device else item.id
            words = ", ".join(word for word in (item.type, item.sub_type, "/".join(item.path)) if word)
            tags.append(
                Tag(
                    f"{key}#{axis}" if axis else key,
                    channel,
                    unit_of(item.units) or "",
                    kind_of(item),
                    self._period_s,
                    definition=words if item.type != "UNKNOWN" else "",
                )
            )
        first = self._gathering.grow(tags)
        self._found.extend(tags)
        for number, (axis, tag) in enumerate(zip(self._axes(item), tags, strict=True), first):
            self._ids.add(tag.channel)
            self._by_tag[tag.tag] = number
            wired.targets[axis] = self._target(item, number, chosen=False)

    def _target(self, item: DataItem, number: int, *, chosen: bool) -> _Target:
        tag = self._gathering.tags[number]
        target = _Target(number, states=tag.states or states_of(item))
        unit = unit_of(item.units)
        plain = tag.scale == 1.0 and tag.offset == 0.0
        if chosen and plain and unit and tag.unit and tag.unit != unit and same_kind(unit, tag.unit):
            target.offset = convert(0.0, unit, tag.unit)
            target.factor = convert(1.0, unit, tag.unit) - target.offset
        return target


def wired_states(wired: Wired) -> tuple[str, ...]:
    """The words that its value may be."""
    return next((one.states for one in wired.targets.values()), ())


def _scaled(value: float, item: DataItem, target: _Target, *, native: bool) -> float:
    """From the adapter's unit to the item's (as an agent would), and to the channel's."""
    if native:
        value /= item.native_scale
        if item.native_units and item.native_units != item.units:
            ours, theirs = unit_of(item.native_units), unit_of(item.units)
            if ours and theirs:
                value = convert(value, ours, theirs)
    return value * target.factor + target.offset


def check_units(items: Sequence[DataItem]) -> None:
    """Raises UserMistake where an item's native unit can't become its unit."""
    for item in items:
        ours, theirs = unit_of(item.native_units), unit_of(item.units)
        if ours and theirs and not same_kind(ours, theirs):
            raise UserMistake(
                f"the data item {item.called} turns {item.native_units} into {item.units}: they measure different things"
            )


def _number(text: str) -> float:
    if "_" in text or len(text) > 60:
        raise ValueError(text[:60])
    value = float(text)
    if value != value or value in (float("inf"), float("-inf")):
        raise ValueError(text)
    return value


def _fit(channel: str) -> bool:
    return 0 < len(channel) <= 200 and channel.isprintable()


def _is_number(text: str) -> bool:
    try:
        _number(text)
    except ValueError:
        return False
    return True
