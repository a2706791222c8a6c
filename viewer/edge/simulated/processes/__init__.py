"""Process models, one module each: what a device of each type measures while its station works."""

from viewer.edge.simulated.device import Device
from viewer.edge.simulated.processes.adhesive import Adhesive
from viewer.edge.simulated.processes.electrical import CellTester, Isolation, PackVoltage
from viewer.edge.simulated.processes.leak import LeakTest
from viewer.edge.simulated.processes.mechanical import GapFiller, LidGap, LocatingPin, Scale, StackPress
from viewer.edge.simulated.processes.tightening import Tightening
from viewer.edge.simulated.processes.welding import LaserWeld

KINDS: dict[str, type[Device]] = {
    "adhesive": Adhesive,
    "cell_tester": CellTester,
    "gap_filler": GapFiller,
    "isolation": Isolation,
    "laser_weld": LaserWeld,
    "leak_test": LeakTest,
    "lid_gap": LidGap,
    "locating_pin": LocatingPin,
    "pack_voltage": PackVoltage,
    "scale": Scale,
    "stack_press": StackPress,
    "tightening": Tightening,
}
