"""A rule of the form: read, tried on history, and armed; without Qt, on whatever thread asks."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from viewer.base.clock import Clock
from viewer.base.errors import UserMistake
from viewer.base.job import Job
from viewer.base.paths import state_dir
from viewer.live.status import FeedStatus
from viewer.twin.samples import SampleReader

if TYPE_CHECKING:
    from viewer.edge.rules.arming import Trial
    from viewer.edge.rules.backtest import BacktestReport
    from viewer.edge.rules.rule import Rule


@dataclass(frozen=True, slots=True)
class Draft:
    """What stands in the form."""

    id: str
    when: str
    priority: str
    on_delay_s: float

    def table(self) -> dict[str, object]:
        """As a [[rule]] table."""
        return {"id": self.id, "when": self.when, "priority": self.priority, "on_delay_s": self.on_delay_s}


def read(draft: Draft, channels: Collection[str]) -> tuple[Rule, tuple[str, ...]]:
    """The rule and the channels that it names. Raises UserMistake with the position of the first mistake."""
    from viewer.edge.rules.file import rules_from_tables
    from viewer.edge.rules.rule import parsed

    (rule,) = rules_from_tables([draft.table()], channels)
    return rule, tuple(dict.fromkeys(parsed(rule).channels))


def tried(rule: Rule, reader: SampleReader, t0_ns: int, t1_ns: int, job: Job) -> BacktestReport:
    """What it would have raised."""
    from viewer.edge.rules.backtest import backtest

    return backtest(rule, reader, t0_ns, t1_ns, job=job)


def armed(report: BacktestReport, rule: Rule, file: Path, status: FeedStatus, user: str, clock: Clock) -> str:
    """Record the trial for the gateway, and write the rule, armed, at the end of a file of rules; a sentence about it. Raises
    UserMistake where the gateway runs elsewhere, or the file has no room for such a rule."""
    import msgspec

    from viewer.edge.rules.arming import Trial, Trials
    from viewer.edge.rules.file import load_rules, written

    trial = Trial.of(report, user=user, at_ns=clock.now_ns())
    gateway = _here(status)
    before = load_rules(file) if file.exists() else ()
    if any(one.id == rule.id for one in before):
        raise UserMistake(f"a rule «{rule.id}» stands there already, give this one another name: {file}")
    whole = msgspec.structs.replace(rule, armed=True)
    if whole.fingerprint(before) != report.fingerprint:
        raise UserMistake(f"this rule uses rules of that file and was tried without them: use genchi rules arm: {file}")
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    Trials(_trials_path(gateway)).record(trial)
    file.write_text(f"{text.rstrip()}\n\n{written(whole)}".lstrip(), encoding="utf-8")
    return f"«{rule.id}» is armed: {gateway} takes it up when it starts again with {file.name} in its [rules]"


def trials(status: FeedStatus) -> Sequence[Trial]:
    """The recorded trials of the gateway, where it runs on this machine."""
    from viewer.edge.rules.arming import Trials

    try:
        return Trials(_trials_path(_here(status))).all()
    except UserMistake:
        return ()


def _here(status: FeedStatus) -> str:
    from viewer.live.discovery import running_gateways  # here: it brings keys and ciphers, which an empty window can do without

    for one in running_gateways():
        if one.endpoint == status.endpoint:
            return one.name
    raise UserMistake("this gateway runs on another machine, where its trials are kept: arm the rule there with genchi rules arm")


def _trials_path(gateway: str) -> Path:
    return state_dir() / "gateway" / gateway / "backtests.jsonl"
