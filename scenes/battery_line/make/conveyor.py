"""The pallet conveyor: a loop of straight modules and corners on aluminium legs, and the pallets that ride on it."""

from __future__ import annotations

import numpy as np

from scenes.battery_line.make import solids
from scenes.battery_line.make.shape import Shape
from scenes.battery_line.make.tree import Node

TOP_M = 0.75
HALF_WIDTH_M = 0.78
MODULE_M = 3.0
ROLLER_M = 0.03
RADIUS_M = 1.5
WEST_M, EAST_M, WORK_M, RETURN_M = 12.0, 138.0, 30.0, 38.0


def _leg(s: Shape, x: float, y: float, z: float) -> None:
    s.box("alu", (0.08, 0.08, z - 0.04), (x, y, 0.04))
    s.rod("rubber", 0.055, 0.04, (x, y, 0), sides=6)


def straight(length: float = MODULE_M) -> Shape:
    """One module along x, centred: two side beams with guide rails, rollers, legs and cross members."""
    s = Shape(f"conveyor.straight{length:g}", crease_deg=50)
    for side in (-1, 1):
        y = side * (HALF_WIDTH_M + 0.03)
        s.box("alu", (length, 0.06, 0.18), (0, y, TOP_M - 0.17))
        s.box("dark", (length, 0.004, 0.03), (0, y + side * 0.031, TOP_M - 0.11))
        s.box("dark", (length, 0.012, 0.05), (0, y - side * 0.0, TOP_M + 0.01))
        for x in (-length / 2 + 0.3, length / 2 - 0.3):
            _leg(s, x, side * (HALF_WIDTH_M + 0.02), TOP_M - 0.17)
    for x in (-length / 2 + 0.3, length / 2 - 0.3):
        s.box("alu", (0.06, 2 * HALF_WIDTH_M, 0.06), (x, 0, 0.28))
        s.box("alu", (0.06, 2 * HALF_WIDTH_M, 0.08), (x, 0, TOP_M - 0.17))
    count = round(length / 0.2)
    for k in range(count):
        x = -length / 2 + (k + 0.5) * length / count
        points, triangles = solids.cylinder(ROLLER_M, 2 * HALF_WIDTH_M, sides=6)
        open_ended = (points, triangles[:12])  # its ends are in the beams
        s.add("steel", open_ended, (x, -HALF_WIDTH_M, TOP_M - ROLLER_M), solids.axes((0, 1, 0)))
    return s


def corner() -> Shape:
    """A quarter of a ring about the origin from (r, 0) to (0, r), with tapered rollers across."""
    s = Shape("conveyor.corner", crease_deg=50)
    inner, outer = RADIUS_M - HALF_WIDTH_M, RADIUS_M + HALF_WIDTH_M
    for low, high in ((inner - 0.06, inner), (outer, outer + 0.06)):
        s.slab("alu", _arc(low, high), 0.18, (0, 0, TOP_M - 0.17))
        s.slab("dark", _arc(low + 0.02, high - 0.02), 0.05, (0, 0, TOP_M + 0.01))
    for angle in np.linspace(4.5, 85.5, 10):
        a = np.radians(angle)
        d = np.array([np.cos(a), np.sin(a), 0.0])
        z = np.array([0, 0, TOP_M - ROLLER_M])
        s.pipe("steel", np.array([d * (inner + 0.04) + z, d * (outer - 0.04) + z]), ROLLER_M, sides=8)
    for angle in (8, 45, 82):
        a = np.radians(angle)
        for r in (inner - 0.03, outer + 0.03):
            _leg(s, r * np.cos(a), r * np.sin(a), TOP_M - 0.17)
    return s


def _arc(low: float, high: float, steps: int = 12) -> np.ndarray:
    a = np.linspace(0, np.pi / 2, steps + 1)
    out = np.column_stack([np.cos(a), np.sin(a)])
    return np.concatenate([out * high, out[::-1] * low])


def drive() -> Shape:
    """A gear motor hung under the side beam, with its junction box."""
    s = Shape("conveyor.drive")
    s.box("dark", (0.22, 0.16, 0.2), (0, 0, 0.36), bevel=0.015)
    s.lathe(
        "accent", [(0.03, 0), (0.08, 0), (0.08, 0.22), (0.07, 0.24), (0.07, 0.28), (0.02, 0.29)], (0.11, 0, 0.46), "x", sides=16
    )
    s.box("grey", (0.12, 0.09, 0.06), (0.22, 0, 0.53), bevel=0.008)
    s.box("plate", (0.05, 0.2, 0.3), (-0.02, 0.0, 0.36), bevel=0.006)
    return s


def stopper() -> Shape:
    """A pallet stop between the rollers, with its sensor bracket."""
    s = Shape("conveyor.stopper")
    s.box("dark", (0.10, 0.16, 0.22), (0, 0, TOP_M - 0.24), bevel=0.008)
    s.rod("steel", 0.02, 0.05, (0, 0, TOP_M - 0.03), sides=10)
    s.box("yellow", (0.05, 0.03, 0.06), (0, HALF_WIDTH_M + 0.08, TOP_M - 0.02), bevel=0.004)
    return s


def pallet() -> Shape:
    """A workpiece carrier 2.3 x 1.5 m, its top 0.12 m above the rollers, with locating pins, pads and a code tag."""
    s = Shape("pallet", crease_deg=45)
    s.box("dark", (2.3, 1.5, 0.045), (0, 0, 0.004), bevel=0.01)
    s.box("alu", (2.24, 1.44, 0.05), (0, 0, 0.049), bevel=0.008)
    for x in (-0.9, 0.0, 0.9):
        for y in (-0.55, 0.55):
            s.box("accent", (0.16, 0.10, 0.021), (x, y, 0.099), bevel=0.004)
    for x, y in ((-1.09, -0.62), (1.09, 0.62)):
        s.lathe(
            "steel",
            [(0.03, 0), (0.03, 0.04), (0.018, 0.05), (0.018, 0.09), (0.008, 0.105), (1e-4, 0.106)],
            (x, y, 0.099),
            sides=12,
        )
    for x in (-1.12, 1.12):
        s.box("rubber", (0.05, 0.5, 0.05), (x * 1.015, 0, 0.02), bevel=0.008)
    s.box("yellow", (0.10, 0.004, 0.06), (0.6, -0.7515, 0.02))
    s.box("yellow", (0.10, 0.004, 0.06), (0.6, 0.7515, 0.02))
    return s


def add_conveyor(top: Node) -> None:
    """The whole loop below one node."""
    line = top.add("conveyor", kind="conveyor")
    module, short, bend, motor, stop = straight(), straight(2.0), corner(), drive(), stopper()
    first, last = WEST_M + RADIUS_M, EAST_M - RADIUS_M
    count = round((last - first) / MODULE_M)
    for lane, y in (("work", WORK_M), ("back", RETURN_M)):
        for k in range(count):
            x = first + (k + 0.5) * MODULE_M
            line.sub(f"{lane}{k + 1:02d}", module, (x, y, 0))
            if k % 3 == 1:
                side = 1 if lane == "work" else -1
                line.sub(f"{lane}{k + 1:02d}.drive", motor, (x, y + side * (HALF_WIDTH_M + 0.22), 0))
    for k in range(14):
        line.sub(f"stop{k + 1:02d}", stop, (16.5 + 9 * k + 1.25, WORK_M, 0))
    for name, x in (("west", WEST_M), ("east", EAST_M)):
        y0 = WORK_M + RADIUS_M
        line.sub(f"{name}1", module, (x, y0 + 1.5, 0), rz=90)
        line.sub(f"{name}2", short, (x, y0 + 4.0, 0), rz=90)
    for name, x, y, rz in (("sw", first, WORK_M + RADIUS_M, 180), ("se", last, WORK_M + RADIUS_M, -90),
                           ("ne", last, RETURN_M - RADIUS_M, 0), ("nw", first, RETURN_M - RADIUS_M, 90)):  # fmt: skip
        line.sub(f"corner_{name}", bend, (x, y, 0), rz=rz)


def add_carriers(top: Node) -> None:
    """Ten pallets, parked along the work lane until their channels move them."""
    shape = pallet()
    for k in range(10):
        carrier = top.add(f"carrier{k + 1:02d}", kind="carrier", at=(16.5 + 13.5 * k, WORK_M, TOP_M))
        carrier.sub("pallet", shape, kind="pallet")
