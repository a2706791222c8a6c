"""The audit as the gateway's loop uses it: what goes into the chain, without the loop ending where the disk refuses."""

from __future__ import annotations

import logging
from pathlib import Path

from viewer.edge.audit import Audit

_logger = logging.getLogger(__name__)


class Witness:
    """On the gateway's loop. A disk that refuses is logged once down and once up; commands are refused meanwhile by the gate,
    which asks the chain itself."""

    def __init__(self, chain: Audit) -> None:
        self.chain = chain
        self._down = False

    @property
    def path(self) -> Path:
        """The file of the chain."""
        return self.chain.path

    def note(self, event: str, **facts: object) -> None:
        """A line that must be written before what it tells is done. Raises OSError where the disk refuses."""
        self.chain.note(event, **facts)

    def count(self, event: str, sender: str, **facts: object) -> None:
        """A line about what has happened already; many of one kind are counted."""
        try:
            self.chain.count(event, sender, **facts)
        except OSError as error:
            self._refused(error)
        else:
            self._went_well()

    def beat(self) -> None:
        """To be called often."""
        try:
            self.chain.beat()
        except OSError as error:
            self._refused(error)
        else:
            self._went_well()

    def close(self) -> None:
        """Close the chain."""
        try:
            self.chain.close()
        except OSError as error:
            self._refused(error)

    def _refused(self, error: OSError) -> None:
        if not self._down:
            self._down = True
            _logger.error("the audit can't be written: %s", error)

    def _went_well(self) -> None:
        if self._down and self.chain.healthy:
            self._down = False
            _logger.warning("the audit is written again")
