"""The arguments of `genchi command` and `genchi limits`, and the words of their answers; light, for every start reads it."""

from __future__ import annotations

import argparse
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from viewer.cli_keys import Add, Answer


def add_command_verbs(add: Add) -> None:
    """Declare the verbs of `genchi command`."""
    one = add("send", _send, "move a set-point, signed with your key; the gateway judges")
    one.add_argument("channel")
    one.add_argument("value", type=_number, help="in the channel's unit")
    one.add_argument("--reason", default="", help="kept in the audit")
    _gateway_options(one)

    one = add("arm", _arm, "let a correction that has stopped run again")
    one.add_argument("channel", help="the set-point that it corrects")
    _gateway_options(one)


def add_limits_verbs(add: Add) -> None:
    """Declare the verbs of `genchi limits`."""
    _gateway_options(add("list", _list, "the limits in force, the corrections, and the changes that wait"))

    one = add("propose", _propose, "propose other limits, signed with your key; a second engineer approves them")
    one.add_argument("file", type=Path, help="TOML with all [[set_point]] tables that are to hold")
    one.add_argument("--reason", required=True, help="why; kept with the change")
    _gateway_options(one)

    one = add("approve", _approve, "approve a change that somebody else proposed")
    one.add_argument("hash", help="of the change, or its first 8 digits or more")
    _gateway_options(one)


def _gateway_options(one: argparse.ArgumentParser) -> None:
    one.add_argument("--gateway", metavar="ENDPOINT", help="or its name; else the one that runs here")
    one.add_argument("--keys", type=Path, metavar="FILE", help="sign with the keys of this file; else with your own")


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise argparse.ArgumentTypeError(f"a finite number is needed, not «{text}»")
    return value


def _send(arguments: argparse.Namespace) -> Answer:
    from viewer.cli_commanding import send

    done = send(arguments.channel, arguments.value, arguments.reason, arguments.gateway, arguments.keys)
    return done, f"{done['channel']}: {done['before']:g} to {done['value']:g}, {done['sentence']}"


def _arm(arguments: argparse.Namespace) -> Answer:
    from viewer.cli_commanding import arm

    done = arm(arguments.channel, arguments.gateway, arguments.keys)
    return done, f"the correction of {done['channel']} runs again"


def _list(arguments: argparse.Namespace) -> Answer:
    from viewer.cli_commanding import limits

    found = limits(arguments.gateway, arguments.keys)
    lines = [f"{found['gateway']} of {found['plant']}: revision {found['revision']}, {found['configuration'][:12]}"]
    lines += [_limit_line(one) for one in found["limits"]]
    lines += [f"correction of {channel}: {why or 'on'}" for channel, why in found["corrections"].items()]
    for one in found["pending"]:
        lines += [f"waits: {one['hash'][:12]} by {', '.join(one['signers'])}: {one['reason']}"]
        lines += [f"  {change}" for change in one["changes"]]
    return found, "\n".join(lines)


def _limit_line(one: Mapping[str, Any]) -> str:
    return f"{one['channel']}: {one['low']:g} to {one['high']:g}, step {one['step']:g}, {one['rate_per_s']:g} a second"


def _propose(arguments: argparse.Namespace) -> Answer:
    from viewer.cli_commanding import propose

    done = propose(arguments.file, arguments.reason, arguments.gateway, arguments.keys)
    return done, "\n".join([f"{done['sentence']}; let them run genchi limits approve {done['hash'][:12]}", *done["changes"]])


def _approve(arguments: argparse.Namespace) -> Answer:
    from viewer.cli_commanding import approve

    done = approve(arguments.hash, arguments.gateway, arguments.keys)
    return done, "\n".join([done["sentence"], *done["changes"]])
