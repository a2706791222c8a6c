"""Trends in the window: curves of channels over any span, now and in the past, read beside the main thread."""
