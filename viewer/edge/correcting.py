"""The corrections that a gateway runs itself: each with the key of its controller, from this machine's own folder of keys."""

from __future__ import annotations

import logging

from viewer.access.command_path import CommandPath
from viewer.access.corrector import Corrector
from viewer.access.identity import checked_name
from viewer.access.keyfile import load_keys, new_keys
from viewer.access.registry import Registry
from viewer.access.roles import may
from viewer.access.safety import Safety
from viewer.base.errors import UserMistake
from viewer.live.keys import enrol, keys_dir

_logger = logging.getLogger(__name__)


def ensure_controllers(safety: Safety) -> None:
    """Make and enrol the keys of controllers that have none yet: for a simulated plant, where there is nobody to protect.

    One that was revoked stays so: its key file is still there.
    """
    for channel, own in sorted(safety.own.items()):
        file = keys_dir() / "controllers" / f"{checked_name(own.controller)}.toml"
        if not file.exists():
            file.parent.mkdir(mode=0o700, exist_ok=True)
            pair = new_keys(file, own.controller)
            enrol(own.controller, pair.public, "controller", signing=pair.signing, channels=(channel,))


def correctors(path: CommandPath, registry: Registry) -> tuple[Corrector, ...]:
    """Those whose controller has its keys here and is enrolled; the others are said, with the remedy, and stay away."""
    found: list[Corrector] = []
    for channel, own in sorted(path.safety.own.items()):
        file = keys_dir() / "controllers" / f"{checked_name(own.controller)}.toml"
        remedy = f"genchi keys new {own.controller} --role controller --channels {channel} -o {file}"
        try:
            pair = load_keys(file)
        except UserMistake as mistake:
            _logger.error("%s is not corrected (%s): %s", channel, mistake, remedy)
            continue
        one = registry.by_signing(pair.signing)
        if one is None or one.user != own.controller or not may(one.role, "correct"):
            _logger.error("%s is not corrected, %s is no enrolled controller: %s", channel, own.controller, remedy)
            continue
        found.append(Corrector(own, path, one, pair.signer))
    return tuple(found)
