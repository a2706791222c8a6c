"""The safety file of a gateway: the set-points that may be commanded, their limits, and the leashes of corrections."""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from viewer.access.correction import Correction, OwnCorrection
from viewer.access.leash import LeashTerms, checked_terms
from viewer.access.limits import MOST_CHANNELS, Writable, checked
from viewer.base.errors import UserMistake


class _Correction(LeashTerms, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A leash, and what the gateway itself needs to correct on it; without `controller` somebody else does."""

    controller: str = ""
    target: float = math.nan
    gain: float = math.nan
    dead_band: Annotated[float, Meta(ge=0.0)] = 0.0
    every_s: Annotated[float, Meta(ge=1.0, le=86_400.0)] = 60.0


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    set_point: list[Writable] = []
    correction: list[_Correction] = []


@dataclass(frozen=True, slots=True)
class Safety:
    """What a site lets happen without its engineers being asked again; both by channel."""

    limits: dict[str, Writable]
    corrections: dict[str, LeashTerms]
    own: dict[str, OwnCorrection] = field(default_factory=dict[str, OwnCorrection])
    """Those that the gateway runs itself."""


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
    corrections = {one.channel: _terms(one) for one in file.correction}
    if len(limits) < len(file.set_point) or len(corrections) < len(file.correction) or len(limits) > MOST_CHANNELS:
        raise UserMistake("a channel stands there twice")
    for channel, terms in corrections.items():
        wider = limits.get(channel)
        if wider is None or not (wider.low <= terms.low and terms.high <= wider.high and terms.step <= wider.step):
            raise UserMistake(f"the correction of {channel} must lie within its [[set_point]]")
    own = {one.channel: _own(one, corrections[one.channel]) for one in file.correction if one.controller}
    return Safety(limits, corrections, own)


def _terms(one: _Correction) -> LeashTerms:
    return checked_terms(LeashTerms(**{name: getattr(one, name) for name in LeashTerms.__struct_fields__}))


def _own(one: _Correction, terms: LeashTerms) -> OwnCorrection:
    if not (math.isfinite(one.target) and math.isfinite(one.gain)) or one.gain == 0.0:
        raise UserMistake(f"the correction of {one.channel} needs target and gain, since it names its controller")
    return OwnCorrection(one.controller, Correction(terms, one.target, one.gain, one.dead_band), one.every_s)
