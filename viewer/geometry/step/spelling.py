"""How STEP exchange files spell letters beyond ASCII (ISO 10303-21, 6.4.3), and those that write them plainly."""

from __future__ import annotations

import re

from viewer.geometry.naming import text_of

_DIRECTIVE = re.compile(
    r"\\X2\\((?:[0-9A-Fa-f]{4})*)\\X0\\|\\X4\\((?:[0-9A-Fa-f]{8})*)\\X0\\|\\X\\([0-9A-Fa-f]{2})|\\P([A-I])\\|\\S\\(.)|(\\\\)",
    re.DOTALL,
)


def decoded(text: bytes) -> str:
    """The words between the apostrophes of a string; directives that are damaged stay as they are written."""
    plain = text_of(text).replace("''", "'")
    if "\\" not in plain:
        return plain
    page = ["A"]
    return _DIRECTIVE.sub(lambda found: _letters(found, page), plain)


def _letters(found: re.Match[str], page: list[str]) -> str:
    two, four, byte, alphabet, shifted, backslash = found.groups()
    if two is not None:
        return bytes.fromhex(two).decode("utf-16-be", "replace")
    if four is not None:
        return bytes.fromhex(four).decode("utf-32-be", "replace")
    if byte is not None:
        return bytes.fromhex(byte).decode("latin-1")
    if alphabet is not None:
        page[0] = alphabet
        return ""
    if shifted is not None:
        part = ord(page[0]) - ord("A") + 1
        return bytes([(ord(shifted) + 128) & 0xFF]).decode(f"iso8859_{part}", "replace")
    return "\\" if backslash else ""
