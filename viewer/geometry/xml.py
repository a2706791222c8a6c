"""XML that others wrote, parsed within limits: no entities, bounded depth, count and size, and one sentence where it is wrong.

Every XML format (DAE, URDF, SDF, 3MF, 3DXML, …) goes through here, never through `ElementTree.parse` itself:

    root = tree_of_xml(path)                          # small documents: an ElementTree element, names as `{namespace}tag`
    walk_xml(archive.open(name), start, end, text)    # large ones: called back tag by tag, nothing is kept
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from viewer.base.job import Job, SilentJob
from viewer.base.units import grouped
from viewer.geometry.broken import broken

_BLOCK = 1 << 22
_TEXT_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class XmlLimits:
    """What one document may hold."""

    bytes: int = 1 << 30
    depth: int = 64
    elements: int = 2_000_000
    """Of a tree each takes some 0.5 kB; raise it where `walk_xml` keeps nothing."""
    attributes: int = 1000
    """Of one element."""
    tag_bytes: int = 1 << 27
    """Of one tag with its attributes: an open one is looked at again with each block, so a huge one would take quadratic time."""


LIMITS = XmlLimits()
STREAMED = XmlLimits(elements=100_000_000)
"""For `walk_xml`."""

Start = Callable[[str, dict[str, str]], object]
Text = Callable[[str], object]


def tree_of_xml(
    source: Path | bytes | BinaryIO, *, limits: XmlLimits = LIMITS, job: Job | None = None, namespaces: bool = True
) -> Element:
    """The document's root element; comments and processing instructions are passed over.

    Without `namespaces` names stay as they are written, `prefix:tag`, whether or not a prefix was declared.

    Raises BrokenFile where it is no well-formed XML, declares entities or exceeds a limit; OSError, Cancelled.
    """
    builder = TreeBuilder()
    walk_xml(source, builder.start, builder.end, builder.data, limits=limits, job=job, namespaces=namespaces)
    return builder.close()


def walk_xml(
    source: Path | bytes | BinaryIO,
    start: Start,
    end: Callable[[str], object],
    text: Text | None = None,
    *,
    limits: XmlLimits = STREAMED,
    job: Job | None = None,
    namespaces: bool = True,
) -> None:
    """Call `start(tag, attributes)`, `end(tag)` and `text(piece)` in the document's order; a long text comes in pieces.

    Tags and attributes with a namespace read `{namespace}name`. Raises what the callbacks raise, and as `tree_of_xml`.
    """
    if isinstance(source, Path):
        with source.open("rb") as file:
            walk_xml(file, start, end, text, limits=limits, job=job, namespaces=namespaces)
        return
    stream = BytesIO(source) if isinstance(source, bytes) else source
    walk = _Walk(start, end, limits)
    _feed(_parser(walk, text, namespaces=namespaces), stream, walk, job or SilentJob())


def _feed(parser: expat.XMLParserType, stream: BinaryIO, walk: _Walk, job: Job) -> None:
    taken = 0
    try:
        while block := stream.read(_BLOCK):
            job.check()
            taken += len(block)
            if taken > walk.limits.bytes:
                broken(f"its XML is over {walk.limits.bytes >> 20} MB; split the model")
            parser.Parse(block if taken > len(block) else _from_declaration(block), False)
            if taken - parser.CurrentByteIndex > walk.limits.tag_bytes:
                broken(f"a tag of its XML is over {walk.limits.tag_bytes >> 20} MB; export it again")
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        what = expat.errors.messages.get(error.code, "not well-formed")
        broken(f"its XML is wrong in line {error.lineno}, column {error.offset + 1}: {what}; export or copy it again")
    except (LookupError, ValueError) as error:
        if walk.began:
            raise  # of a callback
        broken(f"its XML is in an encoding that can't be read ({str(error)[:80]}); save it as UTF-8")


def _from_declaration(block: bytes) -> bytes:
    """White space and comments may stand before an XML declaration in what people edit by hand, and only there they are wrong."""
    at = 0
    while block[at : at + 1].isspace() or block.startswith(b"<!--", at):
        end = block.find(b"-->", at) + 3 if block.startswith(b"<!--", at) else at + 1
        if end == 2:
            return block
        at = end
    return block[at:] if block.startswith(b"<?xml", at) else block


def _parser(walk: _Walk, text: Text | None, *, namespaces: bool) -> expat.XMLParserType:
    parser = expat.ParserCreate(None, "}" if namespaces else None, {})
    parser.buffer_text = True
    parser.buffer_size = _TEXT_PIECE
    parser.StartElementHandler = walk.started
    parser.EndElementHandler = walk.ended
    if text is not None:
        parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = _doctype
    parser.EntityDeclHandler = _entity
    return parser


def _doctype(_name: str, _system: str | None, _public: str | None, has_internal_subset: bool | int) -> None:
    """A bare DOCTYPE names only a grammar, which nobody fetches; what stands in brackets could define entities."""
    if has_internal_subset:
        broken("its XML defines its own grammar or entities (DOCTYPE), which is not read; export it again without")


def _entity(*_: object) -> None:
    broken("its XML defines entities, which is not read; export it again without")


class _Walk:
    """Counts what comes and passes it on."""

    def __init__(self, start: Start, end: Callable[[str], object], limits: XmlLimits) -> None:
        self._start, self._end, self.limits = start, end, limits
        self.began = False
        self._depth = 0
        self._left = limits.elements

    def started(self, tag: str, attributes: dict[str, str]) -> None:
        """A tag opens."""
        self.began = True
        self._depth += 1
        self._left -= 1
        if self._depth > self.limits.depth:
            broken(f"its XML is nested over {self.limits.depth} deep; export it again")
        if self._left < 0:
            broken(f"its XML has over {grouped(self.limits.elements)} elements; split the model")
        if len(attributes) > self.limits.attributes:
            broken(f"an element of its XML has over {self.limits.attributes} attributes; export it again")
        if any("}" in name for name in attributes):
            attributes = {_qualified(name): value for name, value in attributes.items()}
        self._start(_qualified(tag), attributes)

    def ended(self, tag: str) -> None:
        """It closes."""
        self._depth -= 1
        self._end(_qualified(tag))


def _qualified(name: str) -> str:
    return "{" + name if "}" in name else name
