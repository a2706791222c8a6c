"""The measuring tool of the window: picking with snap, dimension lines over the scene, and the list of measurements."""
