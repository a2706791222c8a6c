"""The model's records as plain values and back: what is left out has its default, a pose is a table, a colour `#rrggbb`."""

from __future__ import annotations

import dataclasses
import math
import types
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Literal, NewType, Union, get_args, get_origin, get_type_hints

from immutables import Map

from viewer.base.errors import UserMistake
from viewer.base.frames import Pose
from viewer.twin.parts import Rgb
from viewer.twin.pose_table import pose_from_plain, pose_to_plain

_COLOUR_KEYS = frozenset(("colour",))
_POSE_KEYS = {"parent_from_node": "pose"}
"""Fields whose key in files differs from the record's field."""
_DEGREES = {"angle_rad": "angle_deg"}


def to_plain_value(value: Any) -> Any:
    """A record, tuple, pose, number or text as plain values. Fields at their default are left out."""
    if isinstance(value, Pose):
        return pose_to_plain(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _record_to_plain(value)
    if isinstance(value, Mapping):
        return dict(sorted(value.items()))
    if isinstance(value, tuple):
        return [to_plain_value(one) for one in value]
    return value


def colour_to_plain(colour: Rgb) -> str:
    """`#rrggbb`."""
    return "#{:02x}{:02x}{:02x}".format(*colour)


def colour_from_plain(text: Any) -> Rgb:
    """Three numbers from `#rrggbb`. Raises ValueError."""
    if not (isinstance(text, str) and len(text) == 7 and text[0] == "#"):
        raise ValueError(f'expected a colour as in "#ffcc00", got {text!r}')
    return (int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16))


def from_plain_value(value: Any, kind: Any) -> Any:
    """The record, tuple, pose, number or text of a type. Raises ValueError naming the key."""
    while isinstance(kind, NewType):
        kind = kind.__supertype__
    if kind is Pose:
        return pose_from_plain(value)
    if dataclasses.is_dataclass(kind):
        return _record_from_plain(value, kind)
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return None if value is None else from_plain_value(value, next(a for a in get_args(kind) if a is not type(None)))
    if origin is Literal:
        return _checked(value in get_args(kind), value, f"one of {', '.join(map(str, get_args(kind)))}")
    if origin is tuple:
        return _tuple_from_plain(value, get_args(kind))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        good = isinstance(value, Mapping) and all(isinstance(v, str) for v in value.values())
        return Map(_checked(good, value, "a table of texts"))
    if kind is float:
        number = isinstance(value, (int, float)) and not isinstance(value, bool) and not math.isnan(value)
        return float(_checked(number, value, "a number"))
    names = {int: "a whole number", str: "text", bool: "true or false"}
    return _checked(type(value) is kind, value, names.get(kind, str(kind)))


def _checked(good: bool, value: Any, wanted: str) -> Any:
    if not good:
        raise ValueError(f"expected {wanted}, got {value!r}")
    return value


@lru_cache(maxsize=64)
def _fields(kind: Any) -> tuple[tuple[str, str, Any, Any], ...]:
    """Name, key in files, type and default of each field of a record."""
    hints = get_type_hints(kind)
    return tuple(
        (f.name, _POSE_KEYS.get(f.name, _DEGREES.get(f.name, f.name)), hints[f.name], f.default) for f in dataclasses.fields(kind)
    )


def _record_to_plain(record: Any) -> dict[str, Any]:
    plain: dict[str, Any] = {}
    for name, key, _, default in _fields(type(record)):
        value = getattr(record, name)
        if value is None or (default is not dataclasses.MISSING and value == default):
            continue
        if name in _COLOUR_KEYS:
            plain[key] = colour_to_plain(value)
        elif name in _DEGREES:
            plain[key] = math.degrees(value)
        else:
            plain[key] = to_plain_value(value)
    return plain


def _record_from_plain(value: Any, kind: Any) -> Any:
    if not isinstance(value, Mapping):
        raise ValueError(f"expected a table, got {value!r}")
    known = {key: (name, hint, default) for name, key, hint, default in _fields(kind)}
    if unknown := [key for key in value if key not in known]:
        raise ValueError(f'there is no key "{unknown[0]}"; known are {", ".join(known)}')
    found: dict[str, Any] = {}
    for key, (name, hint, default) in known.items():
        if key in value:
            found[name] = _field_from_plain(name, key, value[key], hint)
        elif default is dataclasses.MISSING:
            if not _may_be_none(hint):
                raise ValueError(f'the key "{key}" is missing')
            found[name] = None
    return kind(**found)


def _field_from_plain(name: str, key: str, value: Any, hint: Any) -> Any:
    try:
        if name in _COLOUR_KEYS:
            return colour_from_plain(value)
        plain = from_plain_value(value, hint)
    except (ValueError, UserMistake) as error:
        raise ValueError(f"{key}: {error}") from error
    return math.radians(plain) if name in _DEGREES else plain


def _may_be_none(hint: Any) -> bool:
    return get_origin(hint) in (Union, types.UnionType) and type(None) in get_args(hint)


def _tuple_from_plain(value: Any, kinds: tuple[Any, ...]) -> tuple[Any, ...]:
    if not isinstance(value, (list, tuple)):
        raise ValueError(f"expected a list, got {value!r}")
    if len(kinds) == 2 and kinds[1] is Ellipsis:
        return tuple(from_plain_value(one, kinds[0]) for one in value)
    if len(value) != len(kinds):
        raise ValueError(f"expected a list of {len(kinds)} values, got {len(value)}")
    return tuple(from_plain_value(one, kind) for one, kind in zip(value, kinds, strict=True))
