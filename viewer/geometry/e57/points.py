"""The points of one scan of an E57 file, block by block: coordinates, colours and intensities, those that are valid."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewer.geometry.broken import broken
from viewer.geometry.clouds.sink import BLOCK
from viewer.geometry.e57.nodes import number

_CARTESIAN = ("cartesianX", "cartesianY", "cartesianZ")
_SPHERICAL = ("sphericalRange", "sphericalAzimuth", "sphericalElevation")
_COLOURS = ("colorRed", "colorGreen", "colorBlue")
RGB_TOP = 65535.0
"""Full colour in what `blocks` gives."""


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Some points of a scan, in its own frame."""

    points_m: NDArray[np.float64]
    rgb: NDArray[np.uint16] | None
    intensity: NDArray[np.float32] | None
    invalid: int
    """Points left out because the scanner marked them so."""


def fields_of(libe57: Any, scan: Any) -> dict[str, Any]:
    """The prototype of a scan's points: a node for each field."""
    prototype = libe57.StructureNode(scan["points"].prototype())
    nodes = [prototype[k] for k in range(prototype.childCount())]
    return {str(node.elementName()): node for node in nodes}


def blocks(libe57: Any, image_file: Any, scan: Any, fields: dict[str, Any]) -> Iterator[Block]:
    """All points of a scan, some at a time. Raises BrokenFile where it has no coordinates, E57Exception where it is damaged."""
    spherical = not all(name in fields for name in _CARTESIAN)
    if spherical and not all(name in fields for name in _SPHERICAL):
        broken("a scan of the E57 has neither cartesian nor spherical coordinates; export it again")
    coloured = all(name in fields for name in _COLOURS)
    flag = "sphericalInvalidState" if spherical else "cartesianInvalidState"
    more = (flag, *(_COLOURS if coloured else ()), "intensity", "isColorInvalid", "isIntensityInvalid")
    wanted = [*(_SPHERICAL if spherical else _CARTESIAN), *(name for name in more if name in fields)]
    count = int(scan["points"].childCount())
    data = {name: np.empty(min(BLOCK, max(count, 1))) for name in wanted}
    buffers = libe57.VectorSourceDestBuffer()
    for name, array in data.items():
        buffers.append(libe57.SourceDestBuffer(image_file, name, array, len(array), True, True))
    reader = scan["points"].reader(buffers)
    limits = [_limits(scan, fields, name) for name in _COLOURS] if coloured else []
    try:
        while taken := int(reader.read()):
            yield _block({name: array[:taken] for name, array in data.items()}, limits, flag, spherical=spherical)
    finally:
        reader.close()


def _block(rows: dict[str, NDArray[np.float64]], limits: list[tuple[float, float]], flag: str, *, spherical: bool) -> Block:
    good = rows[flag] == 0 if flag in rows else np.ones(len(next(iter(rows.values()))), dtype=np.bool_)
    rows = {name: array[good] for name, array in rows.items()}
    if spherical:
        points = _cartesian(*(rows[name] for name in _SPHERICAL))
    else:
        points = np.stack([rows[name] for name in _CARTESIAN], axis=1)
    rgb = _rgb(rows, limits) if limits else None
    intensity = rows["intensity"].astype(np.float32) if "intensity" in rows else None
    if rgb is not None and "isColorInvalid" in rows:
        rgb[rows["isColorInvalid"] != 0] = round(0.6 * RGB_TOP)
    if intensity is not None and "isIntensityInvalid" in rows:
        intensity[rows["isIntensityInvalid"] != 0] = 0.0
    return Block(points, rgb, intensity, int(len(good) - np.count_nonzero(good)))


def _cartesian(
    distance: NDArray[np.float64], azimuth: NDArray[np.float64], elevation: NDArray[np.float64]
) -> NDArray[np.float64]:
    """ASTM E2807, 6.3: azimuth from x towards y, elevation from the xy plane, radians."""
    level = distance * np.cos(elevation)
    return np.stack([level * np.cos(azimuth), level * np.sin(azimuth), distance * np.sin(elevation)], axis=1)


def _rgb(rows: dict[str, NDArray[np.float64]], limits: list[tuple[float, float]]) -> NDArray[np.uint16]:
    columns = [
        np.clip((rows[name] - low) * (RGB_TOP / (high - low)), 0.0, RGB_TOP)
        for name, (low, high) in zip(_COLOURS, limits, strict=True)
    ]
    return np.rint(np.nan_to_num(np.stack(columns, axis=1))).astype(np.uint16)


def _limits(scan: Any, fields: dict[str, Any], name: str) -> tuple[float, float]:
    """The numbers of no and full colour: as the scan says, else as its field allows, else those of a byte."""
    low, high = number(scan, "colorLimits", f"{name}Minimum"), number(scan, "colorLimits", f"{name}Maximum")
    if low is None or high is None or high <= low:
        low, high = _range(fields[name])
    return (low, high) if high > low else (0.0, 255.0)


def _range(node: Any) -> tuple[float, float]:
    if hasattr(node, "precision"):  # a fraction, where the file says no more
        low, high = float(node.minimum()), float(node.maximum())
        return (low, high) if high - low < 1e6 else (0.0, 1.0)
    scaled = hasattr(node, "scaledMaximum")
    low, high = (node.scaledMinimum(), node.scaledMaximum()) if scaled else (node.minimum(), node.maximum())
    return (float(low), float(high)) if high - low <= 1 << 16 else (0.0, 255.0)
