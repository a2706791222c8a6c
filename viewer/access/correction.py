"""An automatic correction: from a measurement and its target to the next set-point, as a command signed with its own key."""

from __future__ import annotations

import math
from dataclasses import dataclass

from viewer.access.command import LONGEST_LIFE_NS, Command, new_nonce, signed_command
from viewer.access.leash import LeashTerms, Reading


@dataclass(frozen=True, slots=True)
class Correction:
    """Integral control in steps (Åström and Murray, Feedback Systems, sec. 11.1): each step takes off a share of what is left.

    It asks as everybody does; what bounds it is the gate, with its leash, and not itself.
    """

    terms: LeashTerms
    target: float
    """Of the measurement, in its unit."""
    gain: float
    """Set-point units for each unit by which the measurement is too low; negative where more makes it less."""
    dead_band: float
    """Of the measurement: nothing is done for less."""

    def wanted(self, set_point: float, measured: float) -> float | None:
        """The next set-point, within its steps and bounds; None where nothing is to be done."""
        error = self.target - measured
        if not math.isfinite(error) or abs(error) <= self.dead_band:
            return None
        step = max(-self.terms.step, min(self.terms.step, self.gain * error))
        value = max(self.terms.low, min(self.terms.high, set_point + step))
        return None if value == set_point else value


@dataclass(frozen=True, slots=True)
class OwnCorrection:
    """A correction that a gateway runs itself."""

    controller: str
    """The enrolled name whose key signs it."""
    correction: Correction
    every_s: float


@dataclass(frozen=True, slots=True)
class Addressee:
    """Where commands go and on which grounds, as the gateway tells it."""

    plant: str
    gateway: str
    configuration: str
    sequence: int
    """The least that the gateway takes of this signer."""


def correction_command(
    correction: Correction, set_point: Reading, measured: Reading, to: Addressee, user: str, signer: tuple[str, str], now_ns: int
) -> bytes | None:
    """The signed envelope of the next step; None where nothing is to be done."""
    value = correction.wanted(set_point.value, measured.value)
    if value is None:
        return None
    command = Command(
        to.plant,
        to.gateway,
        correction.terms.channel,
        value,
        set_point.value,
        to.configuration,
        user,
        new_nonce(),
        to.sequence,
        now_ns,
        now_ns + LONGEST_LIFE_NS,
    )
    return signed_command(command, signer)
