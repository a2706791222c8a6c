"""What a zip package is can be told from its first bytes: the names of the entries that begin there."""

from __future__ import annotations

import struct

MAGIC = b"PK\x03\x04"
_LOCAL = struct.Struct("<4s5H3I2H")


def names_in_head(head: bytes) -> tuple[str, ...]:
    """The names of the entries whose local headers lie in the first bytes of a file; empty where it is no zip package."""
    found: list[str] = []
    offset = 0
    while (offset := head.find(MAGIC, offset)) >= 0 and offset + _LOCAL.size <= len(head):
        length = _LOCAL.unpack_from(head, offset)[9]
        name = head[offset + _LOCAL.size : offset + _LOCAL.size + length]
        if len(name) == length:
            found.append(name.decode("utf-8", "replace"))
        offset += _LOCAL.size
    return tuple(found) if head.startswith(MAGIC) else ()
