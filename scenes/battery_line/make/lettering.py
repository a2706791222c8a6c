"""Plain block lettering from strokes, for station numbers and signs."""

from __future__ import annotations

import numpy as np

from scenes.battery_line.make.shape import Shape, Vec
from scenes.battery_line.make.solids import Points, Surface

# Each letter: polylines on a grid 4 wide and 6 high, written as digits x y x y ….
LETTERS: dict[str, tuple[str, ...]] = {
    "0": ("103041453616050110",),
    "1": ("142620", "1030"),
    "2": ("05163645440040",),
    "3": ("05163645443313", "334241301001"),
    "4": ("30360242",),
    "5": ("460603334241301001",),
    "6": ("453616050110304142331302",),
    "7": ("064620",),
    "8": ("130405163645443313", "3342413010010213"),
    "9": ("1030414536160504133344",),
    "A": ("0004264440", "0242"),
    "B": ("000636454433033342413000", "0333"),
    "C": ("4536160501103041",),
    "D": ("00062644422000",),
    "E": ("46060040", "0333"),
    "F": ("460600", "0333"),
    "G": ("45361605011030414323",),
    "H": ("0006", "4046", "0343"),
    "I": ("2026",),
    "K": ("0006", "4602", "1340"),
    "L": ("060040",),
    "M": ("0006234640",),
    "N": ("00064046",),
    "O": ("103041453616050110",),
    "P": ("00063645443303",),
    "Q": ("103041453616050110", "2240"),
    "R": ("00063645443303", "2340"),
    "S": ("453616050413334241301001",),
    "T": ("0646", "2620"),
    "U": ("060110304146",),
    "V": ("062046",),
    "W": ("0610233046",),
    "X": ("0046", "0640"),
    "Y": ("062346", "2320"),
    "Z": ("06460040",),
    "-": ("1333",),
}


def width(text: str, height: float) -> float:
    """How wide a line of text is, metres."""
    return (len(text) * 5.4 - 1.4) * height / 6


def write(shape: Shape, material: str, text: str, height: float, at: Vec, *, right: Vec = (1, 0, 0), up: Vec = (0, 0, 1),
          weight: float = 0.16, depth: float = 0.004) -> None:  # fmt: skip
    """Add a line of text, centred at `at`, running along `right`; its strokes lie flat, `depth` before the plane."""
    unit = height / 6
    x, y = np.asarray(right, dtype=np.float64), np.asarray(up, dtype=np.float64)
    origin = np.asarray(at, dtype=np.float64) + depth * np.cross(x, y)
    left = -0.5 * (len(text) * 5.4 - 1.4)
    for place, letter in enumerate(text):
        for stroke in LETTERS.get(letter, ()):
            grid = np.array([[int(stroke[i]), int(stroke[i + 1])] for i in range(0, len(stroke), 2)], dtype=np.float64)
            points, triangles = ribbon(np.add(grid, (left + place * 5.4, -3.0)) * unit, 0.5 * weight * height)
            shape.add(material, (origin + np.outer(points[:, 0], x) + np.outer(points[:, 1], y), triangles))


def ribbon(way: Points, half: float) -> Surface:
    """A flat band (points (n, 2)) along a polyline, its bends mitred; closed where the polyline is."""
    closed = bool(np.allclose(way[0], way[-1]))
    path = way[:-1] if closed else way
    legs = np.diff(np.concatenate([path, path[:1]]) if closed else path, axis=0)
    legs = legs / np.linalg.norm(legs, axis=1, keepdims=True)
    before = np.roll(legs, 1, axis=0) if closed else np.concatenate([legs[:1], legs])
    after = legs if closed else np.concatenate([legs, legs[-1:]])
    n0, n1 = (np.column_stack([-d[:, 1], d[:, 0]]) for d in (before, after))
    mitre = (n0 + n1) / np.maximum(1 + np.einsum("ij,ij->i", n0, n1), 0.4)[:, None]
    middle = path.copy()
    if not closed:
        middle[0] -= half * legs[0]
        middle[-1] += half * legs[-1]
    count = len(path)
    here = np.arange(count if closed else count - 1)
    there = (here + 1) % count
    triangles = np.concatenate([np.stack([here, count + here, count + there], 1), np.stack([here, count + there, there], 1)])
    return np.concatenate([middle + half * mitre, middle - half * mitre]), triangles
