"""Which formats open: the one list of readers, and which of them claims a file."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from viewer.base.errors import UserMistake
from viewer.geometry.broken import sentence
from viewer.geometry.foreign import foreign_format
from viewer.geometry.model import Reader


def readers(deflection_m: float | None = None) -> tuple[Reader, ...]:
    """Every format, the surest signatures first. `deflection_m`: how far triangles may lie from CAD surfaces, metres."""
    from viewer.geometry.collada.reader import ColladaReader
    from viewer.geometry.e57.reader import E57Reader
    from viewer.geometry.gltf.reader import GltfReader
    from viewer.geometry.ifc.reader import IfcReader
    from viewer.geometry.iges.reader import IgesReader
    from viewer.geometry.las.reader import LasReader
    from viewer.geometry.obj.reader import ObjReader
    from viewer.geometry.ply.reader import PlyReader
    from viewer.geometry.sdf.reader import SdfReader
    from viewer.geometry.step.reader import StepReader
    from viewer.geometry.stl import StlReader
    from viewer.geometry.threedxml.reader import ThreeDXmlReader
    from viewer.geometry.threemf.reader import ThreeMfReader
    from viewer.geometry.urdf.reader import UrdfReader
    from viewer.geometry.usd.reader import UsdReader
    from viewer.geometry.xyz.ptx import PtxReader
    from viewer.geometry.xyz.reader import XyzReader

    return (
        IfcReader(),
        UsdReader(),
        ThreeMfReader(),
        ThreeDXmlReader(),
        StepReader(deflection_m),
        IgesReader(deflection_m),
        GltfReader(),
        ColladaReader(),
        UrdfReader(),
        SdfReader(),
        E57Reader(),
        LasReader(),
        PlyReader(),
        PtxReader(),
        ObjReader(),
        StlReader(),
        XyzReader(),
    )


def formats_in_words() -> str:
    """«GLB or glTF, STEP, …»: what opens, for sentences."""
    *first, last = dict.fromkeys(reader.title for reader in readers())
    return f"{', '.join(first)} and {last}"


def suffixes() -> tuple[str, ...]:
    """The suffixes of all files that open, sorted."""
    return tuple(sorted({suffix for reader in readers() for suffix in reader.suffixes}))


def unitless_suffixes() -> frozenset[str]:
    """The suffixes of files that never say their length unit."""
    return frozenset(suffix for reader in readers() if reader.unitless for suffix in reader.suffixes)


def missing_extra(reader: Reader) -> str | None:
    """The sentence about a reader whose library is not installed; None where all is there."""
    if all(find_spec(module) is not None for module in reader.needs):
        return None
    remedy = f"install it with: pip install 'genchi[{reader.extra}]'"
    return f"it is {reader.title}, and what reads it, the extra «{reader.extra}», is not installed; {remedy}"


def reader_of(head: bytes, path: Path, deflection_m: float | None = None) -> Reader:
    """The reader that claims a file by its first bytes. Raises UserMistake where none does, or its library is not installed."""
    suffix = path.suffix.lower()
    for reader in readers(deflection_m):
        if reader.claims(head, suffix):
            missing = missing_extra(reader)
            if missing is not None:
                raise sentence(path, missing)
            return reader
    raise _no_reader(head, path)


def _no_reader(head: bytes, path: Path) -> UserMistake:
    known = foreign_format(head)
    if known is None:
        return sentence(path, f"its content is none of the formats that open ({formats_in_words()}); export it as one of them")
    return sentence(path, f"it is {known[0]}, which is none of the formats that open ({formats_in_words()}); {known[1]}")
