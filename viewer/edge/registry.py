"""The registry of enrolled keys as the gateway sees it: read again whenever a file of its folder changes."""

from __future__ import annotations

import logging
from pathlib import Path

from viewer.base.errors import UserMistake
from viewer.live.keys import Enrolled, authorised_dir, read_enrolment

_logger = logging.getLogger(__name__)


class Registry:
    """Who may connect. On the gateway's thread."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or authorised_dir()
        self._seen: tuple[tuple[str, int, int], ...] | None = None
        self._by_public: dict[str, Enrolled] = {}
        self.refresh()

    def refresh(self) -> None:
        """Take up changes on disk; a file that can't be read admits nobody and is logged once."""
        seen = self._stamps()
        if seen == self._seen:
            return
        self._seen = seen
        self._by_public = {one.public: one for one in self._readable()}

    def by_public(self, public: str) -> Enrolled | None:
        """Who has this public key (Z85), if enrolled."""
        return self._by_public.get(public)

    def admits(self, one: Enrolled) -> bool:
        """Whether this person is still enrolled, with the same key and role."""
        return self._by_public.get(one.public) == one

    def _stamps(self) -> tuple[tuple[str, int, int], ...]:
        try:
            files = [(path.name, path.stat()) for path in self._folder.glob("*.toml")]
        except OSError:
            return ()
        return tuple(sorted((name, stat.st_mtime_ns, stat.st_ino) for name, stat in files))

    def _readable(self) -> list[Enrolled]:
        people: list[Enrolled] = []
        for path in sorted(self._folder.glob("*.toml")):
            try:
                people.append(read_enrolment(path))
            except UserMistake as mistake:
                _logger.error("not admitted until this is mended: %s", mistake)
        return people
