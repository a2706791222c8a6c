"""The four automated vehicles: low tractors with lidar, bumper and lamps, each with a load on its deck."""

from __future__ import annotations

import numpy as np

from scenes.battery_line.make.goods import load
from scenes.battery_line.make.shape import Shape
from scenes.battery_line.make.solids import rounded
from scenes.battery_line.make.tree import Node


def body() -> Shape:
    """The vehicle, front towards +x, 1.75 x 0.95 m, deck at 0.36 m."""
    s = Shape("agv.body")
    hull = [(0.06, 1.66, 0.86), (0.09, 1.70, 0.90), (0.24, 1.70, 0.90), (0.30, 1.66, 0.86)]
    s.loft("white", np.array([np.column_stack([rounded(w, d, 0.16, 5), np.full(24, z)]) for z, w, d in hull]))
    skirt = [(0.025, 1.72, 0.92), (0.04, 1.76, 0.96), (0.10, 1.76, 0.96), (0.115, 1.72, 0.92)]
    s.loft("anthracite", np.array([np.column_stack([rounded(w, d, 0.18, 5), np.full(24, z)]) for z, w, d in skirt]))
    s.slab("dark", rounded(1.35, 0.78, 0.06, 3), 0.05, (-0.05, 0, 0.30), bevel=0.01)
    for side in (-1, 1):
        s.box("yellow", (0.05, 0.20, 0.045), (0.855, side * 0.25, 0.15), bevel=0.01)
        s.box("accent", (1.1, 0.008, 0.035), (-0.05, side * 0.452, 0.2))
        s.box("lamp_glow", (0.02, 0.14, 0.03), (0.848, side * 0.27, 0.215))
        s.box("red", (0.02, 0.10, 0.03), (-0.848, side * 0.27, 0.215))
        for x in (-0.55, 0.55):
            s.rod("rubber", 0.075, 0.05, (x, side * 0.36 - 0.025, 0.075), "y", sides=16)
    s.lathe("anthracite", [(0.05, 0), (0.055, 0.01), (0.055, 0.05), (0.045, 0.055)], (0.74, 0, 0.30), sides=18)
    s.lathe("screen", [(0.042, 0), (0.042, 0.035)], (0.74, 0, 0.355), sides=18)
    s.lathe("anthracite", [(0.05, 0), (0.05, 0.01), (0.03, 0.02)], (0.74, 0, 0.39), sides=18)
    s.rod("red", 0.03, 0.02, (0.62, 0.36, 0.30), sides=12)
    s.rod("amber", 0.035, 0.06, (0.62, -0.34, 0.30), sides=12, bevel=0.008)
    return s


def trolley() -> Shape:
    """A rolling frame with two shelves of totes, carried over the vehicle."""
    s = Shape("agv.trolley", crease_deg=25)
    for x in (-0.62, 0.62):
        for y in (-0.42, 0.42):
            s.box("alu", (0.05, 0.05, 1.45), (x, y, 0.37))
    for z in (0.40, 0.85, 1.30):
        s.box("light", (1.28, 0.88, 0.03), (0, 0, z))
        for y in (-0.43, 0.43):
            s.box("alu", (1.28, 0.03, 0.06), (0, y, z))
    for level, z in enumerate((0.43, 0.88, 1.33)):
        for k, x in enumerate((-0.42, 0.0, 0.42)):
            for y in (-0.2, 0.2):
                if (level + k) % 4 != 3:
                    s.box("tote" if (level + k) % 2 else "tote_grey", (0.38, 0.36, 0.26), (x, y, z), bevel=0.01)
    return s


def add_vehicles(top: Node) -> None:
    """agv1 … agv4, parked along the aisle until their channels move them."""
    hull, cart = body(), trolley()
    places = ((30.0, 24.0, 180.0), (66.0, 24.0, 180.0), (104.0, 24.0, 180.0), (84.0, 12.0, 0.0))
    for k, (x, y, rz) in enumerate(places):
        node = top.add(f"agv{k + 1}", kind="vehicle", at=(x, y, 0), rz=rz)
        node.sub("body", hull, kind="vehicle")
        if k % 2 == 0:
            node.sub("trolley", cart, (-0.05, 0, 0), kind="load")
        else:
            node.sub("load", load("wrapped" if k == 1 else "totes"), (-0.05, 0, 0.35), kind="load")
