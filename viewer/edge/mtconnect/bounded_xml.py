"""XML that somebody else has written, read element by element within bounds: no document types, so no entities; no trees."""

from __future__ import annotations

from typing import Final, Protocol
from xml.parsers import expat

MOST_BYTES: Final = 32_000_000
_MOST_ELEMENTS: Final = 1_000_000
_DEEPEST: Final = 64


class Malformed(ValueError):
    """What is no XML, or beyond the bounds."""


class Reader(Protocol):
    """What is told of a document. Names are without namespaces."""

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        ...

    def end(self, name: str, text: str) -> None:
        """It ends; with the text directly in it, before and between its children."""
        ...


class _Walk:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._texts: list[list[str]] = []
        self._elements = 0

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        if len(self._texts) >= _DEEPEST:
            raise Malformed(f"it is nested more than {_DEEPEST} levels deep")
        if self._elements > _MOST_ELEMENTS:
            raise Malformed(f"it has more than {_MOST_ELEMENTS} elements")
        self._texts.append([])
        self._reader.begin(_bare(name), {_bare(key): value for key, value in attributes.items()})

    def text(self, data: str) -> None:
        if self._texts:
            self._texts[-1].append(data)

    def end(self, name: str) -> None:
        self._reader.end(_bare(name), "".join(self._texts.pop()).strip())

    def refuse(self, *words: object) -> None:
        raise Malformed("it has a document type, which could hold entities")


def _bare(name: str) -> str:
    return name.rpartition(" ")[2]


def walk(data: bytes, reader: Reader) -> None:
    """Tell the reader of every element, in order. Raises Malformed, also where the reader does."""
    if len(data) > MOST_BYTES:
        raise Malformed(f"it has {len(data)} bytes, at most {MOST_BYTES} are read")
    one, parser = _Walk(reader), expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler, parser.EndElementHandler = one.begin, one.end
    parser.CharacterDataHandler = one.text
    parser.StartDoctypeDeclHandler = one.refuse
    parser.buffer_text = True
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise Malformed(f"it is no XML ({error})") from error
    except (LookupError, UnicodeError) as error:
        raise Malformed(f"its encoding is not known ({error})") from error
