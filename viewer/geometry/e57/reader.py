"""Reads E57: every scan with its pose, points, colours and intensities, and what the file says about each."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar

from immutables import Map

from viewer.base.frames import Pose
from viewer.base.job import Job
from viewer.geometry.broken import broken
from viewer.geometry.clouds.content import Scan, model_of_scans
from viewer.geometry.clouds.sink import CloudSink
from viewer.geometry.e57.nodes import child, moment, number, pose_matrix, text
from viewer.geometry.e57.points import RGB_TOP, blocks, fields_of
from viewer.geometry.lengths import metres_in
from viewer.geometry.model import GeometryModel

_MOST_SCANS = 10_000
_TOLD = (
    ("Sensor", ("sensorVendor", "sensorModel", "sensorSerialNumber")),
    ("Description", ("description",)),
    ("GUID", ("guid",)),
)
_MEASURED = (
    ("Temperature", "temperature", "°C"),
    ("Humidity", "relativeHumidity", "%"),
    ("Pressure", "atmosphericPressure", "Pa"),
)


@dataclass(frozen=True, slots=True)
class E57Reader:
    """Files of ASTM E2807; always metres. In a worker process: the library is C++."""

    format: ClassVar[str] = "e57"
    title: ClassVar[str] = "E57"
    suffixes: ClassVar[tuple[str, ...]] = (".e57",)
    heavy: ClassVar[bool] = True
    unitless: ClassVar[bool] = False
    extra: ClassVar[str] = "scan"
    needs: ClassVar[tuple[str, ...]] = ("pye57",)

    def claims(self, head: bytes, suffix: str) -> bool:
        """By its signature."""
        return head[:8] == b"ASTM-E57"

    def read(self, path: Path, *, unit: str | None, job: Job) -> GeometryModel:
        """See Reader."""
        libe57 = import_module("pye57.libe57")
        try:
            image_file = libe57.ImageFile(str(path), "r")
            try:
                return _model(libe57, image_file, 1.0 if unit is None else metres_in(unit), unit or "m", job)
            finally:
                image_file.close()
        except libe57.E57Exception as error:
            reason = (str(error).strip().splitlines() or ["no reason given"])[0]
            broken(f"the E57 is damaged: {reason}; copy or export it again")


def _model(libe57: Any, image_file: Any, metres: float, unit: str, job: Job) -> GeometryModel:
    root = image_file.root()
    data: Any = child(root, "data3D")
    count = _length(data)
    if count > _MOST_SCANS:
        broken(f"the E57 says it holds {count} scans, and at most {_MOST_SCANS} are read; split it")
    images = child(root, "images2D")
    total = sum(int(data[k]["points"].childCount()) for k in range(count))
    scans: list[Scan] = []
    done = 0
    for k in range(count):
        job.progress(0.7 * done / max(total, 1), f"reading scan {k + 1} of {count}")
        scans.append(_scan(libe57, image_file, data[k], k, metres, (done, total), job))
        done += scans[-1].stored
    facts = {"images": float(_length(images))}
    facts |= {f"field_{name}": 1.0 for name in sorted({n for k in range(count) for n in fields_of(libe57, data[k])})}
    return model_of_scans("e57", scans, job=job, unit=unit, facts=Map(facts))


def _length(vector: Any) -> int:
    """Children of a vector's node; 0 where there is none."""
    return 0 if vector is None else int(vector.childCount())


def _scan(libe57: Any, image_file: Any, node: Any, number_: int, metres: float, done: tuple[int, int], job: Job) -> Scan:
    fields = fields_of(libe57, node)
    stored = int(node["points"].childCount())
    matrix = pose_matrix(node)
    matrix[:3, 3] *= metres
    sink = CloudSink(job, world_from_scan=matrix)
    invalid = read = 0
    if stored:
        for block in blocks(libe57, image_file, node, fields):
            sink.add(block.points_m * metres, rgb=block.rgb, intensity=block.intensity)
            invalid += block.invalid
            read += len(block.points_m) + block.invalid
            job.progress(0.7 * (done[0] + read) / max(done[1], 1), f"reading scan {number_ + 1}")
    if read < stored:
        broken(f"scan {number_ + 1} of the E57 ends after {read} of its {stored} points; copy or export it again")
    if invalid:
        job.warn(f"scan {number_ + 1}: {invalid} of its {stored} points are marked as invalid and left out")
    low, high = number(node, "intensityLimits", "intensityMinimum"), number(node, "intensityLimits", "intensityMaximum")
    limits = (low, high) if low is not None and high is not None and high > low else None
    name = text(node, "name") or f"scan {number_ + 1}"
    settled = sink.settle(rgb_top=RGB_TOP, intensity_range=limits)
    return Scan(name, stored, settled, Pose.from_matrix(matrix), _properties(node, fields))


def _properties(node: Any, fields: dict[str, Any]) -> Map[str, str]:
    found = {title: " ".join(filter(None, (text(node, name) for name in names))) for title, names in _TOLD}
    found["Begun"], found["Ended"] = moment(node, "acquisitionStart"), moment(node, "acquisitionEnd")
    for title, name, unit in _MEASURED:
        value = number(node, name)
        found[title] = f"{value:g} {unit}" if value else ""
    found["Fields"] = ", ".join(fields)
    return Map({title: value for title, value in found.items() if value})
