"""Small IFC models for tests, made with ifcopenshell: a wall with a window's hole, a chair shown twice, in any unit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ifcopenshell
import ifcopenshell.guid

FOOT_M = 0.3048


class House:
    """One storey of a building in a schema and a length unit; `unit`: mm, m, inch or foot."""

    def __init__(self, schema: Any = "IFC4", unit: str = "mm", site: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> None:
        self.file: Any = ifcopenshell.file(schema=schema)
        self.metres = {"mm": 0.001, "m": 1.0, "inch": 0.0254, "foot": FOOT_M}[unit]
        axes = self._placement3d((0.0, 0.0, 0.0))
        self.context = self.add("IfcGeometricRepresentationContext", None, "Model", 3, 1e-5, axes, None)
        units = self.add("IfcUnitAssignment", [self._length(unit)])
        project = self.rooted("IfcProject", Name="Works", RepresentationContexts=[self.context], UnitsInContext=units)
        site_ = self.rooted("IfcSite", Name="Site", ObjectPlacement=self.local(None, site))
        building = self.rooted("IfcBuilding", Name="Hall", ObjectPlacement=self.local(site_.ObjectPlacement))
        up = 3.0 / self.metres
        placement = self.local(building.ObjectPlacement, (0.0, 0.0, up))
        self.storey = self.rooted("IfcBuildingStorey", Name="Level 2", Elevation=up, ObjectPlacement=placement)
        for whole, part in ((project, site_), (site_, building), (building, self.storey)):
            self.rooted("IfcRelAggregates", RelatingObject=whole, RelatedObjects=[part])

    def add(self, kind: str, *values: Any, **named: Any) -> Any:
        return self.file.create_entity(kind, *values, **named)

    def rooted(self, kind: str, **named: Any) -> Any:
        return self.add(kind, ifcopenshell.guid.new(), **named)

    def product(self, kind: str, name: str, shape: Any, at: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> Any:
        """A product on the storey, `at` in metres there."""
        x, y, z = (v / self.metres for v in at)
        placement = self.local(self.storey.ObjectPlacement, (x, y, z))
        one = self.rooted(
            kind, Name=name, ObjectPlacement=placement, Representation=self.add("IfcProductDefinitionShape", None, None, [shape])
        )
        self.rooted("IfcRelContainedInSpatialStructure", RelatingStructure=self.storey, RelatedElements=[one])
        return one

    def box(self, size_m: tuple[float, float, float], rgb: tuple[float, float, float] | None = None) -> Any:
        """A representation: a box whose lowest corner is the origin."""
        x, y, z = (v / self.metres for v in size_m)
        middle = self.add("IfcAxis2Placement2D", self.add("IfcCartesianPoint", [x / 2, y / 2]), None)
        profile = self.add("IfcRectangleProfileDef", "AREA", None, middle, x, y)
        solid = self.add("IfcExtrudedAreaSolid", profile, self._placement3d((0, 0, 0)), self._up(), z)
        if rgb is not None:
            self.paint(solid, rgb)
        return self.add("IfcShapeRepresentation", self.context, "Body", "SweptSolid", [solid])

    def paint(self, item: Any, rgb: tuple[float, float, float], transparency: float = 0.0) -> None:
        colour = self.add("IfcColourRgb", None, *rgb)
        shading = self.add("IfcSurfaceStyleRendering", colour, transparency, ReflectanceMethod="FLAT")
        self.add("IfcStyledItem", item, [self.add("IfcSurfaceStyle", "paint", "BOTH", [shading])], None)

    def mapped(self, shape: Any) -> Any:
        """A function that gives a representation showing `shape` once more."""
        source = self.add("IfcRepresentationMap", self._placement3d((0, 0, 0)), shape)

        def once() -> Any:
            origin = self.add("IfcCartesianPoint", [0.0, 0.0, 0.0])
            target = self.add("IfcCartesianTransformationOperator3D", None, None, origin, 1.0, None)
            item = self.add("IfcMappedItem", source, target)
            return self.add("IfcShapeRepresentation", self.context, "Body", "MappedRepresentation", [item])

        return once

    def hole(self, wall: Any, shape: Any) -> Any:
        place = self.local(wall.ObjectPlacement)
        opening = self.rooted(
            "IfcOpeningElement",
            Name="Hole",
            ObjectPlacement=place,
            Representation=self.add("IfcProductDefinitionShape", None, None, [shape]),
        )
        self.rooted("IfcRelVoidsElement", RelatingBuildingElement=wall, RelatedOpeningElement=opening)
        return opening

    def say(self, product: Any, name: str, values: dict[str, Any]) -> None:
        """A property set; each value as (measure type, number or text)."""
        properties = [
            self.add("IfcPropertySingleValue", key, None, self.add(kind, value), None) for key, (kind, value) in values.items()
        ]
        one = self.rooted("IfcPropertySet", Name=name, HasProperties=properties)
        self.rooted("IfcRelDefinesByProperties", RelatedObjects=[product], RelatingPropertyDefinition=one)

    def local(self, parent: Any, at: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> Any:
        return self.add("IfcLocalPlacement", parent, self._placement3d(at))

    def write(self, path: Path) -> Path:
        self.file.write(str(path))
        return path

    def _placement3d(self, at: tuple[float, float, float]) -> Any:
        return self.add("IfcAxis2Placement3D", self.add("IfcCartesianPoint", [float(v) for v in at]), None, None)

    def _up(self) -> Any:
        return self.add("IfcDirection", [0.0, 0.0, 1.0])

    def _length(self, unit: str) -> Any:
        metre = self.add("IfcSIUnit", None, "LENGTHUNIT", "MILLI" if unit == "mm" else None, "METRE")
        if unit in ("m", "mm"):
            return metre
        dimensions = self.add("IfcDimensionalExponents", 1, 0, 0, 0, 0, 0, 0)
        size = self.add("IfcMeasureWithUnit", self.add("IfcLengthMeasure", self.metres), metre)
        return self.add("IfcConversionBasedUnit", dimensions, "LENGTHUNIT", unit.upper(), size)
