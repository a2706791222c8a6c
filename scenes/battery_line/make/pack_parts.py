"""The battery pack's parts as solids of the CAD kernel, in millimetres, each in its own frame."""

from __future__ import annotations

from build123d import Align, Axis, Box, Cylinder, Part, Polyline, Pos, RegularPolygon, Rot, chamfer, extrude, fillet, make_face

BOTTOM = (Align.CENTER, Align.CENTER, Align.MIN)

# The sizes that the drawing tolerances (pack_pmi) and product.toml speak of, millimetres.
LENGTH, WIDTH = 2100.0, 1400.0
FLANGE_Z, FLANGE_THICK = 140.0, 6.0
FLOOR, WALL = 6.0, 25.0
CELL = (300.0, 46.0, 110.0)
CELL_PITCH = 46.5
TERMINAL_HIGH = 4.0
END_PLATE = 12.0
PITCH_X, PITCH_Y = 315.0, 606.0
MODULE_LENGTH = 12 * CELL_PITCH + 2 * END_PLATE
FIRST_X = -827.5
MODULE_Z = 8.0
CELL_TOP = MODULE_Z + CELL[2]
HOLE, HOLE_X, HOLE_Y = 12.0, 2040.0, 1340.0
LID_GAP, LID_SHEET = 0.8, 2.0
DOWEL, DOWEL_HIGH = 10.0, 2.0
PLATE_HIGH = 9.0


def block(x: float, y: float, z: float, at: tuple[float, float, float] = (0, 0, 0)) -> Part:
    """A box whose bottom face is centred at `at`."""
    return Pos(*at) * Box(x, y, z, align=BOTTOM)


def rod(radius: float, height: float, at: tuple[float, float, float] = (0, 0, 0)) -> Part:
    """An upright cylinder."""
    return Pos(*at) * Cylinder(radius, height, align=BOTTOM)


def joined(first: Part, others: list[Part]) -> Part:
    """Fuse all with the first."""
    return first.fuse(*others).clean() if others else first


def rounded_block(x: float, y: float, z: float, radius: float, at: tuple[float, float, float] = (0, 0, 0)) -> Part:
    """A box with round upright edges."""
    solid = Box(x, y, z, align=BOTTOM)
    return Pos(*at) * fillet(solid.edges().filter_by(Axis.Z), radius)


def cell() -> Part:
    """A prismatic cell: can with two terminals on its lid."""
    x, y, z = CELL
    terminals = [block(36, 24, TERMINAL_HIGH, (side * 118, 0, z)) for side in (-1, 1)]
    return joined(block(x, y, z), terminals)


def end_plate() -> Part:
    """A ribbed cast plate at either end of a module, its inner face at y = 0, ribs outwards (+y)."""
    plate = block(CELL[0], END_PLATE - 4, CELL[2] + 2, (0, (END_PLATE - 4) / 2, 0))
    ribs = [block(8, 4, CELL[2] - 10, (x, END_PLATE - 2, 5)) for x in (-130, -65, 0, 65, 130)]
    return joined(plate, ribs)


def strap() -> Part:
    """A side strap that ties the end plates together."""
    return block(2.0, MODULE_LENGTH, 60.0, (0, 0, 25))


def busbars(*, first_side: int) -> Part:
    """The cell links of one module on its insulating carrier: every strip bridges two neighbouring terminals."""
    strips: list[Part] = []
    y0 = -5.5 * CELL_PITCH
    for link in range(11):
        side = first_side if link % 2 else -first_side
        strips.append(block(28, CELL_PITCH + 18, 3.0, (side * 118, y0 + (link + 0.5) * CELL_PITCH, 0)))
    for at, side in ((0, first_side), (11, first_side)):
        strips.append(block(28, 30, 3.0, (side * 118, y0 + at * CELL_PITCH, 0)))
    return Part(children=[]) + strips


def frame() -> Part:
    """The tray: flanged ring of hollow extrusions welded to a floor, with gussets, bosses, dowels and locating holes."""
    ring = rounded_block(LENGTH - 60, WIDTH - 60, FLANGE_Z, 50) - rounded_block(
        LENGTH - 60 - 2 * WALL, WIDTH - 60 - 2 * WALL, 200, 28, (0, 0, FLOOR)
    )
    flange = rounded_block(LENGTH, WIDTH, FLANGE_THICK, 70, (0, 0, FLANGE_Z)) - rounded_block(
        LENGTH - 60 - 2 * WALL, WIDTH - 60 - 2 * WALL, 50, 28, (0, 0, FLANGE_Z - 10)
    )
    gussets = [block(8, 26, FLANGE_Z - 30, (-880 + 220 * k, s * (WIDTH / 2 - 18), 30)) for k in range(9) for s in (-1, 1)]
    gussets += [
        block(26, 8, FLANGE_Z - 30, (s * (LENGTH / 2 - 18), -400 + 200 * k, 30))
        for k in range(5)
        for s in (-1, 1)
        if s < 0 or k in (0, 4)
    ]
    dowels = [rod(DOWEL / 2, DOWEL_HIGH, (FIRST_X + k * PITCH_X, 0, FLOOR)) for k in range(6)]
    solid = joined(ring, [flange, *gussets, *dowels])
    holes = [
        rod(HOLE / 2, 30, (-HOLE_X / 2, -HOLE_Y / 2, FLANGE_Z - 10)),
        rod(HOLE / 2, 30, (HOLE_X / 2, HOLE_Y / 2, FLANGE_Z - 10)),
    ]
    for hole in holes:
        solid = solid - hole
    return solid


def cross_beam() -> Part:
    """A beam across the tray between two module columns, on the floor."""
    return block(10, WIDTH - 60 - 2 * WALL - 4, 92, (0, 0, FLOOR))


def bracket() -> Part:
    """A mounting bracket under the flange, for the car's sill."""
    solid = block(120, 40, 46)
    return chamfer(solid.edges().filter_by(Axis.Z), 10)


def plate() -> Part:
    """One cold plate panel along y over six cells' lids: flat base with three rolled channels."""
    base = block(176, 2 * PITCH_Y - 30, 3)
    channels = [block(34, 2 * PITCH_Y - 90, PLATE_HIGH - 3, (x, 0, 3)) for x in (-56, 0, 56)]
    solid = joined(base, channels)
    upper = [e for e in solid.edges().filter_by(Axis.Y) if e.center().Z > PLATE_HIGH - 0.1]
    return chamfer(upper, 5)


def manifold() -> Part:
    """A coolant pipe along x that feeds the six panels."""
    pipe = Pos(-895, 0, 0) * Rot(0, 90, 0) * extrude(RegularPolygon(9, 10), 1790)
    feet = [block(60, 26, 14, (FIRST_X + 40 + k * PITCH_X, 0, -13)) for k in range(6)]
    return joined(pipe, feet)


def port() -> Part:
    """A coolant connector through the tray's end wall, along x, with its bead."""
    rings = [(-60, 9, 120), (46, 11, 5), (3, 17, 10)]
    first, *others = [Pos(x, 0, 0) * Rot(0, 90, 0) * extrude(RegularPolygon(radius, 10), length) for x, radius, length in rings]
    return joined(first, others)


def hexagon(across_flats: float, height: float, at_z: float) -> Part:
    """An upright hexagonal prism."""
    sketch = RegularPolygon(across_flats / 2, 6, major_radius=False)
    return Pos(0, 0, at_z) * extrude(sketch, height)


def bolt(size: float, length: float) -> Part:
    """A flange bolt: octagonal flange and hexagon head above z = 0, plain shank below."""
    flange = extrude(RegularPolygon(size * 1.05, 8), size * 0.25)
    shank = Pos(0, 0, -length) * extrude(RegularPolygon(size / 2, 6), length)
    return joined(flange, [hexagon(size * 1.6, size * 0.75, size * 0.2), shank])


def lid() -> Part:
    """The cover: drawn sheet with a raised field, six embossed panels and stop pads that set the sealing gap."""
    base = rounded_block(LENGTH - 8, WIDTH - 8, LID_SHEET, 66, (0, 0, LID_GAP))
    hat = rounded_block(LENGTH - 130, WIDTH - 130, 11, 45, (0, 0, LID_GAP + LID_SHEET - 1))
    top = LID_GAP + LID_SHEET + 10
    hat = chamfer(hat.faces().sort_by(Axis.Z)[-1].edges(), 8)
    panels = [rounded_block(262, 1120, 4, 30, (FIRST_X + k * PITCH_X, 0, top - 0.5)) for k in range(6)]
    pads = [block(20, 20, LID_GAP, (x, y, 0)) for x in (-1030, 0, 1030) for y in (-680, 680)]
    return joined(base, [hat, *panels, *pads])


def label_plate() -> Part:
    """The type plate on the lid."""
    return block(150, 90, 0.8)


def vent() -> Part:
    """A pressure vent in the lid."""
    return chamfer(extrude(RegularPolygon(24, 10), 8).faces().sort_by(Axis.Z)[-1].edges(), 2)


def junction_box() -> Part:
    """The high-voltage box: contactors, fuse and shunt under a ribbed cover."""
    cover = chamfer(block(74, 420, 104).faces().sort_by(Axis.Z)[-1].edges(), 6)
    return joined(cover, [block(60, 6, 4, (0, y, 103)) for y in (-150, -100, -50, 0, 50, 100, 150)])


def bms() -> Part:
    """The battery management unit with its plugs."""
    return joined(
        chamfer(block(74, 260, 60).faces().sort_by(Axis.Z)[-1].edges(), 4), [block(40, 50, 14, (0, y, 59)) for y in (-80, 0, 80)]
    )


def cell_board() -> Part:
    """A cell monitoring board's housing on a module."""
    return joined(block(44, 150, 14), [block(24, 30, 8, (0, y, 13)) for y in (-45, 45)])


def connector(width: float) -> Part:
    """A high-voltage connector on the tray's end wall, pointing to +x, with its collar."""
    body = Rot(0, 90, 0) * rounded_block(56, width, 62, 10)
    return joined(body, [Rot(0, 90, 0) * rounded_block(72, width + 16, 8, 12)])


def cable(points: list[tuple[float, float]], width: float, height: float) -> Part:
    """A flat cable duct along a polyline in the xy plane."""
    outline = make_face(Polyline(*_offset(points, width / 2), close=True))
    return extrude(outline, height)


def _offset(points: list[tuple[float, float]], half: float) -> list[tuple[float, float]]:
    """Both sides of a polyline with legs along x and y only."""
    left: list[tuple[float, float]] = []
    right: list[tuple[float, float]] = []
    for i, (x, y) in enumerate(points):
        before = points[max(i - 1, 0)]
        after = points[min(i + 1, len(points) - 1)]
        legs = [(b[0] - a[0], b[1] - a[1]) for a, b in ((before, (x, y)), ((x, y), after)) if a != b]
        normals = {(-(dy > 0) + (dy < 0), (dx > 0) - (dx < 0)) for dx, dy in legs}
        shift = (sum(n[0] for n in normals), sum(n[1] for n in normals))
        left.append((x + half * shift[0], y + half * shift[1]))
        right.append((x - half * shift[0], y - half * shift[1]))
    return left + right[::-1]
