"""Opens an IFC file, bare or zipped, as an ifcopenshell model; what is neither is told in one sentence."""

from __future__ import annotations

import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from viewer.geometry.archive import Archive
from viewer.geometry.broken import broken
from viewer.geometry.zip_heads import MAGIC as ZIP

_END = b"END-ISO-10303-21"


@contextmanager
def open_ifc(path: Path) -> Generator[Any]:
    """The model of an .ifc or .ifczip file, while the context lasts. Raises BrokenFile."""
    with path.open("rb") as file:
        head = file.read(4096)
    if not head.startswith(ZIP):
        yield _model(path, head)
        return
    with tempfile.TemporaryDirectory(prefix="genchi-ifc-") as folder:
        bare = _unzipped(path, Path(folder))
        with bare.open("rb") as file:
            head = file.read(4096)
        yield _model(bare, head)


def _unzipped(path: Path, folder: Path) -> Path:
    """The one .ifc of an .ifczip, unpacked below `folder`."""
    with Archive(path) as archive:
        names = [name for name in archive.names if name.lower().endswith((".ifc", ".ifcxml"))]
        models = [name for name in names if name.lower().endswith(".ifc")]
        if names and not models:
            _refuse_xml()
        if len(models) != 1:
            broken(f"an IFCZIP holds one .ifc file and this one has {len(models)}; zip each model by itself")
        return archive.unpack(models[0], folder)


def _model(path: Path, head: bytes) -> Any:
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        _refuse_xml()
    _check_whole(path)
    import ifcopenshell

    try:
        model = ifcopenshell.open(str(path))
    except (ifcopenshell.SchemaError, ifcopenshell.Error) as error:
        broken(f"it is no IFC that can be read ({str(error)[:160]}); export it as IFC2x3, IFC4 or IFC4x3")
    if not hasattr(model, "by_type"):
        broken("it is no IFC that can be read; export it as IFC2x3, IFC4 or IFC4x3")
    return model


def _refuse_xml() -> None:
    broken("it is ifcXML, and IFC is read from its text form only; export it as .ifc (STEP) or .ifczip")


def _check_whole(path: Path) -> None:
    """Half a file would be read as a building with rooms missing, so its end is looked for first."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 4096))
        tail = file.read()
    if _END not in tail:
        broken("the IFC file is cut off: its last line END-ISO-10303-21 is missing; export or copy it again")
