"""The product structure of a 3DXML package: references, their instances and representations, across its files."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import unquote
from xml.etree.ElementTree import Element

import numpy as np
from numpy.typing import NDArray

from viewer.geometry.archive import Archive
from viewer.geometry.broken import broken
from viewer.geometry.naming import clean
from viewer.geometry.threedxml.reps import local
from viewer.geometry.xml import tree_of_xml

Key = tuple[str, str]
"""A file of the package (empty: the document itself) and an id in it."""


@dataclass(frozen=True, slots=True)
class Instance:
    """One product within another."""

    name: str
    of: Key
    matrix: NDArray[np.float64]
    """(4, 4), millimetres."""


@dataclass(slots=True)
class Reference:
    """A product."""

    name: str = ""
    instances: list[Instance] = field(default_factory=list[Instance])
    reps: list[Key] = field(default_factory=list[Key])
    properties: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(slots=True)
class Structure:
    """All of it."""

    root: Key
    references: dict[Key, Reference] = field(default_factory=dict[Key, Reference])
    reps: dict[Key, str] = field(default_factory=dict[Key, str])
    """File of each representation."""
    documents: dict[str, Element] = field(default_factory=dict[str, Element])


def read_structure(archive: Archive) -> Structure:
    """The structure that the manifest names as the root, with every file that it leads to. Raises BrokenFile."""
    first = _root_file(archive)
    structure = Structure(root=(first, ""))
    waiting = [first]
    while waiting:
        name = waiting.pop()
        if name in structure.documents:
            continue
        data = archive.read(name)
        if not data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
            refuse_binary(name)
        structure.documents[name] = tree_of_xml(data)
        waiting += _take(structure, name, archive)
    return structure


def refuse_binary(name: str) -> None:
    """What is not XML in such a package can only be read by its maker's programs."""
    broken(
        f"its content {name[-60:]!r} is in Dassault Systèmes' own binary form, which only their programs read; "
        "export it as tessellated 3DXML («3D XML with tessellated geometry») or as STEP"
    )


def _root_file(archive: Archive) -> str:
    manifest = archive.find("Manifest.xml")
    if manifest is not None:
        for element in tree_of_xml(archive.read(manifest, 1 << 20)).iter():
            found = archive.find((element.text or "").strip()) if local(element) == "Root" else None
            if found is not None:
                return found
    files = [name for name in archive.names if name.lower().endswith(".3dxml")]
    if not files:
        broken("the package names no product structure (Manifest.xml), so it is no 3DXML; export it again")
    return files[0]


def _take(structure: Structure, name: str, archive: Archive) -> list[str]:
    """Take in one file's structure; gives the files that it points at."""
    further: list[str] = []
    links: list[tuple[Element, str]] = []
    for element in structure.documents[name].iter():
        kind, own = local(element), (name, element.get("id", ""))
        if kind == "ProductStructure":
            if structure.root == (name, ""):
                structure.root = (name, element.get("root", ""))
        elif kind == "Reference3D":
            found = structure.references.setdefault(own, Reference())
            found.name = clean(element.get("name") or _child(element, "PLM_ExternalID") or _child(element, "V_Name"))
            found.properties |= _words(element)
        elif kind == "ReferenceRep":
            structure.reps[own] = unquote((element.get("associatedFile") or "").rpartition(":")[2])
        elif kind in ("Instance3D", "InstanceRep"):
            links.append((element, kind))
    for element, kind in links:
        above = _key(name, _child(element, "IsAggregatedBy"), archive)
        of = _key(name, _child(element, "IsInstanceOf"), archive)
        if of[0] != name:
            further.append(of[0])
        holder = structure.references.setdefault(above, Reference())
        if kind == "InstanceRep":
            holder.reps.append(of)
        else:
            matrix = _matrix(_child(element, "RelativeMatrix"))
            holder.instances.append(Instance(clean(element.get("name", "")), of, matrix))
    return further


def _key(here: str, text: str, archive: Archive) -> Key:
    """«12», «#12», «urn:3DXML:Reference:loc:12» or «urn:3DXML:Reference:ext:other.3dxml#1»."""
    file, cross, own = unquote(text.strip()).rpartition("#")
    if not cross:
        return here, own.rpartition(":")[2]
    wanted = file.rpartition(":")[2]
    if not wanted:
        return here, own
    found = archive.find(wanted)
    if found is None:
        broken(f"it needs {wanted[:120]!r}, which is not in the package; export it again with all it links to")
    return found, own


def _child(element: Element, name: str) -> str:
    return next(((child.text or "").strip() for child in element if local(child) == name), "")


def _words(element: Element) -> dict[str, str]:
    found = {local(child): clean(child.text or "") for child in element if len(child) == 0 and (child.text or "").strip()}
    return dict(list(found.items())[:50])


def _matrix(text: str) -> NDArray[np.float64]:
    """(4, 4) of twelve numbers: the x, y and z axis, then the origin."""
    matrix = np.eye(4)
    if text:
        try:
            numbers = np.array([float(word) for word in text.replace(",", " ").split()]).reshape(4, 3)
        except ValueError:
            broken(f"it has a matrix {text[:60]!r}, expected 12 numbers; export it again")
        if not np.isfinite(numbers).all():
            broken(f"it has a matrix {text[:60]!r} that is not finite; export it again")
        matrix[:3] = numbers.T
    return matrix
