"""The 3D view: the widget, its mouse, and what floats over it."""
