"""Product manufacturing information in the window: list, labels, marked faces."""
