"""The gateway process: sources, publisher, requests."""
