"""Which face of which part an instance of the file became in the kernel."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from viewer.geometry.step.document import StepDocument
from viewer.geometry.step.exchange import Exchange
from viewer.geometry.step.mesh import explore
from viewer.geometry.step.occ import FACE, TopLoc_Location

BUDGET_S = 30.0
"""The kernel looks through all it made for each face; in a file with tens of thousands of both that takes too long."""
_BY_SHAPE = 1
"""Mode of EntityFromShapeResult: all shapes that were made on the way, not only the final ones."""

PartFaces = dict[int, dict[int, list[int]]]
"""Part's number → instance → its faces (an instance may be in a part several times)."""


def faces_of_instances(
    document: StepDocument, exchange: Exchange, wanted: Iterable[int], shapes: Mapping[int, Any]
) -> tuple[PartFaces, bool]:
    """For each of the parts' shapes the faces that the wanted instances became; and whether there was time for all of them.

    The kernel's Python layer gives instances out but can't take them in, so the way leads from each face back to its instance,
    which is known again because one instance is one Python object as long as that lives.
    """
    number_of, _alive = _instances(document, exchange, wanted)
    found: PartFaces = {}
    if not number_of:
        return found, True
    transfer = document.reader.ChangeReader().WS().TransferReader()
    deadline = time.monotonic() + BUDGET_S
    for part, shape in shapes.items():
        of_part = found.setdefault(part, {})
        for number, face in enumerate(explore(shape, FACE)):
            if time.monotonic() > deadline:
                return found, False
            instance = number_of.get(id(transfer.EntityFromShapeResult(face, _BY_SHAPE)))
            if instance is None and not face.Location().IsIdentity():
                bare = face.Located(TopLoc_Location())
                instance = number_of.get(id(transfer.EntityFromShapeResult(bare, _BY_SHAPE)))
            if instance is not None:
                of_part.setdefault(instance, []).append(number)
    return found, True


def _instances(document: StepDocument, exchange: Exchange, wanted: Iterable[int]) -> tuple[dict[int, int], list[Any]]:
    """Instance numbers by the Python identity of the kernel's objects, and these objects, which must live meanwhile."""
    model = document.reader.ChangeReader().StepModel()
    ids = np.frombuffer(exchange.ids, dtype=np.int64)
    order = np.argsort(ids, kind="stable")
    alive: list[Any] = []
    number_of: dict[int, int] = {}
    for number in sorted(set(wanted)):
        at = int(np.searchsorted(ids, number, sorter=order))
        if at >= len(ids) or ids[order[at]] != number:
            continue
        guess = int(order[at])  # the kernel numbers instances from 1 in the file's order: begin there, not at the first
        entity = model.NextNumberForLabel(f"#{number}", guess, True) or model.NextNumberForLabel(f"#{number}", 0, True)
        if entity:
            alive.append(model.Value(entity))
            number_of[id(alive[-1])] = number
    return number_of, alive
