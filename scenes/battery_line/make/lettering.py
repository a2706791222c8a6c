"""Plain block lettering from strokes, for station numbers and signs."""

from __future__ import annotations

import numpy as np

from scenes.battery_line.make.shape import Shape, Vec

# Each letter: polylines on a grid 4 wide and 6 high, written as digits x y x y ….
LETTERS: dict[str, tuple[str, ...]] = {
    "0": ("103041453616050110",),
    "1": ("142620", "1030"),
    "2": ("05163645440040",),
    "3": ("0516364544334241301001", "1333"),
    "4": ("30360242",),
    "5": ("460603334241301001",),
    "6": ("453616050110304142331302",),
    "7": ("064620",),
    "8": ("13040516364544331302011030414233",),
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


def write(shape: Shape, material: str, text: str, height: float, at: Vec, *, right: Vec = (1, 0, 0), up: Vec = (0, 0, 1),
          weight: float = 0.16, depth: float = 0.004) -> None:  # fmt: skip
    """Add a line of text, centred at `at`, running along `right`; strokes are flat bars `depth` thick towards the reader."""
    unit = height / 6
    x, y = np.asarray(right, dtype=np.float64), np.asarray(up, dtype=np.float64)
    normal = np.cross(x, y)
    left = -0.5 * (len(text) * 5.4 - 1.4)
    half = 0.5 * weight * height
    for place, letter in enumerate(text):
        for stroke in LETTERS.get(letter, ()):
            grid = np.array([[int(stroke[i]), int(stroke[i + 1])] for i in range(0, len(stroke), 2)], dtype=np.float64)
            flat = (grid + [left + place * 5.4, -3.0]) * unit
            for a, b in zip(flat[:-1], flat[1:], strict=True):
                _bar(shape, material, a, b, half, depth, (np.asarray(at, dtype=np.float64), x, y, normal))


def _bar(shape: Shape, material: str, a: np.ndarray, b: np.ndarray, half: float, depth: float, frame: tuple[np.ndarray, ...]) -> None:
    """One stroke with ends as long as it is wide, as the top and four sides of a flat box."""
    origin, x, y, normal = frame
    along = (b - a) / np.linalg.norm(b - a)
    across = np.array([-along[1], along[0]])
    corners = [a - half * along - half * across, b + half * along - half * across,
               b + half * along + half * across, a - half * along + half * across]  # fmt: skip
    low = np.array([origin + c[0] * x + c[1] * y for c in corners])
    shape.add(material, (low + depth * normal, np.array([[0, 1, 2], [0, 2, 3]])))
