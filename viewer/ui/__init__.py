"""PySide6: window, docks, actions, rooms."""
