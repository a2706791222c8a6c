"""One viewer's session: what it wants, what it was sent, and the numbers by which it sees what it missed."""

from __future__ import annotations

import fnmatch
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from viewer.live.columns import pack
from viewer.live.keys import Enrolled
from viewer.live.wire import MAX_BLOCK_SAMPLES, Blocks, FromGateway, Heartbeat
from viewer.twin.samples import Columns, below, only, split


class Outlet(Protocol):
    """Where messages to a viewer go."""

    def send(self, route: bytes, message: FromGateway) -> bool:
        """Hand over without waiting; False where the viewer's queue is full or it is gone."""
        ...

    def send_frame(self, route: bytes, frame: bytes) -> bool:
        """The same with a message that is encoded already."""
        ...


@dataclass(slots=True)
class Session:
    """Blocks are numbered from 1, and counted whether or not the viewer could take them, so each loss shows at its end."""

    route: bytes
    person: Enrolled
    heard_ns: int
    token: str = field(default_factory=lambda: secrets.token_hex(16))
    wanted: NDArray[np.bool_] | None = None
    sequence: int = 0
    samples: int = 0
    dropped: int = 0
    """Blocks that the viewer's full queue did not take."""
    malformed: int = 0
    asking: int = 0
    """Questions that are not answered yet."""

    def publish(self, columns: Columns, outlet: Outlet, t_ns: int) -> None:
        """Send what it wants of a tick's samples; a block that can't be queued at once is dropped whole, and counted."""
        if self.wanted is None:
            return
        told = below(columns, len(self.wanted))  # the viewer may not have been told of the newest channels yet
        for block in split(only(told, self.wanted), MAX_BLOCK_SAMPLES):
            self.sequence += 1
            if not outlet.send(self.route, Blocks(self.sequence, self.samples, t_ns, pack(block))):
                self.dropped += 1
            self.samples += len(block)

    def beat(self, outlet: Outlet, t_ns: int) -> None:
        """Tell the last number, by which the viewer sees a lost tail."""
        outlet.send(self.route, Heartbeat(self.sequence, self.samples, t_ns))


def matching_mask(ids: Sequence[str], globs: Sequence[str]) -> NDArray[np.bool_]:
    """(n,) Whether each id matches one of the globs."""
    if "*" in globs:
        return np.ones(len(ids), np.bool_)
    if not globs:
        return np.zeros(len(ids), np.bool_)
    pattern = re.compile("|".join(fnmatch.translate(glob) for glob in globs))
    return np.fromiter((pattern.match(one) is not None for one in ids), np.bool_, len(ids))
