"""What the parts' colours tell: the choice in the toolbar, and the overlay that is made from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from PySide6.QtWidgets import QMenu

from viewer.base.units import grouped, pretty_unit
from viewer.twin.attributes import colouring, property_keys
from viewer.twin.channel_overlay import ChannelOverlay
from viewer.twin.channels import Binding
from viewer.twin.model import Twin
from viewer.ui.painted_overlay import PaintedOverlay
from viewer.ui.services import ColourBy

_MOST_NAMES = 12


ATTRIBUTES: tuple[tuple[str, ColourBy], ...] = (
    ("Kind", ColourBy("kind", "")),
    ("Part: instances alike", ColourBy("part", "")),
    ("File it came from", ColourBy("file", "")),
    ("Size", ColourBy("size", "")),
    ("Volume", ColourBy("volume", "")),
    ("Number of triangles", ColourBy("triangles", "")),
)
_MOST_KEYS = 300


def overlay_of(twin: Twin, colour_by: ColourBy) -> ChannelOverlay | PaintedOverlay:
    """The overlay of a twin by a choice. Raises UserMistake as ChannelOverlay does."""
    if colour_by.kind not in ("scene", "states", "channels", "none"):
        live = ChannelOverlay(_coloured(twin, ()))
        return PaintedOverlay(live, colouring(twin, colour_by.kind, colour_by.glob))
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


def fill_attributes(menu: QMenu, twin: Twin, chosen: ColourBy, choose: Callable[[ColourBy], None]) -> None:
    """What the nodes are: kind, part, size …, and a submenu with all properties, commonest first."""
    for text, one in ATTRIBUTES:
        _add(menu, text, one, chosen, choose)
    keys = property_keys(twin)
    if keys:
        properties = menu.addMenu(f"Property ({grouped(len(keys))})")
        groups: dict[str, QMenu] = {}
        for key, count in keys[:_MOST_KEYS]:
            group, _, name = key.rpartition(".")
            if group and group not in groups:
                groups[group] = properties.addMenu(group)
            _add(groups.get(group, properties), f"{name} ({grouped(count)})", ColourBy("property", key), chosen, choose)
    menu.addSeparator()


def _add(menu: QMenu, text: str, one: ColourBy, chosen: ColourBy, choose: Callable[[ColourBy], None]) -> None:
    action = menu.addAction(text)
    action.setCheckable(True)
    action.setChecked(one == chosen)
    action.triggered.connect(lambda _checked=False, c=one: choose(c))


def fill_menu(menu: QMenu, twin: Twin, chosen: ColourBy, choose: Callable[[ColourBy], None]) -> None:
    """Make the menu anew: what can be chosen, the present choice ticked."""
    menu.clear()
    for number, (text, one) in enumerate(choices(twin)):
        if one.kind == "none" or number == 2:
            menu.addSeparator()
        if one.kind == "none":
            fill_attributes(menu, twin, chosen, choose)
        _add(menu, text, one, chosen, choose)


def _state_bindings(twin: Twin) -> tuple[Binding, ...]:
    states = sorted((c for c in twin.channels.values() if c.states and c.node is not None), key=lambda c: c.id)
    return tuple(Binding("colour", c.id, c.node) for c in states if c.node is not None)


def _coloured(twin: Twin, colours: tuple[Binding, ...]) -> Twin:
    others = tuple(b for b in twin.bindings if b.kind != "colour")
    return replace(twin, bindings=(*others, *colours))
