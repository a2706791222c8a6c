"""What stands where and does what on the battery line: the facts that channels and simulation are made from."""

from __future__ import annotations

from dataclasses import dataclass

TIME_SCALE = 2.5
"""The demonstration runs its stations this many times faster than the plant it stands for."""
CARRIERS = 10
VEHICLES = 4
HALL_START_M = 15.0
"""Both paths begin at this x or near it, in the middle of a leg, so that no rounded corner moves their zero."""
CONVEYOR_M = [[15, 30, 0.75], [138, 30, 0.75], [138, 38, 0.75], [12, 38, 0.75], [12, 30, 0.75]]
AISLE_M = [[15, 12, 0], [140, 12, 0], [140, 24, 0], [10, 24, 0], [10, 12, 0]]


@dataclass(frozen=True)
class Stop:
    """One station."""

    number: int
    name: str
    process: str
    cycle_s: float
    footprint_m: tuple[float, float] = (5.0, 6.0)
    robots: tuple[str, ...] = ()
    setup_every: int = 0
    setup_s: float = 0.0
    mtbf_s: float = 0.0
    mttr_s: float = 0.0

    @property
    def id(self) -> str:
        return f"st{self.number:03d}"

    @property
    def x_m(self) -> float:
        return 7.5 + 0.9 * self.number


STOPS = (
    Stop(10, "Cell test", "Measure open-circuit voltage and resistance of 96 prismatic cells", 64, (4.5, 5.0)),
    Stop(20, "Cell stacking", "Stack cells with spacers and compress to modules", 68, (6.5, 7.5), ("r1",), 0, 0, 5400, 50),
    Stop(
        30, "Module adhesive", "Dispense structural adhesive along the modules' frame", 66, (6.5, 7.5), ("r1",), 24, 40, 7200, 60
    ),
    Stop(40, "Busbar welding", "Weld busbars to the cell terminals by laser", 70, (6.5, 7.5), ("r1",), 30, 45, 5400, 55),
    Stop(50, "Module leak test", "Test the cooling channels by pressure decay", 66, (4.5, 5.0)),
    Stop(60, "Tray loading", "Locate and place modules in the tray", 68, (6.5, 7.5), ("r1",), 0, 0, 7200, 45),
    Stop(
        70, "Cold plate and gap filler", "Dispense gap filler and place the cold plate", 67, (6.5, 7.5), ("r1",), 28, 35, 7200, 60
    ),
    Stop(
        80,
        "Tightening",
        "Tighten 24 bolts M8 to 25 N·m, torque and angle monitored",
        72,
        (6.5, 9.0),
        ("r1", "r2"),
        0,
        0,
        4800,
        50,
    ),
    Stop(90, "HV wiring and BMS", "Connect harness and battery management, test isolation", 68, (6.0, 7.0)),
    Stop(100, "Lid", "Place the lid and measure the gap around it", 65, (6.5, 7.5), ("r1",), 0, 0, 7200, 45),
    Stop(110, "Lid tightening", "Tighten 24 lid bolts M6 to 9 N·m", 68, (5.0, 5.0), (), 0, 0, 7200, 40),
    Stop(120, "Pack leak test", "Test the closed pack by pressure decay", 70, (5.0, 5.0)),
    Stop(130, "End of line test", "Charge, discharge, communication and isolation test", 70, (5.0, 6.0)),
    Stop(140, "Packing", "Weigh, label and pack", 64, (6.0, 7.0)),
)
BY_NUMBER = {one.number: one for one in STOPS}
ROBOTS = tuple((stop, name) for stop in STOPS for name in stop.robots)


def grid(xs: list[float], ys: list[float], z: float) -> list[list[float]]:
    """Points row by row, every second row backwards, so that the way between them is short."""
    points: list[list[float]] = []
    for row, y in enumerate(ys):
        points += [[x, y, z] for x in (xs if row % 2 == 0 else xs[::-1])]
    return points
