"""The nodes of a COLLADA scene, instances of library nodes followed: parents first, no cycle, bounded in depth and number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from viewer.geometry.broken import broken
from viewer.geometry.collada.document import Document
from viewer.geometry.markup import named

MAX_DEPTH = 64
MAX_NODES = 200_000


@dataclass(frozen=True, slots=True)
class Place:
    """A node as it comes up in the tree: a library node does so once for each instance."""

    element: Element
    number: int
    """Among all places."""
    parent: int | None


def walk(document: Document) -> list[Place]:
    """All places, parents before children; empty where the file has no scene. Raises BrokenFile."""
    result: list[Place] = []
    stack: list[tuple[Element, int | None, tuple[int, ...]]] = [(one, None, ()) for one in reversed(_roots(document))]
    while stack:
        element, parent, above = stack.pop()
        if id(element) in above:
            broken(f"node {_name(element)!r} is an instance of itself, but nodes must form a tree; export it again")
        if len(above) >= MAX_DEPTH:
            broken(f"its nodes are nested more than {MAX_DEPTH} deep; flatten the tree and export it again")
        if len(result) >= MAX_NODES:
            broken(f"it has more than {MAX_NODES} nodes, instances counted; split the model")
        result.append(Place(element, len(result), parent))
        below = list(_below(document, element))
        stack += [(one, result[-1].number, (*above, id(element))) for one in reversed(below)]
    return result


def _below(document: Document, element: Element) -> Iterator[Element]:
    for child in element:
        if child.tag == "node":
            yield child
        elif child.tag == "instance_node":
            found = document.target(child.get("url"), "node")
            if found is not None:
                yield found


def _roots(document: Document) -> list[Element]:
    instance = document.root.find("scene/instance_visual_scene")
    scene = document.target(None if instance is None else instance.get("url"), "visual_scene")
    if scene is None:
        scene = document.root.find("library_visual_scenes/visual_scene")
    return [] if scene is None else list(named(scene, "node"))


def _name(element: Element) -> str:
    return (element.get("name") or element.get("id") or "?")[:60]
