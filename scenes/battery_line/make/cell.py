"""What stands round every station: fences with gates and light curtains, portal with sign and stack light, cabinets, panels."""

from __future__ import annotations

from functools import cache

from scenes.battery_line.make.lettering import width, write
from scenes.battery_line.make.shape import Shape
from scenes.battery_line.make.tree import Node

PANEL_M = 1.3
FENCE_M = 2.1
WEST, EAST, SOUTH, NORTH, OPENING = -3.9, 3.9, -3.7, 5.0, 1.1


@cache
def post() -> Shape:
    """A fence post with foot and cap."""
    s = Shape("fence.post")
    s.box("fence", (0.06, 0.06, FENCE_M))
    s.box("fence", (0.14, 0.11, 0.012))
    for x in (-0.05, 0.05):
        s.rod("steel", 0.01, 0.022, (x, 0.038, 0.012), sides=6)
    return s


@cache
def panel() -> Shape:
    """A mesh panel along x between two posts, centred."""
    s = Shape("fence.panel", crease_deg=10)
    wide, low, high = PANEL_M - 0.08, 0.14, FENCE_M - 0.06
    for z in (low, high):
        s.box("fence", (wide, 0.022, 0.022), (0, 0, z - 0.011))
    for x in (-wide / 2, wide / 2):
        s.box("fence", (0.022, 0.022, high - low), (x, 0, low))
    _mesh(s, wide, low, high)
    return s


def _mesh(s: Shape, wide: float, low: float, high: float) -> None:
    """Sparse real wires and a see-through sheet for the many between."""
    s.box("mesh", (wide - 0.02, 0.002, high - low), (0, 0.004, low))
    for k in range(1, 8):
        s.box("fence", (0.004, 0.003, high - low), (-wide / 2 + k * wide / 8, 0, low))
    for k in range(1, 4):
        s.box("fence", (wide, 0.003, 0.005), (0, 0, low + k * (high - low) / 4))


@cache
def gate() -> Shape:
    """A door in the fence with a yellow frame, hinges, handle and safety switch."""
    s = Shape("fence.gate", crease_deg=10)
    wide, low, high = PANEL_M - 0.10, 0.12, FENCE_M - 0.04
    for z in (low, high):
        s.box("yellow", (wide, 0.04, 0.04), (0, 0, z - 0.02))
    for x in (-wide / 2 + 0.02, wide / 2 - 0.02):
        s.box("yellow", (0.04, 0.04, high - low), (x, 0, low))
    _mesh(s, wide - 0.06, low, high)
    s.box("red", (0.07, 0.09, 0.24), (wide / 2 - 0.06, -0.05, 1.0), bevel=0.008)
    s.box("black", (0.03, 0.05, 0.16), (wide / 2 - 0.06, -0.11, 1.04), bevel=0.006)
    s.box("white", (0.30, 0.006, 0.22), (-0.1, -0.024, 1.45))
    s.box("yellow", (0.26, 0.004, 0.09), (-0.1, -0.028, 1.55))
    return s


@cache
def curtain() -> Shape:
    """One post of a light curtain, looking along +y."""
    s = Shape("fence.curtain")
    s.box("yellow", (0.07, 0.07, 1.9), (0, 0, 0.01), bevel=0.006)
    s.box("screen", (0.035, 0.01, 1.5), (0, 0.035, 0.3))
    s.box("anthracite", (0.16, 0.16, 0.015))
    s.box("green", (0.03, 0.012, 0.03), (0, 0.035, 1.82))
    return s


def add_fence(station: Node) -> None:
    """Posts, panels, gate and light curtains round a robot cell; the conveyor passes through."""
    posts: list[tuple[float, float]] = []
    panels: list[tuple[float, float, float]] = []
    count = round((EAST - WEST) / PANEL_M)
    for y in (SOUTH, NORTH):
        posts += [(WEST + k * PANEL_M, y) for k in range(count + 1)]
        panels += [(WEST + (k + 0.5) * PANEL_M, y, 0.0) for k in range(count) if not (y == SOUTH and k == 4)]
    for x in (WEST, EAST):
        posts += [(x, SOUTH + PANEL_M), (x, -OPENING), (x, OPENING), (x, OPENING + PANEL_M), (x, OPENING + 2 * PANEL_M)]
        panels += [(x, SOUTH + (k + 0.5) * PANEL_M, 90.0) for k in range(2)]
        panels += [(x, OPENING + (k + 0.5) * PANEL_M, 90.0) for k in range(3)]
    fence = station.sub("fence", kind="fence")
    for k, (x, y) in enumerate(posts):
        fence.sub(f"post{k + 1:02d}", post(), (x, y, 0), kind="fence")
    for k, (x, y, rz) in enumerate(panels):
        fence.sub(f"panel{k + 1:02d}", panel(), (x, y, 0), kind="fence", rz=rz)
    fence.sub("gate", gate(), (WEST + 4.5 * PANEL_M, SOUTH, 0), kind="fence")
    for k, (x, y, rz) in enumerate(
        (x * 1.035, side * (OPENING - 0.02), 180.0 * (side > 0)) for x in (WEST, EAST) for side in (-1, 1)
    ):
        fence.sub(f"curtain{k + 1}", curtain(), (x, y, 0), kind="fence", rz=rz)


@cache
def portal() -> Shape:
    """The frame over the station's front that carries sign, lamp and services."""
    s = Shape("portal")
    for x in (-1.9, 1.9):
        s.box("light", (0.10, 0.10, 3.1), (x, 0, 0), bevel=0.01)
        s.box("plate", (0.22, 0.22, 0.015), (x, 0, 0))
    s.box("light", (3.9, 0.10, 0.12), (0, 0, 3.05), bevel=0.01)
    s.box("lamp_glow", (3.0, 0.06, 0.03), (0, 0.12, 3.02))
    s.box("grey", (3.1, 0.09, 0.03), (0, 0.12, 3.05))
    return s


def sign(number: int, name: str) -> Shape:
    """The station's board with its number and name, seen from both aisles."""
    s = Shape(f"sign.{number:03d}")
    s.box("accent", (3.3, 0.05, 0.62), (0, 0, 0), bevel=0.008)
    high = min(0.2, 0.2 * 1.95 / width(name.upper(), 0.2))
    for side in (-1, 1):
        right = (-side, 0, 0)
        write(s, "white", f"{number:03d}", 0.38, (1.05 * side, side * 0.026, 0.31), right=right)
        write(s, "white", name.upper(), high, (-0.52 * side, side * 0.026, 0.31), right=right, weight=0.13)
    return s


@cache
def lamp_base() -> Shape:
    """Pole and foot of a stack light."""
    s = Shape("lamp.base")
    s.rod("grey", 0.022, 0.30, sides=10)
    s.rod("anthracite", 0.07, 0.03, (0, 0, 0.30), sides=16, bevel=0.006)
    s.rod("anthracite", 0.07, 0.03, (0, 0, 0.84), sides=16, bevel=0.006)
    return s


@cache
def lens(colour: str) -> Shape:
    """One coloured lens of a stack light."""
    return Shape(f"lamp.{colour}").lathe(colour, [(0.062, 0), (0.068, 0.01), (0.068, 0.155), (0.062, 0.165)], sides=18)


def add_portal(station: Node, number: int, name: str) -> None:
    """Portal, sign, stack light and floor number at the station's front."""
    frame = station.sub("portal", portal(), (0, SOUTH - 0.12, 0))
    frame.sub("sign", sign(number, name), (0, -0.06, 3.24), kind="sign")
    lamp = station.sub("lamp", lamp_base(), (1.9, SOUTH - 0.12, 3.17), kind="lamp")
    for k, colour in enumerate(("green", "amber", "red")):
        lamp.sub(colour, lens(colour), (0, 0, 0.335 + 0.168 * k), kind="lamp")
    floor = Shape(f"floor_number.{number:03d}")
    write(floor, "line", f"{number:03d}", 0.5, (0, 0, 0.002), up=(0, 1, 0))
    station.sub("floor_number", floor, (-3.0, SOUTH - 0.42, 0), kind="marking")


@cache
def cabinet() -> Shape:
    """A control cabinet 0.8 x 0.6 x 2.1 m, its door towards -y."""
    s = Shape("cabinet")
    s.box("anthracite", (0.8, 0.58, 0.1))
    s.box("light", (0.8, 0.6, 2.0), (0, 0, 0.1), bevel=0.012)
    s.box("white", (0.74, 0.02, 1.9), (0, -0.305, 0.15), bevel=0.006)
    s.box("anthracite", (0.03, 0.025, 0.18), (0.31, -0.325, 1.1), bevel=0.005)
    for k in range(5):
        s.box("grey", (0.32, 0.008, 0.012), (0, -0.317, 0.32 + 0.035 * k))
        s.box("grey", (0.32, 0.008, 0.012), (0, -0.317, 1.78 + 0.035 * k))
    s.box("yellow", (0.09, 0.006, 0.08), (-0.26, -0.317, 1.62))
    return s


@cache
def cooler_cabinet() -> Shape:
    """A cabinet with a main switch, an air conditioner on its door and a lamp."""
    s = Shape("cabinet.cooled")
    s.put(cabinet())
    s.box("light", (0.42, 0.16, 0.85), (-0.05, -0.39, 0.55), bevel=0.015)
    for k in range(7):
        s.box("grey", (0.32, 0.01, 0.014), (-0.05, -0.475, 0.72 + 0.05 * k))
    s.box("yellow", (0.11, 0.012, 0.11), (0.2, -0.32, 1.52))
    s.rod("red", 0.035, 0.03, (0.2, -0.326, 1.575), "-y", sides=12)
    return s


@cache
def panel_pc() -> Shape:
    """An operator panel on a swivel arm and pillar, screen towards -y."""
    s = Shape("hmi")
    s.box("plate", (0.3, 0.3, 0.015))
    s.rod("light", 0.045, 1.35, (0, 0, 0.01), sides=14)
    s.bar("light", (0, 0, 1.28), (0, -0.18, 1.32), 0.05)
    s.box("anthracite", (0.56, 0.07, 0.40), (0, -0.2, 1.14), bevel=0.012)
    s.box("screen", (0.50, 0.006, 0.31), (0, -0.237, 1.20))
    s.box("screen_lit", (0.44, 0.004, 0.035), (0, -0.241, 1.455))
    for k, high in enumerate((0.10, 0.16, 0.07, 0.13, 0.18)):
        s.box("screen_lit" if k % 2 else "accent", (0.05, 0.004, high), (-0.16 + 0.08 * k, -0.241, 1.23))
    s.rod("red", 0.022, 0.03, (0.22, -0.237, 1.17), "-y", sides=10)
    s.box("grey", (0.5, 0.16, 0.02), (0, -0.27, 1.08), bevel=0.005)
    return s


@cache
def tray_run(length: float) -> Shape:
    """A ladder tray along x with cables in it, centred, its floor at z = 0."""
    s = Shape(f"cable_tray{length:g}", crease_deg=30)
    for y in (-0.2, 0.2):
        s.box("tray", (length, 0.008, 0.09), (0, y, 0))
    for k in range(round(length / 0.5)):
        s.box("tray", (0.03, 0.4, 0.012), (-length / 2 + 0.25 + 0.5 * k, 0, 0))
    for k, y in enumerate((-0.14, -0.085, -0.03, 0.05, 0.12)):
        s.box("hv" if k == 4 else "cable", (length, 0.045, 0.04), (0, y, 0.012))
    return s


@cache
def tray_post() -> Shape:
    """A T post that carries a tray at 3.2 m."""
    s = Shape("cable_tray.post")
    s.box("grey", (0.08, 0.08, 3.18), bevel=0.006)
    s.box("plate", (0.2, 0.2, 0.012))
    s.box("grey", (0.06, 0.5, 0.05), (0, 0, 3.14))
    return s


def add_services(station: Node, *, cabinets: int) -> None:
    """Cabinets north of the return lane, the tray that feeds the station, and the operator panel by the aisle."""
    for k in range(cabinets):
        shape = cooler_cabinet() if k == 0 else cabinet()
        station.sub(f"cabinet{k + 1}", shape, (-1.6 + 0.82 * k, 12.6, 0), kind="cabinet")
    station.sub("tray1", tray_run(7.0), (2.6, 9.1, 3.2), kind="cable tray", rz=90)
    station.sub("tray1.post1", tray_post(), (2.6, 9.6, 0), rz=90)
    station.sub("tray1.post2", tray_post(), (2.6, 6.2, 0), rz=90)
    station.sub("hmi", panel_pc(), (-1.2, SOUTH - 0.22, 0), kind="hmi")
