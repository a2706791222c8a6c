"""What the robots hold: grippers, nozzle, laser head and screwdriver; the frame's x axis points out of the flange."""

from __future__ import annotations

from scenes.battery_line.make.shape import Shape


def _adapter(s: Shape) -> Shape:
    return s.lathe("alu", [(0.02, 0), (0.075, 0), (0.078, 0.006), (0.078, 0.024), (0.02, 0.03)], axis="x", sides=18)


def _cup(s: Shape, x: float, y: float, z: float) -> None:
    """A suction cup on its spring rod, lip towards x."""
    s.rod("steel", 0.008, 0.10, (x - 0.06, y, z), "x", sides=8)
    s.lathe(
        "accent", [(0.014, 0.03), (0.024, 0.045), (0.02, 0.055), (0.034, 0.075), (0.02, 0.078)], (x - 0.04, y, z), "x", sides=12
    )


def cell_gripper() -> Shape:
    """Two wide jaws on a linear unit, for rows of cells."""
    s = _adapter(Shape("tool.cell_gripper"))
    s.box("dark", (0.07, 0.46, 0.10), (0.065, 0, -0.05), bevel=0.008)
    s.box("alu", (0.03, 0.52, 0.05), (0.112, 0, -0.025), bevel=0.004)
    for y in (-0.21, 0.21):
        s.box("alu", (0.20, 0.022, 0.20), (0.21, y, -0.10), bevel=0.004)
        s.box("rubber", (0.14, 0.012, 0.18), (0.25, y * 0.93, -0.09))
        s.box("dark", (0.06, 0.05, 0.12), (0.13, y, -0.06), bevel=0.006)
    s.pipe("hose", [(0.0, 0.03, 0.07), (0.05, 0.06, 0.10), (0.09, 0.12, 0.06)], 0.012, curved=3)
    return s


def nozzle() -> Shape:
    """A metering valve with its needle, for adhesive beads."""
    s = _adapter(Shape("tool.nozzle"))
    s.box("alu", (0.05, 0.12, 0.12), (0.05, 0, -0.06), bevel=0.006)
    s.rod("accent", 0.045, 0.13, (0.07, 0, 0), "x", sides=18, bevel=0.006)
    s.lathe("steel", [(0.03, 0), (0.03, 0.04), (0.012, 0.07), (0.008, 0.15), (0.004, 0.16)], (0.2, 0, 0), "x", sides=14)
    s.box("dark", (0.11, 0.05, 0.07), (0.12, 0.07, -0.035), bevel=0.006)
    s.pipe("hose", [(-0.25, 0.0, 0.16), (-0.05, 0.02, 0.2), (0.10, 0.03, 0.13), (0.14, 0, 0.045)], 0.018, curved=4)
    return s


def laser_head() -> Shape:
    """A scanner head with camera, cross jet and fibre."""
    s = _adapter(Shape("tool.laser_head"))
    s.box("white", (0.22, 0.17, 0.20), (0.14, 0, -0.12), bevel=0.012)
    s.box("dark", (0.10, 0.12, 0.10), (0.09, 0, 0.08), bevel=0.008)
    s.lathe(
        "robot_dark",
        [(0.03, 0), (0.075, 0), (0.08, 0.01), (0.08, 0.05), (0.05, 0.09), (0.05, 0.12), (0.03, 0.12)],
        (0.25, 0, -0.02),
        "x",
    )
    s.rod("screen_lit", 0.046, 0.004, (0.368, 0, -0.02), "x", sides=18)
    s.box("accent", (0.05, 0.175, 0.03), (0.14, 0, -0.03))
    s.box("alu", (0.03, 0.22, 0.02), (0.385, 0, -0.075))
    s.pipe("yellow", [(-0.2, -0.05, 0.2), (0.0, -0.04, 0.27), (0.09, 0, 0.24), (0.09, 0, 0.17)], 0.014, curved=4)
    return s


def module_gripper() -> Shape:
    """A frame with four corner jaws, for whole modules."""
    s = _adapter(Shape("tool.module_gripper"))
    s.box("alu", (0.05, 0.12, 0.62), (0.055, 0, -0.31), bevel=0.006)
    for z in (-0.27, 0.27):
        s.box("alu", (0.045, 0.52, 0.06), (0.10, 0, z - 0.03), bevel=0.005)
        for y in (-0.23, 0.23):
            s.box("dark", (0.08, 0.06, 0.08), (0.14, y, z - 0.04), bevel=0.006)
            s.box("steel", (0.16, 0.016, 0.07), (0.22, y * 1.05, z - 0.035), bevel=0.003)
            s.box("rubber", (0.05, 0.01, 0.06), (0.27, y * 0.98, z - 0.03))
    s.rod("accent", 0.035, 0.08, (0.08, 0.09, 0), "x", sides=14)
    s.pipe("hose", [(0.0, 0.05, 0.07), (0.06, 0.14, 0.12), (0.1, 0.2, 0.22)], 0.012, curved=3)
    return s


def _vacuum_frame(name: str, half_y: float, half_z: float) -> Shape:
    s = _adapter(Shape(name))
    s.box("dark", (0.07, 0.16, 0.16), (0.065, 0, -0.08), bevel=0.008)
    for y in (-half_y * 0.55, half_y * 0.55):
        s.box("alu", (0.045, 0.045, 2 * half_z), (0.12, y, -half_z), bevel=0.004)
    for z in (-half_z * 0.9, 0.0, half_z * 0.9):
        s.box("alu", (0.045, 2 * half_y, 0.045), (0.165, 0, z - 0.0225), bevel=0.004)
        for y in (-half_y * 0.9, 0.0, half_y * 0.9):
            _cup(s, 0.24, y, z)
    for z in (-0.12, 0.12):
        s.rod("accent_light", 0.022, 0.2, (0.11, -0.1, z), "y", sides=10)
    s.pipe("hose", [(0.02, 0.06, 0.08), (0.12, 0.1, 0.2), (0.17, 0.06, half_z * 0.8)], 0.014, curved=3)
    return s


def plate_gripper() -> Shape:
    """A suction frame for the cold plate."""
    return _vacuum_frame("tool.plate_gripper", 0.42, 0.62)


def lid_gripper() -> Shape:
    """A suction frame for the lid."""
    return _vacuum_frame("tool.lid_gripper", 0.5, 0.8)


def spindle() -> Shape:
    """A nutrunner: motor, gear, torque transducer, compliance and socket in the tool's x axis."""
    s = _adapter(Shape("tool.spindle"))
    s.box("alu", (0.03, 0.13, 0.20), (0.045, 0, -0.10), bevel=0.005)
    s.box("dark", (0.20, 0.05, 0.09), (0.14, -0.06, -0.045), bevel=0.006)
    s.lathe("dark", [(0.02, 0), (0.036, 0), (0.038, 0.01), (0.038, 0.19), (0.03, 0.2), (0.02, 0.2)], (-0.05, 0, 0), "x", sides=16)
    s.lathe("accent", [(0.02, 0), (0.043, 0), (0.043, 0.06), (0.031, 0.065)], (0.15, 0, 0), "x", sides=16)
    s.lathe(
        "steel", [(0.02, 0), (0.03, 0), (0.03, 0.12), (0.018, 0.13), (0.018, 0.21), (0.015, 0.215)], (0.215, 0, 0), "x", sides=16
    )
    s.rod("hose", 0.012, 0.24, (0.1, 0.06, 0.05), "x", sides=8)
    s.pipe("hose", [(-0.15, 0.02, 0.15), (0.0, 0.05, 0.14), (0.1, 0.06, 0.05)], 0.014, curved=3)
    return s
