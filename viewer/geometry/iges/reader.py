"""Reads IGES: bodies and groups, names, colours, the file's own unit; trimmed surfaces are sewn into bodies."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from immutables import Map

from viewer.base.job import Job
from viewer.geometry.broken import broken
from viewer.geometry.iges.text import FIRST_LINE, checked
from viewer.geometry.lengths import metres_in
from viewer.geometry.model import GeometryModel


@dataclass(frozen=True, slots=True)
class IgesReader:
    """IGES through the CAD kernel; heavy, and a hostile file can crash the kernel: always in a worker process."""

    deflection_m: float | None = None
    """As in StepReader."""

    format: ClassVar[str] = "iges"
    title: ClassVar[str] = "IGES"
    suffixes: ClassVar[tuple[str, ...]] = (".igs", ".iges")
    heavy: ClassVar[bool] = True
    unitless: ClassVar[bool] = False
    extra: ClassVar[str] = ""
    needs: ClassVar[tuple[str, ...]] = ()

    def claims(self, head: bytes, suffix: str) -> bool:
        """By the first line of the start section: an S in column 73 and the number one."""
        return FIRST_LINE.match(head) is not None

    def read(self, path: Path, *, unit: str | None, job: Job) -> GeometryModel:
        """See Reader. `unit` takes the file's numbers in another unit than it says."""
        known = checked(path)
        from viewer.geometry.iges.scene import IgesScene, open_iges

        if not known.unit_known and unit is None:
            job.warn("the file names no length unit that is known: taken as inch, as IGES says; say --unit if it is another")
        scale = 0.001 * (1.0 if unit is None else metres_in(unit) / known.unit_m)
        deflection_mm = None if self.deflection_m is None else self.deflection_m / scale
        document = open_iges(path, job)
        scene = IgesScene(scale, deflection_mm, job)
        scene.build(document, known)
        parts = tuple(scene.parts.values())
        if not parts:
            broken("it holds curves or points and no surfaces, so there is nothing to show; export it again with surfaces")
        if scene.sewn:
            job.warn(f"{scene.sewn} bodies were sewn together from trimmed surfaces")
        if not scene.facts["solids"]:
            del scene.facts["volume_of_solids_mm3"]
        return GeometryModel(
            "iges", unit or known.unit, parts, tuple(scene.nodes), points=sum(len(part.mesh.points_in_part) for part in parts),
            facts=Map({key: round(value, 3) for key, value in scene.facts.items()}), name=known.product,
            bounds_m=None if self.deflection_m is None else scene.bounds_m(), about=Map(known.about),
        )  # fmt: skip
