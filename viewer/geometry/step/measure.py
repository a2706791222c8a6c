"""What is counted and integrated of a STEP document's shapes: solids, faces, volume."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from viewer.geometry.step.box import Placed
from viewer.geometry.step.mesh import explore
from viewer.geometry.step.occ import FACE, SOLID, BRep_Builder, BRepGProp, GProp_GProps, TopExp_Explorer, TopoDS_Compound


def counts_of(shape: Any) -> dict[str, float]:
    """What one instance of a product adds to the file's facts."""
    solids = explore(shape, SOLID)
    volume = sum(map(_volume_mm3, solids))
    return {"solids": len(solids), "faces": len(explore(shape, FACE)), "volume_of_solids_mm3": volume}


def has_loose_faces(shape: Any) -> bool:
    """Whether faces lie outside every solid."""
    return bool(TopExp_Explorer(shape, FACE, SOLID).More())


def whole_volume_mm3(instances: Sequence[Placed]) -> float:
    """The kernel's integral over all faces, as other tools tell it.

    Where a file has loose shells beside its solids, what these add depends on where they lie and fills no space: then only the
    volume of the solids is one.
    """
    whole, builder = TopoDS_Compound(), BRep_Builder()
    builder.MakeCompound(whole)
    for one in instances:
        builder.Add(whole, one.shape.Moved(one.place, False))
    return _volume_mm3(whole)


def _volume_mm3(shape: Any) -> float:
    properties = GProp_GProps()
    BRepGProp.VolumeProperties_s(shape, properties)
    return float(properties.Mass())
