"""One picture drawn in several goes, each into the same picture, so that others get a turn in between."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from vtkmodules.vtkRenderingCore import vtkActor, vtkProp, vtkRenderer


class PictureInTurns:
    """What the renderer shows now, in goes of about so many triangles. Main thread, the OpenGL context current while drawing.

    Each go takes the props that follow in the renderer's own order, and depth is kept from one to the next, so the finished
    picture is that of one go. What is seen through comes with the last, when all that is behind it is there.
    """

    def __init__(self, renderer: vtkRenderer, triangles: Mapping[vtkProp, int], most: int) -> None:
        """`triangles` of those props that are worth dividing; all others count as none."""
        self._renderer = renderer
        props: Any = renderer.GetViewProps()
        shown: list[vtkProp] = [prop for prop in props if prop.GetVisibility()]
        self._shown, self._goes, self._done = shown, _goes(shown, triangles, most), 0

    @property
    def goes(self) -> int:
        """How many there are in all."""
        return len(self._goes)

    @property
    def finished(self) -> bool:
        """Whether the picture is whole."""
        return self._done == len(self._goes)

    def draw(self, render: Callable[[], None]) -> None:
        """The next go; `render` has the window render."""
        here = self._goes[self._done]
        aside = [prop for prop in self._shown if prop not in here and prop.GetVisibility()]
        for prop in aside:
            prop.VisibilityOff()
        self._renderer.SetErase(self._done == 0)
        try:
            render()
        finally:
            self._done += 1
            self._renderer.EraseOn()
            for prop in aside:
                prop.VisibilityOn()


def _goes(shown: list[vtkProp], triangles: Mapping[vtkProp, int], most: int) -> list[set[vtkProp]]:
    glass = {prop for prop in shown if isinstance(prop, vtkActor) and prop.GetForceTranslucent()}
    goes: list[set[vtkProp]] = [set()]
    held = 0
    for prop in shown:
        if prop in glass:
            continue
        cost = triangles.get(prop, 0)
        if held and held + cost > most:
            goes.append(set())
            held = 0
        goes[-1].add(prop)
        held += cost
    goes[-1] |= glass
    return goes
