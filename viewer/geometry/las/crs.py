"""The coordinate system that a LAS file names, as far as a twin needs it: its name, and the lengths of its units."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from viewer.geometry.las.feet import FOOT_M, SURVEY_FOOT_M, metres_of_projected, metres_of_vertical
from viewer.geometry.naming import clean

_EPSG_UNITS_M = {9001: 1.0, 9002: FOOT_M, 9003: SURVEY_FOOT_M}
"""Linear units of GeoTIFF (EPSG codes)."""
_NAMES = {1.0: "m", FOOT_M: "ft", SURVEY_FOOT_M: "US survey ft"}
_MODEL_TYPE, _CITATION, _GEOGRAPHIC_CITATION, _PROJECTED, _PROJECTED_CITATION = 1024, 1026, 2049, 3072, 3073
_LINEAR_UNIT, _LINEAR_SIZE, _VERTICAL, _VERTICAL_UNIT = 3076, 3077, 4096, 4099
_GEOGRAPHIC = 2
_USER_DEFINED = 32767
_SEMI_MAJOR_M, _FLATTENING_SQUARED = 6378137.0, 0.00669437999014
"""The ellipsoid WGS 84: semi-major axis, first eccentricity squared."""


@dataclass(frozen=True, slots=True)
class Crs:
    """What the file says about its numbers."""

    name: str = ""
    level_m: float = 1.0
    """Metres in one of x and y."""
    height_m: float = 1.0
    """Metres in one of z."""
    degrees: bool = False
    """Whether x and y are longitude and latitude."""
    said: bool = False
    """Whether the file says a unit at all."""

    @property
    def unit(self) -> str:
        """The unit's name."""
        return "deg" if self.degrees else _NAMES.get(self.level_m, f"{self.level_m:g} m")

    def metres(self, latitude_deg: float) -> tuple[float, float, float]:
        """Metres in one of x, y and z; of degrees, near that latitude (WGS 84's radii of curvature)."""
        if not self.degrees:
            return (self.level_m, self.level_m, self.height_m)
        latitude = math.radians(max(-89.0, min(89.0, latitude_deg)))
        bend = 1.0 - _FLATTENING_SQUARED * math.sin(latitude) ** 2
        across = _SEMI_MAJOR_M / math.sqrt(bend) * math.cos(latitude)
        along = _SEMI_MAJOR_M * (1.0 - _FLATTENING_SQUARED) / bend**1.5
        return (math.radians(across), math.radians(along), self.height_m)


def crs_of(vlrs: Iterable[Any]) -> Crs:
    """From the file's records: WKT where there is any, else GeoTIFF keys."""
    records = [vlr for vlr in vlrs if str(getattr(vlr, "user_id", "")).startswith("LASF_Projection")]
    for vlr in records:
        wkt = str(getattr(vlr, "string", "")).strip("\0 ")
        if vlr.record_id == 2112 and wkt:
            return crs_of_wkt(wkt)
    keys = {int(k.id): k for vlr in records for k in getattr(vlr, "geo_keys", ())}
    doubles = [float(getattr(v, "value", v)) for vlr in records for v in getattr(vlr, "doubles", ())]
    words = "".join(str(s) + "\0" for vlr in records for s in getattr(vlr, "strings", ())[:1])
    return _of_keys(keys, doubles, words) if keys else Crs()


def crs_of_wkt(wkt: str) -> Crs:
    """Well-known text (OGC 01-009, and 18-010 in its keywords): the last unit of the level part holds for the whole."""
    head = re.match(r'\s*(\w+)\s*\[\s*"([^"]*)"', wkt)
    kind, name = (head.group(1).upper(), head.group(2)) if head else ("", "")
    level, _, upright = wkt.partition("VERT")
    if kind.startswith("COMP"):
        inner = re.search(r"(PROJCS|PROJCRS|GEOGCS|GEOGCRS|GEODCRS)\s*\[", level, re.IGNORECASE)
        kind = inner.group(1).upper() if inner else kind
    degrees = kind.startswith(("GEOG", "GEOD"))
    units = [float(v) for v in re.findall(r'(?:LENGTH)?UNIT\s*\[\s*"[^"]*"\s*,\s*([0-9.eE+-]+)', level, re.IGNORECASE)]
    lengths = [v for v in units if not 0.0174 < v < 0.0175]
    heights = [float(v) for v in re.findall(r'UNIT\s*\[\s*"[^"]*"\s*,\s*([0-9.eE+-]+)', upright, re.IGNORECASE)]
    length = 1.0 if degrees or not lengths else _tidy(lengths[-1])
    height = _tidy(heights[-1]) if heights else length
    return Crs(clean(name), length, height, degrees, said=bool(lengths) or degrees)


def _tidy(metres: float) -> float:
    """A length of one unit; what nobody measures in is a metre."""
    known = min(_NAMES, key=lambda one: abs(one - metres))
    if abs(known - metres) < 1e-8:
        return known
    return metres if 1e-4 < metres < 1e5 else 1.0


def _height_m(code: int, level_m: float) -> float:
    """Metres in one of z by the vertical system's code; as in x and y where it has none."""
    return level_m if code in (0, _USER_DEFINED) else metres_of_vertical(code)


def _of_keys(keys: dict[int, Any], doubles: list[float], words: str) -> Crs:
    def value(key: int) -> int:
        found = keys.get(key)
        return 0 if found is None or int(found.tiff_tag_location) else int(found.value_offset)

    def text(key: int) -> str:
        found = keys.get(key)
        if found is None or int(found.tiff_tag_location) != 34737:
            return ""
        return clean(words[int(found.value_offset) : int(found.value_offset) + int(found.count)].strip("|\0 "))

    degrees = value(_MODEL_TYPE) == _GEOGRAPHIC
    level = _EPSG_UNITS_M.get(value(_LINEAR_UNIT))
    size = keys.get(_LINEAR_SIZE)
    if level is None and size is not None and int(size.value_offset) < len(doubles):
        level = _tidy(doubles[int(size.value_offset)])
    code = value(_PROJECTED)
    if level is None and code not in (0, _USER_DEFINED):
        level = metres_of_projected(code)
    height = _EPSG_UNITS_M.get(value(_VERTICAL_UNIT), _height_m(value(_VERTICAL), level or 1.0))
    name = text(_PROJECTED_CITATION) or text(_CITATION) or (text(_GEOGRAPHIC_CITATION) if degrees else "")
    if code not in (0, _USER_DEFINED):
        name = f"{name} (EPSG:{code})" if name else f"EPSG:{code}"
    return Crs(name, level or 1.0, height, degrees, said=level is not None or degrees)
