"""E57, LAS, LAZ files and text of points, made to harm."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable

from tests.fuzz.harm import made


def _e57(old: bytes, new: bytes) -> Callable[[], bytes]:
    """The XML of an E57 file changed, as long as before, its pages' checksums right again."""
    from random import Random

    from tests.fuzz.mutations import e57_pages

    def changed(_random: Random, data: bytes) -> bytes:
        content = b"".join(data[at : at + 1020] for at in range(0, len(data), 1024))  # a page ends in its checksum
        head, mark, text = content.partition(b"<?xml")
        body, end, tail = text.rpartition(b"</e57Root>")
        assert mark and end and old in body
        longer = re.sub(rb"\n +", b"\n", body).replace(old, new)  # what comes in takes the room of the indentation
        assert len(longer) <= len(body)
        content = head + mark + longer.ljust(len(body)) + end + tail
        return b"".join(content[at : at + 1020] + bytes(4) for at in range(0, len(content), 1020))

    return lambda: e57_pages(changed)(Random(0), made("e57", "scan.e57"))


E57 = {
    "10^11 points": _e57(b'recordCount="50"', b'recordCount="99999999999"'),
    "NaN as a place": _e57(b'<x type="Float">1</x>', b'<x type="Float">NaN</x>'),
    "an offset beyond the end": _e57(b'fileOffset="48"', b'fileOffset="99999999999"'),
    "an empty head": lambda: b"ASTM-E57" + bytes(40),
    "an XML of 2^63 bytes": lambda: b"ASTM-E57" + struct.pack("<IIQQQQ", 1, 0, 1024, 48, 2**63, 1024) + bytes(976),
}


def _las(offset: int, form: str, value: float, name: str = "2.las") -> Callable[[], bytes]:
    def make() -> bytes:
        data = bytearray(made("laz" if name.endswith("laz") else "las", name))
        struct.pack_into(form, data, offset, value)
        return bytes(data)

    return make


LAS = {
    "2^32 points": _las(107, "<I", 0xFFFFFFFF),
    "2^63 points": _las(247, "<Q", 2**63, "7.las"),
    "2^32 records": _las(100, "<I", 0xFFFFFFFF),
    "points beyond the end": _las(96, "<I", 0xFFFFFFFF),
    "a scale of NaN": _las(131, "<d", float("nan")),
    "a scale of 1e308": _las(131, "<d", 1e308),
    "an offset of infinity": _las(155, "<d", float("inf")),
    "points of no bytes": _las(105, "<H", 0),
}
LAZ = {
    "2^32 points": _las(107, "<I", 0xFFFFFFFF, "2.laz"),
    "2^63 points": _las(247, "<Q", 2**63, "7.laz"),
    "2^32 records": _las(100, "<I", 0xFFFFFFFF, "2.laz"),
}

XYZ = {
    "NaN": lambda: b"nan nan nan\ninf 1 2\n1 2 3\n4 5 6\n",
    "1e308": lambda: b"1e308 1e308 1e308\n1 2 3\n4 5 6\n",
    "a row of a million numbers": lambda: b"1 2 3\n4 5 6\n" + b"7 " * 1_000_000,
    "one row of ten megabytes": lambda: b"1 2 3\n" + b"9" * 10_000_000,
    "an empty grid of 10^18": lambda: (
        b"999999999\n999999999\n0 0 0\n1 0 0\n0 1 0\n0 0 1\n1 0 0 0\n0 1 0 0\n0 0 1 0\n0 0 0 1\n0 0 0 0.5\n"
    ),
}
