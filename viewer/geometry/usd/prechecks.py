"""What would make USD compose without end, or its parser run out of stack, is found in the layers beforehand."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from viewer.geometry.broken import broken
from viewer.geometry.expansion import check_expansion
from viewer.geometry.usd.sdk import sdk

MAX_NESTING = 400
"""Of braces in a text layer: prims are allowed 64 deep, each with variants and dictionaries of its own."""
MAX_ARCS = 200_000
"""The most references, payloads and inherits that a stage may come to."""
_TEXT = b"#usda"
_BLOCK = 1 << 24

Key = tuple[str, str]
"""A layer's identifier and a prim's path in it; an empty path means the whole layer."""


def check_text(path: Path) -> None:
    """Raises BrokenFile where a text layer's braces are nested too deep; others pass."""
    with path.open("rb") as file:
        block = file.read(_BLOCK)
        if not block.startswith(_TEXT):
            return
        depth = 0
        while block:
            depth = _depth(block, depth)
            block = file.read(_BLOCK)


def _depth(block: bytes, depth: int) -> int:
    """The depth after a block of text. Raises BrokenFile where it was over the limit within."""
    letters = np.frombuffer(block, np.uint8)
    steps = (letters == ord("{")).astype(np.int64) - (letters == ord("}"))
    depths = depth + np.cumsum(steps)
    if int(depths.max(initial=0)) > MAX_NESTING:
        broken(f"its prims are nested more than {MAX_NESTING} deep; flatten the tree and export it again")
    return int(depths[-1])


def check_arcs(layers: Sequence[Any]) -> None:
    """Raises BrokenFile where references within references come to too many."""
    arcs = {layer.identifier: _Arcs(layer) for layer in layers}

    def below(key: Key) -> Iterable[Key]:
        known = arcs.get(key[0])
        return known.below(key[1]) if known is not None else ()

    if any(one.count for one in arcs.values()):
        check_expansion([(identifier, "") for identifier in arcs], below, MAX_ARCS)


class _Arcs:
    """The references, payloads, inherits and specialisations in one layer, by the prim that has them."""

    def __init__(self, layer: Any) -> None:
        (sdf,) = sdk("Sdf")
        self._layer = layer
        self._of: list[tuple[str, Key]] = []
        layer.Traverse(sdf.Path.absoluteRootPath, self._take)
        self._of.sort()
        self._paths = [path for path, _ in self._of]
        self.count = len(self._of)

    def below(self, path: str) -> list[Key]:
        """What the prim at a path, and all prims below it, lead to."""
        found: list[Key] = []
        for index in range(bisect_left(self._paths, path), self.count):
            own, target = self._of[index]
            if not own.startswith(path):
                break
            if not path or own == path or own[len(path)] in "/{":
                found.append(target)
        return found

    def _take(self, path: Any) -> None:
        if not (path.IsPrimPath() or path.IsPrimVariantSelectionPath()):
            return
        prim = self._layer.GetPrimAtPath(path)
        if prim is None:
            return
        for proxy in (prim.referenceList, prim.payloadList):
            for item in proxy.GetAddedOrExplicitItems():
                self._of.append((str(path), (self._target(item.assetPath), str(item.primPath))))
        for proxy in (prim.inheritPathList, prim.specializesList):
            for item in proxy.GetAddedOrExplicitItems():
                self._of.append((str(path), (self._layer.identifier, str(item))))

    def _target(self, asset: str) -> str:
        return str(self._layer.ComputeAbsolutePath(asset)) if asset else str(self._layer.identifier)
