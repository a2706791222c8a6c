"""The arguments of `genchi rules` and the words of its answers; light, for every start of the program reads it."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from viewer.cli_keys import Add, Answer


def add_rule_verbs(add: Add) -> None:
    """Declare the verbs."""
    one = add("check", _check, "read a file of rules: the first mistake with its place, or what the rules give")
    one.add_argument("file", type=Path)
    one.add_argument("--gateway", metavar="ENDPOINT", help="also compare the channels with those of this gateway")

    one = add("backtest", _backtest, "try a rule on history: what it would have raised, and what load that is")
    _trial_options(one)

    one = add("arm", _arm, "try a rule on a gateway's history, record the trial there, and set armed = true in the file")
    _trial_options(one)


def _trial_options(one: argparse.ArgumentParser) -> None:
    one.add_argument("file", type=Path)
    one.add_argument("--rule", required=True, metavar="ID")
    one.add_argument("--from", dest="begin", default="8h", metavar="TIME", help="2026-11-22T06:00, or so long ago: 30m, 8h, 7d")
    one.add_argument("--to", dest="end", default="now", metavar="TIME", help="the same, or now")
    one.add_argument("--gateway", metavar="ENDPOINT", help="whose history, or its name; else the one that runs here")
    one.add_argument("--history", type=Path, metavar="FOLDER", help="try it on this folder, which no gateway has open")


def _check(arguments: argparse.Namespace) -> Answer:
    from viewer.cli_backtest import check

    found = check(arguments.file, arguments.gateway)
    lines = [f"{one['id']}: {one['kind']}{', armed' if one['armed'] else ''}: {one['text']}" for one in found["rules"]]
    return found, "\n".join([f"rules that can be read: {len(found['rules'])}", *lines])


def _backtest(arguments: argparse.Namespace) -> Answer:
    from viewer.cli_backtest import try_rule

    given = arguments.file, arguments.rule, arguments.begin, arguments.end, arguments.gateway, arguments.history
    found = try_rule(*given)
    return found, _told(found)


def _arm(arguments: argparse.Namespace) -> Answer:
    from viewer.cli_backtest import arm

    given = arguments.file, arguments.rule, arguments.begin, arguments.end, arguments.gateway, arguments.history
    found = arm(*given)
    last = (
        f"armed for {found['gateway']}, which takes it up when it starts again with this file in [rules]; "
        f"the trial is recorded by {found['user']}"
    )
    return found, f"{_told(found)}\n{last}"


def _told(found: Mapping[str, Any]) -> str:
    lines = [
        f"{found['rule']}: {found['times']} times from {found['from']} to {found['to']}, {found['per_day']:.3g} a day; "
        f"alone {found['load'].replace('_', ' ')} (EEMUA 191), {found['peak_10min']} in ten minutes at most",
        *(f"  {one['from']} for {one['duration_s']:.1f} s" for one in found["raised"][:20]),
    ]
    if found["times"] > 20:
        lines.append(f"  and {found['times'] - 20} more, see --json")
    return "\n".join([*lines, *found["findings"]])
