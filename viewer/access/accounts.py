"""Local accounts: a name, an argon2id hash of its password and a role; and the back-off that makes guessing hopeless.

Failures are on disk before a password is looked at, so that no restart forgets them, and are counted alike for names that exist
and names that don't: neither the answer, nor its time, nor the wait tells which names there are.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

from viewer.access.identity import checked_name, checked_role, read_table
from viewer.access.keyfile import write_whole
from viewer.access.roles import Role
from viewer.base.clock import Clock
from viewer.base.errors import UserMistake

SHORTEST_PASSWORD: Final = 12
LONGEST_PASSWORD: Final = 1_000
FREE_FAILURES: Final = 3
LONGEST_WAIT_S: Final = 900
_BUCKETS: Final = 4_096


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody whose password was right."""

    name: str
    role: Role


@dataclass(frozen=True, slots=True)
class LoginRefused:
    """Why nobody was let in; the same words for a wrong name and a wrong password."""

    sentence: str
    wait_s: float
    """Before the next attempt is looked at."""


class _Failures(msgspec.Struct):
    """By bucket: how many since the last success, and when the last was."""

    salt: str
    buckets: dict[int, tuple[int, int]] = {}


class Accounts:
    """The accounts of a folder. On one thread."""

    def __init__(self, folder: Path, clock: Clock, hasher: PasswordHasher | None = None) -> None:
        """`hasher`: argon2id with RFC 9106's second recommended option unless given."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self._clock = clock
        self._hasher = hasher or PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
        self._nobody = self._hasher.hash(os.urandom(16).hex())
        self._failures_path = folder / "failures.json"
        self._failures = self._read_failures()

    def names(self) -> tuple[str, ...]:
        """Who has an account; none: this site uses no accounts."""
        return tuple(sorted(path.stem for path in self._folder.glob("*.toml")))

    def set_password(self, name: str, password: str, role: Role) -> None:
        """Make an account, or give it another password and role. Raises UserMistake for a bad name, role or password."""
        checked_password(password)
        digest = self._hasher.hash(password)
        text = f'name = "{checked_name(name)}"\nrole = "{checked_role(role)}"\nhash = "{digest}"\n'
        write_whole(self._folder / f"{name}.toml", text, replace=True)

    def remove(self, name: str) -> None:
        """Close an account. Raises UserMistake where there is none."""
        path = self._folder / f"{checked_name(name)}.toml"
        if not path.exists():
            raise UserMistake(f"nobody named «{name}» has an account here")
        path.unlink()

    def login(self, name: str, password: str) -> Account | LoginRefused:
        """Whether this is somebody's password. Raises OSError where a failure could not be kept: then nobody is let in."""
        bucket, t_ns = self._bucket(name), self._clock.now_ns()
        wait_s = self._wait_s(bucket, t_ns)
        if wait_s > 0.0:
            return LoginRefused(f"too many failures: try again in {wait_s:.0f} s", wait_s)
        failures = self._failures.buckets.get(bucket, (0, 0))[0] + 1
        self._keep(bucket, (failures, t_ns))
        account = self._judged(name, password)
        if account is None:
            return LoginRefused("name or password is wrong", self._wait_s(bucket, t_ns))
        self._keep(bucket, None)
        return account

    def _judged(self, name: str, password: str) -> Account | None:
        """One hash is made whatever the name."""
        digest, role = self._nobody, None
        path = self._folder / f"{name}.toml"
        if self._is_name(name) and path.exists():
            table = read_table(path)
            digest, role = str(table.get("hash", "")), checked_role(str(table.get("role", "")))
        try:
            right = len(password) <= LONGEST_PASSWORD and self._hasher.verify(digest, password)
        except (VerificationError, InvalidHashError):
            return None
        return Account(name, role) if right and role is not None else None

    def _is_name(self, name: str) -> bool:
        try:
            return checked_name(name) == name
        except UserMistake:
            return False

    def _wait_s(self, bucket: int, t_ns: int) -> float:
        """Twice as long after each failure beyond the free ones, at most LONGEST_WAIT_S, also where the clock was set back."""
        failures, last_ns = self._failures.buckets.get(bucket, (0, 0))
        if failures < FREE_FAILURES:
            return 0.0
        wait_s = min(LONGEST_WAIT_S, 2.0 ** min(failures - FREE_FAILURES, 20))
        return min(wait_s, max(0.0, wait_s - (t_ns - last_ns) / 1e9))

    def _bucket(self, name: str) -> int:
        digest = hashlib.blake2b(name.encode("utf-8", "surrogatepass"), key=bytes.fromhex(self._failures.salt), digest_size=4)
        return int.from_bytes(digest.digest(), "big") % _BUCKETS

    def _keep(self, bucket: int, failures: tuple[int, int] | None) -> None:
        if failures is None:
            self._failures.buckets.pop(bucket, None)
        else:
            self._failures.buckets[bucket] = failures
        write_whole(self._failures_path, msgspec.json.encode(self._failures).decode(), replace=True)

    def _read_failures(self) -> _Failures:
        if not self._failures_path.exists():
            return _Failures(os.urandom(16).hex())
        try:
            failures = msgspec.json.decode(self._failures_path.read_bytes(), type=_Failures)
            bytes.fromhex(failures.salt)
        except (msgspec.MsgspecError, ValueError) as error:
            raise UserMistake(
                f"the list of failed logins is damaged: have an admin take it away: {self._failures_path}"
            ) from error
        return failures


def checked_password(password: str) -> str:
    """The password itself; raises UserMistake unless it is long enough; nothing else is asked of it (NIST SP 800-63B)."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise UserMistake(f"a password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters, not {len(password)}")
    return password
