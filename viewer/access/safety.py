"""The safety file of a gateway: the set-points that may be commanded, their limits, and the leashes of corrections."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

import msgspec

from viewer.access.leash import LeashTerms, checked_terms
from viewer.access.limits import MOST_CHANNELS, Writable, checked
from viewer.base.errors import UserMistake


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    set_point: list[Writable] = []
    correction: list[LeashTerms] = []


@dataclass(frozen=True, slots=True)
class Safety:
    """What a site lets happen without its engineers being asked again; both by channel."""

    limits: dict[str, Writable]
    corrections: dict[str, LeashTerms]


def read_safety(path: Path) -> Safety:
    """Read `[[set_point]]` and `[[correction]]` tables. Raises UserMistake with the first mistake and the path last."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        file = msgspec.convert(table, _File)
        return _checked(file)
    except OSError as error:
        raise UserMistake(f"the safety limits can't be read ({error.strerror}): {path}") from error
    except (ValueError, msgspec.ValidationError, UserMistake) as error:
        raise UserMistake(f"the safety limits say nonsense ({error}): {path}") from error


def _checked(file: _File) -> Safety:
    limits = {one.channel: checked(one) for one in file.set_point}
    corrections = {one.channel: checked_terms(one) for one in file.correction}
    if len(limits) < len(file.set_point) or len(corrections) < len(file.correction) or len(limits) > MOST_CHANNELS:
        raise UserMistake("a channel stands there twice")
    for channel, terms in corrections.items():
        wider = limits.get(channel)
        if wider is None or not (wider.low <= terms.low and terms.high <= wider.high and terms.step <= wider.step):
            raise UserMistake(f"the correction of {channel} must lie within its [[set_point]]")
    return Safety(limits, corrections)
