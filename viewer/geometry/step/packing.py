"""Compressed STEP (.stpz: gzip or ZIP, as the CAx-IF recommends): known by what it holds, unpacked within limits."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

from viewer.geometry.archive import Archive, unpack_gzip
from viewer.geometry.broken import broken
from viewer.geometry.step.external import named_files

GZIP, ZIP = b"\x1f\x8b\x08", b"PK\x03\x04"
_LOCAL = struct.Struct("<4s5H3L2H")
_MODELS = (".stp", ".step", ".p21")
_PEEK = 4096


def is_packed(head: bytes) -> bool:
    """Whether the file begins as gzip or ZIP does."""
    return head.startswith((GZIP, ZIP))


def peeked(head: bytes) -> bytes:
    """The first bytes of what gzip or the first file of a ZIP holds, as far as the file's own first bytes tell."""
    if head.startswith(GZIP):
        return _inflated(head, zlib.MAX_WBITS | 16)
    if head.startswith(ZIP) and len(head) >= _LOCAL.size:
        *_, method, _time, _date, _crc, _packed, _size, name, extra = _LOCAL.unpack_from(head)
        start = _LOCAL.size + name + extra
        return head[start:] if method == 0 else _inflated(head[start:], -zlib.MAX_WBITS) if method == 8 else b""
    return b""


def _inflated(data: bytes, window: int) -> bytes:
    try:
        return zlib.decompressobj(window).decompress(data, _PEEK)
    except zlib.error:
        return b""


def unpacked(path: Path, folder: Path) -> Path:
    """The STEP file in a packed one, unpacked to `folder` with those that it is made of. Raises BrokenFile, OSError."""
    with path.open("rb") as file:
        is_zip = file.read(4) == ZIP
    if not is_zip:
        target = folder / f"{path.stem}.stp"
        unpack_gzip(path, target)
        return target
    with Archive(path) as archive:
        found = [archive.unpack(name, folder) for name in archive.names if Path(name).suffix.lower() in _MODELS]
    if not found:
        broken("the ZIP archive holds no STEP file (.stp, .step); unpack it and choose what it holds")
    inner = {(one.parent / name).resolve() for one in found for name in named_files(one)}
    roots = [one for one in found if one.resolve() not in inner] or found
    return max(roots, key=lambda one: (one.stat().st_size, one.name))
