"""Datums, datum targets, and the datum references of tolerances in their order of precedence."""

from __future__ import annotations

from collections.abc import Iterator

from viewer.geometry.step.exchange import Exchange, Instance, Ref, Typed, Value, Word
from viewer.geometry.step.pmi.draft import Draft
from viewer.geometry.step.pmi.features import Features, target_of
from viewer.geometry.step.pmi.measures import measure_of
from viewer.geometry.step.pmi.symbols import MODIFIERS, number_text

TARGETS = ("PLACED_DATUM_TARGET_FEATURE", "DATUM_TARGET")
_DEEP = 6


def drafts(exchange: Exchange, features: Features) -> Iterator[Draft]:
    """Every datum that has a letter, and every datum target."""
    for datum in exchange.of("DATUM"):
        letter = letter_of(datum)
        if letter:
            draft = Draft(datum.id, "datum", "datum", letter, features.items_of(Ref(datum.id)), _shape(datum))
            targets = [found[1] for one in features.targets_of(datum.id) if (found := target_of(one)) is not None]
            draft.modifiers += [f"from targets {', '.join(f'{letter}{n}' for n in targets)}"] if targets else []
            draft.datums = (letter,)
            yield draft
    owner = {target.id: letter_of(datum) for datum in exchange.of("DATUM") for target in features.targets_of(datum.id)}
    for target in exchange.of(*TARGETS):
        found = target_of(target)
        if found is not None:
            letter = owner.get(target.id, "")
            items = features.items_of(Ref(target.id))
            draft = Draft(target.id, "datum", found[0], f"{letter}{found[1]}", items, _shape(target))
            draft.datums = (letter,) if letter else ()
            yield draft


def letter_of(datum: Instance) -> str:
    """A datum's identification."""
    own = datum.types.get("DATUM", ())
    return str((own[-1] if own else "") or "").strip() if not own or isinstance(own[-1], str) else ""


def in_order(exchange: Exchange, references: list[Value]) -> tuple[str, ...]:
    """The datums of a tolerance's references (DATUM_SYSTEM, DATUM_REFERENCE, DATUM) by precedence: «A», «B Ⓜ», «C-D»."""
    found = [pair for one in references for pair in _references(exchange, one, 0)]
    return tuple(text for _, text in sorted(found, key=lambda pair: pair[0]) if text)


def _references(exchange: Exchange, reference: Value, depth: int) -> list[tuple[float, str]]:
    found = exchange.get(reference)
    if found is None or depth > _DEEP:
        return []
    if "DATUM_SYSTEM" in found.types:
        constituents = found.types["DATUM_SYSTEM"][-1] if found.types["DATUM_SYSTEM"] else None
        listed = constituents if isinstance(constituents, list) else []
        return [(0.0, _compartment(exchange, one, depth + 1)) for one in listed]
    for keyword in ("DATUM_REFERENCE", "REFERENCED_MODIFIED_DATUM"):
        if keyword in found.types:
            own = found.types.get("DATUM_REFERENCE") or found.types[keyword]
            precedence = own[0] if own and isinstance(own[0], float) else 9.0
            letter = _base(exchange, own[1] if len(own) > 1 else None, depth + 1)
            modifier = found.types.get("REFERENCED_MODIFIED_DATUM", [None])[-1]
            sign = f" {MODIFIERS[modifier][1]}" if isinstance(modifier, Word) and modifier in MODIFIERS else ""
            return [(precedence, f"{letter}{sign}")]
    return [(0.0, _compartment(exchange, reference, depth + 1))]


def _compartment(exchange: Exchange, reference: Value, depth: int) -> str:
    """One box of the frame: a DATUM_REFERENCE_COMPARTMENT or _ELEMENT with its modifiers, or a bare DATUM."""
    found = exchange.get(reference)
    if found is None or depth > _DEEP:
        return ""
    if "DATUM" in found.types:
        return letter_of(found)
    values = max(found.types.values(), key=len)
    own = found.types.get("GENERAL_DATUM_REFERENCE", values)
    base, modifiers = (own[-2], own[-1]) if len(own) >= 2 else (None, None)
    signs = [sign for one in modifiers if (sign := _modifier(exchange, one))] if isinstance(modifiers, list) else []
    return " ".join([_base(exchange, base, depth + 1), *signs])


def _base(exchange: Exchange, base: Value, depth: int) -> str:
    if isinstance(base, Typed):
        base = base.values[0] if base.values and isinstance(base.values[0], list) else base.values
    if isinstance(base, list):
        return "-".join(_compartment(exchange, one, depth + 1) for one in base)
    return _compartment(exchange, base, depth)


def _modifier(exchange: Exchange, one: Value) -> str:
    if isinstance(one, Typed):
        one = one.values[0] if one.values else None
    if isinstance(one, Word):
        return MODIFIERS.get(one, (one, one.replace("_", " ").lower()))[1]
    found = exchange.get(one)
    if found is None:
        return ""
    measure = measure_of(exchange, found.own("DATUM_REFERENCE_MODIFIER_WITH_VALUE", 1))
    kind = str(found.own("DATUM_REFERENCE_MODIFIER_WITH_VALUE", 0) or "")
    signs = {"CIRCULAR_OR_CYLINDRICAL": "⌀", "SPHERICAL": "S⌀", "PROJECTED": "Ⓟ"}
    return f"[{signs.get(kind, '')}{number_text(measure.value)}]" if measure is not None else ""


def _shape(one: Instance) -> int | None:
    values = one.types.get("SHAPE_ASPECT") or max(one.types.values(), key=len)
    return int(values[2]) if len(values) > 2 and isinstance(values[2], Ref) else None
