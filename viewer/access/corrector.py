"""The corrector: runs one correction inside a gateway, through the same gate as everybody, with a key of its own."""

from __future__ import annotations

from collections.abc import Callable

from viewer.access.command_path import CommandPath
from viewer.access.correction import Addressee, OwnCorrection, correction_command
from viewer.access.gate import Verdict
from viewer.access.identity import Identity
from viewer.access.leash import Reading


class Corrector:
    """On the gateway's thread. What it may do is the gate's and the leash's to say."""

    def __init__(self, own: OwnCorrection, path: CommandPath, identity: Identity, signer: tuple[str, str]) -> None:
        """`identity`: as which it is enrolled here; `signer`: public and secret signing key, Z85."""
        self._own, self._path = own, path
        self._identity, self._signer = identity, signer
        self._next_ns: int | None = None

    @property
    def channel(self) -> str:
        """The set-point that it corrects."""
        return self._own.correction.terms.channel

    def step(self, now_ns: int, reading: Callable[[str], Reading | None]) -> Verdict | None:
        """To be called often: every `every_s` the next step, judged; one that is accepted is to be carried out. None
        where nothing is to be done. The first one waits as long, until its measurement is there. Raises OSError where the
        leash's state can't be kept."""
        if self._next_ns is None:
            self._next_ns = now_ns + round(1e9 * self._own.every_s)
        if self._next_ns - round(2e9 * self._own.every_s) < now_ns < self._next_ns:
            return None
        self._next_ns = now_ns + round(1e9 * self._own.every_s)
        terms = self._own.correction.terms
        set_point, measured = reading(terms.channel), reading(terms.input)
        if self._path.doubt(terms.channel, measured, now_ns) or set_point is None or measured is None:
            return None
        state = self._path.state(self._identity)
        to = Addressee(state.plant, state.gateway, state.configuration, state.sequence)
        frame = correction_command(self._own.correction, set_point, measured, to, self._identity.user, self._signer, now_ns)
        return None if frame is None else self._path.command(frame, now_ns, reading, self._identity)
