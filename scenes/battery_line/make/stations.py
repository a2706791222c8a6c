"""The fourteen stations: what each one does, and the machines, robots and goods it does it with, in its own frame."""

from __future__ import annotations

from collections.abc import Callable

from scenes.battery_line.make import cell, goods, machines, tools
from scenes.battery_line.make.robot import add_robot
from scenes.battery_line.make.tree import Node

NAMES = {
    10: "Cell test", 20: "Cell stacking", 30: "Module adhesive", 40: "Busbar welding", 50: "Module leak test", 60: "Tray loading",
    70: "Cold plate", 80: "Tightening", 90: "HV and BMS", 100: "Lid", 110: "Lid tightening", 120: "Pack leak test",
    130: "End of line test", 140: "Packing",
}  # fmt: skip
ROBOT_Y_M = 2.3
PACK_TOP_M = 1.06


def cell_test(st: Node) -> None:
    frame = st.sub("frame", machines.frame("test", 2.8, 2.2, 2.5))
    tester = st.sub("tester", kind="machine")
    tester.sub("contacts", machines.contact_head("cell_test", 2.0, 1.2), (0, 0, 1.32))
    tester.sub("head", machines.head("cell_test", 2.1, 1.3), (0, 0, 1.45))
    tester.sub("bank", machines.tester("cells", 2.4), (0, 2.6, 0))
    frame.sub("guard", machines.laser_wall(2.6, window=True), (0, 1.4, 0))
    for k in range(2):
        st.sub(f"cells{k + 1}", goods.cell_rack(), (-3.0 + 6.0 * k, 2.4, 0), kind="material")


def stacking(st: Node) -> None:
    add_robot(st, 1, tools.cell_gripper(), y_m=ROBOT_Y_M, facing_deg=-90)
    st.sub("press", machines.press(), (-2.2, 2.2, 0), kind="machine")
    for k in range(2):
        st.sub(f"cells{k + 1}", goods.cell_rack(), (2.3, 1.7 + 1.5 * k, 0), kind="material")
    st.sub("modules", goods.workbench(), (2.2, -2.4, 0), kind="bench")


def adhesive(st: Node) -> None:
    add_robot(st, 1, tools.nozzle(), y_m=ROBOT_Y_M, facing_deg=-90)
    st.sub("pump", machines.dispenser(), (0, 6.15, 0), kind="machine")
    st.sub("purge", goods.bolt_feeder(), (1.7, 1.7, 0), kind="machine")


def welding(st: Node) -> None:
    add_robot(st, 1, tools.laser_head(), y_m=ROBOT_Y_M, facing_deg=-90)
    walls = st.sub("housing", kind="fence")
    for k in range(6):
        x = -3.25 + 1.3 * k
        if k != 4:
            walls.sub(f"south{k + 1}", machines.laser_wall(1.3, window=k in (1, 2)), (x, cell.SOUTH, 0))
        walls.sub(f"north{k + 1}", machines.laser_wall(1.3, window=False), (x, cell.NORTH, 0))
    walls.sub("gate", machines.laser_wall(1.3, window=True), (1.95, cell.SOUTH, 0))
    for side, x in (("west", cell.WEST), ("east", cell.EAST)):
        for k, y in enumerate((-3.05, -1.75, 1.75, 3.05, 4.35)):
            walls.sub(f"{side}{k + 1}", machines.laser_wall(1.3, window=k == 1), (x, y, 0), rz=90)
    st.sub("extraction", machines.hood(), (0, 0, 0), kind="duct")
    st.sub("filter", machines.filter_unit(), (0, 6.0, 0), kind="machine")
    st.sub("laser", cell.cooler_cabinet(), (-1.6, 5.9, 0), kind="cabinet")


def leak_module(st: Node) -> None:
    st.sub("frame", machines.frame("leak", 2.9, 2.2, 2.7))
    st.sub("head", machines.head("leak", 2.4, 1.5), (0, 0, 1.95))
    st.sub("bell", machines.bell("module", 2.2, 1.4, 0.5), (0, 0, 1.42), kind="machine")
    st.sub("instrument", cell.cooler_cabinet(), (2.3, 2.0, 0), kind="cabinet")
    st.sub("bench", goods.workbench(), (-2.6, 2.4, 0), kind="bench")


def tray_loading(st: Node) -> None:
    add_robot(st, 1, tools.module_gripper(), y_m=ROBOT_Y_M, facing_deg=-90)
    st.sub("fixture", machines.fixture(), kind="machine")
    st.sub("trays", goods.stack("tray"), (2.4, 2.9, 0), kind="material", rz=90)
    st.sub("trays2", goods.stack("tray"), (-2.5, 2.9, 0), kind="material", rz=90)


def cold_plate(st: Node) -> None:
    add_robot(st, 1, tools.plate_gripper(), y_m=ROBOT_Y_M, facing_deg=-90)
    st.sub("dispenser", machines.dispenser(), (0, 6.15, 0), kind="machine")
    st.sub("plates", goods.stack("plate"), (2.4, 2.9, 0), kind="material", rz=90)
    st.sub("vision", machines.frame("vision", 3.6, 2.7, 2.9), (0, 0, 0))


def tightening(st: Node) -> None:
    driver = tools.spindle()
    add_robot(st, 1, driver, y_m=ROBOT_Y_M, facing_deg=-90)
    add_robot(st, 2, driver, y_m=-ROBOT_Y_M, facing_deg=90)
    for k, (x, y) in enumerate(((2.2, 2.4), (-2.2, 2.4), (2.2, -2.5), (-2.2, -2.5))):
        st.sub(f"feeder{k + 1}", goods.bolt_feeder(), (x, y, 0), kind="machine")
    st.sub("fixture", machines.fixture(), kind="machine")


def wiring(st: Node) -> None:
    st.sub("balancer1", goods.balancer(), (0, -1.35, 0), kind="tool")
    st.sub("balancer2", goods.balancer(), (0, 1.35, 0), kind="tool")
    st.sub("bench1", goods.workbench(), (-1.9, 3.4, 0), kind="bench")
    st.sub("bench2", goods.workbench(), (1.9, 3.4, 0), kind="bench")
    for k, x in enumerate((-1.4, 0.3, 2.2)):
        st.sub(f"stool{k + 1}", goods.stool(), (x, 2.4 - 0.15 * k, 0), kind="furniture")
    st.sub("parts1", goods.flow_rack(0), (-2.4, -3.0, 0), kind="rack", rz=180)
    st.sub("parts2", goods.flow_rack(0), (2.4, -3.0, 0), kind="rack", rz=180)
    st.sub("worker1", goods.person("blue", "shirt"), (-0.6, -1.25, 0), kind="person")
    st.sub("worker2", goods.person("vest", "vest"), (0.7, 1.25, 0), kind="person", rz=180)


def lid(st: Node) -> None:
    add_robot(st, 1, tools.lid_gripper(), y_m=ROBOT_Y_M, facing_deg=-90)
    st.sub("fixture", machines.fixture(), kind="machine")
    st.sub("lids1", goods.stack("lid"), (2.5, 2.9, 0), kind="material", rz=90)
    st.sub("lids2", goods.stack("lid"), (-2.5, 2.9, 0), kind="material", rz=90)


def lid_tightening(st: Node) -> None:
    st.sub("frame", machines.gantry_base())
    st.sub("gantry", machines.gantry_carriage(), (-0.3, 0, 0), kind="machine")
    for k, x in enumerate((-2.6, 2.6)):
        st.sub(f"feeder{k + 1}", goods.bolt_feeder(), (x, 1.9, 0), kind="machine")


def leak_pack(st: Node) -> None:
    st.sub("frame", machines.frame("leak_pack", 3.2, 2.4, 3.0))
    st.sub("head", machines.head("leak_pack", 2.6, 1.7), (0, 0, 2.15))
    st.sub("bell", machines.bell("pack", 2.5, 1.62, 0.62), (0, 0, 1.5), kind="machine")
    st.sub("instrument", cell.cooler_cabinet(), (2.5, 2.2, 0), kind="cabinet")
    st.sub("helium", machines.filter_unit(), (-2.6, 2.4, 0), kind="machine")


def end_of_line(st: Node) -> None:
    st.sub("frame", machines.frame("eol", 2.8, 2.2, 2.6))
    st.sub("head", machines.head("eol", 1.6, 1.1), (0, 0, 1.55))
    st.sub("contacts", machines.contact_head("eol", 1.4, 0.9), (0, 0, 1.43))
    st.sub("tester", machines.tester("eol", 3.0), (0, 3.2, 0), kind="machine")
    st.sub("bench", goods.workbench(), (2.8, -2.4, 0), kind="bench", rz=90)


def packing(st: Node) -> None:
    st.sub("scale", machines.scale(), kind="machine")
    st.sub("crane", machines.frame("crane", 4.2, 5.6, 3.4), (0, 0.4, 0))
    st.sub("hoist", machines.head("hoist", 1.8, 1.1), (0, 0, 2.55), kind="machine")
    st.sub("crate1", goods.crate(closed=False), (0, 2.6, 0), kind="material")
    st.sub("crate2", goods.crate(closed=True), (3.4, 2.9, 0), kind="material", rz=90)
    st.sub("worker1", goods.person("blue", "shirt"), (-1.6, 1.5, 0), kind="person", rz=-140)


BUILDERS: dict[int, Callable[[Node], None]] = {
    10: cell_test, 20: stacking, 30: adhesive, 40: welding, 50: leak_module, 60: tray_loading, 70: cold_plate, 80: tightening,
    90: wiring, 100: lid, 110: lid_tightening, 120: leak_pack, 130: end_of_line, 140: packing,
}  # fmt: skip
FENCED = {20, 30, 60, 70, 80, 100}


def add_stations(top: Node) -> None:
    """All stations at their places along the work lane."""
    for number, build in BUILDERS.items():
        station = top.add(f"st{number:03d}", kind="station", at=(7.5 + 0.9 * number, 30.0, 0.0))
        build(station)
        if number in FENCED:
            cell.add_fence(station)
        cell.add_portal(station, number, NAMES[number])
        cell.add_services(station, cabinets=3 if number in FENCED | {40} else 2)
