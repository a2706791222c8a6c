"""The tree of nodes that becomes the GLB file: names, kinds, places and the shapes they show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from scenes.battery_line.make.shape import Shape, Vec, turn


@dataclass(slots=True)
class Node:
    """A named place below its parent. Instances of one shape share one mesh in the file."""

    name: str
    kind: str = ""
    at: Vec = (0.0, 0.0, 0.0)
    turned: NDArray[np.float64] = field(default_factory=lambda: np.eye(3))
    shape: Shape | None = None
    properties: dict[str, str] = field(default_factory=dict)
    children: list[Node] = field(default_factory=list)

    def add(self, name: str, shape: Shape | None = None, at: Vec = (0, 0, 0), *, kind: str = "", rz: float = 0.0,
            turned: NDArray[np.float64] | None = None, properties: dict[str, str] | None = None) -> Node:  # fmt: skip
        """A new child; `name` is its full id. Turned by rz degrees about z, or by a rotation matrix."""
        node = Node(name, kind, at, turn(rz) if turned is None else turned, shape, properties or {})
        self.children.append(node)
        return node

    def sub(self, name: str, shape: Shape | None = None, at: Vec = (0, 0, 0), *, kind: str = "", rz: float = 0.0) -> Node:
        """A new child whose id is this node's with a dot and `name`."""
        return self.add(f"{self.name}.{name}", shape, at, kind=kind, rz=rz)

    def walk(self) -> Iterator[Node]:
        """This node and all below, parents first."""
        yield self
        for child in self.children:
            yield from child.walk()
