"""Reads LAS and LAZ block by block: all point formats, colours of 8 and 16 bits, classes and coordinate systems."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from immutables import Map
from numpy.typing import NDArray

from viewer.base.job import Job
from viewer.base.units import grouped
from viewer.geometry.broken import broken
from viewer.geometry.clouds.content import Scan, model_of_scans
from viewer.geometry.clouds.sink import BLOCK, CloudSink
from viewer.geometry.las.crs import Crs, crs_of
from viewer.geometry.las.head import check_head
from viewer.geometry.lengths import metres_in
from viewer.geometry.model import GeometryModel
from viewer.geometry.naming import clean

_CLASSES = (
    "never classified", "unassigned", "ground", "low vegetation", "medium vegetation", "high vegetation", "building",
    "low noise", "key point", "water", "rail", "road surface", "overlap", "wire guard", "wire conductor", "tower",
    "wire connector", "bridge deck", "high noise",
)  # fmt: skip
"""ASPRS LAS 1.4 R15, table 17."""
_WITHHELD_SENTENCE = "points are marked as withheld by whoever made the file, and left out"


@dataclass(frozen=True, slots=True)
class LasReader:
    """ASPRS LAS, plain or compressed. In a worker process: the decompressor is foreign code."""

    format: ClassVar[str] = "las"
    title: ClassVar[str] = "LAS or LAZ"
    suffixes: ClassVar[tuple[str, ...]] = (".las", ".laz")
    heavy: ClassVar[bool] = True
    unitless: ClassVar[bool] = False
    extra: ClassVar[str] = "scan"
    needs: ClassVar[tuple[str, ...]] = ("laspy", "lazrs")

    def claims(self, head: bytes, suffix: str) -> bool:
        """By its signature."""
        return head[:4] == b"LASF"

    def read(self, path: Path, *, unit: str | None, job: Job) -> GeometryModel:
        """See Reader."""
        import laspy
        from laspy.errors import LaspyException

        check_head(path)
        try:
            with laspy.open(path) as file:
                return _model(file, path, unit, job)
        except LaspyException as error:
            broken(f"the LAS file is damaged ({_first_line(error)}); copy or export it again")
        except BaseException as error:
            # The decompressor is Rust: where it gives up, it raises what is no Exception.
            if type(error).__name__ not in ("PanicException", "LazrsError"):
                raise
            broken(f"the LAZ file can't be decompressed ({_first_line(error)}); copy or export it again")


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]


def _model(file: Any, path: Path, unit: str | None, job: Job) -> GeometryModel:
    header = file.header
    stored = int(header.point_count)
    _check_size(header, path, stored)
    crs = crs_of(header.vlrs)
    low, high = np.asarray(header.mins, dtype=np.float64), np.asarray(header.maxs, dtype=np.float64)
    metres = _metres(crs, unit, float(low[1] + high[1]) / 2.0, job)
    sink = CloudSink(job)
    classes: Counter[int] = Counter()
    coloured = {"red", "green", "blue"} <= set(header.point_format.dimension_names)
    read = kept = brightest = 0
    box = np.array([np.full(3, np.inf), np.full(3, -np.inf)])
    for block in file.chunk_iterator(BLOCK):
        points = np.stack([np.asarray(block.x), np.asarray(block.y), np.asarray(block.z)], axis=1)
        box = np.stack([np.fmin(box[0], points.min(axis=0)), np.fmax(box[1], points.max(axis=0))])
        intensity = np.asarray(block.intensity)
        brightest = max(brightest, int(intensity.max()))
        rgb = np.stack([np.asarray(block.red), np.asarray(block.green), np.asarray(block.blue)], axis=1) if coloured else None
        classes.update(_counted(np.asarray(block.classification)))
        good = np.asarray(block.withheld) == 0
        sink.add(points[good] * metres, rgb=_some(rgb, good), intensity=intensity[good].astype(np.float32))
        read += len(points)
        kept += int(np.count_nonzero(good))
        job.progress(0.7 * read / max(stored, 1), "reading the points")
    if read != stored:
        broken(f"the LAS file ends after {read} of its {stored} points; copy or export it again")
    if kept < read:
        job.warn(f"{read - kept} {_WITHHELD_SENTENCE}")
    settled = sink.settle()
    scan = Scan(path.stem, stored, settled, properties=_properties(header, crs, classes))
    model = model_of_scans("las", [scan], job=job, unit=unit or crs.unit, facts=_facts(header, classes, box))
    return _plain(model, dark=coloured and sink.rgb_most == 0, mute=brightest == 0)


def _plain(model: GeometryModel, *, dark: bool, mute: bool) -> GeometryModel:
    """Without colours or intensities that are all nought: many programs write the field and leave it empty."""

    def stripped(part: Any) -> Any:
        cloud, told = part.cloud, {k: v for k, v in part.properties.items() if not (mute and k == "Intensity shown")}
        return replace(
            part,
            properties=Map(told),
            cloud=replace(cloud, rgb=None if dark else cloud.rgb, intensity=None if mute else cloud.intensity),
        )

    facts = {**model.facts}
    facts |= {"has_colour": 0.0} if dark else {}
    facts |= {"has_intensity": 0.0} if mute else {}
    return replace(model, parts=tuple(stripped(part) for part in model.parts), facts=Map(facts))


def _some(rgb: NDArray[Any] | None, good: NDArray[np.bool_]) -> NDArray[Any] | None:
    return None if rgb is None else rgb[good]


def _check_size(header: Any, path: Path, stored: int) -> None:
    """Raises BrokenFile where an uncompressed file is shorter than its header says."""
    compressed = bool(getattr(header, "are_points_compressed", False))
    wanted = int(header.offset_to_point_data) + (0 if compressed else stored * int(header.point_format.size))
    if wanted > path.stat().st_size:
        broken(f"the LAS file says {stored} points and is too short for them: it is cut off; copy or export it again")


def _metres(crs: Crs, unit: str | None, latitude_deg: float, job: Job) -> NDArray[np.float64]:
    """Metres in one of x, y and z."""
    if unit is not None:
        return np.full(3, metres_in(unit))
    if crs.degrees:
        job.warn("its places are in degrees of longitude and latitude: laid out flat, in metres, as they are at its middle")
    return np.array(crs.metres(latitude_deg))


def _counted(classification: NDArray[Any]) -> dict[int, int]:
    counts = np.bincount(classification.astype(np.int64))
    return {int(code): int(counts[code]) for code in np.flatnonzero(counts)}


def _facts(header: Any, classes: Counter[int], box: NDArray[np.float64]) -> Map[str, float]:
    """Counts, and the extents in the file's own numbers."""
    extents = np.ptp(box, axis=0) if np.isfinite(box).all() else np.zeros(3)
    facts = {f"extent_{axis}": round(float(v), 6) for axis, v in zip("xyz", extents, strict=True)}
    facts["point_format"] = float(header.point_format.id)
    facts["las_version"] = float(f"{header.version.major}.{header.version.minor}")
    return Map(facts | {f"class_{code}": float(count) for code, count in sorted(classes.items())})


def _properties(header: Any, crs: Crs, classes: Counter[int]) -> Map[str, str]:
    named = [f"{_CLASSES[c] if c < len(_CLASSES) else f'class {c}'} {grouped(n)}" for c, n in classes.most_common(8)]
    found = {
        "Coordinate system": crs.name,
        "Written in": crs.unit if crs.said else "",
        "Classes": ", ".join(named) if set(classes) - {0, 1} else "",
        "System": clean(str(header.system_identifier).strip("\0 ")),
        "Made by": clean(str(header.generating_software).strip("\0 ")),
        "Date": str(header.creation_date or ""),
        "LAS": f"version {header.version.major}.{header.version.minor}, point format {header.point_format.id}",
    }
    return Map({title: value for title, value in found.items() if value})
