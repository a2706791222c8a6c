"""Goods and what they stand on: totes, cartons, pallets, racks, crates, drums, stacks of trays and lids, benches and people."""

from __future__ import annotations

from functools import cache

import numpy as np

from scenes.battery_line.make.shape import Shape
from scenes.battery_line.make.solids import rounded

FLOW_BOXES = (("tote", "tote_grey", "tote"), ("card", "tote_grey", "card_dark"), ("tote_grey", "white", "dark"))


@cache
def covered_pallet() -> Shape:
    """A flat pallet whose deck is under goods, so that its boards are one."""
    s = Shape("covered_pallet", crease_deg=20)
    for x in (-0.53, 0.0, 0.53):
        s.box("card_dark", (0.14, 0.8, 0.122), (x, 0, 0))
    return s.box("wood", (1.2, 0.79, 0.022), (0, 0, 0.122))


@cache
def load(kind: str) -> Shape:
    """A pallet with goods: cartons, totes, a wrapped cube, or a crate."""
    s = Shape(f"load.{kind}", crease_deg=20)
    s.put(covered_pallet())
    if kind == "cartons":
        for layer in range(3):
            for x in (-0.3, 0.3):
                for y in (-0.2, 0.2):
                    if layer < 2 or (x, y) != (0.3, 0.2):
                        material = "card" if (layer + round(10 * x + 10 * y)) % 3 else "card_dark"
                        s.box(material, (0.58, 0.385, 0.28), (x, y, 0.144 + 0.285 * layer))
        s.box("white", (0.12, 0.003, 0.08), (-0.4, -0.395, 0.3))
    elif kind == "totes":
        for layer in range(3):
            material, z = "tote" if layer != 1 else "tote_grey", 0.144 + 0.28 * layer
            for x in (-0.3, 0.3):
                for y in (-0.2, 0.2):
                    s.box(material, (0.57, 0.37, 0.25), (x, y, z))
            s.box(material, (1.2, 0.8, 0.03), (0, 0, z + 0.25))  # four rims, side by side
    elif kind == "wrapped":
        s.box("film", (1.16, 0.78, 0.95), (0, 0, 0.144), bevel=0.02)
        s.box("white", (0.2, 0.004, 0.15), (-0.2, -0.392, 0.7))
    else:
        s.box("wood", (1.15, 0.77, 0.75), (0, 0, 0.144))
        for x in (-0.5, 0.0, 0.5):
            s.box("card_dark", (0.09, 0.80, 0.78), (x, 0, 0.144))
        s.box("card_dark", (1.17, 0.79, 0.07), (0, 0, 0.86))
    return s


@cache
def rack_frame() -> Shape:
    """An upright frame of a pallet rack, 5 m high, 1.1 m deep along y."""
    s = Shape("rack.frame", crease_deg=20)
    for y in (-0.5, 0.5):
        s.box("rack", (0.09, 0.07, 5.0), (0, y, 0))
        s.box("plate", (0.16, 0.14, 0.01), (0, y, 0))
    for k in range(6):
        z = 0.3 + 0.8 * k
        s.bar("rack", (0, -0.47, z), (0, 0.47, z + (0.4 if k % 2 else -0.0)), 0.03)
    return s


@cache
def rack_protector() -> Shape:
    """A yellow collision guard before an upright."""
    return Shape("rack.guard").box("yellow", (0.16, 0.10, 0.42), bevel=0.02)


@cache
def rack_beams() -> Shape:
    """Two beams of one level of a rack bay, 2.7 m."""
    s = Shape("rack.beams", crease_deg=20)
    for y in (-0.5, 0.5):
        s.box("beam", (2.61, 0.05, 0.11), (0, y, -0.11))
    for x in (-0.9, -0.3, 0.3, 0.9):
        s.box("tray", (0.05, 0.95, 0.03), (x, 0, -0.035))
    return s


@cache
def flow_rack(kind: int = 0) -> Shape:
    """A kanban flow rack 1.8 m wide with three inclined levels of boxes; `kind` (0 to 2) says which and how full."""
    s = Shape(f"flow_rack{kind}", crease_deg=20)
    for x in (-0.9, 0.9):
        for y in (-0.6, 0.6):
            s.box("alu", (0.045, 0.045, 1.75 if y < 0 else 1.95), (x, y, 0))
    for level in range(3):
        z = 0.35 + 0.5 * level
        for x in (-0.88, -0.3, 0.3, 0.88):
            s.bar("alu", (x, -0.62, z), (x, 0.62, z + 0.12), 0.03)
        for column, x in enumerate((-0.59, 0.0, 0.59)):
            for row in range(2):
                material = FLOW_BOXES[kind][(level + column) % 3]
                if (level * 3 + column * 2 + row + kind) % 5 != 1:
                    s.box(
                        material,
                        (0.40, 0.50, (0.24, 0.16, 0.20)[(level + kind) % 3]),
                        (x, -0.33 + 0.6 * row, z + 0.05 + 0.06 * row),
                    )
        s.box("white", (1.78, 0.008, 0.05), (0, -0.635, z - 0.03))
    s.box("light", (1.8, 0.02, 0.14), (0, -0.6, 1.76))
    s.box("accent", (0.3, 0.004, 0.09), (-0.68, -0.612, 1.785))
    return s


@cache
def workbench() -> Shape:
    """A height-adjustable bench with drawer, shelf of bins, lamp and screen; the worker stands at -y."""
    s = Shape("workbench")
    for x in (-0.78, 0.78):
        s.box("alu", (0.08, 0.08, 0.82), (x, 0, 0.03))
        s.box("alu", (0.08, 0.7, 0.05), (x, 0, 0))
        s.box("alu", (0.05, 0.05, 1.2), (x, 0.32, 0.85))
    s.box("desk", (1.8, 0.8, 0.04), (0, 0, 0.85), bevel=0.008)
    s.box("light", (0.45, 0.5, 0.4), (0.5, 0.05, 0.44), bevel=0.01)
    s.box("alu", (1.6, 0.3, 0.02), (0, 0.25, 1.35))
    for k in range(6):
        s.box("tote" if k % 2 else "accent_light", (0.2, 0.26, 0.14), (-0.62 + 0.25 * k, 0.24, 1.37), bevel=0.008)
    s.box("light", (1.5, 0.2, 0.05), (0, 0.2, 2.0))
    s.box("lamp_glow", (1.4, 0.12, 0.01), (0, 0.2, 1.99))
    s.box("anthracite", (0.5, 0.05, 0.32), (-0.3, 0.28, 1.6), bevel=0.01)
    s.box("screen", (0.46, 0.004, 0.27), (-0.3, 0.253, 1.625))
    s.box("grey", (0.3, 0.2, 0.06), (-0.4, -0.1, 0.89), bevel=0.01)
    return s


@cache
def stool() -> Shape:
    """A swivel stool."""
    s = Shape("stool")
    s.rod("rubber", 0.19, 0.06, (0, 0, 0.62), sides=16, bevel=0.015)
    s.rod("steel", 0.03, 0.5, (0, 0, 0.12), sides=10)
    s.rod("dark", 0.27, 0.03, (0, 0, 0.09), sides=16)
    for k in range(5):
        a = 2 * np.pi * k / 5
        s.bar("dark", (0, 0, 0.08), (0.28 * np.cos(a), 0.28 * np.sin(a), 0.04), 0.04)
    return s


@cache
def balancer() -> Shape:
    """A tool rail over the manual station with three balancers and screwdrivers on their ropes; rail at 2.75 m."""
    s = Shape("tool_balancer")
    s.box("alu", (5.6, 0.08, 0.12), (0, 0, 2.75), bevel=0.008)
    for x in (-2.7, 2.7):
        s.box("light", (0.12, 0.12, 2.9), (x, 0, 0), bevel=0.01)
        s.box("plate", (0.24, 0.24, 0.015), (x, 0, 0))
    for x in (-1.4, 0.1, 1.5):
        s.box("dark", (0.06, 0.1, 0.08), (x, 0, 2.67))
        s.rod("accent", 0.10, 0.09, (x, -0.045, 2.52), "y", sides=16, bevel=0.015)
        s.rod("cable", 0.006, 0.85, (x, 0, 1.6), sides=5)
        s.rod("dark", 0.035, 0.22, (x, 0, 1.38), sides=12, bevel=0.008)
        s.rod("steel", 0.012, 0.14, (x, 0, 1.24), sides=8)
        s.pipe(
            "hose", [(x + 0.3, 0, 2.7), (x + 0.3, 0.05, 2.2), (x + 0.15, 0.05, 1.75), (x, 0.02, 1.6)], 0.012, sides=6, curved=3
        )
    return s


@cache
def person(name: str, top: str) -> Shape:
    """A simple standing figure 1.76 m tall at work, facing +y: helmet-free, cap, vest and safety shoes."""
    s = Shape(f"person.{name}", crease_deg=60)
    for x in (-0.1, 0.1):
        rows = [(0.07, 0.11, 0.13), (0.45, 0.12, 0.13), (0.5, 0.125, 0.14), (0.86, 0.165, 0.19)]
        s.loft(
            "trousers",
            np.array(
                [np.column_stack([np.add(rounded(w, d, 0.05, 2), (x * (1 - 0.1 * z), 0.0)), np.full(12, z)]) for z, w, d in rows]
            ),
        )
        s.box("black", (0.10, 0.28, 0.09), (x, 0.05, 0), bevel=0.03)
    torso = [
        (0.80, 0.37, 0.25, 0.0),
        (1.0, 0.34, 0.22, 0.0),
        (1.25, 0.38, 0.24, 0.02),
        (1.40, 0.40, 0.22, 0.02),
        (1.47, 0.30, 0.17, 0.01),
        (1.50, 0.14, 0.12, 0.01),
    ]
    s.loft(top, np.array([np.column_stack([np.add(rounded(w, d, 0.09, 3), (0.0, y)), np.full(16, z)]) for z, w, d, y in torso]))
    for side in (-1, 1):
        s.pipe(top, [(side * 0.20, 0.01, 1.41), (side * 0.25, 0.02, 1.25), (side * 0.26, 0.06, 1.13)], 0.05, sides=8)
        s.pipe("skin", [(side * 0.26, 0.05, 1.14), (side * 0.21, 0.26, 1.10), (side * 0.18, 0.36, 1.09)], 0.036, sides=8)
    s.rod("skin", 0.05, 0.08, (0, 0.01, 1.48), sides=10)
    s.lathe(
        "skin",
        [(0.02, 0), (0.06, 0.015), (0.085, 0.07), (0.09, 0.13), (0.075, 0.2), (0.03, 0.235), (1e-3, 0.24)],
        (0, 0.03, 1.53),
        sides=14,
    )
    s.lathe("anthracite", [(0.096, 0), (0.097, 0.04), (0.08, 0.09), (0.03, 0.115), (1e-3, 0.12)], (0, 0.02, 1.66), sides=14)
    s.box("anthracite", (0.13, 0.1, 0.012), (0, 0.13, 1.665))
    return s


@cache
def stack(kind: str) -> Shape:
    """A floor stack of one product part on a dolly: trays, lids, cold plates or modules."""
    s = Shape(f"stack.{kind}", crease_deg=30)
    s.box("dark", (2.2, 1.5, 0.10), (0, 0, 0.1), bevel=0.01)
    for x in (-0.9, 0.9):
        for y in (-0.6, 0.6):
            s.rod("rubber", 0.07, 0.05, (x, y - 0.025, 0.07), "y", sides=12)
            s.box("alu", (0.05, 0.05, 1.1), (x * 1.19, y * 1.19, 0.2))
    material, step, count = {
        "tray": ("alu", 0.17, 4),
        "lid": ("light", 0.07, 9),
        "plate": ("alu", 0.09, 7),
        "module": ("dark", 0.0, 0),
    }[kind]
    for k in range(count):
        z = 0.22 + step * k
        s.slab(material, rounded(2.08, 1.38, 0.08, 2), 0.02, (0, 0, z + step * 0.6))
        s.slab("light" if kind == "tray" else material, rounded(1.98, 1.28, 0.06, 2), step * 0.6, (0, 0, z))
        if kind == "tray" and k == count - 1:
            s.slab("grey", rounded(1.88, 1.18, 0.04, 2), 0.002, (0, 0, z + step * 0.6 + 0.0195))
    return s


@cache
def cell_rack() -> Shape:
    """An infeed of cell trays: a lift frame with layers of blue prismatic cells."""
    s = Shape("cell_rack", crease_deg=20)
    for x in (-0.55, 0.55):
        for y in (-0.4, 0.4):
            s.box("light", (0.07, 0.07, 1.9), (x, y, 0))
    for level in range(4):
        z = 0.35 + 0.38 * level
        s.box("dark", (1.1, 0.8, 0.04), (0, 0, z))
        for k in range(12):
            s.box("cell", (0.065, 0.6, 0.16), (-0.45 + 0.082 * k, 0, z + 0.04))
    s.box("light", (1.2, 0.9, 0.12), (0, 0, 1.88), bevel=0.01)
    return s


@cache
def bolt_feeder() -> Shape:
    """A screw feeder: bowl on a cabinet with its blow hose."""
    s = Shape("bolt_feeder")
    s.box("light", (0.6, 0.6, 0.95), (0, 0, 0.08), bevel=0.012)
    s.box("dark", (0.62, 0.62, 0.04), (0, 0, 1.03), bevel=0.006)
    s.lathe(
        "steel",
        [(0.16, 0), (0.18, 0.02), (0.24, 0.16), (0.25, 0.17), (0.22, 0.165), (0.15, 0.05), (1e-3, 0.04)],
        (0, 0, 1.07),
        sides=22,
    )
    s.pipe("hose", [(0.2, 0.1, 1.15), (0.35, 0.1, 1.3), (0.45, 0.1, 0.9), (0.5, 0.1, 0.1)], 0.015, curved=3, sides=6)
    for x in (-0.24, 0.24):
        for y in (-0.24, 0.24):
            s.rod("rubber", 0.03, 0.08, (x, y, 0), sides=8)
    return s


@cache
def crate(*, closed: bool) -> Shape:
    """A wooden shipping crate for one pack, 2.4 x 1.7 m; open ones show their foam."""
    s = Shape(f"crate.{'closed' if closed else 'open'}", crease_deg=20)
    for y in (-0.6, 0.0, 0.6):
        s.box("card_dark", (2.4, 0.1, 0.1), (0, y, 0))
    s.box("wood", (2.4, 1.7, 0.03), (0, 0, 0.1))
    high = 0.5
    for side in (-1, 1):
        s.box("wood", (2.396, 0.03, high), (0, side * 0.833, 0.13))
        s.box("wood", (0.03, 1.64, high), (side * 1.185, 0, 0.13))
        for x in (-1.1, -0.4, 0.4, 1.1):
            s.box("card_dark", (0.1, 0.025, high), (x, side * 0.862, 0.13))
    if closed:
        s.box("wood", (2.4, 1.7, 0.03), (0, 0, 0.63))
        for x in (-0.8, 0.8):
            s.box("black", (0.02, 1.73, 0.004), (x, 0, 0.66))
    else:
        s.box("film", (2.3, 1.6, 0.12), (0, 0, 0.13))
    return s


@cache
def extinguisher() -> Shape:
    """A fire extinguisher under its sign, to hang at a column's south face."""
    s = Shape("extinguisher")
    s.lathe("red", [(0.02, 0), (0.075, 0.01), (0.08, 0.04), (0.08, 0.42), (0.05, 0.5), (0.02, 0.52)], (0, -0.1, 0.75), sides=16)
    s.box("black", (0.1, 0.04, 0.06), (0, -0.1, 1.27))
    s.box("red", (0.3, 0.01, 0.3), (0, -0.01, 1.75))
    s.box("white", (0.1, 0.004, 0.2), (0, -0.017, 1.8))
    return s
