"""The six-axis robot: seven castings on the joint origins that the line's simulation keeps to."""

from __future__ import annotations

import numpy as np

from scenes.battery_line.make.shape import Shape, Vec
from scenes.battery_line.make.solids import rounded
from scenes.battery_line.make.tree import Node

# Each link's origin in the link before, metres; joints turn about z, y, y, x, y, x.
LINKS: tuple[tuple[str, Vec], ...] = (
    ("link1", (0, 0, 0.35)),
    ("link2", (0.35, 0, 0.40)),
    ("link3", (0, 0, 1.15)),
    ("link4", (0.35, 0, 0.05)),
    ("link5", (0.85, 0, 0)),
    ("link6", (0.22, 0, 0)),
    ("tool", (0.06, 0, 0)),
)
BODY, DARK = "robot", "robot_dark"


def _sections(axis: str, rows: list[tuple[float, float, float, float, float, float]]) -> np.ndarray:
    """Rings of rounded rectangles: (distance along the axis, width, height, radius, offset u, offset v) a row."""
    rings: list[np.ndarray] = []
    for along, width, height, radius, u, v in rows:
        flat = np.add(rounded(width, height, radius, 4), (u, v))
        w = np.full(len(flat), along)
        rings.append(np.column_stack([flat[:, 0], flat[:, 1], w] if axis == "z" else [w, flat[:, 0], flat[:, 1]]))
    return np.array(rings)


def _motor(shape: Shape, at: Vec, axis: str, radius: float, length: float) -> None:
    """A servo motor: flange, ribbed can, cap and plug."""
    r = radius
    profile = [
        (r * 0.5, 0),
        (r * 1.12, 0),
        (r * 1.12, 0.018),
        (r * 0.98, 0.022),
        (r, 0.03),
        (r, length * 0.7),
        (r * 0.93, length * 0.72),
        (r * 0.93, length - 0.02),
        (r * 0.8, length),
        (1e-4, length),
    ]
    shape.lathe(DARK, profile, at, axis, sides=14)


def _bolts(shape: Shape, at: Vec, axis: str, radius: float, count: int = 8) -> None:
    """A circle of screw heads standing on a flange."""
    for k in range(count):
        a = 2 * np.pi * (k + 0.5) / count
        u, v = radius * np.cos(a), radius * np.sin(a)
        offset = {"x": (0, u, v), "y": (u, 0, v), "z": (u, v, 0)}[axis[-1]]
        shape.rod("steel", 0.014, 0.016, tuple(np.add(at, offset)), axis, sides=6)


def base() -> Shape:
    """Floor plate, foot and the fixed ring of axis 1; frame on the floor."""
    s = Shape("robot.base")
    s.box("plate", (1.0, 1.0, 0.03), bevel=0.006)
    for x in (-0.42, 0.42):
        for y in (-0.42, 0.42):
            s.rod("steel", 0.028, 0.035, (x, y, 0.03), sides=6)
    s.loft(
        DARK,
        _sections(
            "z",
            [
                (0.03, 0.72, 0.66, 0.16, 0, 0),
                (0.07, 0.74, 0.68, 0.17, 0, 0),
                (0.10, 0.70, 0.64, 0.18, 0, 0),
                (0.22, 0.60, 0.60, 0.25, 0, 0),
                (0.27, 0.60, 0.60, 0.29, 0, 0),
                (0.29, 0.58, 0.58, 0.28, 0, 0),
            ],
        ),
    )
    s.lathe("steel", [(0.20, 0.28), (0.285, 0.28), (0.29, 0.30), (0.29, 0.325), (0.27, 0.335), (0.1, 0.335)], sides=20)
    s.box(DARK, (0.16, 0.34, 0.16), (-0.40, 0, 0.06), bevel=0.015)
    for y in (-0.1, 0.0, 0.1):
        s.rod("grey", 0.03, 0.05, (-0.48, y, 0.14), "-x", sides=10)
        s.pipe(
            "hose",
            [(-0.5, y, 0.14), (-0.6, y, 0.13), (-0.68, y, 0.05), (-0.75, y * 1.3, 0.02), (-0.95, y * 1.5, 0.02)],
            0.018,
            sides=6,
            curved=3,
        )
    return s


def link1() -> Shape:
    """The carousel with both shoulder cheeks, the motors of axes 1 and 2 and the balancing cylinder."""
    s = Shape("robot.link1")
    s.lathe(DARK, [(0.1, -0.015), (0.275, -0.015), (0.285, 0.0), (0.285, 0.03), (0.27, 0.035), (0.1, 0.035)], sides=20)
    s.loft(
        BODY,
        _sections(
            "z",
            [
                (0.035, 0.52, 0.52, 0.24, 0, 0),
                (0.06, 0.54, 0.54, 0.25, 0, 0),
                (0.13, 0.54, 0.52, 0.22, 0.02, 0),
                (0.20, 0.62, 0.46, 0.12, 0.08, 0),
                (0.245, 0.60, 0.44, 0.10, 0.10, 0),
                (0.26, 0.56, 0.40, 0.08, 0.10, 0),
            ],
        ),
    )
    cheek = _cheek((-0.06, 0.12), (0.35, 0.40), 0.17, 0.205)
    for y in (-0.225, 0.155):
        s.slab(BODY, cheek, 0.07, (0, y, 0), "y", bevel=0.014)
    s.rod(DARK, 0.15, 0.02, (0.35, 0.222, 0.40), "y", sides=16, bevel=0.004)
    _motor(s, (0.35, 0.24, 0.40), "y", 0.105, 0.27)
    s.lathe(DARK, [(0.05, 0), (0.16, 0), (0.16, 0.02), (0.12, 0.045), (1e-4, 0.05)], (0.35, -0.222, 0.40), "-y", sides=16)
    _bolts(s, (0.35, -0.238, 0.40), "-y", 0.142, 10)
    _motor(s, (-0.14, -0.05, 0.25), "z", 0.1, 0.27)
    s.lathe(
        "robot",
        [(0.02, 0), (0.075, 0.0), (0.085, 0.02), (0.085, 0.48), (0.075, 0.5), (0.02, 0.5)],
        (0.20, -0.31, 0.47),
        "-x",
        sides=14,
    )
    s.rod("steel", 0.032, 0.18, (0.20, -0.31, 0.47), "x", sides=12)
    s.rod(DARK, 0.05, 0.08, (0.35, -0.27, 0.47), "-y", sides=14, bevel=0.006)
    s.box(BODY, (0.10, 0.10, 0.30), (-0.16, -0.29, 0.18), bevel=0.015)
    s.pipe(
        "hose", [(-0.22, 0.12, 0.06), (-0.34, 0.2, 0.2), (-0.3, 0.3, 0.5), (-0.02, 0.33, 0.66), (0.2, 0.31, 0.6)], 0.035, curved=3
    )
    return s


def _cheek(low: tuple[float, float], hub: tuple[float, float], wide: float, radius: float) -> np.ndarray:
    """Side view of a bearing cheek in (x, z): a foot round `low` that runs up into a round hub, counter-clockwise."""
    angles = np.radians(np.linspace(-62, 150, 18))
    arc = np.column_stack([hub[0] + radius * np.cos(angles), hub[1] + radius * np.sin(angles)])
    foot = [(low[0] - wide, low[1] + 0.16), (low[0] - wide, low[1]), (hub[0] + 0.05, low[1])]
    return np.concatenate([foot, arc])


def link2() -> Shape:
    """The upper arm between the cheeks, from the shoulder axis to the elbow 1.15 m above."""
    s = Shape("robot.link2")
    s.rod(BODY, 0.185, 0.29, (0, -0.145, 0), "y", sides=20, bevel=0.012)
    s.loft(
        BODY,
        _sections(
            "z",
            [
                (0.06, 0.32, 0.23, 0.07, 0, 0),
                (0.2, 0.29, 0.23, 0.08, 0, 0),
                (0.45, 0.25, 0.21, 0.08, -0.01, 0),
                (0.75, 0.22, 0.19, 0.08, -0.01, 0),
                (1.0, 0.21, 0.18, 0.07, 0, 0),
                (1.10, 0.22, 0.18, 0.06, 0, 0),
            ],
        ),
    )
    s.rod(BODY, 0.145, 0.21, (0, -0.105, 1.15), "y", sides=20, bevel=0.01)
    s.slab(DARK, rounded(0.13, 0.46, 0.05), 0.012, (-0.01, 0.1, 0.55), "y", bevel=0.004)
    for z in (0.28, 0.92):
        s.box(DARK, (0.09, 0.09, 0.05), (-0.02, 0.14, z), bevel=0.008)
    s.pipe(
        "hose",
        [
            (-0.06, 0.31, 0.16),
            (-0.06, 0.22, 0.22),
            (-0.02, 0.165, 0.32),
            (-0.02, 0.165, 0.6),
            (-0.02, 0.165, 0.92),
            (-0.08, 0.22, 1.06),
            (-0.16, 0.25, 1.16),
        ],
        0.035,
        curved=3,
    )
    return s


def link3() -> Shape:
    """The elbow housing with its cheeks and the three wrist motors at the back."""
    s = Shape("robot.link3")
    angles = np.radians(np.linspace(115, 292, 16))
    hub = np.column_stack([0.165 * np.cos(angles), 0.165 * np.sin(angles)])
    side = np.concatenate([hub, [(0.14, -0.145), (0.27, -0.09), (0.29, -0.06), (0.29, 0.17), (0.26, 0.20), (0.02, 0.20)]])
    for y in (-0.185, 0.115):
        s.slab(BODY, side, 0.07, (0, y, 0), "y", bevel=0.012)
    s.loft(
        BODY,
        _sections(
            "x",
            [
                (0.17, 0.30, 0.27, 0.06, 0, 0.055),
                (0.23, 0.33, 0.28, 0.09, 0, 0.055),
                (0.29, 0.31, 0.28, 0.12, 0, 0.05),
                (0.335, 0.27, 0.27, 0.134, 0, 0.05),
                (0.345, 0.25, 0.25, 0.124, 0, 0.05),
            ],
        ),
    )
    s.loft(
        BODY,
        _sections(
            "x",
            [
                (-0.24, 0.28, 0.10, 0.04, 0, 0.225),
                (-0.22, 0.30, 0.12, 0.05, 0, 0.225),
                (0.22, 0.30, 0.12, 0.05, 0, 0.225),
                (0.26, 0.26, 0.08, 0.03, 0, 0.215),
            ],
        ),
    )
    for y in (-0.09, 0.0, 0.09):
        _motor(s, (-0.235, y, 0.225 if y else 0.245), "-x", 0.042, 0.2)
    s.lathe(DARK, [(0.04, 0), (0.13, 0), (0.13, 0.018), (0.09, 0.035), (1e-4, 0.04)], (0, -0.185, 0), "-y", sides=16)
    _bolts(s, (0, -0.202, 0), "-y", 0.112, 8)
    s.rod(DARK, 0.12, 0.015, (0, 0.183, 0), "y", sides=16)
    _motor(s, (0, 0.195, 0), "y", 0.075, 0.19)
    s.pipe(
        "hose",
        [(-0.16, 0.25, 0.03), (-0.2, 0.24, 0.18), (-0.1, 0.2, 0.33), (0.1, 0.1, 0.37), (0.24, 0.04, 0.33), (0.34, 0, 0.26)],
        0.033,
        curved=3,
    )
    s.box(DARK, (0.1, 0.12, 0.06), (0.12, 0.09, 0.285), bevel=0.01)
    return s


def link4() -> Shape:
    """The forearm, turning about its own length, with the wrist fork at its end and the dress pack on top."""
    s = Shape("robot.link4")
    s.lathe(DARK, [(0.05, -0.006), (0.118, -0.006), (0.118, 0.02), (0.05, 0.02)], (0, 0, 0), "x", sides=16)
    s.loft(
        BODY,
        _sections(
            "x",
            [
                (0.02, 0.22, 0.22, 0.109, 0, 0),
                (0.05, 0.235, 0.235, 0.116, 0, 0),
                (0.16, 0.22, 0.22, 0.1, 0, 0),
                (0.45, 0.185, 0.165, 0.07, 0, 0),
                (0.62, 0.20, 0.15, 0.06, 0, 0),
                (0.69, 0.22, 0.15, 0.05, 0, 0),
                (0.71, 0.21, 0.14, 0.045, 0, 0),
            ],
        ),
    )
    angles = np.radians(np.linspace(-90, 90, 12))
    nose = np.column_stack([0.85 + 0.078 * np.cos(angles), 0.078 * np.sin(angles)])
    fork = np.concatenate([nose, [(0.68, 0.068), (0.64, 0.055), (0.64, -0.055), (0.68, -0.068)]])
    for y in (-0.115, 0.07):
        s.slab(BODY, fork, 0.045, (0, y, 0), "y", bevel=0.008)
    for y, axis in ((0.113, "y"), (-0.113, "-y")):
        s.lathe(DARK, [(0.02, 0), (0.062, 0), (0.062, 0.012), (0.04, 0.024), (1e-4, 0.026)], (0.85, y, 0), axis, sides=14)
    s.pipe(
        "hose",
        [(0.0, 0, 0.21), (0.10, 0, 0.195), (0.25, 0, 0.165), (0.5, 0, 0.15), (0.66, 0, 0.155), (0.80, 0, 0.19), (0.93, 0, 0.16)],
        0.03,
        curved=3,
    )
    for x, z in ((0.12, 0.1), (0.58, 0.07)):
        s.box(DARK, (0.05, 0.08, 0.11), (x, 0, z), bevel=0.008)
    return s


def link5() -> Shape:
    """The wrist block in the fork."""
    s = Shape("robot.link5")
    s.rod(BODY, 0.072, 0.134, (0, -0.067, 0), "y", sides=20, bevel=0.008)
    s.loft(
        BODY,
        _sections(
            "x",
            [
                (0.03, 0.124, 0.12, 0.035, 0, 0),
                (0.10, 0.118, 0.118, 0.045, 0, 0),
                (0.15, 0.12, 0.12, 0.058, 0, 0),
                (0.175, 0.115, 0.115, 0.056, 0, 0),
            ],
        ),
    )
    s.lathe(DARK, [(0.02, 0.172), (0.056, 0.172), (0.056, 0.196), (0.02, 0.196)], axis="x", sides=20)
    return s


def link6() -> Shape:
    """The mounting flange with its tool changer."""
    s = Shape("robot.link6")
    s.lathe("steel", [(0.02, -0.026), (0.055, -0.026), (0.06, -0.018), (0.06, 0.008), (0.02, 0.008)], axis="x", sides=20)
    s.lathe("alu", [(0.02, 0.008), (0.075, 0.008), (0.08, 0.014), (0.08, 0.05), (0.075, 0.06), (0.02, 0.06)], axis="x", sides=20)
    s.box(DARK, (0.045, 0.06, 0.05), (0.034, 0.09, -0.025), bevel=0.006)
    return s


SHAPES = {"link1": link1(), "link2": link2(), "link3": link3(), "link4": link4(), "link5": link5(), "link6": link6()}
BASE = base()


def add_robot(station: Node, number: int, tool: Shape, *, y_m: float, facing_deg: float) -> Node:
    """A robot on the station's floor, its x axis looking at the line; returns its tool node."""
    node = station.sub(f"r{number}", BASE, (0, y_m, 0), kind="robot", rz=facing_deg)
    robot = node.name
    for link, at in LINKS:
        node = node.add(f"{robot}.{link}", SHAPES.get(link, tool), at, kind="tool" if link == "tool" else "link")
    return node
