"""Arming: a condition raises alarms only after a back-test of exactly that rule was recorded."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from viewer.base.errors import UserMistake
from viewer.edge.rules.backtest import BacktestReport
from viewer.edge.rules.file import load_rules
from viewer.edge.rules.rule import Rule


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """A back-test as it is kept: what was tried, on what, with what outcome, by whom."""

    rule: str
    fingerprint: str
    t0_ns: int
    t1_ns: int
    times: int
    per_day: float
    unknown_share: float
    samples: int
    """Of the channel of which history held least."""
    user: str
    at_ns: int
    """When it was tried."""

    @staticmethod
    def of(report: BacktestReport, *, user: str, at_ns: int) -> Trial:
        """To be recorded. Raises UserMistake where history held nothing to try the rule on."""
        samples = min((one.samples for one in report.data), default=0)
        if samples == 0 or report.unknown_share >= 1.0:
            raise UserMistake(
                f"the rule «{report.rule}» was tried on no data: choose a time of which history holds all its channels"
            )
        return Trial(
            rule=report.rule,
            fingerprint=report.fingerprint,
            t0_ns=report.t0_ns,
            t1_ns=report.t1_ns,
            times=report.times,
            per_day=report.per_day,
            unknown_share=report.unknown_share,
            samples=samples,
            user=user,
            at_ns=at_ns,
        )


class Trials:
    """The trials of one gateway in a file of JSON lines, only ever added to. One thread."""

    def __init__(self, path: Path) -> None:
        """Raises UserMistake where the file can't be read; a last line that a power cut left unfinished is dropped."""
        self._path = path
        self._trials: list[Trial] = []
        try:
            written = path.read_bytes() if path.exists() else b""
        except OSError as error:
            raise UserMistake(f"the record of back-tests can't be read ({error.strerror}): {path}") from error
        self._whole_bytes = written.rfind(b"\n") + 1
        for number, line in enumerate(written[: self._whole_bytes].splitlines(), 1):
            self._take(line, number)

    def all(self) -> tuple[Trial, ...]:
        """In the order in which they were recorded."""
        return tuple(self._trials)

    def record(self, trial: Trial) -> None:
        """Add one; it is on the disk when this returns."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        line = msgspec.json.encode(trial) + b"\n"
        with self._path.open("r+b" if self._path.exists() else "wb") as file:
            file.truncate(self._whole_bytes)
            file.seek(self._whole_bytes)
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
        self._whole_bytes += len(line)
        self._trials.append(trial)

    def _take(self, line: bytes, number: int) -> None:
        try:
            self._trials.append(msgspec.json.decode(line, type=Trial))
        except msgspec.DecodeError as error:
            raise UserMistake(f"line {number} of the record of back-tests is damaged ({error}): {self._path}") from error


def armed(rules: Sequence[Rule], trials: Iterable[Trial]) -> tuple[tuple[Rule, ...], tuple[str, ...]]:
    """The rules with those disarmed that were never tried as they are now, and a sentence for each of these."""
    tried = {one.fingerprint for one in trials}
    found: list[Rule] = []
    sentences: list[str] = []
    for at, one in enumerate(rules):
        if one.armed and one.fingerprint(rules[:at]) not in tried:
            sentences.append(
                f"the rule «{one.id}» is not armed: there is no back-test of it as it is now; try it on history first"
            )
            found.append(msgspec.structs.replace(one, armed=False))
        else:
            found.append(one)
    return tuple(found), tuple(sentences)


def load_armed(paths: Sequence[Path], trials: Path) -> tuple[tuple[Rule, ...], tuple[str, ...]]:
    """The rules of some files as a gateway may run them: those armed that were tried as they are now, and what is to be told of
    the others.

    Raises UserMistake for a file that can't be read, or two rules of one id.
    """
    rules = tuple(rule for path in paths for rule in load_rules(path))
    seen: set[str] = set()
    for one in rules:
        if one.id in seen:
            raise UserMistake(f"two rules have the id «{one.id}»: give each its own: {', '.join(map(str, paths))}")
        seen.add(one.id)
    return armed(rules, Trials(trials).all())
