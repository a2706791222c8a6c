"""Keys as text: Z85 (ZeroMQ RFC 32), 32 bytes as 40 printable characters."""

from __future__ import annotations

from typing import Final

KEY_BYTES: Final = 32
KEY_CHARACTERS: Final = 40
_ALPHABET: Final = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"
_DIGITS: Final = {character: i for i, character in enumerate(_ALPHABET)}


def encode(data: bytes) -> str:
    """Text of bytes whose length is a multiple of 4. Raises ValueError for another length."""
    if len(data) % 4:
        raise ValueError(f"Z85 encodes multiples of 4 bytes, not {len(data)}")
    return "".join(_group(int.from_bytes(data[i : i + 4], "big")) for i in range(0, len(data), 4))


def decode(text: str) -> bytes:
    """The bytes of a text. Raises ValueError for a wrong length, a strange character or a group above 2^32 - 1."""
    if len(text) % 5:
        raise ValueError(f"Z85 has multiples of 5 characters, not {len(text)}")
    return b"".join(_word(text[i : i + 5]) for i in range(0, len(text), 5))


def is_key(text: str) -> bool:
    """Whether this is the text of a 32-byte key."""
    try:
        return len(text) == KEY_CHARACTERS and len(decode(text)) == KEY_BYTES
    except ValueError:
        return False


def _group(word: int) -> str:
    characters: list[str] = []
    for _ in range(5):
        word, digit = divmod(word, 85)
        characters.append(_ALPHABET[digit])
    return "".join(reversed(characters))


def _word(group: str) -> bytes:
    word = 0
    for character in group:
        if character not in _DIGITS:
            raise ValueError(f"«{character}» is no character of Z85")
        word = word * 85 + _DIGITS[character]
    if word >= 1 << 32:
        raise ValueError(f"«{group}» stands for more than 32 bits")
    return word.to_bytes(4, "big")
