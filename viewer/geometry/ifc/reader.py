"""Reads IFC (2x3, 4, 4x3): the spatial tree, products with shapes, types and property sets, brought near the origin.

Openings and spaces are nodes with their shapes, but not shown: they are counted, and a person may switch them on.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from immutables import Map

from viewer.base.job import Job
from viewer.geometry.broken import broken
from viewer.geometry.ifc.units import Units
from viewer.geometry.lengths import metres_in
from viewer.geometry.model import GeometryModel
from viewer.geometry.naming import clean
from viewer.geometry.zip_heads import names_in_head

_SCHEMA = re.compile(rb"FILE_SCHEMA\s*\(\s*\(\s*'IFC", re.IGNORECASE)
_XML = re.compile(rb"<(\w+:)?(ifcXML|iso_10303_28)[\s>]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class IfcReader:
    """IFC through ifcopenshell, which runs a CAD kernel: always in a worker process."""

    format: ClassVar[str] = "ifc"
    title: ClassVar[str] = "IFC"
    suffixes: ClassVar[tuple[str, ...]] = (".ifc", ".ifczip")
    heavy: ClassVar[bool] = True
    unitless: ClassVar[bool] = False
    extra: ClassVar[str] = "bim"
    needs: ClassVar[tuple[str, ...]] = ("ifcopenshell",)

    def claims(self, head: bytes, suffix: str) -> bool:
        """By the schema in the header, by the one .ifc that a package begins with, or as ifcXML (to say that it is not read)."""
        if any(name.lower().endswith((".ifc", ".ifcxml")) for name in names_in_head(head)):
            return True
        return _SCHEMA.search(head) is not None or _XML.search(head) is not None

    def read(self, path: Path, *, unit: str | None, job: Job) -> GeometryModel:
        """See Reader. `unit` takes the file's numbers in another unit than it says."""
        from viewer.geometry.ifc.source import open_ifc

        job.progress(0.02, "reading the IFC file")
        with open_ifc(path) as model:
            try:
                return _model_of(model, unit, job)
            except (AttributeError, TypeError, RuntimeError) as error:
                # ifcopenshell lets a reference lead to an entity of any kind; it is noticed only where an attribute is asked for.
                broken(f"an entity stands in it where another kind belongs ({str(error)[:160]}); export it again")


def _model_of(model: Any, unit: str | None, job: Job) -> GeometryModel:
    from viewer.geometry.ifc.nodes import IfcNodes
    from viewer.geometry.ifc.prechecks import check
    from viewer.geometry.ifc.properties import Properties
    from viewer.geometry.ifc.shapes import read_shapes

    if not model.by_type("IfcProduct"):
        broken("there is no product in this IFC file, so there is nothing to show; export it again with building elements")
    check(model)
    units = Units(model)
    if units.metres is None and unit is None:
        job.warn("the project names no length unit that is known: taken as m; say --unit if it is another")
    metres = units.metres or 1.0
    factor = 1.0 if unit is None else metres_in(unit) / metres
    shapes = read_shapes(model, job)
    if not shapes.shapes:
        broken("none of its products has a surface or solid, so there is nothing to show; export it again with geometry")
    job.progress(0.92, "reading properties")
    properties = Properties(model, units)
    nodes = IfcNodes(model, shapes, properties, metres=metres, factor=factor)
    for sentence in (*nodes.told, *_unshaped(model, shapes.shapes)):
        job.warn(sentence)
    points = sum(len(part.mesh.points_in_part) for part in nodes.parts)
    facts = _facts(model, len(properties.types), len(shapes.geometries), len(shapes.shapes))
    name = next((str(p.Name) for p in model.by_type("IfcProject") if p.Name), "")
    return GeometryModel(
        "ifc", unit or units.length_name, tuple(nodes.parts), tuple(nodes.nodes), points=points, facts=Map(facts), name=name,
        about=Map(_about(model)),
    )  # fmt: skip


def _about(model: Any) -> dict[str, str]:
    """The header in words, under the keys that STEP's has."""
    name = model.header.file_name
    told = {
        "schema": model.schema_identifier, "time": name.time_stamp, "author": ", ".join(name.author or ()),
        "organisation": ", ".join(name.organization or ()), "preprocessor": name.preprocessor_version,
        "written by": name.originating_system,
    }  # fmt: skip
    return {key: clean(str(value)) for key, value in told.items() if value and str(value).strip(" ,")}


def _facts(model: Any, types: int, geometries: int, shaped: int) -> dict[str, float]:
    """What `genchi inspect` tells of a building: products of each class too, by the class's own name."""
    products = model.by_type("IfcProduct")
    facts: dict[str, float] = {
        "products": len(products),
        "products_with_geometry": shaped,
        "storeys": len(model.by_type("IfcBuildingStorey")),
        "spaces": len(model.by_type("IfcSpace")),
        "openings": len(model.by_type("IfcFeatureElementSubtraction")),
        "types": types,
        "surfaces": geometries,
        "surface_instances": shaped,
    }
    return {**facts, **{kind: float(n) for kind, n in sorted(Counter(p.is_a() for p in products).items())}}


def _unshaped(model: Any, shaped: Any) -> list[str]:
    """A sentence about products whose body the kernel could not shape."""
    missing: Counter[str] = Counter()
    for product in model.by_type("IfcProduct"):
        representation = getattr(product, "Representation", None)
        if representation is None or product.id() in shaped:
            continue
        if any(_is_body(one) for one in representation.Representations or ()):
            missing[product.is_a()] += 1
    if not missing:
        return []
    listed = ", ".join(f"{count} {kind}" for kind, count in missing.most_common(4))
    return [f"{sum(missing.values())} products have a body that could not be shaped and are not shown ({listed})"]


def _is_body(representation: Any) -> bool:
    flat = ("Curve2D", "Curve3D", "Curve", "GeometricCurveSet", "Annotation2D", "BoundingBox", "Point", "PointCloud", "FootPrint")
    bare = representation.RepresentationIdentifier in (None, "Body", "Facetation", "Tessellation")
    return bare and representation.RepresentationType not in flat
