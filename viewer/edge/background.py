"""A thread beside the gateway's loop for small work that waits for the disk; of work of one name only the newest is done."""

from __future__ import annotations

import logging
import os
import threading
from dataclasses import dataclass, field
from pathlib import Path

from viewer.edge.mailbox import Mailbox, Work

_logger = logging.getLogger(__name__)


@dataclass(slots=True)
class _Due:
    work: Work
    done: list[Work] = field(default_factory=list)


class Background:
    """`do` and `close` on the loop; `done` is called there, through the mailbox."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox
        self._due: dict[str, _Due] = {}
        self._changed = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="gateway background", daemon=True)
        self._thread.start()

    def do(self, name: str, work: Work, done: Work | None = None) -> None:
        """Do this soon, in place of what waits under the same name; then everybody who asked for that name is told."""
        with self._changed:
            due = self._due.setdefault(name, _Due(work))
            due.work = work
            if done is not None:
                due.done.append(done)
            self._changed.notify()

    def close(self) -> None:
        """Do what waits, and end."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._stopping or bool(self._due))
                if not self._due:
                    return
                name = next(iter(self._due))
                due = self._due.pop(name)
            try:
                due.work()
            except Exception:
                _logger.exception("%s could not be done", name)
                continue
            for done in due.done:
                self._mailbox.post(done)


def write_durably(path: Path, data: bytes) -> None:
    """Written aside and moved into place: after a crash the file is the old or the new one, whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    with aside.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
