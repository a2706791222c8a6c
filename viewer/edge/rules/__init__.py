"""Edge rules: derived channels and conditions that process engineers write, tried on history before they are armed."""
