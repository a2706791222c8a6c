"""Edge rules in the window: written with feedback at once, tried on history, armed."""
