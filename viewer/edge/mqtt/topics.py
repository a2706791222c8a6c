"""Tags of MQTT: a topic filter and what stands in the message there, and which channel a topic becomes.

A tag is `FILTER`, `FILTER#/json/pointer` (RFC 6901) or `FILTER#dotted.path`; after a wildcard # the second # begins the path.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from viewer.base.errors import UserMistake
from viewer.edge.tags import Tag

Steps = tuple[str, ...]
"""Names of members and numbers of elements, from the outside in."""
_BRACES = re.compile(r"\{(\d+)\}")


@dataclass(frozen=True, slots=True)
class TopicTag:
    """One row of [[source.tag]] of a plain MQTT source."""

    tag: Tag
    levels: tuple[str, ...]
    steps: Steps

    @property
    def filter(self) -> str:
        """As it is subscribed to."""
        return "/".join(self.levels)

    @property
    def wild(self) -> bool:
        """Whether it stands for many topics."""
        return "+" in self.levels or self.levels[-1] == "#"

    def matched(self, topic: tuple[str, ...]) -> tuple[str, ...] | None:
        """What stood in the place of each wildcard (of # all the rest); None where the topic is another one."""
        found: list[str] = []
        if topic[0].startswith("$") and self.levels[0] in "+#":
            return None
        for at, level in enumerate(self.levels):
            if level == "#":
                return (*found, "/".join(topic[at:]))
            if at >= len(topic) or level not in ("+", topic[at]):
                return None
            if level == "+":
                found.append(topic[at])
        return tuple(found) if len(topic) == len(self.levels) else None

    def channel(self, matched: tuple[str, ...]) -> str:
        """The id for a topic: {1} and so on in the tag's channel stand for the wildcards; without any they are put at its end."""
        template = self.tag.channel
        words = [one.replace("/", ".") for one in matched]
        if not _BRACES.search(template):
            return ".".join([template, *words])
        return _BRACES.sub(lambda found: words[int(found[1]) - 1], template)


def read_tag(tag: Tag, where: str) -> TopicTag:
    """The parts of a tag. Raises UserMistake where they are none."""
    found, path = _split(tag.tag)
    levels = tuple(found.split("/"))
    bad = "\x00" in found or not found or any(one not in "+#" and ("+" in one or "#" in one) for one in levels)
    if bad or "#" in levels[:-1]:
        raise UserMistake(f"{where}: «{tag.tag}» is no topic filter: + stands for one whole level, # for all the rest at the end")
    steps = _steps(path, tag.tag, where)
    if tag.channel == tag.tag:
        tag = replace(tag, channel=_called(levels, steps))
    topic = TopicTag(tag, levels, steps)
    wildcards = sum(one in "+#" for one in levels)
    braces = [int(one) for one in _BRACES.findall(tag.channel)]
    if any(not 1 <= one <= wildcards for one in braces):
        raise UserMistake(f"{where}: the channel «{tag.channel}» asks for a wildcard that «{tag.tag}» has not")
    return topic


def _called(levels: tuple[str, ...], steps: Steps) -> str:
    words = list(levels)
    wild = [at for at, one in enumerate(levels) if one in "+#"]
    for number, at in enumerate(wild, 1):
        words[at] = f"{{{number}}}"
    return ".".join([*words, *steps])


def _split(text: str) -> tuple[str, str]:
    at = text.find("#")
    if at < 0:
        return text, ""
    if at == 0 or text[at - 1] == "/":
        rest = text[at + 1 :]
        return (text[: at + 1], rest[1:]) if rest.startswith("#") else (text, "")
    return text[:at], text[at + 1 :]


def _steps(path: str, tag: str, where: str) -> Steps:
    if not path:
        return ()
    if path.startswith("/"):
        return tuple(one.replace("~1", "/").replace("~0", "~") for one in path[1:].split("/"))
    steps = tuple(one for one in re.split(r"[.\[\]]", path) if one)
    if not steps:
        raise UserMistake(f"{where}: «{tag}» has no path after its #: write it as #/a/b or #a.b")
    return steps


def at_steps(document: object, steps: Steps) -> object:
    """What stands there. Raises KeyError where nothing does."""
    for step in steps:
        if isinstance(document, dict):
            document = document[step]
        elif isinstance(document, list) and step.isascii() and step.isdigit() and len(step) < 10 and int(step) < len(document):
            document = document[int(step)]
        else:
            raise KeyError(step)
    return document
