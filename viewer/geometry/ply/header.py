"""The header of a PLY file: which elements it holds, with which properties, in which order and encoding."""

from __future__ import annotations

from dataclasses import dataclass, field

from viewer.geometry.broken import broken

_TYPES = {
    "char": "i1", "uchar": "u1", "short": "i2", "ushort": "u2", "int": "i4", "uint": "u4", "float": "f4", "double": "f8",
    "int8": "i1", "uint8": "u1", "int16": "i2", "uint16": "u2", "int32": "i4", "uint32": "u4", "float32": "f4", "float64": "f8",
}  # fmt: skip
MAX_HEADER = 65536


@dataclass(frozen=True, slots=True)
class Property:
    """A number, or a list of numbers with its length before it."""

    name: str
    dtype: str
    length_dtype: str | None = None


@dataclass(slots=True)
class Element:
    """A table of the body."""

    name: str
    count: int
    properties: list[Property] = field(default_factory=list[Property])


@dataclass(frozen=True, slots=True)
class Header:
    """What stands before the body."""

    order: str
    """'' for ASCII, '<' or '>' for binary."""
    elements: list[Element]
    size: int
    """Bytes to the body."""


def read_header(data: bytes, size: int | None = None) -> Header:
    """`data`: the file or its beginning; `size`: bytes in all.

    Raises BrokenFile where it is cut off or says what PLY doesn't know.
    """
    end = data.find(b"end_header", 0, MAX_HEADER)
    newline = data.find(b"\n", end)
    if end < 0 or newline < 0:
        broken("the PLY's header has no end_header: it is cut off; export or copy it again")
    order: str | None = None
    elements: list[Element] = []
    for line in data[:end].decode("ascii", "replace").splitlines()[1:]:
        words = line.split()
        if words[:1] == ["format"]:
            order = {"ascii": "", "binary_little_endian": "<", "binary_big_endian": ">"}.get(words[1] if len(words) > 1 else "?")
        elif words[:1] == ["element"]:
            elements.append(_element(words, len(data) if size is None else size))
        elif words[:1] == ["property"]:
            if not elements:
                broken("the PLY's header has a property before any element; export it again")
            found = _property(words)
            if any(found.name == p.name for p in elements[-1].properties):
                broken(f"the PLY's header names the property {found.name[:60]!r} twice; export it again")
            elements[-1].properties.append(found)
    if order is None:
        broken(
            "the PLY's header names no encoding that is known (ascii, binary_little_endian, binary_big_endian); export it again"
        )
    return Header(order, elements, newline + 1)


def _element(words: list[str], size: int) -> Element:
    if len(words) != 3 or not words[2].isascii() or not words[2].isdigit() or len(words[2]) > 12:
        broken(f"the PLY's header has {' '.join(words)[:60]!r}, expected: element name count; export it again")
    count = int(words[2])
    if count > size:  # every row takes a byte at least
        broken(f"the PLY says {count} {words[1][:40]} rows and has {size} bytes in all: it is cut off; export or copy it again")
    return Element(words[1], count)


def _property(words: list[str]) -> Property:
    """Raises BrokenFile."""
    types = [_TYPES.get(word) for word in words[1:-1]]
    if len(words) == 3 and types[0] is not None:
        return Property(words[2], types[0])
    listed = len(words) == 5 and words[1] == "list"
    if not listed or types[1] is None or types[2] is None or types[1][0] == "f":
        broken(f"the PLY's header has the line {' '.join(words)[:60]!r}, which is no property; export it again")
    return Property(words[4], types[2], types[1])
