"""`genchi edge browse`: what a configured source offers, level by level, before anything is bound to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from viewer.base.errors import UserMistake
from viewer.edge.browsing import Browsable, BrowseNode
from viewer.edge.config import load_config


def browse_words(verb: str, words: Sequence[str]) -> tuple[Mapping[str, Any], str]:
    """The words after `genchi edge`: browse CONFIG SOURCE [PATH]. Raises UserMistake for others."""
    if verb != "browse" or not 2 <= len(words) <= 3:
        raise UserMistake("genchi edge takes one configuration, or browse CONFIG SOURCE [PATH]")
    return browse_source(Path(words[0]), *words[1:])


def browse_source(config: Path, name: str, path: str = "") -> tuple[Mapping[str, Any], str]:
    """The nodes below a path of the source of that name, as data and as text. Raises GenchiError with a sentence."""
    sources = load_config(config).sources
    source = next((one for one in sources if one.name == name), None)
    if source is None:
        known = ", ".join(one.name for one in sources)
        raise UserMistake(f"there is no source «{name}» (there are: {known}): {config}")
    if not isinstance(source, Browsable):
        raise UserMistake(f"a source of the kind {source.kind} can't be browsed: «{name}»")
    nodes = source.browse(tuple(one for one in _names(path) if one))
    text = "\n".join(_line(one) for one in nodes) or "there is nothing below it"
    return {"source": name, "path": path, "nodes": [asdict(one) for one in nodes]}, text


def _names(path: str) -> list[str]:
    """The names of a path; a slash after & or within braces, as in a namespace, parts nothing."""
    names, depth, escaped = [""], 0, False
    for sign in path:
        if sign == "&" and not escaped:
            escaped = True
            continue
        if not escaped:
            depth += (sign == "{") - (sign == "}")
        if sign == "/" and depth <= 0 and not escaped:
            names.append("")
        else:
            names[-1] += sign
        escaped = False
    return names


def _line(one: BrowseNode) -> str:
    parts = [f"{one.name}/" if one.has_children else one.name, f"{one.value} {one.unit}".strip(), one.type, one.description]
    return "  ".join(part for part in (*parts, one.refusal) if part)
