"""Readings: what two picks, three points, one edge, face or body measure, with the lines that show it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from viewer.base.units import grouped
from viewer.measure.between import (
    acute_rad,
    angle_rad,
    are_parallel,
    chain_nearest,
    chains_nearest,
    foot_on_line,
    foot_on_plane,
    lines_nearest,
)
from viewer.measure.bodies import Body
from viewer.measure.clearance import Clearance, Surface
from viewer.measure.fits import Line, Plane, basis
from viewer.measure.picks import Pick

Vector = NDArray[np.float64]
Kind = Literal["distance", "angle", "size", "point", "clearance", "body"]
Sort = Literal["length", "angle", "area", "volume", "count"]
NEEDED: dict[Kind, int] = {"distance": 2, "angle": 2, "size": 1, "point": 1, "clearance": 2, "body": 1}
"""How many picks each kind takes; an angle between points takes three."""
_ARC_STEPS = 32


@dataclass(frozen=True, slots=True)
class Quantity:
    """One named number in SI: metres, radians, m², m³."""

    name: str
    value: float
    sort: Sort = "length"


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """A measurement's result, and how it is drawn."""

    title: str
    main: Quantity
    details: tuple[Quantity, ...] = ()
    way: NDArray[np.float64] | None = None
    """(2, 3) the dimension line; None where there is none."""
    lines: tuple[NDArray[np.float64], ...] = ()
    """Thin lines that go with it: legs, arcs, outlines, each (k, 3)."""
    label_at: NDArray[np.float64] | None = None
    """(3,) where the value stands; None: the middle of the way."""
    doubt_m: float = 0.0
    """How far the triangles may lie from the true surfaces that the value depends on; 0 where it does not."""
    note: str = ""
    prefix: str = ""
    """A sign before the value, as on drawings: ⌀, R."""

    @property
    def anchor(self) -> NDArray[np.float64]:
        """(3,) where the value stands."""
        if self.label_at is not None:
            return self.label_at
        return np.zeros(3) if self.way is None else self.way.mean(axis=0)


def picks_needed(kind: Kind, picks: Sequence[Pick]) -> int:
    """How many picks a measurement of this kind takes, given those made."""
    if kind == "angle" and picks and picks[0].is_point:
        return 3
    return NEEDED[kind]


def distance(one: Pick, other: Pick) -> Reading:
    """Between two points, edges or faces: perpendicular between what is parallel, from centres and axes of what is round."""
    start, end, title, doubt, more = _nearest(one, other)
    way = np.stack([start, end])
    d = end - start
    legs: tuple[NDArray[np.float64], ...] = ()
    parts = tuple(Quantity(f"Δ{axis}", float(abs(v))) for axis, v in zip("XYZ", d, strict=True))
    if title == "Distance" and int((np.abs(d) > 1e-9).sum()) > 1:
        legs = (np.array([start, start + np.array([d[0], 0.0, 0.0]), start + np.array([d[0], d[1], 0.0]), end]),)
    return Reading(title, Quantity(title, float(np.linalg.norm(d))), (*more, *parts), way, legs, doubt_m=doubt)


def _nearest(one: Pick, other: Pick) -> tuple[Vector, Vector, str, float, tuple[Quantity, ...]]:
    """Both ends, what the distance is called, how sure it is, and what else is known."""
    if one.is_point and other.is_point:
        return one.point, other.point, "Distance", 0.0, ()
    axes = _axis(one), _axis(other)
    planes = _plane(one), _plane(other)
    if planes[0] is not None and planes[1] is not None:
        return _between_planes(one, other, planes[0], planes[1])
    for first, second, turned in ((one, other, False), (other, one, True)):
        axis, other_axis, plane = axes[turned], axes[not turned], planes[not turned]
        found: tuple[Vector, Vector, str] | None = None
        if first.is_point and plane is not None:
            found = first.point, foot_on_plane(first.point, plane), "Perpendicular distance"
        elif axis is not None and plane is not None and are_parallel_to(axis, plane):
            found = axis.point, foot_on_plane(axis.point, plane), "Distance axis to plane"
        elif first.is_point and other_axis is not None and _centre(second) is None:
            found = first.point, foot_on_line(first.point, other_axis), "Distance to axis"
        if found is not None:
            start, end, title = found
            return (end, start, title, 0.0, ()) if turned else (start, end, title, 0.0, ())
    return _round_or_nearest(one, other, axes)


def _round_or_nearest(
    one: Pick, other: Pick, axes: tuple[Line | None, Line | None]
) -> tuple[Vector, Vector, str, float, tuple[Quantity, ...]]:
    """Centres and axes of round things; else the shortest way there is."""
    shortest = _shortest(one, other)
    least = Quantity("Shortest", float(np.linalg.norm(shortest[1] - shortest[0])))
    first, second = _centre(one), _centre(other)
    if axes[0] is not None and axes[1] is not None and (first is None or second is None or _both_holes(one, other)):
        if are_parallel(axes[0].direction, axes[1].direction):
            start = first if first is not None else axes[0].point
            return start, foot_on_line(start, axes[1]), "Distance of axes", 0.0, (least,)
        if first is None or second is None:
            start, end = lines_nearest(axes[0], axes[1])
            angle = Quantity("Angle", acute_rad(axes[0].direction, axes[1].direction), "angle")
            return start, end, "Distance of axes", 0.0, (angle, least)
    ends = (first if first is not None else _own_point(one)), (second if second is not None else _own_point(other))
    if (first is not None or second is not None) and ends[0] is not None and ends[1] is not None:
        return ends[0], ends[1], "Distance of centres", 0.0, (least,)
    more: tuple[Quantity, ...] = ()
    lines = _line(one), _line(other)
    title = "Shortest distance"
    if lines[0] is not None and lines[1] is not None:
        if are_parallel(lines[0].direction, lines[1].direction):
            return _between_parallel(one, other, lines[0], lines[1])
        more = (Quantity("Angle", acute_rad(lines[0].direction, lines[1].direction), "angle"),)
    elif (one.is_point and lines[1] is not None) or (other.is_point and lines[0] is not None):
        title = "Distance to edge"
    return (*shortest, title, _doubt(one) + _doubt(other), more)


def _between_planes(
    one: Pick, other: Pick, first: Plane, second: Plane
) -> tuple[Vector, Vector, str, float, tuple[Quantity, ...]]:
    if are_parallel(first.normal, second.normal):
        return first.point, foot_on_plane(first.point, second), "Gap", 0.0, ()
    angle = Quantity("Angle", acute_rad(first.normal, second.normal), "angle")
    start, end = _shortest(one, other)
    return start, end, "Shortest distance", _doubt(one) + _doubt(other), (angle,)


def _between_parallel(
    one: Pick, other: Pick, first: Line, second: Line
) -> tuple[Vector, Vector, str, float, tuple[Quantity, ...]]:
    """Perpendicular between two parallel edges, in the middle of what they have in common."""
    along = [
        np.sort((pick.edge.chain[[0, -1]] - first.point) @ first.direction) for pick in (one, other) if pick.edge is not None
    ]
    middle = (max(along[0][0], along[1][0]) + min(along[0][1], along[1][1])) / 2.0
    start = first.point + first.direction * middle
    return start, foot_on_line(start, second), "Gap", 0.0, ()


def angle(picks: Sequence[Pick]) -> Reading:
    """Between two edges or faces, or at the second of three points. Raises ValueError where a direction can't be told."""
    if len(picks) == 3:
        a, at, b = (pick.point for pick in picks)
        return _angle_at(at, a - at, b - at, "Angle", (np.array([a, at, b]),))
    one, other = picks
    first, second = _direction(one), _direction(other)
    if first is None or second is None:
        raise ValueError("an angle needs straight edges, flat or round faces, or three points")
    both_planes, mixed = _plane(one) is not None and _plane(other) is not None, (_plane(one) is None) != (_plane(other) is None)
    value = angle_rad(first, second) if both_planes else acute_rad(first, second)
    if mixed:
        value = math.pi / 2.0 - value
    value = math.pi - value if both_planes else value
    title = "Angle between faces" if both_planes else "Angle edge to face" if mixed else "Angle"
    found = _arc_between(one, other, first, second)
    more = (Quantity("Supplement", math.pi - value, "angle"),)
    return Reading(title, Quantity(title, value, "angle"), more, None, found[1], found[0])


def _angle_at(at: Vector, first: Vector, second: Vector, title: str, lines: tuple[NDArray[np.float64], ...]) -> Reading:
    lengths = float(np.linalg.norm(first)), float(np.linalg.norm(second))
    if min(lengths) == 0.0:
        raise ValueError("an angle needs three different points")
    value = angle_rad(first, second)
    arc = _arc(at, first, second, 0.35 * min(lengths))
    more = (
        Quantity("Supplement", math.pi - value, "angle"),
        Quantity("First leg", lengths[0]),
        Quantity("Second leg", lengths[1]),
    )
    return Reading(title, Quantity(title, value, "angle"), more, None, (*lines, arc), arc[len(arc) // 2])


def _arc_between(one: Pick, other: Pick, first: Vector, second: Vector) -> tuple[Vector, tuple[NDArray[np.float64], ...]]:
    """Where the value stands, and an arc from one pick's point to the other's about where they meet."""
    lines = _line(one), _line(other)
    if lines[0] is not None and lines[1] is not None and not are_parallel(first, second):
        at = lines_nearest(lines[0], lines[1])[0]
        legs = [pick.point - at for pick in (one, other)]
        if min(np.linalg.norm(legs[0]), np.linalg.norm(legs[1])) > 1e-9:
            arc = _arc(at, legs[0], legs[1], 0.6 * float(min(np.linalg.norm(legs[0]), np.linalg.norm(legs[1]))))
            return arc[len(arc) // 2], (np.array([one.point, at, other.point]), arc)
    return (one.point + other.point) / 2.0, (np.array([one.point, other.point]),)


def _arc(at: Vector, first: Vector, second: Vector, radius_m: float) -> NDArray[np.float64]:
    """(n, 3) an arc from one direction to another."""
    u = first / np.linalg.norm(first)
    v = second - u * float(second @ u)
    size = float(np.linalg.norm(v))
    v = basis(u)[0] if size < 1e-12 * float(np.linalg.norm(second)) else v / size
    turn = np.linspace(0.0, angle_rad(first, second), _ARC_STEPS)[:, None]
    return at + radius_m * (np.cos(turn) * u + np.sin(turn) * v)


def size(pick: Pick) -> Reading:
    """Length of an edge, diameter of what is round, area of a face. Raises ValueError for a point."""
    if pick.edge is not None:
        return _edge_size(pick)
    if pick.face is None:
        raise ValueError("a size needs an edge or a face")
    face = pick.face
    area = Quantity("Area", face.area_m2, "area")
    if face.cylinder is not None or face.sphere is not None:
        round_one = face.cylinder if face.cylinder is not None else face.sphere
        assert round_one is not None
        across = face.cylinder.axis if face.cylinder is not None else None
        more = [Quantity("Radius", round_one.radius_m), *_xyz("Centre", round_one.centre), area]
        if face.cylinder is not None:
            more.insert(1, Quantity("Length", face.cylinder.length_m))
        way = _diameter(round_one.centre, round_one.radius_m, pick.point, across)
        points = grouped(len(np.unique(face.corners.reshape(-1, 3), axis=0)))
        note = f"fitted to {points} points, residual {_fine(round_one.residual_m)}"
        title = "Diameter of cylinder" if face.cylinder is not None else "Diameter of sphere"
        return Reading(
            title, Quantity("Diameter", 2.0 * round_one.radius_m), tuple(more), way, label_at=pick.point,
            doubt_m=round_one.residual_m if round_one.residual_m > 1e-9 else 0.0, note=note, prefix="⌀ ",
        )  # fmt: skip
    title = "Area of plane face" if face.plane is not None else "Area of free-form face"
    return Reading(title, area, (), None, label_at=pick.point, doubt_m=face.deflection_m)


def _edge_size(pick: Pick) -> Reading:
    edge = pick.edge
    assert edge is not None
    length = Quantity("Length", edge.length_m)
    if edge.circle is not None:
        circle = edge.circle
        more = (Quantity("Radius", circle.radius_m), length, *_xyz("Centre", circle.centre))
        note = f"fitted to {len(edge.chain) - edge.is_closed} points, residual {_fine(circle.residual_m)}"
        doubt = circle.residual_m if circle.residual_m > 1e-9 else 0.0
        if edge.is_closed:
            way = _diameter(circle.centre, circle.radius_m, pick.point, circle.axis)
            return Reading(
                "Diameter of circle",
                Quantity("Diameter", 2 * circle.radius_m),
                more,
                way,
                (edge.chain,),
                pick.point,
                doubt,
                note,
                "⌀ ",
            )
        way = np.stack([circle.centre, chain_nearest(pick.point, edge.chain)])
        more = (Quantity("Diameter", 2.0 * circle.radius_m), *more[1:])
        return Reading("Radius of arc", Quantity("Radius", circle.radius_m), more, way, (edge.chain,), None, doubt, note, "R ")
    way = edge.chain[[0, -1]] if edge.line is not None else None
    chord = (
        ()
        if edge.line is not None or edge.is_closed
        else (Quantity("Chord", float(np.linalg.norm(edge.chain[-1] - edge.chain[0]))),)
    )
    ends = tuple(Quantity(f"Δ{a}", abs(float(v))) for a, v in zip("XYZ", edge.chain[-1] - edge.chain[0], strict=True))
    title = "Length of edge" if edge.line is not None else f"Length of curve ({len(edge.chain) - 1} segments)"
    doubt = 0.0 if edge.line is not None else pick.doubt_m
    return Reading(title, length, (*chord, *ends), way, () if way is not None else (edge.chain,), edge.middle, doubt)


def _diameter(centre: Vector, radius_m: float, towards: Vector, axis: Vector | None) -> NDArray[np.float64]:
    """(2, 3) a diameter that goes through the point picked."""
    arm = towards - centre
    if axis is not None:
        centre = centre + axis * float(arm @ axis)
        arm = arm - axis * float(arm @ axis)
    length = float(np.linalg.norm(arm))
    across = arm / length if length > 1e-12 else basis(axis if axis is not None else np.array([0.0, 0.0, 1.0]))[0]
    return np.stack([centre - across * radius_m, centre + across * radius_m])


def point(pick: Pick) -> Reading:
    """Where a point is in the world."""
    x, y, z = _xyz("", pick.point)
    far = Quantity("From the origin", float(np.linalg.norm(pick.point)))
    return Reading("Point", x, (y, z, far), None, label_at=pick.point)


def body(pick: Pick, facts: Body, world_from_node: NDArray[np.float64]) -> Reading:
    """Volume, area and centre of a part, from facts in its own frame. Even scaling is taken along."""
    turn = world_from_node[:3, :3]
    factor = float(np.linalg.norm(turn[:, 0]))
    centre = turn @ facts.centre + world_from_node[:3, 3]
    area = Quantity("Area", facts.area_m2 * factor**2, "area")
    details = [
        *_xyz("Centre", centre),
        *(Quantity(f"Size {a}", float(v) * factor) for a, v in zip("XYZ", facts.size_m, strict=True)),
    ]
    if facts.volume_m3 is None:
        note = "open surface: it bounds no volume"
        return Reading(
            "Area of part", area, tuple(details), None, label_at=centre, doubt_m=facts.deflection_m * factor, note=note
        )
    volume = Quantity("Volume", facts.volume_m3 * factor**3, "volume")
    return Reading("Volume of part", volume, (area, *details), None, label_at=centre, doubt_m=facts.deflection_m * factor)


def clearance(one: Pick, other: Pick, found: Clearance) -> Reading:
    """The shortest way between two parts."""
    way = np.stack([found.start, found.end])
    parts = tuple(Quantity(f"Δ{a}", abs(float(v))) for a, v in zip("XYZ", found.end - found.start, strict=True))
    note = "the surfaces touch or cross" if found.touches else f"between {one.name} and {other.name}"
    return Reading(
        "Clearance", Quantity("Clearance", found.distance_m), parts, way, doubt_m=one.doubt_m + other.doubt_m, note=note
    )


def _xyz(name: str, at: Vector) -> tuple[Quantity, Quantity, Quantity]:
    x, y, z = (Quantity(f"{name} {axis}".strip(), float(v)) for axis, v in zip("XYZ", at, strict=True))
    return x, y, z


def are_parallel_to(axis: Line, plane: Plane) -> bool:
    """Whether a line runs along a plane."""
    return abs(acute_rad(axis.direction, plane.normal) - math.pi / 2.0) < 1e-3


def _plane(pick: Pick) -> Plane | None:
    return None if pick.face is None else pick.face.plane


def _line(pick: Pick) -> Line | None:
    return None if pick.edge is None else pick.edge.line


def _axis(pick: Pick) -> Line | None:
    """The axis of a round edge or face."""
    if pick.face is not None and pick.face.cylinder is not None:
        return Line(pick.face.cylinder.centre, pick.face.cylinder.axis)
    if pick.edge is not None and pick.edge.circle is not None:
        return Line(pick.edge.circle.centre, pick.edge.circle.axis)
    return None


def _centre(pick: Pick) -> Vector | None:
    """The centre of a circle or a sphere."""
    if pick.edge is not None and pick.edge.circle is not None:
        return pick.edge.circle.centre
    return None if pick.face is None or pick.face.sphere is None else pick.face.sphere.centre


def _both_holes(one: Pick, other: Pick) -> bool:
    return False if one.face is None and other.face is None else _axis(one) is not None and _axis(other) is not None


def _own_point(pick: Pick) -> Vector | None:
    return pick.point if pick.is_point else None


def _direction(pick: Pick) -> Vector | None:
    plane, line, axis = _plane(pick), _line(pick), _axis(pick)
    return plane.normal if plane is not None else line.direction if line is not None else None if axis is None else axis.direction


def _doubt(pick: Pick) -> float:
    return pick.doubt_m if pick.face is not None and pick.face.plane is None else 0.0


def _shortest(one: Pick, other: Pick) -> tuple[Vector, Vector]:
    """The nearest points of two picks as they are drawn."""
    if one.face is not None and other.face is not None:
        from viewer.measure.clearance import clearance as between

        sides = [(f.corners.reshape(-1, 3), np.arange(3 * len(f.corners)).reshape(-1, 3)) for f in (one.face, other.face)]
        found = between(sides[0], sides[1])
        return found.start, found.end
    if one.face is not None:
        end, start = _shortest(other, one)
        return start, end
    first = one.edge.chain if one.edge is not None else one.point[None]
    if other.face is None:
        return chains_nearest(first, other.edge.chain if other.edge is not None else other.point[None])
    if len(first) > 1:
        from viewer.measure.clearance import clearance as between

        thin = np.stack([first[:-1], first[1:], first[1:]], axis=1).reshape(-1, 3)
        corners = other.face.corners.reshape(-1, 3)
        found = between((thin, np.arange(len(thin)).reshape(-1, 3)), (corners, np.arange(len(corners)).reshape(-1, 3)))
        return found.start, found.end
    return first[0], Surface(other.face.corners).nearest(first)[0]


def _fine(length_m: float) -> str:
    if length_m < 1e-9:
        return "under 1 nm"
    return f"{length_m * 1e6:.2g} µm" if length_m < 1e-4 else f"{length_m * 1e3:.2g} mm"
