"""The machines of the stations: press, portals, bells, testers, dispensers; each part that carries values is its own shape."""

from __future__ import annotations

from functools import cache

import numpy as np

from scenes.battery_line.make.shape import Shape
from scenes.battery_line.make.solids import rounded


@cache
def frame(name: str, wide: float, deep: float, high: float, material: str = "light") -> Shape:
    """A four-post frame with crossbeams at the top and feet, centred."""
    s = Shape(f"frame.{name}")
    for x in (-wide / 2, wide / 2):
        for y in (-deep / 2, deep / 2):
            s.box(material, (0.12, 0.12, high), (x, y, 0), bevel=0.012)
            s.box("plate", (0.24, 0.24, 0.02), (x, y, 0), bevel=0.004)
    for y in (-deep / 2, deep / 2):
        s.box(material, (wide - 0.12, 0.10, 0.14), (0, y, high - 0.14), bevel=0.012)
    for x in (-wide / 2, wide / 2):
        s.box(material, (0.10, deep - 0.12, 0.14), (x, 0, high - 0.14), bevel=0.012)
    return s


@cache
def head(name: str, wide: float, deep: float) -> Shape:
    """A crossbeam with lifting cylinder and guide rods, hung in a frame; its plate's underside is at z = 0."""
    s = Shape(f"head.{name}")
    s.box("plate", (wide, deep, 0.05), bevel=0.008)
    s.lathe("alu", [(0.03, 0), (0.07, 0), (0.075, 0.02), (0.075, 0.5), (0.07, 0.52), (0.02, 0.52)], (0, 0, 0.35), sides=18)
    s.rod("steel", 0.028, 0.32, (0, 0, 0.04), sides=12)
    for x in (-wide * 0.32, wide * 0.32):
        s.rod("steel", 0.022, 0.8, (x, 0, 0.04), sides=10)
        s.rod("dark", 0.045, 0.12, (x, 0, 0.50), sides=12)
    s.box("light", (wide * 0.9, 0.16, 0.12), (0, 0, 0.5), bevel=0.012)
    return s


@cache
def bell(name: str, wide: float, deep: float, high: float) -> Shape:
    """A test bell: a rounded hood with flange, clamps, sight glass and a pipe; rim at z = 0."""
    s = Shape(f"bell.{name}")
    rows = [
        (0.0, wide, deep),
        (high * 0.82, wide * 0.985, deep * 0.98),
        (high * 0.94, wide * 0.96, deep * 0.94),
        (high, wide * 0.9, deep * 0.86),
    ]
    s.loft("alu", np.array([np.column_stack([rounded(x, y, 0.12, 4), np.full(20, z)]) for z, x, y in rows]))
    s.slab("steel", rounded(wide + 0.1, deep + 0.1, 0.15), 0.04, bevel=0.008)
    s.slab("accent", rounded(wide + 0.06, deep + 0.06, 0.14), 0.02, (0, 0, -0.02))
    for k in range(4):
        x = -wide * 0.375 + k * wide * 0.25
        for y in (-deep / 2 - 0.02, deep / 2 + 0.02):
            s.box("dark", (0.07, 0.06, 0.10), (x, y, 0.04), bevel=0.008)
    s.box("dark", (0.2, 0.1, 0.05), (0, 0, high), bevel=0.01)
    s.pipe(
        "steel",
        [(wide * 0.3, 0, high - 0.01), (wide * 0.3, 0, high + 0.15), (wide * 0.3, deep * 0.3, high + 0.3)],
        0.022,
        curved=3,
    )
    s.lathe("steel", [(0.02, 0), (0.055, 0), (0.055, 0.04), (1e-4, 0.041)], (-wide * 0.3, 0, high), sides=16)
    return s


@cache
def press() -> Shape:
    """A stacking press: base, two columns, head with servo spindle and its guards."""
    s = Shape("press")
    s.box("light", (1.3, 0.9, 0.72), (0, 0, 0.02), bevel=0.02)
    s.box("plate", (1.2, 0.8, 0.06), (0, 0, 0.74), bevel=0.008)
    for x in (-0.52, 0.52):
        s.rod("steel", 0.055, 1.25, (x, 0.2, 0.8), sides=16)
    s.box("light", (1.3, 0.6, 0.34), (0, 0.2, 2.0), bevel=0.025)
    s.lathe("dark", [(0.05, 0), (0.14, 0), (0.14, 0.32), (0.11, 0.35), (0.11, 0.46), (0.02, 0.47)], (0, 0.2, 2.34), sides=20)
    s.rod("steel", 0.06, 0.62, (0, 0.2, 1.42), sides=16)
    s.box("accent", (1.0, 0.5, 0.09), (0, 0.15, 1.36), bevel=0.01)
    for x in (-0.36, 0.36):
        s.box("alu", (0.05, 0.5, 0.34), (x, 0.05, 0.8), bevel=0.006)
    for k in range(9):
        s.box("cell", (0.064, 0.30, 0.20), (-0.27 + 0.067 * k, 0.05, 0.8))
    s.box("acrylic", (1.2, 0.01, 0.9), (0, 0.46, 0.85))
    return s


@cache
def tester(name: str, wide: float) -> Shape:
    """A bank of test drawers with lamps and a screen, front towards -y."""
    s = Shape(f"tester.{name}")
    count = round(wide / 0.6)
    s.box("anthracite", (wide, 0.78, 0.1))
    for k in range(count):
        x = -wide / 2 + (k + 0.5) * wide / count
        s.box("white", (wide / count - 0.02, 0.8, 1.95), (x, 0, 0.1), bevel=0.012)
        for row in range(7):
            z = 0.24 + 0.2 * row
            s.box("grey", (wide / count - 0.10, 0.02, 0.17), (x, -0.405, z), bevel=0.004)
            s.box("anthracite", (0.16, 0.02, 0.02), (x, -0.425, z + 0.08))
            s.box("green" if (row * 3 + k) % 5 else "amber", (0.02, 0.01, 0.02), (x + wide / count * 0.33, -0.417, z + 0.115))
        s.box("screen", (wide / count - 0.2, 0.01, 0.24), (x, -0.403, 1.72))
    return s


@cache
def contact_head(name: str, wide: float, deep: float) -> Shape:
    """Rows of spring contacts on a plate, pointing down; plate's top at z = 0.12."""
    s = Shape(f"contacts.{name}")
    s.box("accent", (wide, deep, 0.06), (0, 0, 0.06), bevel=0.008)
    for k in range(12):
        for y in (-deep * 0.3, deep * 0.3):
            x = -wide * 0.44 + k * wide * 0.08
            s.rod("copper", 0.012, 0.06, (x, y, 0), sides=6)
    s.box("dark", (wide * 0.5, deep * 0.3, 0.1), (0, 0, 0.12), bevel=0.01)
    return s


@cache
def dispenser() -> Shape:
    """Two drum pumps with follower plates, metering unit and heated hoses on a skid."""
    s = Shape("dispenser")
    s.box("dark", (1.9, 0.9, 0.10), bevel=0.01)
    for x, colour in ((-0.55, "accent"), (0.2, "tote_grey")):
        profile = [
            (0.28, 0),
            (0.285, 0.01),
            (0.285, 0.28),
            (0.295, 0.29),
            (0.285, 0.30),
            (0.285, 0.56),
            (0.295, 0.57),
            (0.285, 0.58),
            (0.285, 0.86),
            (0.29, 0.88),
            (0.26, 0.88),
            (0.26, 0.84),
        ]
        s.lathe(colour, profile, (x, 0, 0.1), sides=24)
        for side in (-0.34, 0.34):
            s.rod("steel", 0.03, 1.75, (x + side, 0, 0.1), sides=10)
        s.box("light", (0.85, 0.16, 0.12), (x, 0, 1.78), bevel=0.012)
        s.lathe("dark", [(0.03, 0), (0.09, 0), (0.09, 0.34), (0.06, 0.36), (0.06, 0.45), (0.02, 0.46)], (x, 0, 1.88), sides=16)
        s.rod("steel", 0.04, 0.86, (x, 0, 0.96), sides=12)
        s.lathe("steel", [(0.02, 0), (0.25, 0), (0.25, 0.06), (0.02, 0.10)], (x, 0, 0.9), sides=20)
        s.pipe("hose", [(x, -0.05, 1.05), (x + 0.1, -0.3, 1.15), (x + 0.35, -0.35, 1.5), (0.78, -0.1, 1.75)], 0.03, curved=4)
    s.box("white", (0.4, 0.5, 1.5), (0.72, 0.1, 0.1), bevel=0.015)
    s.box("screen", (0.26, 0.01, 0.2), (0.72, -0.155, 1.25))
    return s


@cache
def gantry_base() -> Shape:
    """The portal of the spindle gantry with its rails, over the conveyor."""
    s = Shape("gantry.base")
    s.put(frame("gantry", 3.6, 2.5, 2.6))
    for y in (-1.25, 1.25):
        s.box("steel", (3.4, 0.05, 0.05), (0, y, 2.6))
        s.box("anthracite", (3.4, 0.14, 0.07), (0, y * 1.12, 2.48), bevel=0.006)
    return s


@cache
def gantry_carriage() -> Shape:
    """The travelling beam with four screw spindles reaching down to the pack; z = 0 on the floor."""
    s = Shape("gantry.carriage")
    s.box("accent", (0.34, 2.7, 0.24), (0, 0, 2.66), bevel=0.015)
    for y in (-1.25, 1.25):
        s.box("dark", (0.46, 0.2, 0.12), (0, y, 2.645), bevel=0.012)
    for y in (-0.62, -0.21, 0.21, 0.62):
        s.box("alu", (0.10, 0.16, 1.1), (0.22, y, 1.72), bevel=0.008)
        s.rod("dark", 0.055, 0.42, (0.34, y, 1.98), sides=16, bevel=0.008)
        s.rod("accent_light", 0.05, 0.18, (0.34, y, 1.78), sides=16)
        s.lathe(
            "steel",
            [(0.012, 0), (0.016, 0.01), (0.018, 0.25), (0.034, 0.27), (0.034, 0.55), (0.02, 0.56)],
            (0.34, y, 1.22),
            sides=12,
        )
        s.pipe("hose", [(0.34, y, 2.4), (0.34, y, 2.55), (0.2, y * 0.9, 2.92), (0, y * 0.8, 2.92)], 0.015, curved=3, sides=6)
    return s


@cache
def fixture() -> Shape:
    """A centring fixture for one pack: posts with clamps at the four corners beside the conveyor."""
    s = Shape("fixture")
    for x in (-1.0, 1.0):
        for side in (-1, 1):
            y = side * 0.98
            s.box("dark", (0.16, 0.14, 0.95), (x, y, 0), bevel=0.01)
            s.box("accent", (0.14, 0.16, 0.10), (x, y, 0.93), bevel=0.01)
            s.box("steel", (0.06, 0.22, 0.035), (x, y - side * 0.12, 0.985), bevel=0.006)
            s.rod("steel", 0.03, 0.16, (x, y + side * 0.03, 0.78), "x" if x < 0 else "-x", sides=10)
        s.box("dark", (0.1, 0.06, 0.08), (x, -1.06, 0.3))
    s.box("dark", (2.0, 0.06, 0.08), (0, -1.02, 0.28))
    s.box("dark", (2.0, 0.06, 0.08), (0, 1.02, 0.28))
    return s


@cache
def scale() -> Shape:
    """A weighing section between the rollers: platform, load cells and indicator."""
    s = Shape("scale")
    s.box("accent", (2.4, 1.7, 0.08), (0, 0, 0.40), bevel=0.01)
    for x in (-1.05, 1.05):
        for y in (-0.72, 0.72):
            s.rod("steel", 0.06, 0.32, (x, y, 0.08), sides=14)
            s.box("dark", (0.2, 0.2, 0.08), (x, y, 0), bevel=0.008)
    s.rod("light", 0.03, 1.4, (1.35, -1.2, 0), sides=10)
    s.box("anthracite", (0.34, 0.10, 0.22), (1.35, -1.22, 1.38), bevel=0.01)
    s.box("screen_lit", (0.26, 0.01, 0.12), (1.35, -1.275, 1.43))
    return s


@cache
def hood() -> Shape:
    """The laser cell's roof duct: hood over the process, filter column and fan."""
    s = Shape("extraction")
    s.loft(
        "duct",
        np.array(
            [
                np.column_stack([rounded(w, d, 0.03, 1), np.full(8, z)])
                for z, w, d in ((2.55, 1.9, 1.5), (2.62, 1.9, 1.5), (3.0, 0.5, 0.5), (3.1, 0.45, 0.45))
            ]
        ),
    )
    s.pipe(
        "duct",
        [(0, 0, 3.05), (0, 0, 3.5), (0, 0.6, 3.75), (0, 5.0, 3.75), (0, 5.8, 3.55), (0, 6.0, 3.1), (0, 6.0, 2.14)],
        0.2,
        curved=3,
        sides=16,
    )
    return s


@cache
def filter_unit() -> Shape:
    """A fume filter with cartridge doors."""
    s = Shape("filter")
    s.box("light", (1.2, 1.0, 2.0), (0, 0, 0.15), bevel=0.02)
    for x in (-0.5, 0.5):
        for y in (-0.4, 0.4):
            s.box("dark", (0.1, 0.1, 0.15), (x, y, 0))
    for x in (-0.3, 0.3):
        s.rod("grey", 0.22, 0.03, (x, -0.5, 1.6), "-y", sides=20)
        s.rod("grey", 0.22, 0.03, (x, -0.5, 1.0), "-y", sides=20)
    s.box("accent", (1.0, 0.02, 0.2), (0, -0.505, 0.4))
    return s


@cache
def laser_wall(length: float, *, window: bool) -> Shape:
    """An opaque wall panel of the laser cell along x, centred, with an amber window."""
    s = Shape(f"laser_wall{length:g}{'w' if window else ''}")
    if not window:
        return s.box("light", (length - 0.01, 0.06, 2.5), (0, 0, 0.05), bevel=0.008)
    low, high, side = 1.05, 1.75, length * 0.25
    s.box("light", (length - 0.01, 0.06, low - 0.05), (0, 0, 0.05), bevel=0.008)
    s.box("light", (length - 0.01, 0.06, 2.55 - high), (0, 0, high), bevel=0.008)
    for x in (-1, 1):
        s.box("light", (side, 0.06, high - low), (x * (length / 2 - side / 2 - 0.005), 0, low))
    s.box("window", (length - 2 * side, 0.02, high - low), (0, 0, low))
    return s
