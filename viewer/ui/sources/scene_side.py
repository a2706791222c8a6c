"""What bindings mean for the scene: channels it lacks are added, those it has follow unit and kind; undone in one step."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import cast

from viewer.base.ids import ChannelId, NodeId
from viewer.twin.channels import Channel, ChannelKind
from viewer.twin.edits import Edit, Edits
from viewer.twin.edits_process import AddChannel, ReplaceChannel
from viewer.twin.model import Twin
from viewer.ui.sources.binding_rows import BindingRow, number


def scene_edit(rows: Iterable[BindingRow], twin: Twin) -> Edit | None:
    """The edit that brings the scene's channels in line with these rows (none of them wrong); None where nothing is to do."""
    edits: list[Edit] = []
    added = changed = 0
    for row in rows:
        known = twin.channels.get(ChannelId(row.channel))
        wanted = _wanted(row, known)
        if known is None:
            edits.append(AddChannel(wanted))
            added += 1
        elif wanted != known:
            edits.append(ReplaceChannel(wanted))
            changed += 1
    if not edits:
        return None
    parts = [f"add {added} channel{'' if added == 1 else 's'}" if added else "", f"change {changed}" if changed else ""]
    return Edits(tuple(edits), " and ".join(part for part in parts if part).capitalize())


def _wanted(row: BindingRow, known: Channel | None) -> Channel:
    kind, node, period_s = cast(ChannelKind, row.kind), NodeId(row.node) if row.node else None, number(row.period_s)
    if known is not None:
        return replace(known, unit=row.unit, kind=kind, node=node or known.node, period_s=period_s)
    name = row.channel.rsplit(".", 1)[-1].replace("_", " ")
    return Channel(ChannelId(row.channel), name[:1].upper() + name[1:], row.unit, kind, period_s, node)
