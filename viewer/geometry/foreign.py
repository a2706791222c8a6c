"""Formats that are not opened but known by sight, so that a person is told what the file is and what to do with it."""

from __future__ import annotations

import re

_MESH = "export it as GLB or STL"
_CAD = "export it as STEP"

_BEGINS: tuple[tuple[bytes, str, str], ...] = (
    (b"Kaydara FBX", "FBX", "export it as GLB"),
    (b"; FBX", "FBX", "export it as GLB"),
    (b"BLENDER", "a Blender scene", "export it as GLB"),
    (b"#VRML", "VRML", _MESH),
    (b"# vtk DataFile", "a VTK data set", _MESH),
    (b"AC10", "DWG", _CAD),
    (b"V5_CFV2", "CATIA V5", _CAD),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a native CAD or Office document", _CAD),
    (b"\x89PNG", "a picture", "choose the model it shows"),
    (b"\xff\xd8\xff", "a picture", "choose the model it shows"),
    (b"%PDF", "a PDF", "choose the model it shows"),
    (b"PK\x03\x04", "a ZIP archive of no model that is known", "unpack it, or export the model as GLB or STEP"),
    (b"\x1f\x8b", "compressed by gzip", "unpack it first"),
    (b"7z\xbc\xaf\x27\x1c", "compressed by 7-Zip", "unpack it first"),
)
_HOLDS: tuple[tuple[re.Pattern[bytes], str, str], ...] = (
    (re.compile(rb"<X3D[\s>]"), "X3D", _MESH),
    (re.compile(rb"^OFF\s"), "OFF", _MESH),
    (re.compile(rb"<VTKFile[\s>]"), "a VTK data set", _MESH),
    (re.compile(rb"^Version \d+\.\d+ JT"), "JT", _CAD),
    (re.compile(rb"\*\*PART1;|^\*\*ABCDEFGHIJKLMNOPQRSTUVWXYZ"), "Parasolid", _CAD),
    (re.compile(rb"^\s*0\r?\n\s*SECTION\r?\n"), "DXF", _CAD),
    (re.compile(rb"^\s*(<\?xml|<!DOCTYPE|<html)", re.IGNORECASE), "an XML or HTML text", "choose a geometry file"),
)


def foreign_format(head: bytes) -> tuple[str, str] | None:
    """What the file is, in words, and what to do with it, by its first bytes; None where they are of no kind known here."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    for begin, name, remedy in _BEGINS:
        if head.startswith(begin) or (begin.isascii() and text.startswith(begin)):
            return name, remedy
    for pattern, name, remedy in _HOLDS:
        if pattern.search(text):
            return name, remedy
    return None
