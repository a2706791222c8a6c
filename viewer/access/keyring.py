"""The operating system's own store of passwords, where the package `keyring` is installed; without it nothing is remembered."""

from __future__ import annotations

import importlib
import importlib.util
import logging
from typing import Any, Final

from viewer.base.errors import UserMistake

_logger = logging.getLogger(__name__)
_SERVICE: Final = "genchi keys"


def available() -> bool:
    """Whether there is such a package; its store may still refuse."""
    return importlib.util.find_spec("keyring") is not None


def remembered(owner: str) -> str | None:
    """The password of somebody's sealed keys; None where the store has none or can't be asked."""
    if not available():
        return None
    try:
        password = _keyring().get_password(_SERVICE, owner)
    except _refusals() as error:
        _logger.info("the system's store of passwords gives none: %s", error)
        return None
    except Exception:  # each system's store raises errors of its own; without its answer the person is asked
        _logger.exception("the system's store of passwords can't be asked")
        return None
    return password if isinstance(password, str) else None


def remember(owner: str, password: str) -> None:
    """Keep it there. Raises UserMistake where there is no store, or it refuses."""
    if not available():
        raise UserMistake("no store of passwords is installed here: pip install keyring, or leave --remember away")
    try:
        _keyring().set_password(_SERVICE, owner, password)
    except Exception as error:
        raise UserMistake(f"the system's store of passwords refuses ({error}): leave --remember away") from error


def _refusals() -> tuple[type[Exception], ...]:
    """What the package raises where there is no store, or it is locked."""
    return (importlib.import_module("keyring.errors").KeyringError,)


def _keyring() -> Any:
    return importlib.import_module("keyring")
