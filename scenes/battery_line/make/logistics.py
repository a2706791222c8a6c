"""The supermarket: pallet racks along the south wall, flow racks and buffers between the aisles, chargers for the vehicles."""

from __future__ import annotations

from functools import cache

from scenes.battery_line.make import cell, goods
from scenes.battery_line.make.shape import Shape
from scenes.battery_line.make.tree import Node

BAY_M = 2.7
LEVELS_M = (0.0, 1.6, 3.2)
KINDS = ("cartons", "totes", "wrapped", "crate", "cartons", "totes", "cartons")


def charger() -> Shape:
    """A charging station for vehicles, front towards -y."""
    s = Shape("charger")
    s.box("white", (0.7, 0.4, 1.3), (0, 0, 0.02), bevel=0.03)
    s.box("accent", (0.72, 0.02, 0.18), (0, -0.205, 1.05))
    s.box("screen", (0.26, 0.01, 0.16), (0, -0.205, 0.8))
    s.box("copper", (0.3, 0.10, 0.06), (0, -0.24, 0.18), bevel=0.01)
    return s


def add_racks(top: Node) -> None:
    """Two rows of pallet racks with their loads; which load stands where is a fixed pattern with gaps."""
    racks = top.add("racks", kind="rack")
    frame, beams, guard = goods.rack_frame(), goods.rack_beams(), goods.rack_protector()
    number = 0
    for row, (y, bays) in enumerate(((2.4, 46), (7.0, 46))):
        for k in range(bays + 1):
            x = 13.0 + BAY_M * k
            racks.sub(f"row{row + 1}.frame{k + 1:02d}", frame, (x, y, 0), kind="rack")
            if row == 1 and k % 4 == 0:
                racks.sub(f"row{row + 1}.guard{k + 1:02d}", guard, (x, y + 0.68, 0), kind="safety")
        for k in range(bays):
            x = 13.0 + BAY_M * (k + 0.5)
            for level, z in enumerate(LEVELS_M):
                if level:
                    racks.sub(f"row{row + 1}.beams{k + 1:02d}_{level}", beams, (x, y, z), kind="rack")
                for slot, dx in enumerate((-0.66, 0.66)):
                    number += 1
                    if (number * 7 + k * k + level * 5) % 9 < (3 if row == 0 else 2):
                        continue
                    kind = KINDS[(number * 5 + k * 3 + level) % len(KINDS)]
                    racks.sub(f"row{row + 1}.load{k + 1:02d}_{level}{slot}", goods.load(kind), (x + dx, y, z), kind="material")


def bay() -> Shape:
    """A painted place for two by three pallets on the floor, 8 x 5.4 m."""
    s = Shape("floor_bay", crease_deg=10)
    for y in (-2.7, 0.0, 2.7):
        s.box("line", (8.0, 0.07, 0.004), (0, y, 0))
    for k in range(6):
        s.box("line", (0.07, 5.4, 0.003), (-4.0 + 1.6 * k, 0, 0))
    return s


@cache
def cart() -> Shape:
    """A kitting cart with boxes on two shelves and a push bar."""
    s = Shape("kit_cart", crease_deg=20)
    for x in (-0.5, 0.5):
        for y in (-0.3, 0.3):
            s.box("alu", (0.035, 0.035, 0.95), (x, y, 0.12))
            s.rod("rubber", 0.06, 0.04, (x, y - 0.02, 0.06), "y", sides=10)
    for z in (0.2, 0.62):
        s.box("light", (1.04, 0.64, 0.03), (0, 0, z))
        for k, x in enumerate((-0.3, 0.05, 0.34)):
            s.box(("tote_grey", "card", "white")[k], (0.3, 0.5, 0.16 + 0.04 * k), (x, 0, z + 0.03))
    s.rod("dark", 0.016, 0.66, (0.58, -0.33, 1.05), "y", sides=8)
    for y in (-0.3, 0.3):
        s.bar("dark", (0.5, y, 1.0), (0.58, y, 1.05), 0.03)
    return s


BAY = bay()


def _floor_storage(market: Node, block: int, x0: float) -> None:
    place = market.sub(f"bay{block + 1}", BAY, (x0 + 4.0, 18.0, 0), kind="marking")
    for k in range(10):
        kind = KINDS[(block + k * 3) % len(KINDS)]
        if (k * 7 + block) % 5 != 3:
            place.sub(
                f"load{k + 1:02d}", goods.load(kind), (-3.2 + 1.6 * (k % 5), -1.35 + 2.7 * (k // 5), 0), kind="material", rz=90
            )


def add_supermarket(top: Node) -> None:
    """Flow racks, floor pallets, chargers and a quality bench between the aisles."""
    market = top.add("market", kind="rack")
    power = charger()
    number = 0
    for block in range(10):  # between columns: runs of flow racks back to back, or pallets on their painted bays
        x0 = 17.0 + 12.0 * block
        if block % 3 == 2:
            _floor_storage(market, block, x0)
            continue
        for k in range(4):
            for y, rz in ((20.6, 180.0), (15.3, 0.0)):
                number += 1
                rack = goods.flow_rack((block + k + (y > 18)) % 3)
                market.sub(f"flow{number:02d}", rack, (x0 + 1.0 + 1.95 * k, y, 0), kind="rack", rz=rz)
        for k in range(3):
            market.sub(f"cart{block + 1}{k + 1}", cart(), (x0 + 1.2 + 2.6 * k, 18.0, 0), kind="material", rz=8.0 * (k - 1))
    for k in range(4):
        market.sub(f"charger{k + 1}", power, (3.0, 14.5 + 2.4 * k, 0), kind="machine", rz=90)
    for k in range(3):
        market.sub(f"crate{k + 1}", goods.crate(closed=True), (144.0, 27.0 + 2.2 * k, 0), kind="material")
        market.sub(f"crate{k + 4}", goods.crate(closed=True), (144.0, 27.0 + 2.2 * k, 0.67), kind="material")
        market.sub(f"crate{k + 7}", goods.crate(closed=k == 0), (144.0, 34.0 + 2.2 * k, 0), kind="material")
    for k in range(6):
        market.sub(f"bench{k + 1}", goods.workbench(), (52.0 + 3.0 * k, 47.8, 0), kind="bench", rz=180)
        market.sub(f"server{k + 1}", cell.cabinet(), (120.5 + 0.85 * k, 47.0, 0), kind="cabinet")
    for k, (x, y, rz) in enumerate(
        ((47.6, 40.0, 90.0), (72.0, 40.1, -90.0), (110.0, 40.0, 90.0), (57.0, 46.6, 20.0), (25.0, 18.4, 170.0))
    ):
        figure = goods.person("vest", "vest") if k % 2 else goods.person("blue", "shirt")
        market.sub(f"person{k + 1}", figure, (x, y, 0), kind="person", rz=rz)
