"""The registry of enrolled keys: read again whenever a file changes, asked for every message, never slower with more people."""

from __future__ import annotations

import fnmatch
import logging
import os
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from viewer.access.identity import Identity, read_identity
from viewer.base.errors import UserMistake

_logger = logging.getLogger(__name__)
Stamps = tuple[tuple[str, int, int, int], ...]


class Registry:
    """Who is enrolled, from the files of a folder; who stands in `revoked` is out whatever `folder` says. On one thread."""

    def __init__(self, folder: Path, revoked: Path | None = None) -> None:
        self._folders = (folder, revoked or folder.parent / "revoked")
        self._seen: tuple[Stamps, ...] | None = None
        self._by_public: dict[str, Identity] = {}
        self._by_signing: dict[str, Identity] = {}
        self._retired: dict[str, Identity] = {}
        self._looked_s = 0.0
        self.version = 0
        """Grows by one with each change."""
        self.refresh()

    def refresh(self, *, after_s: float = 0.0) -> bool:
        """Take up changes on disk; whether there were any. A file that can't be read admits nobody and is logged once.
        `after_s`: not if the last look is younger, so that a flood of questions does not become a flood of looks."""
        now_s = time.monotonic()
        if self._seen is not None and now_s - self._looked_s < after_s:
            return False
        self._looked_s = now_s
        seen = tuple(_stamps(folder) for folder in self._folders)
        if seen == self._seen:
            return False
        self._seen = seen
        self._take(_readable(self._folders[0]), _readable(self._folders[1]))
        return True

    def by_public(self, public: str) -> Identity | None:
        """Who has this CURVE public key (Z85), if enrolled."""
        return self._by_public.get(public)

    def by_signing(self, signing: str) -> Identity | None:
        """Who signs with this Ed25519 public key (Z85), if enrolled."""
        return self._by_signing.get(signing)

    def once_signed(self, signing: str) -> Identity | None:
        """Who signs with it or did before being revoked: for what was accepted in the past."""
        return self._by_signing.get(signing) or self._retired.get(signing)

    def admits(self, one: Identity) -> bool:
        """Whether this identity is still enrolled, with the same keys, role and channels."""
        return self._by_public.get(one.public) == one

    def __iter__(self) -> Iterable[Identity]:
        return iter(self._by_public.values())

    def _take(self, enrolled: list[Identity], revoked: list[Identity]) -> None:
        gone = {key for one in revoked for key in (one.public, one.signing) if key}
        left = [one for one in enrolled if gone.isdisjoint((one.public, one.signing))]
        for one in enrolled:
            if not gone.isdisjoint((one.public, one.signing)):
                _logger.error("%s is enrolled with a key that was revoked, and not admitted", one.user)
        left = _unique(_unique(left, lambda one: one.public), lambda one: one.signing)
        self._by_public = {one.public: one for one in left}
        self._by_signing = {one.signing: one for one in left if one.signing}
        self._retired = {one.signing: one for one in revoked if one.signing}
        self.version += 1


class ChannelRights:
    """Which channels of one catalogue each identity may send: a mask made once, then one look-up a message."""

    def __init__(self, ids: Sequence[str]) -> None:
        self._ids = list(ids)
        self._masks: dict[Identity, NDArray[np.bool_]] = {}

    def mask(self, one: Identity) -> NDArray[np.bool_]:
        """(n,) True where it may send the channel of that catalogue index; not to be written to."""
        found = self._masks.get(one)
        if found is None:
            if len(self._masks) >= 10_000:
                self._masks.clear()  # identities change; what is asked for again is made again
            found = self._masks[one] = channel_mask(self._ids, one.channels)
            found.flags.writeable = False
        return found

    def allows(self, one: Identity, channels: NDArray[np.integer]) -> bool:
        """Whether it may send all of these catalogue indices (k,); one that is not in the catalogue is not allowed."""
        if len(channels) == 0:
            return True
        if int(channels.min()) < 0 or int(channels.max()) >= len(self._ids):
            return False
        return bool(self.mask(one)[channels].all())


def channel_mask(ids: Sequence[str], globs: Sequence[str]) -> NDArray[np.bool_]:
    """(n,) Whether each id matches one of the shell-style patterns, case-sensitive."""
    if not globs:
        return np.zeros(len(ids), np.bool_)
    pattern = re.compile("|".join(fnmatch.translate(glob) for glob in globs))
    return np.fromiter((pattern.match(one) is not None for one in ids), np.bool_, len(ids))


def _stamps(folder: Path) -> Stamps:
    try:
        with os.scandir(folder) as entries:
            files = [(entry.name, entry.stat()) for entry in entries if entry.name.endswith(".toml")]
    except OSError:
        return ()
    return tuple(sorted((name, stat.st_mtime_ns, stat.st_ino, stat.st_size) for name, stat in files))


def _readable(folder: Path) -> list[Identity]:
    found: list[Identity] = []
    for path in sorted(folder.glob("*.toml")):
        try:
            found.append(read_identity(path))
        except UserMistake as mistake:
            _logger.error("not taken until this is mended: %s", mistake)
    return found


def _unique(people: list[Identity], key: Callable[[Identity], str]) -> list[Identity]:
    """Without those that share a key: nobody can say which of them it was."""
    often = Counter(key(one) for one in people if key(one))
    for one in people:
        if often[key(one)] > 1:
            _logger.error("%s has the same key as somebody else, and neither is admitted", one.user)
    return [one for one in people if often[key(one)] <= 1]
