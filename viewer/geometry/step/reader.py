"""Reads STEP (AP203, AP214, AP242): assembly tree, names, colours, instances, CAD faces, PMI, the file's own unit."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ClassVar

from immutables import Map

from viewer.base.job import Job
from viewer.geometry.beside import noting
from viewer.geometry.broken import broken
from viewer.geometry.lengths import metres_in
from viewer.geometry.model import GeometryModel
from viewer.geometry.step.packing import is_packed, peeked, unpacked

MAGIC = b"ISO-10303-21"
_END = b"END-ISO-10303-21"
_IFC = re.compile(rb"FILE_SCHEMA\s*\(\s*\(\s*'IFC", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class StepReader:
    """STEP through the CAD kernel; heavy, and a hostile file can crash the kernel: always in a worker process."""

    deflection_m: float | None = None
    """Largest distance between triangles and surface, metres, for who wants to measure: then the exact bounds are found too.
    None: chosen for each part by its size."""

    format: ClassVar[str] = "step"
    title: ClassVar[str] = "STEP"
    suffixes: ClassVar[tuple[str, ...]] = (".step", ".stp", ".p21", ".stpz")
    heavy: ClassVar[bool] = True
    unitless: ClassVar[bool] = False
    extra: ClassVar[str] = ""
    needs: ClassVar[tuple[str, ...]] = ()

    def claims(self, head: bytes, suffix: str) -> bool:
        """By the first words of every STEP exchange file (ISO 10303-21, 5.3), also in gzip or ZIP; comments may stand before."""
        if is_packed(head):
            return suffix == ".stpz" or self.claims(peeked(head), suffix)
        if _IFC.search(head):
            return False  # the same exchange format, but a building model that the CAD kernel can't read
        return head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(MAGIC) or (MAGIC in head and b"HEADER;" in head)

    def read(self, path: Path, *, unit: str | None, job: Job) -> GeometryModel:
        """See Reader. `unit` takes the file's numbers in another unit than it says."""
        with path.open("rb") as file:
            packed = is_packed(file.read(4))
        if not packed:
            return self._read(path, unit, job)
        with TemporaryDirectory(prefix="genchi-step-") as folder, noting():  # what is unpacked is gone when it was read
            return self._read(unpacked(path, Path(folder)), unit, job)

    def _read(self, path: Path, unit: str | None, job: Job) -> GeometryModel:
        _check_whole(path)
        from viewer.geometry.step.document import open_step
        from viewer.geometry.step.external import checked_references
        from viewer.geometry.step.pmi.entries import pmi_of
        from viewer.geometry.step.products import about, product_facts
        from viewer.geometry.step.tree import StepTree

        missing = checked_references(path, job)
        document = open_step(path, job)
        if not document.unit_known and unit is None:
            job.warn("the file names no length unit that is known: taken as mm; say --unit if it is another")
        scale = 0.001 * (1.0 if unit is None else metres_in(unit) / metres_in(document.unit))
        deflection_mm = None if self.deflection_m is None else self.deflection_m / scale
        job.progress(0.55, "tessellating")
        tree = StepTree(scale, deflection_mm, job, product_facts(path))
        tree.build(document)
        if not tree.products:
            broken("there is no product with a shape in this STEP file; export it again with solids or surfaces")
        parts = tree.parts()
        if not parts and missing:
            broken(f"the files it is made of are not beside it: {', '.join(map(repr, missing[:5]))}; copy them there too")
        if not parts:
            broken(
                "it holds curves or points and no surfaces, so there is nothing to show; export it again with surfaces or solids"
            )
        pmi = pmi_of(path, document, tree.shown(), job)
        parts = tuple(pmi.put_on(part) for part in parts)
        points = sum(len(part.mesh.points_in_part) for part in parts)
        facts = Map({key: round(value, 3) for key, value in tree.facts.items()})
        bounds = None if self.deflection_m is None else tree.bounds_m()
        return GeometryModel(
            "step", unit or document.unit, parts, tuple(tree.nodes), (), pmi.counts, points,
            facts=facts, name=tree.name, bounds_m=bounds, about=Map({**about(path), **tree.of_whole}),
        )  # fmt: skip


def _check_whole(path: Path) -> None:
    """The kernel reads half a file without a word, so its end is looked for first."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 4096))
        tail = file.read()
    if _END not in tail:
        broken("the STEP file is cut off: its last line END-ISO-10303-21 is missing; export or copy it again")
