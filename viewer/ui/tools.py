"""Tools: what the mouse and the keys do in the 3D view while one is taken up; exactly one is at any time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent
from PySide6.QtGui import QKeyEvent, QMouseEvent, QWheelEvent

if TYPE_CHECKING:
    from viewer.ui.main_window import MainWindow


class Tool:
    """A tool that does nothing; others override what they need. Main thread.

    Each handler says whether it took the event: what it does not take does what it does with the select tool (pick, orbit, pan,
    zoom), so that one can look round while measuring.
    """

    id = "select"
    hint = ""
    """One line at the lower edge of the view while the tool is taken up."""

    def begin(self) -> None:
        """The tool was taken up."""

    def end(self) -> None:
        """Another was taken up; leave nothing in the view that only this tool needs."""

    def press(self, event: QMouseEvent) -> bool:
        """A button went down."""
        return False

    def move(self, event: QMouseEvent) -> bool:
        """The cursor moved, with or without a button held."""
        return False

    def release(self, event: QMouseEvent) -> bool:
        """A button went up."""
        return False

    def double_click(self, event: QMouseEvent) -> bool:
        """Two clicks."""
        return False

    def wheel(self, event: QWheelEvent) -> bool:
        """The wheel turned."""
        return False

    def wants_key(self, event: QKeyEvent) -> bool:
        """Whether a key is to come to `key_press` although it is the shortcut of an action."""
        return False

    def key_press(self, event: QKeyEvent) -> bool:
        """A key went down while the view has the focus. Escape, where it is not taken, goes back to the select tool."""
        return False

    def key_release(self, event: QKeyEvent) -> bool:
        """A key went up."""
        return False

    def leave(self, event: QEvent) -> None:
        """The cursor left the view."""


class MoveTool(Tool):
    """Shows the gizmo on the selected node."""

    id = "move"
    hint = "Drag an arrow, or type the position in the inspector   ·   Ctrl: no snap   ·   Esc: back"


class Tools:
    """All tools of a window, by id, and which is taken up."""

    def __init__(self, window: MainWindow) -> None:
        self._w = window
        self._all: dict[str, Tool] = {}
        self.current: Tool = Tool()
        for tool in (self.current, MoveTool()):
            self.add(tool)

    def add(self, tool: Tool) -> None:
        """Offer a tool. Raises ValueError where its id is taken."""
        if tool.id in self._all:
            raise ValueError(f"there is already a tool {tool.id!r}")
        self._all[tool.id] = tool

    def replace(self, tool: Tool) -> None:
        """Put a tool in the place of the one with its id, also in the hand."""
        before = self._all.get(tool.id)
        self._all[tool.id] = tool
        if self.current is before:
            self.current = tool
            self._w.view3d.set_tool(tool)
            self._w.view3d.set_hint(tool.hint)

    def is_taken(self, tool_id: str) -> bool:
        """Whether that tool is taken up."""
        return self.current.id == tool_id

    def take(self, tool_id: str) -> None:
        """Take up a tool; taken up again, it stays. Raises KeyError for an unknown one."""
        tool = self._all[tool_id]
        if tool is self.current:
            return
        self.current.end()
        self.current = tool
        view = self._w.view3d
        view.set_tool(tool)
        view.set_hint(tool.hint)
        tool.begin()
