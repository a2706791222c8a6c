"""What can be done with the selected nodes: select others from them, fly there, show their values."""

from __future__ import annotations

from collections.abc import Callable

from viewer.base.ids import ROOT, ChannelId
from viewer.twin.edits import Edits
from viewer.twin.model import Twin
from viewer.ui.removal import removal_of
from viewer.ui.selection import Selection


class NodeCommands:
    """Commands of the registry that start from the selection. Main thread."""

    def __init__(self, selection: Selection, twin: Callable[[], Twin]) -> None:
        self._selection, self._twin = selection, twin

    def select_parent(self) -> None:
        """Select what the selected nodes belong to."""
        nodes = self._twin().nodes
        parents = [nodes[n].parent for n in self._selection.ids]
        self._selection.select([p for p in parents if p != ROOT] or self._selection.ids)

    def select_children(self) -> None:
        """Select what the selected nodes contain."""
        below = [c for n in self._selection.ids for c in self._twin().children_of(n)]
        self._selection.select(below or self._selection.ids)

    def select_alike(self) -> None:
        """Select all nodes that show the same parts."""
        nodes = self._twin().nodes
        parts = {nodes[n].part for n in self._selection.ids} - {None}
        self._selection.select([n.id for n in nodes.values() if n.part in parts] or self._selection.ids)

    def removal(self) -> Edits:
        """The edit that deletes the selected nodes with all that names them."""
        return removal_of(self._twin(), self._selection.ids)

    def channels(self) -> list[ChannelId]:
        """The channels of the selected nodes themselves, else of what is below."""
        twin = self._twin()
        own = twin.channels_of(self._selection.ids)
        below = own or twin.channels_of(n for s in self._selection.ids for n in twin.descendants(s))
        return [c.id for c in below]
