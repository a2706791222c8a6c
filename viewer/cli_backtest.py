"""What `genchi rules` does: rules read, tried on a gateway's history or a folder's, and armed by a recorded trial."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from viewer.access.keyfile import write_whole
from viewer.access.roles import may
from viewer.base.clock import Clock, SystemClock
from viewer.base.errors import UserMistake
from viewer.base.paths import state_dir
from viewer.cli_gateway import GatewayHistory, connected, signing_keys
from viewer.cli_job import TerminalJob
from viewer.edge.rules.arming import Trial, Trials
from viewer.edge.rules.backtest import BacktestReport, backtest
from viewer.edge.rules.file import load_rules
from viewer.edge.rules.rule import Rule
from viewer.history.store import History
from viewer.live import keys
from viewer.live.discovery import gateway_at
from viewer.live.tap import iso
from viewer.twin.samples import SampleReader

_UNITS_S: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_TIME_LIKE: Final = "a time is 2026-11-22T06:00 (UTC, or with +01:00), so long ago as 30m, 8h or 7d, or now"


def check(file: Path, endpoint: str | None) -> dict[str, Any]:
    """Read the rules; with a gateway, compare their channels with its. Raises UserMistake with the first mistake."""
    channels = None
    if endpoint is not None:
        with connected(endpoint, signing_keys()) as feed:
            feed.wait_for(lambda status: bool(feed.store.channels), 5.0)
            channels = {one.id for one in feed.store.channels}
        channels -= {one.id for one in load_rules(file)}  # what a gateway runs already it gives under the rules' own ids
    rules = load_rules(file, channels)
    told = [{"id": one.id, "kind": "condition" if one.when else "value", "text": one.text, "armed": one.armed} for one in rules]
    return {"file": str(file), "rules": told}


def try_rule(file: Path, id: str, begin: str, end: str, endpoint: str | None, folder: Path | None) -> dict[str, Any]:
    """A rule's back-test as plain values. Raises UserMistake."""
    rules = load_rules(file)
    clock = SystemClock()
    with _history(endpoint, folder, clock) as reader:
        return _plain(_report(rules, id, reader, begin, end, clock))


def arm(file: Path, id: str, begin: str, end: str, endpoint: str | None, folder: Path | None) -> dict[str, Any]:
    """Try a rule, record the trial for a gateway of this machine, and set `armed = true`. Raises UserMistake for who may not."""
    rules, user, clock = load_rules(file), _who_may_arm(), SystemClock()
    gateway = gateway_at(endpoint).name
    if not gateway:
        raise UserMistake("a rule is armed on the machine of its gateway, where the trial is kept: run this there")
    rule = rules[_place(rules, id)]
    if not rule.when:
        raise UserMistake(f"the rule «{id}» gives a value and raises nothing: only a condition (when) can be armed: {file}")
    text = armed_text(file.read_text(encoding="utf-8"), id)
    with _history(endpoint, folder, clock) as reader:
        report = _report(rules, id, reader, begin, end, clock)
    trial = Trial.of(report, user=user, at_ns=clock.now_ns())
    Trials(state_dir() / "gateway" / gateway / "backtests.jsonl").record(trial)
    mode = file.stat().st_mode
    write_whole(file, text, replace=True)
    file.chmod(mode)
    return {**_plain(report), "user": user, "gateway": gateway, "armed": True}


def armed_text(text: str, id: str) -> str:
    """A file of rules with `armed = true` in this one, and not a character of the others changed. Raises UserMistake where the
    file is written so that only a person can do that."""
    lines = text.splitlines(keepends=True)
    before = tomllib.loads(text)
    wanted = {**before, "rule": [{**one, "armed": True} if one["id"] == id else one for one in before["rule"]]}
    for at in [number for number, line in enumerate(lines) if re.match(r"\s*\[\[\s*rule\s*\]\]", line)]:
        own = range(at + 1, next((n for n in range(at + 1, len(lines)) if lines[n].lstrip().startswith("[")), len(lines)))
        stands = [n for n in own if re.match(r"\s*armed\s*=", lines[n])]
        changed = [*lines]
        if stands:
            changed[stands[0]] = re.sub(r"=\s*\w+", "= true", lines[stands[0]], count=1)
        else:
            last = max((n for n in own if lines[n].strip()), default=at)
            changed[last] = lines[last].rstrip("\n") + "\n"
            changed.insert(last + 1, "armed = true\n")
        try:
            if tomllib.loads("".join(changed)) == wanted:
                return "".join(changed)
        except tomllib.TOMLDecodeError:
            continue
    raise UserMistake(f"the rule «{id}» can't be armed by itself in this file: write armed = true into it, then run this again")


def time_ns(text: str, now_ns: int) -> int:
    """A time as people write it. Raises UserMistake."""
    if text == "now":
        return now_ns
    ago = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smhd])", text)
    if ago:
        return now_ns - round(float(ago[1]) * _UNITS_S[ago[2]] * 1e9)
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise UserMistake(f"{_TIME_LIKE}, not «{text}»") from error
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return round(at.timestamp() * 1e6) * 1000


def _report(rules: Sequence[Rule], id: str, reader: SampleReader, begin: str, end: str, clock: Clock) -> BacktestReport:
    at, now_ns = _place(rules, id), clock.now_ns()
    t0_ns, t1_ns = time_ns(begin, now_ns), time_ns(end, now_ns)
    job = TerminalJob()
    report = backtest(rules[at], reader, t0_ns, t1_ns, job=job, before=rules[:at])
    job.progress(1.0, "tried")
    return report


def _place(rules: Sequence[Rule], id: str) -> int:
    for number, one in enumerate(rules):
        if one.id == id:
            return number
    raise UserMistake(f"no rule «{id}» stands in the file (there: {', '.join(one.id for one in rules) or 'none'})")


def _who_may_arm() -> str:
    """The name of who sits here, proven by their key. Raises UserMistake where their role arms no rules."""
    pair = signing_keys()
    one = next((one for one in keys.enrolled() if one.public == pair.public), None)
    if one is None or not may(one.role, "arm_rule"):
        role = one.role if one is not None else "of somebody who is not enrolled"
        raise UserMistake(f"the role {role} arms no rules: an engineer has to, see genchi keys list")
    return one.user


@contextmanager
def _history(endpoint: str | None, folder: Path | None, clock: Clock) -> Generator[SampleReader]:
    if folder is None:
        with connected(endpoint, signing_keys()) as feed:
            yield GatewayHistory(feed)
        return
    if not folder.is_dir():
        raise UserMistake(f"there is no such folder of a history: {folder}")
    with History(folder, clock) as history:
        yield history


def _plain(report: BacktestReport) -> dict[str, Any]:
    found = msgspec.to_builtins(report)
    found["from"], found["to"] = iso(report.t0_ns), iso(report.t1_ns)
    found["raised"] = [{"from": iso(one.t0_ns), "duration_s": (one.t1_ns - one.t0_ns) / 1e9} for one in report.raised]
    return found
