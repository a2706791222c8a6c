"""Searching nodes by a query: an index over names, kinds, parts and properties, made once per twin, asked per keystroke."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from viewer.base.errors import UserMistake
from viewer.base.ids import NodeId
from viewer.base.units import convert, format_number, same_kind
from viewer.twin.model import Twin
from viewer.twin.query import MEASURES, Compared, Not, Query, Word, parse, pattern_of, split_number
from viewer.twin.search_order import places_by_name, ranks

Mask = NDArray[np.bool_]
_ORDER: Mapping[str, Callable[[NDArray[np.float64], float], Mask]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


@dataclass(frozen=True, slots=True)
class Column:
    """One property over the nodes that have it."""

    key: str
    """As the file writes it."""
    rows: NDArray[np.int64]
    code: NDArray[np.int64]
    """(rows,) which of `values` each has."""
    values: tuple[str, ...]

    def numbers(self, unit: str) -> NDArray[np.float64]:
        """(values,) as numbers in a unit; NaN where a value is none, or measures something else. Without unit as they stand."""
        return np.array([_number(value, unit) for value in self.values], dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Found:
    """What matched: whose name fits best first, then by name; everything in the order of the twin."""

    nodes: tuple[NodeId, ...]
    why: tuple[str, ...]
    """Per node the property that matched, as «key = value»; empty where a name or id did."""


class SearchIndex:
    """Answers queries over one twin. Any thread; made in the background for large ones (0.2 s for 20,000 nodes)."""

    def __init__(self, twin: Twin) -> None:
        self.twin = twin
        self.ids = tuple(twin.nodes)
        self._texts: dict[str, list[str]] = {}
        self._collect()
        self._places = places_by_name(self._texts["name"], self._texts["id"])

    def _collect(self) -> None:
        """All texts in lower case, and the properties as columns."""
        twin = self.twin
        stations = {s.node: s.name for s in twin.stations.values()}
        names, kinds, parts, all_ = [], [], [], []
        gathered: dict[str, tuple[list[int], list[str]]] = {}
        lowered: dict[int, str] = {}
        for row, node_id in enumerate(self.ids):
            node = twin.nodes[node_id]
            part = twin.parts.get(node.part) if node.part is not None else None
            texts = [node.name, node_id, node.kind, stations.get(node_id, ""), "" if part is None else part.name]
            for owner in (part, node):
                if owner is None or not owner.properties:
                    continue
                key = id(owner.properties)
                if key not in lowered:
                    lowered[key] = "\n".join(f"{k}={v}" for k, v in owner.properties.items()).lower()
                for name, value in owner.properties.items():
                    rows, values = gathered.setdefault(name, ([], []))
                    if rows and rows[-1] == row:
                        values[-1] = value
                    else:
                        rows.append(row)
                        values.append(value)
                texts.append(lowered[key])
            names.append((node.name or node_id).lower())
            kinds.append(node.kind.lower())
            parts.append("" if part is None else (part.name or part.id).lower())
            all_.append("\n".join(texts).lower())
        ids = [one.lower() for one in self.ids]
        self._texts = {"": all_, "name": names, "id": ids, "kind": kinds, "part": parts}
        self.columns: dict[str, Column] = {key: _column(key, *pair) for key, pair in gathered.items()}
        """The properties by key, as the file writes them."""

    def find(self, text: str) -> Found:
        """What matches a query; everything for an empty one. Raises UserMistake as `viewer.twin.query.parse`."""
        query = parse(text)
        if query is None:
            return Found(self.ids, ("",) * len(self.ids))
        why: dict[int, str] = {}
        rows = self._in_order(query, np.flatnonzero(self._mask(query, why)))
        return Found(tuple(self.ids[row] for row in rows), tuple(why.get(row, "") for row in rows))

    def _in_order(self, query: Query, rows: NDArray[np.int64]) -> list[int]:
        """Rows by how well their names fit, then by name."""
        names, ids = self._texts["name"], self._texts["id"]
        listed = rows.tolist()
        fits = ranks(query, [names[row] for row in listed], [ids[row] for row in listed])
        return rows[np.lexsort((self._places[rows], fits))].tolist()

    def path(self, node: NodeId) -> str:
        """Names from the top level to above the node, joined by slashes."""
        nodes = self.twin.nodes
        return " / ".join(nodes[one].name or one for one in reversed(list(self.twin.ancestors(node)))) if node in nodes else ""

    def keys_like(self, key: str) -> list[Column]:
        """The columns that a key in a query means: the whole key or what follows its last dot, either case, wildcards."""
        pattern, wanted = pattern_of(key), key.lower()

        def is_meant(own: str) -> bool:
            short = own.rpartition(".")[2]
            return bool(pattern.match(own) or pattern.match(short)) if pattern is not None else wanted in (own, short)

        return [column for name, column in self.columns.items() if is_meant(name.lower())]

    # -- evaluation

    def _mask(self, query: Query, why: dict[int, str]) -> Mask:
        if isinstance(query, Word):
            return self._word(query, why)
        if isinstance(query, Compared):
            return self._compared(query, why)
        if isinstance(query, Not):
            return ~self._mask(query.inner, {})
        masks = [self._mask(one, why) for one in query.inner]
        return np.logical_and.reduce(masks) if query.every else np.logical_or.reduce(masks)

    def _word(self, word: Word, why: dict[int, str]) -> Mask:
        texts = self._field(word.field)
        pattern = pattern_of(word.text)
        if pattern is None:
            wanted = word.text
            found = np.fromiter((wanted in text for text in texts), np.bool_, len(texts))
        else:
            match = pattern.match
            if word.field:
                found = np.fromiter((match(text) is not None for text in texts), np.bool_, len(texts))
            else:
                found = np.fromiter((any(map(match, text.split("\n"))) for text in texts), np.bool_, len(texts))
        if not word.field:
            self._explain(word, found, why)
        return found

    def _explain(self, word: Word, found: Mask, why: dict[int, str]) -> None:
        """Which property a word was found in, for the first few thousand that no name explains."""
        names, ids = self._texts["name"], self._texts["id"]
        if word.text == "" or pattern_of(word.text) is not None:
            return
        for row in np.flatnonzero(found)[:3000].tolist():
            if row in why or word.text in names[row] or word.text in ids[row]:
                continue
            node = self.twin.nodes[self.ids[row]]
            part = self.twin.parts.get(node.part) if node.part is not None else None
            for owner in (node, part):
                hit = (
                    next((f"{k} = {v}" for k, v in owner.properties.items() if word.text in f"{k}={v}".lower()), "")
                    if owner
                    else ""
                )
                if hit:
                    why[row] = hit
                    break

    def _field(self, field: str) -> list[str]:
        if field in ("path", "file") and field not in self._texts:
            self._texts["path"] = [self.path(node).lower() for node in self.ids]
            tops = [self.twin.nodes[node].part or "" for node in self.ids]
            self._texts["file"] = [part.partition("/")[0].lower() if part else "" for part in tops]
        return self._texts[field]

    def _compared(self, query: Compared, why: dict[int, str]) -> Mask:
        found = np.zeros(len(self.ids), dtype=np.bool_)
        columns = self.keys_like(query.key)
        if not columns and query.key in MEASURES:
            return self._measured(query, why)
        if not columns:
            raise UserMistake(f"no node has a property «{query.key}»{_like(query.key, self.columns)}")
        for column in columns:
            good = _matching(column, query)
            rows = column.rows[good[column.code]]
            found[rows] = True
            for row, code in zip(rows[:3000].tolist(), column.code[good[column.code]][:3000].tolist(), strict=True):
                why.setdefault(row, f"{column.key} = {column.values[code]}")
        return ~found if query.operator == "!=" else found

    def _measured(self, query: Compared, why: dict[int, str]) -> Mask:
        values = measures(self.twin, self.ids)[query.key]
        if query.number is None:
            raise UserMistake(f"«{query.key}» is a number; compare it as in {query.key}>100")
        own = MEASURES[query.key]
        if query.unit and not own:
            raise UserMistake(f"«{query.key}» is counted and has no unit; write it without {query.unit}")
        wanted = convert(query.number, query.unit, own) if query.unit else query.number
        with np.errstate(invalid="ignore"):
            order = _ORDER.get(query.operator)
            close = np.abs(values - wanted) <= 1e-6 * max(abs(wanted), 1e-12)
            found = order(values, wanted) if order is not None else ~close if query.operator == "!=" else close
        for row in np.flatnonzero(found)[:3000].tolist():
            why.setdefault(
                row, f"{query.key} = {format_number(float(values[row]))} {own.replace('**3', '³').replace('**2', '²')}".strip()
            )
        return found


def measures(twin: Twin, ids: tuple[NodeId, ...]) -> dict[str, NDArray[np.float64]]:
    """Triangles, largest extent (m), area (m²) and enclosed volume (m³) of each node's own part; NaN without one."""
    known: dict[str, tuple[float, float, float, float]] = {}
    for part_id in {twin.nodes[node].part for node in ids} - {None}:
        part = twin.parts.get(part_id) if part_id is not None else None
        if part is not None and part_id is not None:
            known[part_id] = _facts_of(part.mesh, float(np.ptp(part.bounds_m(), axis=0).max()))
    nothing = (np.nan,) * 4
    table = np.array([known.get(twin.nodes[node].part or "", nothing) for node in ids], dtype=np.float64).reshape(-1, 4)
    return {"triangles": table[:, 0], "size": table[:, 1], "area": table[:, 2], "volume": table[:, 3]}


@lru_cache(maxsize=65536)
def _facts_of(mesh: object, size_m: float) -> tuple[float, float, float, float]:
    """Triangles, size, area and enclosed volume of one mesh (meshes are compared by identity)."""
    from viewer.twin.parts import Mesh

    if not isinstance(mesh, Mesh) or not len(mesh.triangles):
        return (0.0, size_m, 0.0, 0.0)
    corners = mesh.points_in_part[mesh.triangles] - mesh.points_in_part.mean(axis=0)
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    volume = float(np.einsum("ij,ij->", corners[:, 0], np.cross(corners[:, 1], corners[:, 2]))) / 6.0
    return (float(len(corners)), size_m, float(np.linalg.norm(cross, axis=1).sum()) / 2.0, abs(volume))


def _column(key: str, rows: list[int], values: list[str]) -> Column:
    codes: dict[str, int] = {}
    code = [codes.setdefault(value, len(codes)) for value in values]
    return Column(key, np.array(rows, dtype=np.int64), np.array(code, dtype=np.int64), tuple(codes))


def _matching(column: Column, query: Compared) -> Mask:
    """(values,) which values match; for != those that do not are told by the caller."""
    order = _ORDER.get(query.operator)
    if order is not None and query.number is not None:
        with np.errstate(invalid="ignore"):
            return order(column.numbers(query.unit), query.number)
    if query.operator == "~":
        pattern = pattern_of(query.text)
        return np.array([(pattern.match(v.lower()) is not None) if pattern else query.text in v.lower() for v in column.values])
    pattern = pattern_of(query.text)
    if pattern is not None:
        return np.array([pattern.match(value.lower()) is not None for value in column.values])
    same = np.array([value.lower().strip() == query.text for value in column.values])
    if query.number is not None:
        numbers = column.numbers(query.unit)
        with np.errstate(invalid="ignore"):
            same |= np.abs(numbers - query.number) <= 1e-9 * max(abs(query.number), 1e-12)
    return same


@lru_cache(maxsize=200_000)
def _number(text: str, unit: str) -> float:
    """A property's number in a unit; NaN where it has none of that kind. A property without unit is taken in the query's."""
    number, own = split_number(text)
    if number is None:
        return float("nan")
    if not unit or not own:
        return number
    try:
        return convert(number, own, unit) if same_kind(own, unit) else float("nan")
    except UserMistake:
        return float("nan")


def _like(key: str, columns: Mapping[str, Column]) -> str:
    """A key that looks like the one that was typed."""
    from difflib import get_close_matches

    short = {name.rpartition(".")[2].lower(): name for name in columns}
    near = get_close_matches(key, [*short], 1, 0.6)
    return f"; did you mean «{short[near[0]]}»?" if near else "" if not columns else f"; there is «{next(iter(columns))}»"
