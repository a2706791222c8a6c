"""The window: docks, actions and panels in PySide6, over the model and the live line it is given."""
