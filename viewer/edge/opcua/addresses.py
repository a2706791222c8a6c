"""Addresses of nodes as people write them: node ids and browse paths, both with namespace URIs, so that they outlive a server's
renumbering of its namespaces."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from viewer.base.errors import UserMistake

_NODE_ID = re.compile(r"(?:ns=(?P<index>\d{1,5});|nsu=(?P<uri>[^;]+);)?(?P<kind>[isgb])=(?P<rest>.+)", re.DOTALL)
_MOST_LEVELS = 64
_ROOTS = {"Root": 84, "Objects": 85, "Types": 86, "Views": 87}
"""Well-known folders by node id in namespace 0 (OPC 10000-5, 8.2)."""


@dataclass(frozen=True, slots=True)
class NodeAddress:
    """ns=2;s=Temperature, or nsu=http://example.org/press/;i=1001."""

    namespace: int | str
    """Its index, or its URI."""
    identifier: int | str | UUID | bytes


@dataclass(frozen=True, slots=True)
class Step:
    """One element of a browse path."""

    name: str
    namespace: str | None = None
    """URI; None takes the one child of that name, whatever its namespace."""


@dataclass(frozen=True, slots=True)
class PathAddress:
    """Objects/{http://opcfoundation.org/UA/Machinery/}Machines/Press/Temperature."""

    root: int
    steps: tuple[Step, ...]


Address = NodeAddress | PathAddress


def parse(text: str) -> Address:
    """Read an address. Raises UserMistake where it is neither."""
    match = _NODE_ID.fullmatch(text)
    if match:
        return NodeAddress(match["uri"] or int(match["index"] or 0), _identifier(match["kind"], match["rest"], text))
    steps = [_step(one, text) for one in _split(text)]
    if len(steps) > _MOST_LEVELS:
        raise UserMistake(f"a browse path has at most {_MOST_LEVELS} levels: «{text[:100]}»")
    first = steps[0]
    if first.namespace is None and first.name == "Root" and len(steps) > 1:
        return PathAddress(_ROOTS["Root"], tuple(steps[1:]))
    if first.namespace is None and first.name in _ROOTS:
        return PathAddress(_ROOTS[first.name], tuple(steps[1:]))
    return PathAddress(_ROOTS["Objects"], tuple(steps))


def step_text(name: str, index: int, uris: Sequence[str]) -> str:
    """An element of a browse path: the name, after its namespace's URI where that isn't the standard's."""
    escaped = re.sub(r"([&/{])", r"&\1", name)
    return f"{{{uris[index]}}}{escaped}" if 0 < index < len(uris) else escaped


def _identifier(kind: str, rest: str, text: str) -> int | str | UUID | bytes:
    try:
        if kind == "i":
            value = int(rest)
            if not 0 <= value < 2**32:
                raise ValueError("out of range")
            return value
        if kind == "g":
            return UUID(rest)
        return base64.b64decode(rest, validate=True) if kind == "b" else rest
    except (ValueError, binascii.Error) as error:
        raise UserMistake(f"«{text[:100]}» is no node id: after {kind}= stands no {_KINDS[kind]}") from error


_KINDS = {"i": "number below 2^32", "g": "GUID", "b": "base64", "s": "text"}


def _split(text: str) -> list[str]:
    """At each slash that is neither escaped by & nor within braces."""
    parts, now, position, within = list[str](), "", 0, False
    while position < len(text):
        sign = text[position]
        if sign == "&" and not within and position + 1 < len(text):
            now += text[position : position + 2]
            position += 2
            continue
        if sign == "/" and not within:
            parts.append(now)
            now = ""
        else:
            within = (sign == "{" and not now) or (within and sign != "}")
            now += sign
        position += 1
    parts.append(now)
    return parts[1:] if len(parts) > 1 and parts[0] == "" else parts


def _step(part: str, text: str) -> Step:
    namespace = None
    if part.startswith("{"):
        uri, closed, part = part[1:].partition("}")
        if not closed or not uri:
            raise UserMistake(f"«{text[:100]}» has a namespace without its end: write {{http://…}}Name")
        namespace = uri
    name = re.sub(r"&(.)", r"\1", part)
    if not name:
        raise UserMistake(f"«{text[:100]}» is neither a node id (ns=2;s=Heat) nor a browse path (Objects/Press/Heat)")
    return Step(name, namespace)
