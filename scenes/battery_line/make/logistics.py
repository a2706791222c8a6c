"""The supermarket: pallet racks along the south wall, flow racks and buffers between the aisles, chargers for the vehicles."""

from __future__ import annotations

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


def add_supermarket(top: Node) -> None:
    """Flow racks, floor pallets, chargers and a quality bench between the aisles."""
    market = top.add("market", kind="rack")
    flow, power = goods.flow_rack(), charger()
    for k in range(24):
        x = 20.0 + 4.5 * k + (1.5 if k >= 12 else 0.0)
        market.sub(f"flow{k + 1:02d}", flow, (x, 20.4, 0), kind="rack", rz=180)
        market.sub(f"flow{k + 25:02d}", flow, (x, 15.4, 0), kind="rack")
    for k in range(18):
        kind = KINDS[(k * 3) % len(KINDS)]
        market.sub(f"floor{k + 1:02d}", goods.load(kind), (22.0 + 6.3 * k, 17.2 + 0.9 * (k % 2), 0), kind="material", rz=90 * (k % 2))
    for k in range(4):
        market.sub(f"charger{k + 1}", power, (3.0, 14.5 + 2.4 * k, 0), kind="machine", rz=90)
    for k in range(3):
        market.sub(f"crate{k + 1}", goods.crate(closed=True), (144.0, 27.0 + 2.2 * k, 0), kind="material")
        market.sub(f"crate{k + 4}", goods.crate(closed=True), (144.0, 27.0 + 2.2 * k, 0.67), kind="material")
        market.sub(f"crate{k + 7}", goods.crate(closed=k == 0), (144.0, 34.0 + 2.2 * k, 0), kind="material")
    for k in range(6):
        market.sub(f"bench{k + 1}", goods.workbench(), (52.0 + 3.0 * k, 47.8, 0), kind="bench", rz=180)
        market.sub(f"server{k + 1}", cell.cabinet(), (120.5 + 0.85 * k, 47.0, 0), kind="cabinet")
    for k, (x, y, rz) in enumerate(((47.6, 40.0, 90.0), (72.0, 40.1, -90.0), (110.0, 40.0, 90.0), (57.0, 46.6, 20.0), (25.0, 18.4, 170.0))):
        figure = goods.person("vest", "vest") if k % 2 else goods.person("blue", "shirt")
        market.sub(f"person{k + 1}", figure, (x, y, 0), kind="person", rz=rz)
