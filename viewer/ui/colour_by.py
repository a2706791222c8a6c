"""What the parts' colours tell: the choice in the toolbar, and the overlay that is made from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from PySide6.QtWidgets import QMenu

from viewer.base.units import pretty_unit
from viewer.twin.channel_overlay import ChannelOverlay
from viewer.twin.channels import Binding
from viewer.twin.model import Twin
from viewer.ui.services import ColourBy

_MOST_NAMES = 12


def overlay_of(twin: Twin, colour_by: ColourBy) -> ChannelOverlay:
    """The overlay of a twin by a choice. Raises UserMistake as ChannelOverlay does."""
    if colour_by.kind == "channels":
        return ChannelOverlay(twin, colour_by=colour_by.glob)
    if colour_by.kind == "none":
        return ChannelOverlay(_coloured(twin, ()))
    if colour_by.kind == "states":
        return ChannelOverlay(_coloured(twin, _state_bindings(twin)))
    return ChannelOverlay(twin)


def choices(twin: Twin) -> list[tuple[str, ColourBy]]:
    """What can be chosen for a twin, with the text of each, commonest measurements first."""
    found: list[tuple[str, ColourBy]] = [("As the scene says", ColourBy("scene"))]
    if any(c.states and c.node for c in twin.channels.values()):
        found.append(("Station and device state", ColourBy("states")))
    counts = Counter((c.name, c.unit) for c in twin.channels.values() if c.kind == "measurement" and c.node)
    for (name, unit), _ in counts.most_common(_MOST_NAMES):
        written = pretty_unit(unit)
        found.append((f"{name} in {written}" if written else name, ColourBy("channels", name.replace("[", "[[]"))))
    return [*found, ("Nothing: own colours", ColourBy("none"))]


def fill_menu(menu: QMenu, twin: Twin, chosen: ColourBy, choose: Callable[[ColourBy], None]) -> None:
    """Make the menu anew: what can be chosen, the present choice ticked."""
    menu.clear()
    for number, (text, one) in enumerate(choices(twin)):
        if one.kind == "none" or number == 2:
            menu.addSeparator()
        action = menu.addAction(text)
        action.setCheckable(True)
        action.setChecked(one == chosen)
        action.triggered.connect(lambda _checked=False, c=one: choose(c))


def _state_bindings(twin: Twin) -> tuple[Binding, ...]:
    states = sorted((c for c in twin.channels.values() if c.states and c.node is not None), key=lambda c: c.id)
    return tuple(Binding("colour", c.id, c.node) for c in states if c.node is not None)


def _coloured(twin: Twin, colours: tuple[Binding, ...]) -> Twin:
    others = tuple(b for b in twin.bindings if b.kind != "colour")
    return replace(twin, bindings=(*others, *colours))
