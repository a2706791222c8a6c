"""What `genchi command` and `genchi limits` do: envelopes signed with a person's key, handed to the gateway that judges them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from viewer.access.approval import (
    LONGEST_LIFE_NS,
    Approval,
    LimitsChange,
    change_hash,
    open_approval,
    proposal,
    signed_by,
)
from viewer.access.command import LONGEST_LIFE_NS as COMMAND_LIFE_NS
from viewer.access.command import Command, canonical, new_nonce, signed_command
from viewer.access.command_path import CommandState
from viewer.access.limits import Writable
from viewer.access.limits_book import body_of, limits_of
from viewer.access.safety import read_safety
from viewer.base.clock import SystemClock
from viewer.base.errors import UserMistake
from viewer.cli_gateway import answered, connected, newest_value, signing_keys
from viewer.live import keys
from viewer.live.feed import LiveFeed
from viewer.live.past_words import CommandAnswer, CommandKind

_SHORTEST_HASH: Final = 8


def send(channel: str, value: float, reason: str, endpoint: str | None, key_file: Path | None) -> dict[str, Any]:
    """Move a set-point from where it is now. Raises UserMistake with the gateway's own sentence where that refuses."""
    pair = signing_keys(key_file)
    with connected(endpoint, pair) as feed:
        state, base = _state(feed), newest_value(feed, channel)
        now_ns = SystemClock().now_ns()
        command = Command(
            plant=state.plant,
            gateway=state.gateway,
            channel=channel,
            value=value,
            base=base,
            configuration=state.configuration,
            user=pair.owner,
            nonce=new_nonce(),
            sequence=state.sequence,
            issued_ns=now_ns,
            expires_ns=now_ns + COMMAND_LIFE_NS,
            reason=reason[:300],
        )
        answer = _accepted(feed, "command", signed_command(command, pair.signer))
    return {"channel": channel, "before": base, "value": value, "sentence": answer.sentence, "user": pair.owner}


def arm(channel: str, endpoint: str | None, key_file: Path | None) -> dict[str, Any]:
    """Let a correction run again. Raises UserMistake where the gateway refuses."""
    with connected(endpoint, signing_keys(key_file)) as feed:
        answer = _accepted(feed, "arm", channel.encode())
    return {"channel": channel, "sentence": answer.sentence}


def limits(endpoint: str | None, key_file: Path | None) -> dict[str, Any]:
    """What is in force, and what waits for a second engineer."""
    with connected(endpoint, signing_keys(key_file)) as feed:
        state = _state(feed)
    now = {one.channel: one for one in state.limits}
    return {
        "plant": state.plant,
        "gateway": state.gateway,
        "enabled": state.enabled,
        "configuration": state.configuration,
        "revision": state.revision,
        "limits": [msgspec.to_builtins(one) for one in state.limits],
        "corrections": dict(state.corrections),
        "pending": [_waiting(frame, now) for frame in state.pending],
    }


def propose(file: Path, reason: str, endpoint: str | None, key_file: Path | None) -> dict[str, Any]:
    """Propose that the set-points of a file hold from now on. Raises UserMistake where the gateway refuses."""
    safety, pair = read_safety(file), signing_keys(key_file)
    if safety.corrections:
        raise UserMistake(f"only set-points are changed by approval: leave [[correction]] tables out of this file: {file}")
    wanted = safety.limits
    with connected(endpoint, pair) as feed:
        state = _state(feed)
        changes = _changes({one.channel: one for one in state.limits}, wanted)
        if not changes:
            raise UserMistake(f"these limits are in force already: {file}")
        now_ns = SystemClock().now_ns()
        change = LimitsChange(
            plant=state.plant,
            gateway=state.gateway,
            subject="set-points",
            body=body_of(list(wanted.values())),
            before=state.configuration,
            revision=state.revision + 1,
            reason=reason,
            nonce=new_nonce(),
            issued_ns=now_ns,
            expires_ns=now_ns + LONGEST_LIFE_NS,
        )
        signed = signed_by(proposal(change), pair.signer)
        answer = _accepted(feed, "proposal", canonical(signed))
    return {"hash": change_hash(signed), "sentence": answer.sentence, "changes": changes}


def approve(digest: str, endpoint: str | None, key_file: Path | None) -> dict[str, Any]:
    """Put one's own signature under a change that waits. Raises UserMistake where the gateway refuses."""
    pair = signing_keys(key_file)
    with connected(endpoint, pair) as feed:
        state = _state(feed)
        approval, change = _chosen(digest, state.pending)
        changes = _changes({one.channel: one for one in state.limits}, limits_of(change.body) or {})
        answer = _accepted(feed, "approval", canonical(signed_by(approval, pair.signer)))
    return {"hash": change_hash(approval), "sentence": answer.sentence, "changes": changes}


def _state(feed: LiveFeed) -> CommandState:
    return msgspec.msgpack.decode(_accepted(feed, "state", b"").answer, type=CommandState)


def _accepted(feed: LiveFeed, what: CommandKind, envelope: bytes) -> CommandAnswer:
    answer = answered(feed.send_command(what, envelope))
    if not answer.accepted:
        raise UserMistake(f"refused: {answer.sentence}")
    return answer


def _chosen(digest: str, pending: Sequence[bytes]) -> tuple[Approval, LimitsChange]:
    if len(digest) < _SHORTEST_HASH:
        raise UserMistake(f"give at least {_SHORTEST_HASH} digits of the change's hash, not «{digest}»: see genchi limits list")
    found = [open_approval(frame) for frame in pending]
    fitting = [one for one in found if change_hash(one[0]).startswith(digest.lower())]
    if len(fitting) != 1:
        raise UserMistake(f"{len(fitting)} changes that wait begin with «{digest}»: see genchi limits list")
    return fitting[0]


def _waiting(frame: bytes, now: Mapping[str, Writable]) -> dict[str, Any]:
    approval, change = open_approval(frame)
    names = {one.signing: one.user for one in keys.enrolled()}
    return {
        "hash": change_hash(approval),
        "reason": change.reason,
        "expires_ns": change.expires_ns,
        "signers": [names.get(one.signer, one.signer) for one in approval.signatures],
        "changes": _changes(now, limits_of(change.body) or {}),
    }


def _changes(before: Mapping[str, Writable], after: Mapping[str, Writable]) -> list[str]:
    """What would be different, a line for each number."""
    lines: list[str] = []
    for channel in sorted({*before, *after}):
        old, new = before.get(channel), after.get(channel)
        if old is None or new is None:
            lines.append(f"{channel}: {'can be commanded' if old is None else 'can no longer be commanded'}")
            continue
        for name in Writable.__struct_fields__[1:]:
            if getattr(old, name) != getattr(new, name):
                lines.append(f"{channel}: {name} {getattr(old, name):g} becomes {getattr(new, name):g}")
    return lines
