"""Rows of bindings as a person edits them: each cell checked as typed, one sentence for what is wrong."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, cast, get_args

from viewer.base.errors import UserMistake
from viewer.base.units import check_unit, without_groups
from viewer.twin.channels import ChannelKind

if TYPE_CHECKING:
    from viewer.edge.tags import Tag

KINDS: Final[tuple[str, ...]] = get_args(ChannelKind)
FIELDS: Final = ("tag", "channel", "unit", "kind", "scale", "offset", "dead_band", "period_s", "node")


@dataclass(frozen=True, slots=True)
class BindingRow:
    """One row as it stands in its cells, right or wrong."""

    tag: str = ""
    channel: str = ""
    unit: str = ""
    kind: str = "measurement"
    scale: str = "1"
    offset: str = "0"
    dead_band: str = "0"
    period_s: str = "1"
    node: str = ""
    """Id of the node that the channel tells about; empty: none."""
    score: float = math.nan
    """Of a proposal; NaN where a person wrote it."""
    why: str = ""
    value: str = ""
    """What the source said when it was looked into."""
    taken: bool = True
    """Whether it is to be written."""
    origin: Tag | None = None
    """What the row was made of: keeps what no cell shows."""


def row_of(tag: Tag, node: str = "") -> BindingRow:
    """A row for a tag."""
    return BindingRow(
        tag=tag.tag,
        channel=tag.channel,
        unit=tag.unit,
        kind=tag.kind,
        scale=f"{tag.scale:.15g}",
        offset=f"{tag.offset:.15g}",
        dead_band=f"{tag.dead_band:.15g}",
        period_s=f"{tag.period_s:.15g}",
        node=node,
        origin=tag,
    )


def mistakes(row: BindingRow, nodes: Callable[[str], bool]) -> dict[str, str]:
    """One sentence for each cell that is wrong, by its field."""
    found: dict[str, str] = {}
    if not row.tag:
        found["tag"] = "a row needs the tag's name as the source says it"
    if not row.channel or row.channel[0].isspace() or len(row.channel) > 200 or not row.channel.isprintable():
        found["channel"] = "the id of a channel is a text of at most 200 characters, such as st080.r1.torque"
    try:
        check_unit(row.unit)
    except UserMistake as mistake:
        found["unit"] = str(mistake)
    if row.kind not in KINDS:
        found["kind"] = f"one of {', '.join(KINDS)}"
    for name in ("scale", "offset", "dead_band", "period_s"):
        sentence = _number_mistake(name, getattr(row, name))
        if sentence:
            found[name] = sentence
    if row.node and not nodes(row.node):
        found["node"] = f"the scene has no node «{row.node}»; leave it empty, or choose one of the list"
    return found


def twice(rows: Sequence[BindingRow]) -> dict[int, dict[str, str]]:
    """What stands in two rows though it may stand in one only, by row and field."""
    found: dict[int, dict[str, str]] = {}
    for name in ("tag", "channel"):
        counts = Counter(getattr(row, name) for row in rows if row.taken)
        for number, row in enumerate(rows):
            text = getattr(row, name)
            if row.taken and text and counts[text] > 1:
                found.setdefault(number, {})[name] = f"the {name} «{text}» stands in {counts[text]} rows: one is enough"
    return found


def tags_of(rows: Iterable[BindingRow]) -> tuple[Tag, ...]:
    """What is to be written. Only for rows without a mistake."""
    from viewer.edge.tags import Tag

    def made(row: BindingRow) -> Tag:
        scale, offset, dead_band, period_s = (number(text) for text in (row.scale, row.offset, row.dead_band, row.period_s))
        before = row.origin if row.origin is not None else Tag(row.tag, row.channel)
        kind = cast(ChannelKind, row.kind)
        return replace(
            before, tag=row.tag, channel=row.channel, unit=row.unit, kind=kind, period_s=period_s, scale=scale, offset=offset,
            dead_band=dead_band,
        )  # fmt: skip

    return tuple(made(row) for row in rows if row.taken)


def number(text: str) -> float:
    """A number as people write it, «0,5» too. Raises ValueError."""
    plain = without_groups(text.strip())
    return float(plain.replace(",", ".") if plain.count(",") == 1 and "." not in plain else plain)


def _number_mistake(name: str, text: str) -> str:
    try:
        value = number(text)
    except ValueError:
        return f"a number is needed, not «{text}»"
    if not math.isfinite(value):
        return "a finite number is needed"
    if name == "dead_band" and value < 0:
        return "a dead band is 0 or more, in the channel's unit"
    if name == "period_s" and not 0 < value <= 1e6:
        return "a period is more than 0 s and at most 1 000 000 s"
    if name == "scale" and value == 0:
        return "a scale of 0 would make every value the same"
    return ""
