"""A COLLADA document: its elements by id, its unit and its upward axis."""

from __future__ import annotations

import math
from xml.etree.ElementTree import Element

from viewer.geometry.broken import broken
from viewer.geometry.markup import text_of

UP_AXES = ("X_UP", "Y_UP", "Z_UP")


class Document:
    """The root element with what is looked up in it again and again."""

    def __init__(self, root: Element) -> None:
        if root.tag != "COLLADA":
            broken(f"its first element is <{root.tag[:60]}>, expected <COLLADA>")
        self.root = root
        self._by_id: dict[str, Element] = {}
        for element in root.iter():
            own = element.get("id")
            if own is not None:
                self._by_id.setdefault(own, element)
        self.metres = _metres(root)
        up = text_of(root.find("asset/up_axis"), "Y_UP")
        self.up = up if up in UP_AXES else "Y_UP"
        """COLLADA's own default is y."""
        tool = " ".join(text_of(one) for one in root.findall("asset/contributor/authoring_tool"))
        self.is_linear = "blender" in tool.lower()
        """Whether its colours are linear: Blender writes them so, all others as they are seen."""

    def target(self, url: str | None, tag: str) -> Element | None:
        """The element that `#id` means, where it has the tag; None where it has not or lies in another file."""
        if not url or not url.startswith("#"):
            return None
        found = self._by_id.get(url[1:])
        return found if found is not None and found.tag == tag else None


def _metres(root: Element) -> float:
    """Metres in one of the document's units."""
    unit = root.find("asset/unit")
    text = "1" if unit is None else unit.get("meter", "1")
    try:
        metres = float(text.replace(",", "."))
    except ValueError:
        metres = math.nan
    if not (math.isfinite(metres) and 1e-9 <= metres <= 1e6):
        broken(f"its unit is {text[:40]!r} metres, expected a positive number; export it again, or say its unit")
    return metres
