"""What files made to harm are made of: how deep, how often doubled, sound files to begin with, laughs."""

from __future__ import annotations

from tests.fuzz.seeds import MADE

DEEP = 20_000
DOUBLINGS = 40
"""A thing made of two of the next, this often: a million millions of instances from a few kilobytes."""

LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {b} "&{a};&{a};&{a};&{a};&{a};&{a};&{a};&{a};">' for a, b in zip("abcdefghi", "bcdefghij", strict=True)
) + "]>"  # fmt: skip


def made(kind: str, name: str) -> bytes:
    """A sound file of this kind that tests make."""
    one = MADE[kind]()[name]
    return one if isinstance(one, bytes) else one[0]
