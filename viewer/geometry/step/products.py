"""What a STEP file says of its products and of itself in words: numbers, revisions, descriptions, own properties, the header."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from viewer.base.units import format_number
from viewer.geometry.naming import clean
from viewer.geometry.step.exchange import Exchange, Instance, Ref, Value, header_of, read_exchange
from viewer.geometry.step.pmi.measures import measure_of

WANTED = re.compile(
    rb"PRODUCT|PRODUCT_DEFINITION(?:_WITH_ASSOCIATED_DOCUMENTS)?|PRODUCT_DEFINITION_FORMATION\w*|PROPERTY_DEFINITION"
    rb"|PROPERTY_DEFINITION_REPRESENTATION|REPRESENTATION|\w*REPRESENTATION_ITEM|\w*MEASURE_WITH_UNIT|\w*_UNIT",
    re.IGNORECASE,
)
_MOST = 40
"""Properties told of one product."""
_NOT_TOLD = ("validation property", "pmi ")
"""Properties by which programs check one another."""
_EMPTY = ("", "none", "unknown", "$", "not specified", "any", "no_description", "/null", "''")

ProductFacts = dict[str, dict[str, str]]
"""Product's name → property → value."""


def about(path: Path) -> dict[str, str]:
    """The header in words: schema, author, organisation, programs, time. Raises OSError."""
    header = header_of(path)
    name = [*header.get("FILE_NAME", ()), *[None] * 7]
    schema = header.get("FILE_SCHEMA", [[]])
    told = {
        "schema": _protocol(_listed(schema[0] if schema else None)),
        "description": _listed([*header.get("FILE_DESCRIPTION", ()), None][0]),
        "time": _listed(name[1]),
        "author": _listed(name[2]),
        "organisation": _listed(name[3]),
        "preprocessor": _listed(name[4]),
        "written by": _listed(name[5]),
        "authorisation": _listed(name[6]),
    }
    return {key: value for key, value in told.items() if value.lower() not in _EMPTY}


def _listed(value: Value) -> str:
    words = [one.strip() for one in (value if isinstance(value, list) else [value]) if isinstance(one, str)]
    return clean(", ".join(word for word in words if word.lower() not in _EMPTY))


def _protocol(schema: str) -> str:
    """«AP242 (AP242_MANAGED_MODEL_BASED_…)»: the application protocol's number before the schema's own name."""
    name = schema.partition("{")[0].strip()
    known = {"CONFIG_CONTROL_DESIGN": "AP203", "AUTOMOTIVE_DESIGN": "AP214", "AP203": "AP203", "AP242": "AP242", "AP214": "AP214"}
    number = next((number for begin, number in known.items() if name.upper().startswith(begin)), "")
    return f"{number} ({name})" if number and name.upper() != number else name


def product_facts(path: Path) -> ProductFacts:
    """By name, of each product that has a name of its own; two products of one name tell only what both say. Raises OSError."""
    exchange = read_exchange(path, WANTED)
    own = dict(_of_definitions(exchange))
    found: ProductFacts = {}
    for product in exchange.of("PRODUCT"):
        values = [*product.types["PRODUCT"], None, None, None]
        number, name, words = (clean(one) if isinstance(one, str) else "" for one in values[:3])
        told = {"part number": number if number != name else "", "description": words if words != name else ""}
        told |= own.get(product.id, {})
        told = {key: value for key, value in told.items() if value.lower() not in _EMPTY}
        key = name or number
        found[key] = told if key not in found else dict(found[key].items() & told.items())
    return found


def _of_definitions(exchange: Exchange) -> Iterator[tuple[int, dict[str, str]]]:
    """What hangs on each product's versions and definitions."""
    product_of: dict[int, int] = {}
    told: dict[int, dict[str, str]] = {}
    for kind in exchange.types_like(""):
        if kind.startswith("PRODUCT_DEFINITION_FORMATION"):
            for version in exchange.of(kind):
                values = max(version.types.values(), key=len)
                if len(values) >= 3 and isinstance(values[2], Ref):
                    product_of[version.id] = int(values[2])
                    told.setdefault(int(values[2]), {})["revision"] = clean(values[0]) if isinstance(values[0], str) else ""
    for definition in exchange.of("PRODUCT_DEFINITION", "PRODUCT_DEFINITION_WITH_ASSOCIATED_DOCUMENTS"):
        values = max(definition.types.values(), key=len)
        if len(values) >= 3 and isinstance(values[2], Ref) and values[2] in product_of:
            product_of[definition.id] = product_of[values[2]]
    representations = {
        values[0]: exchange.get(values[1])
        for link in exchange.of("PROPERTY_DEFINITION_REPRESENTATION")
        if len(values := link.types["PROPERTY_DEFINITION_REPRESENTATION"]) >= 2 and isinstance(values[0], Ref)
    }
    for prop in exchange.of("PROPERTY_DEFINITION"):
        values = prop.types["PROPERTY_DEFINITION"]
        product = product_of.get(values[2]) if len(values) >= 3 and isinstance(values[2], Ref) else None
        name = clean(values[0]) if values and isinstance(values[0], str) else ""
        if product is None or any(word in name.lower() for word in _NOT_TOLD):
            continue
        for key, value in _values(exchange, representations.get(Ref(prop.id)), name):
            if key and len(told.setdefault(product, {})) < _MOST:
                told[product].setdefault(key, value)
    yield from told.items()


def _values(exchange: Exchange, representation: Instance | None, name: str) -> Iterator[tuple[str, str]]:
    items: Any = max(representation.types.values(), key=len)[1:2] if representation is not None else []
    for reference in items[0] if items and isinstance(items[0], list) else ():
        item = exchange.get(reference)
        if item is None:
            continue
        words = item.own("DESCRIPTIVE_REPRESENTATION_ITEM", 1)
        measure = measure_of(exchange, reference)
        key = name or clean(str(item.own("DESCRIPTIVE_REPRESENTATION_ITEM", 0) or item.own("REPRESENTATION_ITEM", 0) or ""))
        if isinstance(words, str):
            yield key, clean(words)
        elif measure is not None and any("LENGTH" in kind or "ANGLE" in kind for kind in item.types):
            yield key, f"{format_number(measure.value)} {measure.unit}"
