"""What the command palette offers: actions first, then saved views, stations, parts and channels of the scene."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from PySide6.QtGui import QKeySequence

from viewer.base.ids import ChannelId, NodeId
from viewer.base.units import pretty_unit
from viewer.twin.model import Twin
from viewer.twin.process import View
from viewer.ui.actions import Actions
from viewer.ui.command_palette import Entry
from viewer.ui.icons import NAMES
from viewer.ui.node_facts import title_of


def action_entries(actions: Actions) -> Iterator[Entry]:
    """Every action but the palette's own; those that can't run now are shown faint."""
    for spec in actions.specs():
        if spec.id == "help.palette":
            continue
        keys = QKeySequence(spec.shortcut).toString(QKeySequence.SequenceFormat.NativeText)
        run = partial(actions.trigger, spec.id)
        yield Entry(spec.id, actions.text_of(spec), spec.menu, spec.icon or "command", run, keys, spec.enabled())


def scene_entries(
    twin: Twin, select: Callable[[NodeId], object], trend: Callable[[ChannelId], object], fly_to: Callable[[View], object]
) -> Iterator[Entry]:
    """Views, nodes and channels of a twin."""
    for view in twin.views:
        yield Entry(f"saved-view:{view.name}", view.name, "saved view", "view", lambda v=view: fly_to(v))
    titles = {s.node: title_of(twin, s.node) for s in twin.stations.values() if s.node in twin.nodes}
    for node in twin.nodes.values():
        kind = f"kind.{node.kind}"
        yield Entry(
            f"node:{node.id}",
            titles.get(node.id, node.name or node.id),
            node.id,
            kind if kind in NAMES else "node",
            lambda n=node.id: select(n),
        )
    for channel in twin.channels.values():
        detail = f"{channel.id}  {pretty_unit(channel.unit)}"
        yield Entry(f"channel:{channel.id}", f"{channel.name}: trend", detail, "channel", lambda c=channel.id: trend(c))
