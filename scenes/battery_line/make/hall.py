"""The building: floor with its paint, columns, walls, roof with trusses and skylights, lights, ducts, and the rooms inside."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from scenes.battery_line.make import cell, goods
from scenes.battery_line.make.shape import Shape
from scenes.battery_line.make.solids import Surface
from scenes.battery_line.make.tree import Node

LENGTH, WIDTH, EAVES = 150.0, 60.0, 10.0
COLUMN_X = [3.0 + 12.0 * k for k in range(13)]
COLUMN_Y = [0.5, 18.0, 45.5, 59.5]
PAINT = 0.004
JOINT = 0.05
LOW_WALL = 2.2
"""Below this the outer walls always stand; above it they count as roof, which a camera higher up does not see."""


def floor() -> Shape:
    """The slab with its joints."""
    s = Shape("hall.floor", crease_deg=10)
    middles = np.arange(9.0, 153.0, 6.0)
    cuts = np.concatenate([[0.0], np.stack([middles - JOINT / 2, middles + JOINT / 2], axis=1).ravel(), [LENGTH]])
    for k, (west, east) in enumerate(pairwise(cuts)):
        s.add("joint" if k % 2 else "concrete", _strip(west, east, first=k == 0, last=k == len(cuts) - 2))
    return s


def _strip(west: float, east: float, *, first: bool, last: bool) -> Surface:
    """A piece of the slab across the hall; joints lie in its face, side by side with it, so that no line is drawn at them."""
    corners = np.array([[x, y, z] for x in (west, east) for y in (0.0, WIDTH) for z in (-0.2, 0.0)])
    faces = [(1, 5, 7, 3), (0, 2, 6, 4), (0, 4, 5, 1), (2, 3, 7, 6)]
    faces += [(0, 1, 3, 2)] * first + [(4, 6, 7, 5)] * last
    return corners, np.array([half for a, b, c, d in faces for half in ((a, b, c), (a, c, d))])


def _flat(s: Shape, material: str, x0: float, y0: float, x1: float, y1: float, z: float = PAINT) -> None:
    points = np.array([[x0, y0, z], [x1, y0, z], [x1, y1, z], [x0, y1, z]])
    s.add(material, (points, np.array([[0, 1, 2], [0, 2, 3]])))


def markings() -> Shape:
    """Aisles, walkways, edge lines, crossings and bays painted on the floor."""
    s = Shape("hall.markings", crease_deg=10)
    half, line = 1.5, 0.1
    west, east, south, north = 10.0, 140.0, 12.0, 24.0
    for y in (south, north):
        _flat(s, "aisle", west - half, y - half, east + half, y + half)
    for x in (west, east):
        _flat(s, "aisle", x - half, south + half, x + half, north - half)
    z = 2 * PAINT
    for a, b in (
        ((west - half, south - half), (east + half, north + half)),
        ((west + half, south + half), (east - half, north - half)),
    ):
        for y in (a[1], b[1] - line):
            _flat(s, "yellow", a[0], y, b[0], y + line, z)
        for x in (a[0], b[0] - line):
            _flat(s, "yellow", x, a[1], x + line, b[1], z)
    _flat(s, "walkway", 6.0, 39.2, 144.0, 40.8)
    for y in (39.2, 40.72):
        _flat(s, "line", 6.0, y, 144.0, y + 0.08, z)
    for x in (48.0, 93.0, 129.0):
        for k in range(6):
            _flat(s, "line", x - 1.3, north - half + 0.2 + 0.5 * k, x + 1.3, north - half + 0.42 + 0.5 * k, z)
    for k in range(14):
        x = 16.5 + 9 * k
        _flat(s, "bay", x - 4.2, 26.1, x + 4.2, 35.3, PAINT / 2)
    return s


def column() -> Shape:
    """A steel column of H section with base plate and painted guard."""
    s = Shape("hall.column", crease_deg=20)
    s.box("structure", (0.03, 0.30, EAVES))
    for x in (-0.15, 0.15):
        s.box("structure", (0.025, 0.34, EAVES), (x, 0, 0))
    s.box("plate", (0.55, 0.55, 0.03))
    for k in range(6):
        s.box("yellow" if k % 2 == 0 else "black", (0.44, 0.44, 0.2), (0, 0, 0.03 + 0.2 * k))
    return s


def truss() -> Shape:
    """A roof truss across the hall along y, from 0 to 60 m, chords at 10.1 and 11.6 m."""
    s = Shape("roof.truss", crease_deg=20)
    low, high, panels = EAVES + 0.1, EAVES + 1.6, 24
    for z in (low, high):
        s.box("structure", (0.18, WIDTH, 0.18), (0, WIDTH / 2, z - 0.09))
    step = WIDTH / panels
    for k in range(panels):
        y = k * step
        a, b = ((0, y, low), (0, y + step, high)) if k % 2 == 0 else ((0, y, high), (0, y + step, low))
        s.bar("structure", a, b, 0.09)
        s.box("structure", (0.07, 0.07, high - low), (0, y, low))
    return s


def roof_panel() -> Shape:
    """One field of roof between two trusses, 12 m, with two skylight strips, purlins and light rows."""
    s = Shape("roof.panel", crease_deg=10)
    z = EAVES + 1.95
    edges = [0.0, 9.0, 12.0, 27.0, 30.0, 45.0, 48.0, 60.0]
    for k, (a, b) in enumerate(pairwise(edges)):
        s.box("skylight" if k % 2 else "roofing", (12.0, b - a, 0.12), (0, (a + b) / 2, z))
    for k in range(13):
        s.box("structure", (12.0, 0.10, 0.18), (0, 5.0 * k if 0 < k < 12 else (0.1 if k == 0 else 59.9), EAVES + 1.75))
    for y in (6.0, 18.0, 30.0, 38.0, 52.0):
        s.box("grey", (9.0, 0.12, 0.08), (0, y, EAVES - 0.02))
        s.box("lamp_glow", (8.8, 0.20, 0.04), (0, y, EAVES - 0.06))
        for x in (-4.0, 4.0):
            s.box("grey", (0.02, 0.02, 1.75), (x, y, EAVES + 0.02))
    return s


def wall_panel(*, window: bool) -> Shape:
    """Twelve metres of outer wall along x above LOW_WALL: cladding and a window strip."""
    s = Shape(f"hall.wall.{'window' if window else 'closed'}", crease_deg=10)
    if window:
        s.box("wall", (12.0, 0.2, 5.8 - LOW_WALL), (0, 0, LOW_WALL))
        s.box("pane", (12.0, 0.04, 1.8), (0, 0, 5.8))
        for k in range(7):
            s.box("structure", (0.08, 0.12, 1.8), (-6 + 2 * k, 0, 5.8))
        s.box("wall", (12.0, 0.2, EAVES + 2.0 - 7.6), (0, 0, 7.6))
    else:
        s.box("wall", (12.0, 0.2, EAVES + 2.0 - LOW_WALL), (0, 0, LOW_WALL))
    return s


def wall_foot() -> Shape:
    """Twelve metres of outer wall along x below LOW_WALL: plinth and cladding."""
    s = Shape("hall.wall.foot", crease_deg=10)
    s.box("wall_low", (12.0, 0.24, 1.2))
    s.box("wall", (12.0, 0.2, LOW_WALL - 1.2), (0, 0, 1.2))
    return s


def gate() -> Shape:
    """A sectional door 4 x 4.5 m in its frame, before the wall, seen from -y."""
    s = Shape("hall.gate", crease_deg=20)
    s.box("anthracite", (4.5, 0.12, 4.8), (0, 0, 0))
    for k in range(8):
        s.box("light", (4.0, 0.1, 0.54), (0, -0.06, 0.02 + 0.56 * k), bevel=0.01)
    s.box("glass", (3.4, 0.02, 0.3), (0, -0.12, 1.8))
    for x in (-2.4, 2.4):
        s.box("yellow", (0.16, 0.16, 1.2), (x, -0.4, 0), bevel=0.02)
    return s


def office() -> Shape:
    """A two-storey office and control room 24 x 8 m, glass towards the line (-y); centred in x, back at y = 8."""
    s = Shape("office", crease_deg=20)
    long, deep = 24.0, 8.0
    for z in (0.0, 3.2, 6.4):
        s.box("structure", (long + 0.3, deep + 0.3, 0.22), (0, deep / 2, z))
    for level in (0.22, 3.42):
        s.box("wall", (long, 0.12, 2.98), (0, deep - 0.1, level))
        for x in (-long / 2 + 0.06, long / 2 - 0.06):
            s.box("wall", (0.12, deep, 2.98), (x, deep / 2, level))
        s.box("wall_low", (long, 0.12, 0.8), (0, 0.06, level))
        s.box("glass", (long, 0.03, 1.95), (0, 0.06, level + 0.8))
        s.box("structure", (long, 0.14, 0.23), (0, 0.06, level + 2.75))
        for k in range(17):
            s.box("anthracite", (0.06, 0.10, 2.0), (-long / 2 + 1.5 * k, 0.06, level + 0.8))
        for k in range(7):
            x = -long / 2 + 2.2 + 3.2 * k
            s.box("desk", (1.8, 0.8, 0.04), (x, 2.2, level + 0.72))
            s.box("light", (1.7, 0.05, 0.7), (x, 2.2, level))
            s.box("anthracite", (0.6, 0.05, 0.36), (x - 0.35, 2.4, level + 0.9))
            s.box("anthracite", (0.6, 0.05, 0.36), (x + 0.35, 2.4, level + 0.9))
            s.box("dark", (0.5, 0.5, 0.5), (x, 3.1, level + 0.3), bevel=0.06)
    s.box("screen", (6.0, 0.06, 1.6), (4.0, 7.7, 4.4))
    s.box("accent", (long, 0.05, 0.35), (0, -0.16, 6.5))
    return s


def duct(length: float) -> Shape:
    """A round air duct along x with joints, outlets and brackets, centred."""
    s = Shape(f"duct{length:g}", crease_deg=35)
    s.rod("duct", 0.42, length, (-length / 2, 0, 0), "x", sides=20)
    for k in range(round(length / 3)):
        x = -length / 2 + 1.5 + 3 * k
        s.rod("tray", 0.435, 0.06, (x, 0, 0), "x", sides=20)
        s.box("grey", (0.5, 0.3, 0.12), (x + 1.0, 0, -0.5))
    return s


def add_hall(top: Node) -> None:
    """Building and fittings below one node, the roof below another."""
    hall = top.add("hall", kind="hall")
    hall.sub("floor", floor(), kind="floor")
    hall.sub("markings", markings(), kind="marking")
    post, fire = column(), goods.extinguisher()
    for i, x in enumerate(COLUMN_X):
        for j, y in enumerate(COLUMN_Y):
            node = hall.sub(f"column{chr(65 + j)}{i + 1:02d}", post, (x, y, 0), kind="column")
            if 0 < j < 3 and i % 2 == 0:
                node.sub("extinguisher", fire, (0, -0.22, 0), kind="safety")
    _add_walls(top.add("roof", kind="roof"), hall)
    rooms, door = office(), gate()
    for k, x in enumerate((33.0, 105.0)):
        hall.sub(f"office{k + 1}", rooms, (x, 50.6, 0), kind="room")
    for k, x in enumerate((13.0, 69.0, 81.0, 137.0)):
        hall.sub(f"gate{k + 1}", door, (x, 59.3, 0), kind="gate")
    air = duct(12.0)
    for k in range(11):
        top.children[-1].sub(f"duct{k + 1:02d}", air, (15.0 + 12.0 * k, 43.2, 8.6), kind="roof")
    tray, stand = cell.tray_run(9.0), cell.tray_post()
    for k in range(14):
        hall.sub(f"tray{k + 1:02d}", tray, (16.5 + 9 * k, 42.9, 3.28), kind="cable tray")
        hall.sub(f"tray{k + 1:02d}.post", stand, (21.0 + 9 * k, 42.9, 0.08), rz=90, kind="cable tray")


def _add_walls(roof: Node, hall: Node) -> None:
    """The north wall stays; the other walls, trusses and roof count as roof, so that a camera above looks in."""
    lattice, field = truss(), roof_panel()
    closed, window, foot = wall_panel(window=False), wall_panel(window=True), wall_foot()
    for i, x in enumerate(COLUMN_X):
        roof.sub(f"truss{i + 1:02d}", lattice, (x, 0, 0), kind="roof")
    for i, x in enumerate(COLUMN_X[:-1]):
        roof.sub(f"panel{i + 1:02d}", field, (x + 6.0, 0, 0), kind="roof")
        hall.sub(f"wall_north{i + 1:02d}", window if i % 3 else closed, (x + 6.0, 59.9, 0), kind="wall")
        hall.sub(f"foot_north{i + 1:02d}", foot, (x + 6.0, 59.9, 0), kind="wall")
        hall.sub(f"foot_south{i + 1:02d}", foot, (x + 6.0, 0.1, 0), kind="wall")
        roof.sub(f"wall_south{i + 1:02d}", window if i % 3 else closed, (x + 6.0, 0.1, 0), kind="roof")
    for side, x in (("west", 0.1), ("east", 149.9)):
        for k in range(5):
            roof.sub(f"wall_{side}{k + 1}", window if k % 2 else closed, (x, 6.0 + 12.0 * k, 0), kind="roof", rz=90)
            hall.sub(f"foot_{side}{k + 1}", foot, (x, 6.0 + 12.0 * k, 0), kind="wall", rz=90)
