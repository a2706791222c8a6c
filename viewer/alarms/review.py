"""What a set of alarm definitions looks like before it runs: how priorities are spread, and what each lacks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from viewer.alarms.definitions import AlarmDefinition
from viewer.alarms.figures import RECOMMENDED_SHARES

FEWEST = 20
"""Shares of fewer alarms say nothing."""


def review(definitions: Sequence[AlarmDefinition]) -> tuple[str, ...]:
    """Findings, a sentence each; none where all is as recommended.

    Sources: ANSI/ISA-18.2-2016 clauses 9 and 10 and EEMUA 191 ed. 3: about 80 / 15 / 5 per cent of low, medium and high priority,
    a dead band or delay against chattering, and a response for every alarm (what needs none is no alarm).
    """
    found: list[str] = []
    shares = priority_shares(definitions)
    if len(definitions) >= FEWEST and any(abs(shares[key] - wanted) > 0.05 for key, wanted in RECOMMENDED_SHARES.items()):
        written = " / ".join(f"{100.0 * shares[key]:.0f}" for key in RECOMMENDED_SHARES)
        found.append(f"The priorities low / medium / high are spread {written} %; about 80 / 15 / 5 % are recommended.")
    _told(found, "have neither dead band nor delay and may chatter", [one for one in definitions if _may_chatter(one)])
    urgent = [one for one in definitions if one.priority in ("high", "critical") and not one.response]
    _told(found, "of high priority name no response", urgent)
    return tuple(found)


def priority_shares(definitions: Sequence[AlarmDefinition]) -> dict[str, float]:
    """The share of low, medium and high (with critical) priority."""
    count, total = Counter(one.priority for one in definitions), max(1, len(definitions))
    high = count["high"] + count["critical"]
    return {"low": count["low"] / total, "medium": count["medium"] / total, "high": high / total}


def _may_chatter(one: AlarmDefinition) -> bool:
    return one.kind in ("high", "low") and not (one.dead_band or one.on_delay_s or one.off_delay_s)


def _told(found: list[str], what: str, alarms: Sequence[AlarmDefinition]) -> None:
    if alarms:
        names = ", ".join(one.id for one in alarms[:5]) + (f" and {len(alarms) - 5} more" if len(alarms) > 5 else "")
        found.append(f"{len(alarms)} alarms {what}: {names}.")
