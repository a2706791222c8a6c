"""What the readers of scans share: one settled cloud as a part and a node, several as a model with its facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from immutables import Map
from numpy.typing import NDArray

from viewer.base.frames import IDENTITY, Pose
from viewer.base.ids import NodeId, PartId
from viewer.base.job import Job
from viewer.base.units import grouped
from viewer.geometry.clouds.sink import Settled
from viewer.geometry.lengths import size_text
from viewer.geometry.model import GeometryModel, UnitQuestion, bounds_of
from viewer.geometry.naming import UniqueIds, clean
from viewer.twin.parts import NO_MESH, NOTHING, Node, Part

_COUNTRY_M = 50_000.0
"""Points that lie farther from the origin than this are in a country's coordinates."""
NO_FACTS: Mapping[str, float] = Map()


@dataclass(frozen=True, slots=True, eq=False)
class Scan:
    """One scan of a file."""

    name: str
    stored: int
    """Points that the file holds."""
    settled: Settled | None = None
    """None where it has no point that can be shown."""
    pose: Pose = IDENTITY
    properties: Mapping[str, str] = field(default=NOTHING)


def model_of_scans(
    format_name: str,
    scans: Sequence[Scan],
    *,
    job: Job,
    unit: str = "m",
    question: UnitQuestion | None = None,
    facts: Mapping[str, float] = NO_FACTS,
) -> GeometryModel:
    """A part and a node for each scan that has points; what could not be taken is told to the job."""
    ids = UniqueIds()
    parts: list[Part] = []
    nodes: list[Node] = []
    boxes: list[NDArray[np.float64]] = []
    for number, scan in enumerate(scans):
        if scan.settled is None:
            continue
        name = clean(scan.name) or f"scan {number + 1}"
        own = ids.take(name)
        parts.append(Part(PartId(own), name, NO_MESH, properties=_properties(scan), cloud=scan.settled.cloud))
        nodes.append(Node(NodeId(own), name, parent_from_node=scan.pose, part=PartId(own), kind="scan"))
        boxes.append(scan.settled.box_m)
    _tell(scans, boxes, job)
    bounds = None
    if boxes:
        bounds = bounds_of(np.stack([np.min([b[0] for b in boxes], axis=0), np.max([b[1] for b in boxes], axis=0)]))
    told = {"scans": float(len(scans)), **_seen(scans), **facts}
    return GeometryModel(
        format_name, unit, tuple(parts), tuple(nodes), points=sum(scan.stored for scan in scans), unit_question=question,
        facts=Map(told), bounds_m=bounds,
    )  # fmt: skip


def surveyed(model: GeometryModel) -> bool:
    """Whether it is a scan in a country's coordinates: those are kilometres wide, and in no unit of a drawing."""
    if "scans" not in model.facts or model.bounds_m is None:
        return False
    return float(np.abs(np.array(model.bounds_m)).max()) > _COUNTRY_M


def nothing_in(model: GeometryModel) -> str | None:
    """Why a file of scans has nothing to show, as the middle of a sentence; None where it has."""
    if model.parts or "scans" not in model.facts:
        return None
    scans, images = int(model.facts["scans"]), int(model.facts.get("images", 0))
    held = [f"{scans} scan{'s' * (scans != 1)}"] + ([f"{images} image{'s' * (images != 1)}"] if images else [])
    return f"it holds {' and '.join(held)}, and no points to show; choose a file with scanned points"


def cloud_question(extents: NDArray[np.float64]) -> UnitQuestion:
    """Scans without unit are in metres, as scanners write them, until somebody says better. `extents` (3,) in file units."""
    x, y, z = (float(v) for v in extents)
    return UnitQuestion("m", (x, y, z))


def cloud_question_sentence(question: UnitQuestion) -> str:
    """What to tell where the unit was only taken."""
    return (
        f"no unit in the file: taken as m, as scanners write (so it is {size_text(question.size, 'm')}); "
        "else say --unit mm or --unit cm or --unit inch"
    )


def _properties(scan: Scan) -> Map[str, str]:
    settled = scan.settled
    found = dict(scan.properties)
    if settled is not None:
        found["Points"] = f"{grouped(settled.kept)}"
        if settled.intensity_range is not None:
            low, high = settled.intensity_range
            found["Intensity shown"] = f"{low:.6g} to {high:.6g}"
    return Map(found)


def _seen(scans: Sequence[Scan]) -> dict[str, float]:
    clouds = [scan.settled.cloud for scan in scans if scan.settled is not None]
    shown = sum(len(cloud.points) for cloud in clouds)
    return {
        "points_shown": float(shown),
        "has_colour": float(any(cloud.rgb is not None for cloud in clouds)),
        "has_intensity": float(any(cloud.intensity is not None for cloud in clouds)),
    }


def _tell(scans: Sequence[Scan], boxes: Sequence[NDArray[np.float64]], job: Job) -> None:
    dropped = sum(scan.settled.dropped for scan in scans if scan.settled is not None)
    if dropped:
        job.warn(f"{dropped} points are no finite numbers, or lie farther out than any scan reaches, and are left out")
    far = max((float(np.abs(box).max()) for box in boxes), default=0.0)
    if far > _COUNTRY_M:
        job.warn(
            f"it is in a country's coordinates, {far / 1000:.0f} km from the origin; "
            "to lay it beside other geometry, give it a pose in the scene"
        )
