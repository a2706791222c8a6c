"""An IGES file's fixed form, looked at before the kernel sees it: sections, counts, end; and what its global section says."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from viewer.base.units import grouped
from viewer.geometry.broken import broken
from viewer.geometry.naming import text_of

FIRST_LINE = re.compile(rb"[^\r\n]{72}S[ 0]{0,6}1\s*[\r\n]")
SECTIONS = b"SGDPT"
MOST_LINES = 20_000_000
_MOST_GLOBAL = 2000
_TERMINATE = re.compile(rb"S\s*(\d{1,7})\s*G\s*(\d{1,7})\s*D\s*(\d{1,7})\s*P\s*(\d{1,7})")
_UNITS = {
    1: ("inch", 0.0254), 2: ("mm", 1e-3), 4: ("ft", 0.3048), 5: ("mile", 1609.344), 6: ("m", 1.0), 7: ("km", 1e3),
    8: ("mil", 2.54e-5), 9: ("um", 1e-6), 10: ("cm", 0.01), 11: ("microinch", 2.54e-8),
}  # fmt: skip
_NAMED = {"IN": 1, "INCH": 1, "MM": 2, "FT": 4, "MI": 5, "M": 6, "KM": 7, "MIL": 8, "UM": 9, "CM": 10, "UIN": 11}


@dataclass(frozen=True, slots=True)
class IgesGlobals:
    """What the global section says of the file."""

    unit: str
    unit_m: float
    """Metres in one."""
    unit_known: bool
    resolution: float
    """The least length that counts, in the file's unit; 0 where it says none."""
    product: str
    about: dict[str, str]


def checked(path: Path) -> IgesGlobals:
    """The global section of a file that is whole. Raises BrokenFile."""
    counts: Counter[int] = Counter()
    globals_text: list[bytes] = []
    last = b""
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            bare = line.rstrip(b"\r\n")
            if number > MOST_LINES:
                broken(f"it has more than {grouped(MOST_LINES)} lines; split the model")
            if len(bare) < 73:
                if bare.strip():
                    broken(f"line {number} has {len(bare)} columns and IGES has 80; the file was cut or changed: export it again")
                continue
            section = bare[72]
            if section not in SECTIONS:
                _refuse_section(section, number)
            if counts and SECTIONS.index(section) < max(SECTIONS.index(one) for one in counts):
                broken(f"its sections stand in the wrong order (line {number}); the file was changed: export it again")
            counts[section] += 1
            if section == ord("G") and counts[section] <= _MOST_GLOBAL:
                globals_text.append(bare[:72])
            last = bare if section == ord("T") else b""
    _check_end(last, counts)
    return _globals(b"".join(globals_text))


def _refuse_section(section: int, number: int) -> None:
    if section in b"CB":
        form = "compressed" if section == ord("C") else "binary"
        broken(f"it is IGES in the {form} form, and only the fixed form opens; export it as fixed-length ASCII, or as STEP")
    broken(f"line {number} belongs to no section (S, G, D, P, T); the file is damaged: export it again")


def _check_end(last: bytes, counts: Counter[int]) -> None:
    if not last:
        broken("the IGES file is cut off: its last line (section T) is missing; export or copy it again")
    told = _TERMINATE.match(last)
    if told is None:
        broken("its last line (section T) does not tell how many lines there are; export it again")
    for letter, number in zip("SGDP", told.groups(), strict=True):
        if counts[ord(letter)] != int(number):
            broken(f"section {letter} has {counts[ord(letter)]} lines and should have {int(number)}; export or copy it again")
    if not counts[ord("D")] or counts[ord("D")] % 2:
        broken("its directory is empty or cut (two lines for each entity); export it again")


def _globals(text: bytes) -> IgesGlobals:
    values = _parameters(text)
    values += [""] * (26 - len(values))
    flag = _number(values[13])
    name = values[14].strip().upper()
    code = int(flag) if flag is not None and int(flag) in _UNITS else _NAMED.get(name)
    unit, unit_m = _UNITS.get(code if code is not None else 1, _UNITS[1])
    about = {
        "product": values[2], "written by": values[4] or values[5], "preprocessor": values[5], "time": values[17],
        "author": values[20], "organisation": values[21],
    }  # fmt: skip
    kept = {key: value.strip()[:200] for key, value in about.items() if value.strip()}
    return IgesGlobals(unit, unit_m, code is not None, max(_number(values[18]) or 0.0, 0.0), values[2].strip(), kept)


def _parameters(text: bytes) -> list[str]:
    """The global section's parameters as text; strings are counted (3HABC), the first two may change the delimiters."""
    delimiter, end, at = b",", b";", 0
    found: list[str] = []
    while at < len(text) and len(found) < 40:
        counted = re.compile(rb"\s*(\d{1,6})H").match(text, at)
        if counted is not None:
            start = counted.end()
            value = text[start : start + int(counted[1])]
            at = start + int(counted[1])
            stop = re.compile(b"[%s%s]" % (re.escape(delimiter), re.escape(end))).search(text, at)
        else:
            stop = re.compile(b"[%s%s]" % (re.escape(delimiter), re.escape(end))).search(text, at)
            value = text[at : stop.start() if stop is not None else len(text)]
        if len(found) < 2 and len(value.strip()) == 1:
            delimiter, end = (value.strip(), end) if not found else (delimiter, value.strip())
            stop = re.compile(b"[%s%s]" % (re.escape(delimiter), re.escape(end))).search(text, at)
        found.append(text_of(value).strip())
        if stop is None or stop[0] == end:
            break
        at = stop.end()
    return found


def _number(text: str) -> float | None:
    try:
        value = float(text.strip().upper().replace("D", "E"))
    except ValueError:
        return None
    return value if abs(value) < 1e30 else None
