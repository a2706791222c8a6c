"""The write path in the gateway's loop: what somebody signed is judged, carried out by the source that has the set-point, and
audited with its outcome."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from viewer.access.identity import Identity
from viewer.base.errors import GenchiError
from viewer.edge.collector import Collector
from viewer.edge.source import CommandedSource
from viewer.live import past_words as words

if TYPE_CHECKING:
    from viewer.access.command_path import CommandPath
    from viewer.access.corrector import Corrector
    from viewer.access.gate import Verdict
    from viewer.access.leash import Reading
    from viewer.alarms.definitions import AlarmDefinition

_logger = logging.getLogger(__name__)


class CommandDesk:
    """On the gateway's loop. Without a path there is nothing to write with: everything is refused."""

    def __init__(self, path: CommandPath | None, collector: Collector) -> None:
        self._path, self._collector = path, collector
        self.correctors: tuple[Corrector, ...] = ()
        """The corrections that this gateway runs itself."""

    def tell_states(self) -> Sequence[AlarmDefinition]:
        """Let a channel of its own say how each correction fares, from now on; the alarms on them."""
        from viewer.edge.correction_states import CorrectionStates

        if self._path is None or not self._path.leashes:
            return ()
        run = {one.channel for one in self.correctors}
        states = CorrectionStates(self._path.leashes, set(self._path.safety.own) - run)
        self._collector.add(states, "corrections", "corrections", keeps=True)
        return states.alarms()

    def answer(self, asked: words.CommandRequest, sender: Identity, now_ns: int) -> words.CommandAnswer:
        """Judge and do what is asked; never raises for what is sent."""
        if self._path is None:
            return words.CommandAnswer(asked.request, False, "this gateway takes no commands")
        match asked.what:
            case "state":
                state = msgspec.msgpack.encode(self._path.state(sender))
                return words.CommandAnswer(asked.request, True, "", state)
            case "command":
                accepted, sentence = self._command(self._path, asked.envelope, sender, now_ns)
                return words.CommandAnswer(asked.request, accepted, sentence[:2000])
            case "arm":
                armed = self._path.arm(asked.envelope.decode("utf-8", "replace")[:200], sender)
                return words.CommandAnswer(asked.request, armed.accepted, armed.sentence[:2000])
            case "proposal" | "approval":
                verdict = self._path.sign_off(asked.envelope, now_ns, sender)
                return words.CommandAnswer(asked.request, verdict.accepted, verdict.sentence[:2000], verdict.hash.encode())

    def hub_lost(self) -> None:
        """The higher gateway is gone: no correction without it."""
        if self._path is None:
            return
        try:
            self._path.hub_lost()
        except OSError as error:
            _logger.error("that the hub is lost can't be kept: %s", error)

    def beat(self, now_ns: int) -> None:
        """To be called often: the corrections whose time has come."""
        for one in self.correctors:
            try:
                verdict = one.step(now_ns, self._reading)
            except OSError as error:
                _logger.error("a correction could not be judged: %s", error)
                continue
            if verdict is not None and self._path is not None:
                self._done(self._path, verdict)

    def close(self) -> None:
        """Close the path's files."""
        if self._path is not None:
            self._path.close()

    def _command(self, path: CommandPath, envelope: bytes, sender: Identity, now_ns: int) -> tuple[bool, str]:
        return self._done(path, path.command(envelope, now_ns, self._reading, sender))

    def _done(self, path: CommandPath, verdict: Verdict) -> tuple[bool, str]:
        """Carry out what was accepted, and audit its outcome."""
        if not verdict.accepted or verdict.command is None:
            return False, verdict.reason
        command = verdict.command
        try:
            self._carry_out(command.channel, command.value)
            accepted, sentence = True, "carried out"
        except GenchiError as error:
            accepted, sentence = False, str(error)
        try:
            path.acted(verdict, sentence)
        except OSError as error:
            _logger.error("the outcome of a command could not be audited: %s", error)
        return accepted, sentence

    def _carry_out(self, channel: str, value: float) -> None:
        """Raises GenchiError where the source can't or won't."""
        source = self._collector.owners[self._collector.index[channel]].source
        if not isinstance(source, CommandedSource):
            raise GenchiError(f"the source of {channel} takes no set-points")
        source.command(channel, value)

    def _reading(self, channel: str) -> Reading | None:
        from viewer.access.leash import Reading

        at = self._collector.index.get(channel)
        if at is None:
            return None
        wanted = np.zeros(len(self._collector.channels), np.bool_)
        wanted[at] = True
        newest = self._collector.latest(wanted)
        if not len(newest):
            return None
        return Reading(float(newest.values[0]), int(newest.t_ns[0]), bool(newest.quality[0] == 0))
