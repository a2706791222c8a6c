"""ZIP archives that others made (3MF, 3DXML, USDZ, IFCZIP, zipped STEP), opened within limits: no bombs, no way out of a folder.

    with Archive(path) as archive:
        archive.names                       # every file in it, as written, no folders
        archive.find("3D/3dmodel.model")    # its name there, whatever its case and leading slash; None: not in it
        archive.read(name)                  # bytes; archive.open(name): a stream that is inflated as it is read
        archive.unpack(name, folder)        # a file below `folder`, for libraries that want a path

Everything wrong raises BrokenFile with a sentence.
"""

from __future__ import annotations

import gzip
import stat
import struct
import zipfile
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader, RawIOBase
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import IO, Any, BinaryIO

from viewer.base.units import grouped
from viewer.geometry.broken import broken

_END = struct.Struct("<4s4H2LH")
_END_AT_MOST = _END.size + 0xFFFF
_BLOCK = 1 << 20
_LEAST_SUSPICIOUS = 1 << 20
"""Small files may shrink as they like: an empty table of 100 kB is no bomb."""


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """What an archive may hold."""

    entries: int = 20_000
    bytes: int = 4 * 2**30
    """Unpacked, all together."""
    ratio: int = 200
    """Unpacked to packed, of each file over 1 MB: XML of meshes reaches 20, deflate itself at most 1032."""


LIMITS = ArchiveLimits()
_DIRECTORY_BYTES = 1024
"""Room for one entry in the archive's directory."""


class Archive:
    """A checked ZIP archive, open for reading. Use it in a `with`."""

    def __init__(self, path: Path, limits: ArchiveLimits = LIMITS) -> None:
        """Open and check it whole. Raises BrokenFile, OSError."""
        _check_directory(path, limits)
        with _sentences():
            self._zip = zipfile.ZipFile(path)
        try:
            self._entries = _checked(self._zip.infolist(), path.stat().st_size, limits)
        except BaseException:
            self._zip.close()
            raise
        self._by_folded = {name.casefold(): name for name in self._entries}

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._zip.close()

    @property
    def names(self) -> tuple[str, ...]:
        """Every file in it, in its order, without folders."""
        return tuple(self._entries)

    def find(self, name: str) -> str | None:
        """The file that `name` means (case and a leading slash don't count, as OPC has it, ISO/IEC 29500-2); None: not in it."""
        return self._by_folded.get(name.replace("\\", "/").lstrip("/").casefold())

    def size(self, name: str) -> int:
        """Bytes of a file, unpacked."""
        return self._entry(name).file_size

    def read(self, name: str, most: int = 1 << 30) -> bytes:
        """A file's bytes. Raises BrokenFile where there is no such file, it is damaged, or over `most`."""
        if self.size(name) > most:
            size = f"{self.size(name) / 2**20:.0f} MB"
            broken(f"{name[:120]!r} in it has {size}, and at most {most >> 20} MB are read; split the model")
        with self.open(name) as stream:
            return stream.read()

    def open(self, name: str) -> BinaryIO:
        """A stream of a file's bytes, inflated as they are read; its reads raise BrokenFile where it is damaged."""
        entry = self._entry(name)
        with _sentences():
            return BufferedReader(_Inflated(self._zip.open(entry)), _BLOCK)

    def unpack(self, name: str, folder: Path) -> Path:
        """Write a file below `folder`, in folders as in the archive, and say where."""
        target = folder / PurePosixPath(name)
        target.parent.mkdir(parents=True, exist_ok=True)
        with self.open(name) as stream, target.open("wb") as file:
            while block := stream.read(_BLOCK):
                file.write(block)
        return target

    def _entry(self, name: str) -> zipfile.ZipInfo:
        if name not in self._entries:
            broken(f"there is no {name[:120]!r} in it, which it needs; export it again")
        return self._entries[name]


def unpack_gzip(path: Path, target: Path, limits: ArchiveLimits = LIMITS) -> None:
    """Write what a gzip file holds to `target`. Raises BrokenFile where it is damaged or inflates beyond the limits; OSError."""
    packed = path.stat().st_size
    written = 0
    with _sentences(), gzip.open(path) as stream, target.open("wb") as file:
        while block := stream.read(_BLOCK):
            written += len(block)
            _check_growth("what it holds", written, packed, limits)
            file.write(block)


class _Inflated(RawIOBase):
    """A stream whose damage is told in a sentence."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        with _sentences():
            block = self._stream.read(len(buffer))
        buffer[: len(block)] = block
        return len(block)

    def close(self) -> None:
        self._stream.close()
        super().close()


@contextmanager
def _sentences() -> Generator[None]:
    """The many ways in which zipfile, zlib and gzip say that bytes are damaged, as one.

    NotImplementedError is zipfile's word for a method or version that it can't read, RuntimeError for a password.
    """
    try:
        yield
    except (zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, struct.error) as error:
        broken(f"its compressed content is damaged ({str(error)[:80] or type(error).__name__}); copy or export it again")
    except (UnicodeError, ValueError, OverflowError) as error:
        broken(f"its archive's directory is damaged ({str(error)[:80]}); copy or export it again")


def _check_directory(path: Path, limits: ArchiveLimits) -> None:
    """The directory is read into memory whole: so its length is looked at before. Raises BrokenFile."""
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - _END_AT_MOST))
        tail = file.read()
    at = tail.rfind(b"PK\5\6")
    if at < 0 or at + _END.size > len(tail):
        broken("the archive is cut off: its directory, which stands at the end, is not there; copy it again")
    _, _, _, _, entries, length, _, _ = _END.unpack_from(tail, at)
    room = size if length == 0xFFFFFFFF else length
    if (entries != 0xFFFF and entries > limits.entries) or room > max(limits.entries * _DIRECTORY_BYTES, _END_AT_MOST):
        if length == 0xFFFFFFFF:
            broken("its archive is of the ZIP64 kind and too large for the program that reads it; pack it again")
        broken(f"the archive says it holds over {grouped(limits.entries)} files; export it again")


def _checked(entries: list[zipfile.ZipInfo], packed: int, limits: ArchiveLimits) -> dict[str, zipfile.ZipInfo]:
    """The files by name. Raises BrokenFile where one is encrypted, leads out, or is a bomb."""
    if len(entries) > limits.entries:
        broken(
            f"the archive holds {grouped(len(entries))} files, and at most {grouped(limits.entries)} are read; export it again"
        )
    if sum(entry.compress_size for entry in entries) > packed:
        broken("its archive's files overlap, so it is made to harm; don't use it")
    total = sum(entry.file_size for entry in entries)
    if total > limits.bytes:
        broken(
            f"the archive unpacks to {total / 2**30:.1f} GB, and at most {limits.bytes / 2**30:g} GB are read; split the model"
        )
    files: dict[str, zipfile.ZipInfo] = {}
    for entry in entries:
        _check_entry(entry, limits)
        if not entry.is_dir():
            if entry.filename in files:
                broken(f"the archive holds {entry.filename[:120]!r} twice; export it again")
            files[entry.filename] = entry
    return files


def _check_entry(entry: zipfile.ZipInfo, limits: ArchiveLimits) -> None:
    name = entry.filename
    if not name:
        broken("the archive holds a file without a name; pack it again")
    shown = f"{name[:120]!r}"
    if name.startswith(("/", "\\")) or "\\" in name or ":" in name or "\0" in name or ".." in name.split("/"):
        broken(f"the archive holds {shown}, a name that leads out of its folder; it is made to harm: don't use it")
    if len(name) > 1000:
        broken(f"the archive holds a name of {len(name)} characters; export it again")
    if entry.flag_bits & 1:
        broken(f"{shown} in the archive is encrypted; save it without a password")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        broken(
            f"{shown} in the archive is compressed in a way that is not read (method {entry.compress_type}); pack it as deflate"
        )
    if stat.S_ISLNK(entry.external_attr >> 16):
        broken(f"{shown} in the archive is a link; pack the file itself")
    _check_growth(shown, entry.file_size, entry.compress_size, limits)


def _check_growth(what: str, unpacked: int, packed: int, limits: ArchiveLimits) -> None:
    if unpacked > limits.bytes:
        broken(f"{what} unpacks to over {limits.bytes / 2**30:g} GB; split the model")
    if unpacked > _LEAST_SUSPICIOUS and unpacked > limits.ratio * max(packed, 1):
        broken(f"{what} unpacks to over {limits.ratio} times its packed size, so it is made to harm; don't use it")
