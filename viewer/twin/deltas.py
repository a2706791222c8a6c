"""A delta says what changed between two twins, so that nobody has to compare them."""

from __future__ import annotations

from dataclasses import dataclass

from viewer.base.ids import NodeId


@dataclass(frozen=True, slots=True)
class Delta:
    """Ids that changed; a move of a parent names only the parent. `scene_replaced` means: build everything anew."""

    scene_replaced: bool = False
    added: frozenset[NodeId] = frozenset()
    removed: frozenset[NodeId] = frozenset()
    moved: frozenset[NodeId] = frozenset()
    restyled: frozenset[NodeId] = frozenset()
    """Colour, visibility, name or properties."""
    channels: bool = False
    """Channels, limits, bindings or paths: overlay plans are to be made anew."""
    process: bool = False
    """Stations, flows, characteristics or views."""

    def __or__(self, later: Delta) -> Delta:
        """This delta followed by a later one. A node removed and added again counts as both: consumers remove first."""
        added = (self.added - later.removed) | later.added
        return Delta(
            scene_replaced=self.scene_replaced or later.scene_replaced,
            added=added,
            removed=self.removed | (later.removed - (self.added - self.removed)),
            moved=((self.moved - later.removed) | later.moved) - added,
            restyled=((self.restyled - later.removed) | later.restyled) - added,
            channels=self.channels or later.channels,
            process=self.process or later.process,
        )

    def __bool__(self) -> bool:
        return self != NO_CHANGE


NO_CHANGE = Delta()
