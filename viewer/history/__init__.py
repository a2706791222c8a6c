"""The historian: samples kept for good, read back whole or as an envelope; no sockets, no Qt."""
