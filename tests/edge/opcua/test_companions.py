"""Companion specifications by the OPC Foundation's own NodeSets (shared/data/interop/opcua) in asyncua's server."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from asyncua import ua

from tests.edge.opcua.serving import OPEN, URI, Listener, Plant
from viewer.base.errors import GenchiError, UserMistake
from viewer.cli_edge import browse_source
from viewer.edge.opcua.kind import OpcUaConfig
from viewer.edge.tags import Tag

Ending = Callable[[Any], Any]
MACHINERY = "http://opcfoundation.org/UA/Machinery/"
EXAMPLE = "http://opcfoundation.org/UA/Machinery_Example/"
MODELS = ("Di", "Machinery", "Machinery.Examples")


def _with(folder: Path, *models: str) -> Callable[[Plant], Any]:
    async def prepare(plant: Plant) -> None:
        for model in models:
            await plant.server.import_xml(str(folder / "interop" / "opcua" / f"Opc.Ua.{model}.NodeSet2.xml"), strict_mode=False)

    return prepare


def test_that_machines_are_found_with_what_identifies_them(own_plant: Plant, shared_data: Path) -> None:
    own_plant.start(_with(shared_data, *MODELS))
    config = OpcUaConfig(url=own_plant.url, security=OPEN)
    top = {one.name: one for one in config.browse()}
    assert top["Machines"].address == f"Objects/{{{MACHINERY}}}Machines"
    (machine,) = config.browse(("Machines",))
    assert machine.name == "ExampleMachine01" and machine.has_children
    assert machine.address == f"Objects/{{{MACHINERY}}}Machines/{{{EXAMPLE}}}ExampleMachine01"
    below = {one.name for one in config.browse(("Machines", "ExampleMachine01"))}
    assert {"Identification", "Components", "MachineryBuildingBlocks"} <= below
    facts = {one.name: one for one in config.browse(("Machines", "ExampleMachine01", "Identification"))}
    assert "Manufacturer" in facts and facts["Manufacturer"].refusal
    assert machine.description.startswith(f"Manufacturer {facts['Manufacturer'].value}")
    with pytest.raises(UserMistake, match="there is no node «Machine99»"):
        config.browse(("Machines", "Machine99"))


def test_that_the_state_of_a_machine_becomes_the_number_of_its_type_with_its_texts(
    own_plant: Plant, ending: Ending, shared_data: Path
) -> None:
    own_plant.start(_with(shared_data, *MODELS))
    path = "Objects/Machines/ExampleMachine01/MachineryBuildingBlocks/MachineryItemState/CurrentState"
    index = own_plant.runner.do(own_plant.server.get_namespace_index(EXAMPLE))
    own_plant.nodes["state"] = own_plant.server.get_node(ua.NodeId(6037, index))
    seen = ending(Listener(own_plant.url, (Tag(path, "machine.state", kind="state"),)))
    seen.until_state("live")
    for text in ("Executing", "OutOfService", "Dancing"):
        own_plant.write("state", ua.LocalizedText(text, "en"), kind=ua.VariantType.LocalizedText)
    # OPC 40001-1, table 26: NotAvailable 0, OutOfService 1, NotExecuting 2, Executing 3.
    seen.until(lambda one: [row[2] for row in one.rows() if not row[3]][-2:] == [3.0, 1.0] and one.rows()[-1][3] == 1)
    assert "3 = Executing" in seen.source.tags()[0].definition
    seen.until_told("the state «Dancing»")


def test_that_a_source_is_browsed_from_the_command_line(own_plant: Plant, tmp_path: Path) -> None:
    plant = own_plant

    async def prepare(plant: Plant) -> None:
        press = await plant.server.nodes.objects.add_object(plant.index, "Press 3/left")
        node = await plant.add("Torque", 25.5, press)
        unit = ua.EUInformation("http://www.opcfoundation.org/UA/units/un/cefact", 20053, ua.LocalizedText("N·m"))
        await node.add_property(0, "EngineeringUnits", unit)
        await node.add_property(0, "EURange", ua.Range(0.0, 60.0))

    plant.start(prepare)
    file = tmp_path / "edge.toml"
    file.write_text(f'[gateway]\nname = "g"\n[[source]]\nkind = "opcua"\nurl = "{plant.url}"\nsecurity = "None"\n')
    top, _ = browse_source(file, "opcua")
    (press,) = [one for one in top["nodes"] if one["name"].startswith("Press")]
    assert press["address"] == f"Objects/{{{URI}}}Press 3&/left"
    result, text = browse_source(file, "opcua", "Press 3&/left")
    (torque,) = result["nodes"]
    assert (torque["unit"], torque["low"], torque["high"], torque["value"], torque["type"]) == (
        "N*m",
        0.0,
        60.0,
        "25.5",
        "Double",
    )
    assert text == "Torque  25.5 N*m  Double"
    with pytest.raises(UserMistake, match="there is no source «plc»"):
        browse_source(file, "plc")
    plant.stop()
    with pytest.raises(GenchiError, match="nothing answers at"):
        browse_source(file, "opcua")
