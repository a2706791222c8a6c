"""The registry of this machine as its gateways see it: the folder of `genchi keys`."""

from __future__ import annotations

from pathlib import Path

from viewer.access import registry
from viewer.live.keys import authorised_dir, revoked_dir


class Registry(registry.Registry):
    """Who may connect. On the gateway's thread."""

    def __init__(self, folder: Path | None = None) -> None:
        """`folder`: another one than this user's own; its list of revoked keys lies beside it, in `revoked`."""
        super().__init__(folder or authorised_dir(), None if folder else revoked_dir())
