"""A checksum of every page of the database file, kept beside it: what no row's own checksum covers is covered here.

A page's checksum is written, and on the disk, before the page goes from the log into the file; so after a power cut the log is
still there, both are done again, and both agree.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path

from viewer.history.wal import Log, read_log

_SIZE = 8
_AT_ONCE = 512


class PageSums:
    """The checksums of one file's pages, 8 bytes each; bytes of zeros where nothing is known of a page. One thread at a time."""

    def __init__(self, database: Path, page_size: int) -> None:
        self._database = database
        self._path = database.with_name(database.name + ".sums")
        self._log_path = database.with_name(database.name + "-wal")
        self._page_size = page_size

    @property
    def log_bytes(self) -> int:
        """How long the log is."""
        return self._log_path.stat().st_size if self._log_path.exists() else 0

    def log(self) -> Log | None:
        """The log as it is now. Raises ValueError where its head is damaged."""
        return read_log(self._log_path)

    def follow(self) -> None:
        """Take in what the log will bring into the file, before every checkpoint. Raises ValueError for a damaged head."""
        log = self.log()
        if log is None or not log.read:
            return
        new = {page: _sum(data, page) for page, data in log.newest().items()}
        known = bytearray(self._path.read_bytes() if self._path.exists() else b"")
        known.extend(bytes(max(0, _SIZE * max(new) - len(known))))
        for page, digest in new.items():
            known[_SIZE * (page - 1) : _SIZE * page] = digest
        with self._path.open("r+b" if self._path.exists() else "wb") as file:
            file.write(known)
            file.flush()
            os.fsync(file.fileno())

    def wrong(self) -> Iterator[int]:
        """The pages of the file, from 1, that are not what was written; those that the log holds are not asked."""
        log = self.log()
        newer = set(log.page[: log.read].tolist()) if log else set[int]()
        known = self._path.read_bytes() if self._path.exists() else b""
        with self._database.open("rb") as file:
            page = 0
            while data := file.read(_AT_ONCE * self._page_size):
                for at in range(0, len(data), self._page_size):
                    page += 1
                    if page not in newer and known[_SIZE * (page - 1) : _SIZE * page] != _sum(
                        data[at : at + self._page_size], page
                    ):
                        yield page
        for lost in range(page + 1, len(known) // _SIZE + 1):
            if lost not in newer:
                yield lost


def _sum(data: bytes, page: int) -> bytes:
    return blake2b(data, digest_size=_SIZE, key=page.to_bytes(4, "big")).digest()
