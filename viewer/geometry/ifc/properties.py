"""What an IFC file says of its products in words: property sets, quantities, types, materials, classifications."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from immutables import Map

from viewer.geometry.ifc.units import Units
from viewer.geometry.naming import clean

MAX_OF_ONE = 400
"""Properties of one product; more than anybody reads."""
_DEPTH = 4


class Properties:
    """The properties of all products of one model, gathered relation by relation, so that each set is read once."""

    def __init__(self, model: Any, units: Units) -> None:
        self._units = units
        self._sets: dict[int, dict[str, str]] = {}
        self._of: dict[int, list[dict[str, str]]] = {}
        self._type: dict[int, Any] = {}
        self._words: dict[int, dict[str, list[str]]] = {}
        self.types: set[int] = set()
        self._take_sets(model)
        self._take_types(model)
        self._take_words(model)

    def of(self, entity: Any) -> Mapping[str, str]:
        """All that is said of a product, its own sets before its type's."""
        number = entity.id()
        found = _attributes(entity, self._units)
        kind = self._type.get(number)
        if kind is not None:
            found["type"] = clean(str(kind.Name or kind.is_a()))
        for key, words in self._words.get(number, {}).items():
            found[key] = ", ".join(dict.fromkeys(words))
        inherited = [] if kind is None else [self._set(one) for one in kind.HasPropertySets or ()]
        for one in (*self._of.get(number, ()), *inherited):
            for key, value in one.items():
                found.setdefault(key, value)
        return Map(dict(list(found.items())[:MAX_OF_ONE]))

    def _take_sets(self, model: Any) -> None:
        for relation in model.by_type("IfcRelDefinesByProperties"):
            definition = relation.RelatingPropertyDefinition
            for one in definition if isinstance(definition, tuple) else (definition,):
                if one is not None and one.is_a("IfcPropertySetDefinition"):
                    values = self._set(one)
                    for entity in relation.RelatedObjects or ():
                        self._of.setdefault(entity.id(), []).append(values)

    def _take_types(self, model: Any) -> None:
        for relation in model.by_type("IfcRelDefinesByType"):
            if relation.RelatingType is None:
                continue
            self.types.add(relation.RelatingType.id())
            for entity in relation.RelatedObjects or ():
                self._type[entity.id()] = relation.RelatingType

    def _take_words(self, model: Any) -> None:
        for relation in model.by_type("IfcRelAssociates"):
            key, words = _association(relation)
            for entity in relation.RelatedObjects or () if words else ():
                self._words.setdefault(entity.id(), {}).setdefault(key, []).extend(words)
        for relation in model.by_type("IfcRelAssignsToGroup"):
            group = relation.RelatingGroup
            name = clean(str(group.Name or "")) if group is not None else ""
            for entity in relation.RelatedObjects or () if name else ():
                self._words.setdefault(entity.id(), {}).setdefault("group", []).append(name)

    def _set(self, definition: Any) -> dict[str, str]:
        """The values of one property or quantity set, «Pset_WallCommon.FireRating»."""
        if definition.id() not in self._sets:
            values: dict[str, str] = {}
            name = clean(str(definition.Name or definition.is_a()))
            for one in (*(getattr(definition, "HasProperties", None) or ()), *(getattr(definition, "Quantities", None) or ())):
                self._take(f"{name}.{clean(str(one.Name))}", one, values, _DEPTH)
            self._sets[definition.id()] = values
        return self._sets[definition.id()]

    def _take(self, key: str, one: Any, values: dict[str, str], depth: int) -> None:
        inner = getattr(one, "HasProperties", None) or getattr(one, "HasQuantities", None)
        if inner and depth:
            for deeper in inner:
                self._take(f"{key}.{clean(str(deeper.Name))}", deeper, values, depth - 1)
            return
        text = self._value(one)
        if text:
            values.setdefault(key, text)

    def _value(self, one: Any) -> str:
        """A property's or quantity's value with its unit; empty where it has none or is of no simple kind."""
        unit = getattr(one, "Unit", None)
        if one.is_a("IfcPropertySingleValue"):
            return self._measure(one.NominalValue, unit)
        if one.is_a("IfcPropertyEnumeratedValue"):
            return ", ".join(self._measure(v, None) for v in one.EnumerationValues or ())
        if one.is_a("IfcPropertyListValue"):
            return ", ".join(self._measure(v, unit) for v in one.ListValues or ())
        if one.is_a("IfcPropertyBoundedValue"):
            low, high = self._measure(one.LowerBoundValue, unit), self._measure(one.UpperBoundValue, unit)
            return f"{low or '…'} to {high or '…'}" if low or high else ""
        if one.is_a("IfcPhysicalSimpleQuantity"):
            return self._quantity(one, unit)
        return ""

    def _quantity(self, one: Any, unit: Any) -> str:
        info = one.get_info(recursive=False)
        for key, value in info.items():
            if key.endswith("Value") and isinstance(value, int | float):
                measure = f"Ifc{key.removesuffix('Value')}Measure".replace("WeightMeasure", "MassMeasure")
                return _with_unit(_number(value), self._units.symbol_of(unit) or self._units.symbol(measure))
        return ""

    def _measure(self, value: Any, unit: Any) -> str:
        if value is None:
            return ""
        bare = getattr(value, "wrappedValue", value)
        if isinstance(bare, bool):
            return "yes" if bare else "no"
        if isinstance(bare, int | float):
            kind = value.is_a() if hasattr(value, "is_a") else ""
            return _with_unit(_number(bare), self._units.symbol_of(unit) or self._units.symbol(kind))
        if str(bare) == "UNKNOWN":
            return "unknown"
        return clean(str(bare))


def _attributes(entity: Any, units: Units) -> dict[str, str]:
    """What stands on the product itself."""
    found = {"class": entity.is_a(), "GlobalId": clean(str(entity.GlobalId or ""))}
    for key, label in (
        ("PredefinedType", "predefined type"), ("ObjectType", "object type"), ("LongName", "long name"),
        ("Description", "description"), ("Tag", "tag"),
    ):  # fmt: skip
        value = getattr(entity, key, None)
        if isinstance(value, str) and value.strip() and value != "NOTDEFINED":
            found[label] = clean(value)
    elevation = getattr(entity, "Elevation", None)
    if isinstance(elevation, int | float):
        found["elevation"] = _with_unit(_number(elevation), units.symbol("IfcLengthMeasure"))
    for key in ("OverallHeight", "OverallWidth"):
        value = getattr(entity, key, None)
        if isinstance(value, int | float):
            label = {"OverallHeight": "overall height", "OverallWidth": "overall width"}[key]
            found[label] = _with_unit(_number(value), units.symbol("IfcLengthMeasure"))
    return {key: value for key, value in found.items() if value}


def _association(relation: Any) -> tuple[str, list[str]]:
    """Which property an association gives, and its words."""
    if relation.is_a("IfcRelAssociatesMaterial"):
        return "material", _materials(relation.RelatingMaterial)
    if relation.is_a("IfcRelAssociatesClassification"):
        one = relation.RelatingClassification
        code = getattr(one, "Identification", None) or getattr(one, "ItemReference", None) or ""
        return "classification", [clean(f"{code} {getattr(one, 'Name', None) or ''}")]
    return "", []


def _materials(material: Any) -> list[str]:
    """The names in a material definition of any kind."""
    if material is None:
        return []
    for key in ("ForLayerSet", "ForProfileSet"):
        inner = getattr(material, key, None)
        if inner is not None:
            return _materials(inner)
    for key, of in (
        ("MaterialLayers", "Material"), ("MaterialConstituents", "Material"), ("MaterialProfiles", "Material"), ("Materials", ""),
    ):  # fmt: skip
        several = getattr(material, key, None)
        if several:
            return _names((getattr(one, of, None) if of else one) for one in several)
    return _names([material])


def _names(entities: Iterable[Any]) -> list[str]:
    return [name for one in entities if one is not None and (name := clean(str(getattr(one, "Name", None) or "")))]


def _number(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:.10g}"


def _with_unit(number: str, symbol: str) -> str:
    return f"{number} {symbol}" if symbol else number
