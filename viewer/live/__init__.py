"""ZeroMQ: wire format, keys, subscriber, sample rings, staleness."""
