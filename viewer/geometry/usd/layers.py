"""Opens a USD stage whose layers all lie in the file's own folder: what points elsewhere is cut before anything is composed."""

from __future__ import annotations

import os
import struct
import zipfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from viewer.base.errors import UserMistake
from viewer.base.job import Job
from viewer.geometry.archive import Archive
from viewer.geometry.broken import broken
from viewer.geometry.references import inside_folder
from viewer.geometry.usd.prechecks import check_arcs, check_text
from viewer.geometry.usd.sdk import sdk
from viewer.geometry.zip_heads import MAGIC as ZIP

MAX_LAYERS = 2000
_ALIGN = 64
_LOCAL = struct.Struct("<4s5H3I2H")
_LAYERS = (".usd", ".usda", ".usdc")


def open_stage(path: Path, job: Job) -> tuple[Any, tuple[Any, ...], tuple[str, ...]]:
    """The composed stage, the layers to be kept alive with it, and the references that were left out. Raises BrokenFile.

    A reference, payload or sublayer that is absent, lies outside the folder, is a URL or is computed from variables is taken out
    of the layer (in memory) and told.
    """
    (usd,) = sdk("Usd")
    gathering = _Gathering(path, job)
    with sentences():
        root = gathering.layers()
        check_arcs(gathering.kept)
        stage = usd.Stage.Open(root, usd.Stage.LoadAll)
    if stage is None:
        broken("it is no USD that can be read; export it again")
    allowed = {layer.identifier for layer in gathering.kept}
    for layer in stage.GetUsedLayers(True):
        if not layer.anonymous and layer.identifier not in allowed:
            broken(f"it opens {str(layer.identifier)[-120:]!r}, which is not beside it; flatten the stage and export it again")
    return stage, tuple(gathering.kept), tuple(gathering.left_out)


@contextmanager
def sentences() -> Generator[None]:
    """What the SDK raises about damage, as one sentence."""
    (tf,) = sdk("Tf")
    try:
        yield
    except (tf.ErrorException, RuntimeError, UnicodeDecodeError) as error:
        broken(f"it is no USD that can be read ({_first_line(error)}); export it again")


class _Gathering:
    """All layers that the root leads to, each cleaned of what it may not open."""

    def __init__(self, path: Path, job: Job) -> None:
        self._path, self._job = path.resolve(), job
        self._folder = self._path.parent
        self._packages: dict[Path, frozenset[str]] = {}
        self._seen: set[str] = set()
        self.left_out: list[str] = []
        self.kept: list[Any] = []

    def layers(self) -> Any:
        """The root layer. Raises BrokenFile."""
        (sdf,) = sdk("Sdf")
        self._check_file(self._path)
        root = sdf.Layer.FindOrOpen(str(self._path))
        if root is None:
            broken("it is no USD that can be read; export it again")
        waiting = [root]
        while waiting:
            layer = waiting.pop()
            if layer.identifier in self._seen:
                continue
            self._seen.add(layer.identifier)
            self.kept.append(layer)
            if len(self.kept) > MAX_LAYERS:
                broken(f"it is made of more than {MAX_LAYERS} layers; flatten the stage and export it again")
            self._job.check()
            waiting += self._clean(layer)
        self._tell()
        return root

    def _clean(self, layer: Any) -> list[Any]:
        """The layers that one points at; those that may not be opened are taken out of it."""
        sdf, tf = sdk("Sdf", "Tf")
        found: list[Any] = []
        for asset in filter(None, layer.GetCompositionAssetDependencies()):  # an empty one means the layer itself
            identifier = self._allowed(layer, asset)
            other = None
            if identifier is not None:
                try:
                    other = sdf.Layer.FindOrOpen(identifier)
                except tf.ErrorException:
                    other = None
            if other is None:
                self.left_out.append(str(asset))
                layer.UpdateCompositionAssetDependency(asset, "")
            else:
                found.append(other)
        return found

    def _allowed(self, layer: Any, asset: str) -> str | None:
        """The identifier that an asset path means, if it lies within the folder (or the package); None where it may not open."""
        (ar,) = sdk("Ar")
        if not asset or "`" in asset:
            return None
        outer, inner = ar.SplitPackageRelativePathOuter(layer.identifier)
        if inner:
            return self._in_package(Path(outer), PurePosixPath(inner).parent, asset)
        here = Path(layer.realPath).resolve()
        if here.suffix.lower() == ".usdz":
            return self._in_package(here, PurePosixPath(), asset)
        wanted, rest = ar.SplitPackageRelativePathOuter(asset)
        below = os.path.relpath(here.parent, self._folder)
        try:
            target = inside_folder(self._folder, f"{below}/{wanted}" if not Path(wanted).is_absolute() else wanted)
            self._check_file(target)
        except (UserMistake, OSError):
            return None
        return ar.JoinPackageRelativePath([str(target), rest]) if rest else str(target)

    def _in_package(self, package: Path, folder: PurePosixPath, asset: str) -> str | None:
        (ar,) = sdk("Ar")
        name = os.path.normpath(str(folder / asset.removeprefix("./"))).replace("\\", "/")
        if package not in self._packages or name not in self._packages[package]:
            return None
        return ar.JoinPackageRelativePath([str(package), name])

    def _check_file(self, path: Path) -> None:
        """Note what a .usdz holds, once it is found to be sound; look at a layer's depth. Raises BrokenFile."""
        if path in self._packages:
            return
        with path.open("rb") as file:
            packed = file.read(4).startswith(ZIP)
        if not packed:
            check_text(path)
            return
        with Archive(path) as archive:
            names = archive.names
        if not names or not names[0].lower().endswith(_LAYERS):
            broken("the USDZ package does not begin with a USD layer; pack it again with usdzip")
        _check_alignment(path)
        self._packages[path] = frozenset(names)

    def _tell(self) -> None:
        if self.left_out:
            listed = ", ".join(repr(one[:80]) for one in dict.fromkeys(self.left_out[:4]))
            self._job.warn(
                f"{len(self.left_out)} references to files that are not in its folder (or can't be read) were left out: {listed}"
            )


def _check_alignment(path: Path) -> None:
    """USDZ is mapped as it lies: nothing compressed, each file at a multiple of 64 bytes (USDZ specification, Layout)."""
    with zipfile.ZipFile(path) as archive, path.open("rb") as file:
        for entry in archive.infolist():
            if entry.is_dir():
                continue
            if entry.compress_type != zipfile.ZIP_STORED:
                broken("the USDZ package is compressed, which the format forbids; pack it again with usdzip")
            file.seek(entry.header_offset)
            head = file.read(_LOCAL.size)
            if len(head) < _LOCAL.size:
                broken("the USDZ package is cut off; copy it again")
            fields = _LOCAL.unpack(head)
            if (entry.header_offset + _LOCAL.size + fields[9] + fields[10]) % _ALIGN:
                broken("the USDZ package's files don't lie at multiples of 64 bytes, as it must be; pack it again with usdzip")


def _first_line(error: Exception) -> str:
    try:
        words = " ".join(str(error).split())
    except UnicodeDecodeError:  # the SDK quotes bytes of the file
        return "its text is not UTF-8"
    return words.rpartition(": ")[2][:160] if ": " in words else words[:160]
