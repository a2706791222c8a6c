"""The order in which a glTF document's nodes are taken: parents first, no cycle, no second parent, no bottomless depth."""

from __future__ import annotations

from dataclasses import dataclass

from viewer.geometry.broken import broken
from viewer.geometry.gltf.document import Document

MAX_DEPTH = 64
MAX_NODES = 1_000_000


@dataclass(frozen=True, slots=True)
class Place:
    """A node by its number in the file, and its parent's."""

    index: int
    parent: int | None


def walk(document: Document) -> list[Place]:
    """The nodes of the default scene, parents before children, in the file's order. Raises BrokenFile."""
    if len(document.nodes) > MAX_NODES:
        broken(f"it has {len(document.nodes)} nodes, more than the {MAX_NODES} allowed; split the model")
    seen = bytearray(len(document.nodes))
    result: list[Place] = []
    stack: list[tuple[int, int | None, int]] = [(root, None, 1) for root in reversed(_roots(document))]
    while stack:
        index, parent, depth = stack.pop()
        _check(document, index, seen, depth)
        seen[index] = 1
        result.append(Place(index, parent))
        stack += [(child, index, depth + 1) for child in reversed(document.nodes[index].children)]
    return result


def _check(document: Document, index: int, seen: bytearray, depth: int) -> None:
    if index >= len(document.nodes):
        broken(f"it names node {index} of {len(document.nodes)}; export it again")
    if seen[index]:
        broken(f"node {index} is its own ancestor or has two parents, but nodes must form a tree; export it again")
    if depth > MAX_DEPTH:
        broken(f"its nodes are nested more than {MAX_DEPTH} deep; flatten the tree and export it again")


def _roots(document: Document) -> list[int]:
    """The default scene's top level; without scenes, every node that is nobody's child."""
    if document.scenes:
        index = document.scene or 0
        if index >= len(document.scenes):
            broken(f"its default scene is number {index} of {len(document.scenes)}; export it again")
        return document.scenes[index].nodes
    children = {child for node in document.nodes for child in node.children}
    roots = [i for i in range(len(document.nodes)) if i not in children]
    if document.nodes and not roots:
        broken("every one of its nodes is another's child: the tree is a cycle; export it again")
    return roots
