"""The battery pack's assembly: which part stands where, in groups that the line shows one after another."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from scenes.battery_line.make import pack_parts as parts
from scenes.battery_line.make.pack_pmi import add_pmi
from scenes.battery_line.make.step_writer import StepAssembly, place

ALU, LIGHT, BLUE, CAN, COPPER = "#ccd3d8", "#e3e8ea", "#4f86bd", "#dfe5e8", "#cf8150"
ORANGE, DARK, GREEN, COOL, ZINC = "#ef7d1a", "#3c4348", "#3f7f5f", "#a9d0dc", "#b9bfae"
MODULES = [(column, row) for row in range(2) for column in range(6)]


def module_at(column: int, row: int) -> tuple[float, float]:
    """Centre of a module, millimetres in the pack's frame."""
    return parts.FIRST_X + column * parts.PITCH_X, (row - 0.5) * parts.PITCH_Y


def build_pack(path: Path) -> None:
    """Write pack.step."""
    step = StepAssembly()
    pack = step.assembly("pack")
    products: dict[str, Any] = {}
    for name, fill in (
        ("modules", _modules),
        ("busbars", _busbars),
        ("tray", _tray),
        ("coldplate", _coldplate),
        ("bolts", _bolts),
        ("hv", _hv),
        ("lid", _lid),
        ("lidbolts", _lidbolts),
    ):
        group = step.assembly(name)
        fill(step, group, products)
        step.add(pack, name, group)
    add_pmi(step, products)
    step.save(path)
    print(f"pack.step: {path.stat().st_size / 1e6:.2f} MB")


def _part(step: StepAssembly, products: dict[str, Any], name: str, shape: Any, rgb: str) -> Any:
    products[name] = step.part(name, shape.wrapped, rgb)
    return products[name]


def _modules(step: StepAssembly, group: Any, products: dict[str, Any]) -> None:
    solid = parts.cell()
    cell = _part(step, products, "cell", solid, BLUE)
    high = [f for f in solid.faces() if parts.CELL[2] - 0.1 < f.center().Z]
    step.paint(cell, [f.wrapped for f in high], CAN)
    plate = _part(step, products, "end_plate", parts.end_plate(), DARK)
    strap = _part(step, products, "strap", parts.strap(), ALU)
    module = step.assembly("module")
    for k in range(12):
        step.add(module, f"cell{k + 1:02d}", cell, place(0, (k - 5.5) * parts.CELL_PITCH, 0))
    for k, (side, turn) in enumerate(((-1, 180), (1, 0))):
        step.add(module, f"end_plate{k + 1}", plate, place(0, side * 6 * parts.CELL_PITCH, 0, turn_deg=turn))
        step.add(module, f"strap{k + 1}", strap, place(side * (parts.CELL[0] / 2 + 1), 0, 0))
    products["module"] = module
    for k, (column, row) in enumerate(MODULES):
        x, y = module_at(column, row)
        step.add(group, f"module{k + 1:02d}", module, place(x, y, parts.MODULE_Z))


def _busbars(step: StepAssembly, group: Any, products: dict[str, Any]) -> None:
    links = _part(step, products, "cell_links", parts.busbars(first_side=1), COPPER)
    z = parts.CELL_TOP + parts.TERMINAL_HIGH
    for k, (column, row) in enumerate(MODULES):
        x, y = module_at(column, row)
        step.add(group, f"links{k + 1:02d}", links, place(x, y, z, turn_deg=0 if row else 180))
    bridge = _part(step, products, "module_link", parts.block(110, 26, 3), COPPER)
    long = _part(step, products, "row_link", parts.block(26, 130, 3), COPPER)
    edge = 5.5 * parts.CELL_PITCH
    for k in range(5):
        for row, y in enumerate((-parts.PITCH_Y / 2 - edge, parts.PITCH_Y / 2 + edge)):
            x = parts.FIRST_X + (k + 0.5) * parts.PITCH_X
            step.add(group, f"bridge{row + 1}{k + 1}", bridge, place(x, y, z + 3))
    step.add(group, "bridge_rows", long, place(parts.FIRST_X - 118, 0, z + 3))


def _tray(step: StepAssembly, group: Any, products: dict[str, Any]) -> None:
    step.add(group, "frame", _part(step, products, "frame", parts.frame(), ALU))
    beam = _part(step, products, "cross_beam", parts.cross_beam(), LIGHT)
    for k in range(6):
        step.add(group, f"beam{k + 1}", beam, place(parts.FIRST_X + (k + 0.5) * parts.PITCH_X, 0, 0))
    bracket = _part(step, products, "bracket", parts.bracket(), ZINC)
    for k in range(4):
        for row, side in enumerate((-1, 1)):
            x = -770 + 513.3 * k
            step.add(
                group,
                f"bracket{row + 1}{k + 1}",
                bracket,
                place(x, side * (parts.WIDTH / 2 - 10), 94, turn_deg=0 if side > 0 else 180),
            )


def _coldplate(step: StepAssembly, group: Any, products: dict[str, Any]) -> None:
    panel = _part(step, products, "plate", parts.plate(), COOL)
    for k in range(6):
        step.add(group, f"panel{k + 1}", panel, place(parts.FIRST_X + k * parts.PITCH_X, 0, parts.CELL_TOP + 1.2))
    pipe = _part(step, products, "manifold", parts.manifold(), COOL)
    port = _part(step, products, "port", parts.port(), ALU)
    for k, side in enumerate((-1, 1)):
        step.add(group, f"manifold{k + 1}", pipe, place(-40, side * 612, parts.CELL_TOP + 13))
        step.add(group, f"port{k + 1}", port, place(1030, side * 560, 112))


def _bolts(step: StepAssembly, group: Any, products: dict[str, Any]) -> None:
    bolt = _part(step, products, "bolt_m8", parts.bolt(8.0 * 1.5, 90), ZINC)
    reach = 6 * parts.CELL_PITCH + parts.END_PLATE / 2 - 2
    number = 0
    for column, row in MODULES:
        x, y = module_at(column, row)
        for side in (-1, 1):
            number += 1
            step.add(group, f"bolt{number:02d}", bolt, place(x - side * 118, y + side * reach, parts.CELL_TOP + 2))


def _hv(step: StepAssembly, group: Any, products: dict[str, Any]) -> None:
    x = 945.0
    step.add(group, "junction_box", _part(step, products, "junction_box", parts.junction_box(), DARK), place(x, 180, parts.FLOOR))
    step.add(group, "bms", _part(step, products, "bms", parts.bms(), GREEN), place(x, -260, parts.FLOOR))
    board = _part(step, products, "cell_board", parts.cell_board(), GREEN)
    for k, (column, row) in enumerate(MODULES):
        mx, my = module_at(column, row)
        step.add(group, f"board{k + 1:02d}", board, place(mx, my, parts.CELL_TOP + 11))
    plug = _part(step, products, "hv_connector", parts.connector(110), ORANGE)
    signal = _part(step, products, "lv_connector", parts.connector(60), DARK)
    step.add(group, "hv_plus", plug, place(1016, 250, 70))
    step.add(group, "hv_minus", plug, place(1016, 90, 70))
    step.add(group, "signal", signal, place(1016, -260, 70))
    run = [(parts.FIRST_X - 40, -303.0), (parts.FIRST_X - 40, 0.0), (x, 0.0), (x, -180.0)]
    step.add(group, "harness", _part(step, products, "harness", parts.cable(run, 14, 10), DARK), place(0, 0, parts.CELL_TOP + 14))
    lead = _part(
        step, products, "hv_lead", parts.cable([(760.0, 0.0), (860.0, 0.0), (860.0, -90.0), (945.0, -90.0)], 16, 12), ORANGE
    )
    step.add(group, "hv_lead1", lead, place(0, 300, parts.CELL_TOP + 10))
    step.add(group, "hv_lead2", lead, place(0, 200, parts.CELL_TOP + 10))


def _lid(step: StepAssembly, group: Any, products: dict[str, Any]) -> None:
    z = parts.FLANGE_Z + parts.FLANGE_THICK
    top = z + parts.LID_GAP + parts.LID_SHEET + 10
    step.add(group, "cover", _part(step, products, "cover", parts.lid(), LIGHT), place(0, 0, z))
    step.add(
        group,
        "type_plate",
        _part(step, products, "type_plate", parts.label_plate(), "#f4f4f0"),
        place(965, 200, top, turn_deg=90),
    )
    vent = _part(step, products, "vent", parts.vent(), DARK)
    for k, y in enumerate((-450, 450)):
        step.add(group, f"vent{k + 1}", vent, place(955, y, top - 0.5))
    step.add(group, "warning", _part(step, products, "warning", parts.block(90, 90, 0.6), "#e8b21e"), place(960, -200, top))


def _lidbolts(step: StepAssembly, group: Any, products: dict[str, Any]) -> None:
    bolt = _part(step, products, "bolt_m6", parts.bolt(6.0 * 1.7, 18), ZINC)
    z = parts.FLANGE_Z + parts.FLANGE_THICK + parts.LID_GAP + parts.LID_SHEET
    x, y = parts.LENGTH / 2 - 24, parts.WIDTH / 2 - 24
    spots = [(-910 + 260 * k, side * y) for side in (-1, 1) for k in range(8)]
    spots += [(side * x, -480 + 320 * k) for side in (-1, 1) for k in range(4)]
    for k, (px, py) in enumerate(spots):
        step.add(group, f"bolt{k + 1:02d}", bolt, place(px, py, z))
