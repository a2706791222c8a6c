"""Make the scene's geometry files: plant.glb and pack.step. Usage: python -m scenes.battery_line.make.build [FOLDER]."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

from scenes.battery_line.make import conveyor, hall, logistics, stations, vehicles
from scenes.battery_line.make.glb_writer import GlbWriter
from scenes.battery_line.make.tree import Node

SCENE = Path(__file__).resolve().parent.parent


def plant() -> list[Node]:
    """The plant's top-level nodes."""
    top = Node("")
    hall.add_hall(top)
    conveyor.add_conveyor(top)
    stations.add_stations(top)
    logistics.add_racks(top)
    logistics.add_supermarket(top)
    vehicles.add_vehicles(top)
    conveyor.add_carriers(top)
    names = Counter(node.name for node in top.walk())
    repeated = sorted(name for name, count in names.items() if count > 1)
    if repeated:
        raise ValueError(f"two nodes have the same name: {', '.join(repeated)}")
    return top.children


def figures(nodes: list[Node]) -> tuple[int, int, int]:
    """Nodes, instances (nodes that show a shape) and triangles drawn."""
    every = [n for top in nodes for n in top.walk()]
    shown = [n.shape for n in every if n.shape is not None]
    return len(every), len(shown), sum(shape.triangles() for shape in shown)


def build_plant(folder: Path) -> None:
    """Write plant.glb."""
    nodes = plant()
    writer = GlbWriter()
    writer.top(nodes)
    writer.save(folder / "plant.glb")
    every, shown, triangles = figures(nodes)
    print(f"plant.glb: {every} nodes, {shown} instances, {len(writer.meshes)} meshes, {triangles} triangles drawn")


def main(arguments: list[str]) -> None:
    """Build both files into the folder given, or where they belong."""
    folder = Path(arguments[0]) if arguments else SCENE
    build_plant(folder)
    from scenes.battery_line.make.pack import build_pack  # the CAD kernel loads slowly

    build_pack(folder / "pack.step")


if __name__ == "__main__":
    main(sys.argv[1:])
