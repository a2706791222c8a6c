"""What is measured at the stations: channels, what they colour and label, and the devices behind them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Measured:
    """One process channel."""

    id: str
    name: str
    unit: str
    low: float
    high: float
    node: str
    limits: dict[str, float] = field(default_factory=dict)
    colour: str = ""
    """The colour map it gives its node; empty: none."""
    label: str = ""
    """The text before its value at its node; empty: no label."""
    period_s: float = 0.5

    def channel(self) -> dict[str, Any]:
        row: dict[str, Any] = {"id": self.id, "name": self.name, "unit": self.unit, "period_s": self.period_s, "node": self.node}
        row |= {"low": self.low, "high": self.high}
        return row | ({"limits": self.limits} if self.limits else {})

    def bindings(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        if self.colour:
            rows.append({"kind": "colour", "channel": self.id, "node": self.node, "colour_map": self.colour})
        if self.label:
            rows.append({"kind": "label", "channel": self.id, "node": self.node, "text": self.label})
        return rows


M = Measured
MEASURED = (
    M("st010.cell_voltage", "Cell voltage", "V", 3.62, 3.68, "st010.tester", {"lolo": 3.61, "lo": 3.63, "hi": 3.67, "hihi": 3.69},
      "", "Cell"),
    M("st010.cell_resistance", "Cell resistance", "mohm", 0.7, 1.0, "st010.tester", {"hi": 0.95}),
    M("st020.stack_force", "Stack force", "kN", 0.0, 6.0, "st020.press", {"hi": 5.5}, "", "Stack force"),
    M("st030.adhesive_temp", "Adhesive temperature", "degC", 20.0, 60.0, "st030.r1.tool", {"lolo": 35.0, "lo": 40.0,
      "hi": 50.0, "hihi": 55.0}, "heat", "Adhesive"),
    M("st030.bead_width", "Bead width", "mm", 5.0, 11.0, "st030.r1.tool", {"lo": 6.5, "hi": 9.5}),
    M("st040.weld_current", "Weld current", "A", 0.0, 220.0, "st040.r1.tool", {"hi": 200.0}),
    M("st040.weld_depth", "Weld depth", "mm", 1.4, 2.6, "st040.r1.tool", {"lo": 1.8, "hi": 2.5}, "", "Weld depth"),
    M("st040.tool_wear", "Tool wear", "%", 0.0, 100.0, "st040.r1.tool", {"hi": 60.0, "hihi": 85.0}),
    M("st050.pressure", "Test pressure", "Pa", 0.0, 6000.0, "st050.bell"),
    M("st050.leak_rate", "Leak rate", "mbar*l/s", 0.0, 0.6, "st050.bell", {"hi": 0.08, "hihi": 0.1}, "viridis", "Leak rate"),
    M("st060.locating_pin_x", "Locating pin x", "mm", -0.3, 0.5, "st060.fixture", {"lo": -0.25, "hi": 0.25}, "", "Pin x"),
    M("st070.gap_filler_mass", "Gap filler mass", "g", 0.0, 1000.0, "st070.dispenser", {"hi": 900.0}, "", "Gap filler"),
    M("st070.plate_flatness", "Plate flatness", "mm", 0.0, 0.6, "st070.dispenser", {"hi": 0.45}),
    M("st080.r1.torque", "Torque", "N*m", 0.0, 32.0, "st080.r1.tool", {"hi": 28.0}, "heat", "Torque", 0.5),
    M("st080.r1.angle", "Angle", "deg", 0.0, 1300.0, "st080.r1.tool"),
    M("st080.r1.final_torque", "Final torque", "N*m", 20.0, 32.0, "st080.r1.tool", {"lo": 23.0, "hi": 27.5}),
    M("st080.r2.torque", "Torque", "N*m", 0.0, 32.0, "st080.r2.tool", {"hi": 28.0}, "heat", "", 0.5),
    M("st080.r2.angle", "Angle", "deg", 0.0, 1300.0, "st080.r2.tool"),
    M("st080.r2.final_torque", "Final torque", "N*m", 20.0, 32.0, "st080.r2.tool", {"lo": 23.0, "hi": 27.5}),
    M("st090.isolation", "Isolation", "Mohm", 0.0, 1500.0, "st090"),
    M("st100.lid_gap", "Lid gap", "mm", 0.4, 1.2, "st100.fixture", {"lolo": 0.45, "lo": 0.5, "hi": 1.1, "hihi": 1.15},
      "cbd1", "Lid gap"),
    M("st110.torque", "Torque", "N*m", 0.0, 12.0, "st110.gantry", {"hi": 10.0}, "", "", 0.5),
    M("st110.final_torque", "Final torque", "N*m", 7.0, 11.0, "st110.gantry", {"lo": 8.3, "hi": 9.9}, "", "Final torque"),
    M("st120.pressure", "Test pressure", "Pa", 0.0, 3500.0, "st120.bell"),
    M("st120.leak_rate", "Leak rate", "mbar*l/s", 0.0, 0.6, "st120.bell", {"hi": 0.35, "hihi": 0.45}, "viridis", "Leak rate"),
    M("st130.pack_voltage", "Pack voltage", "V", 0.0, 400.0, "st130.tester", {"hi": 356.0}, "", "Pack"),
    M("st130.isolation", "Isolation", "Mohm", 0.0, 1500.0, "st130.tester"),
    M("st140.pack_mass", "Pack mass", "kg", 0.0, 500.0, "st140.scale", {"hi": 413.0}, "", "Mass"),
)  # fmt: skip


def _device(kind: str, station: str, **parameters: object) -> dict[str, Any]:
    return {"type": kind, "station": station, "parameters": parameters}


DEVICES = [
    _device("cell_tester", "st010", cells=96, voltage=3.65, resistance=0.85),
    _device("stack_press", "st020", force=5.0),
    _device("adhesive", "st030", robot="st030.r1", setpoint=45.0, width=8.0, lowest=6.5),
    _device("laser_weld", "st040", robot="st040.r1", current=180.0, depth=2.2, lowest=1.8, wear_per_spot=0.1, change_every=30),
    _device("leak_test", "st050", full_pa=5000.0, volume_m3=0.012, tau_s=20000.0, highest=0.1),
    _device("locating_pin", "st060"),
    _device("gap_filler", "st070", mass=850.0, flatness=0.25),
    _device("tightening", "st080", name="st080.r1", robot="st080.r1", target=25.0, highest=27.5, crosses=True),
    _device("tightening", "st080", name="st080.r2", robot="st080.r2", target=25.0, highest=27.5, crosses=True),
    _device("isolation", "st090", usual=900.0, lowest=200.0),
    _device("lid_gap", "st100", gap=0.8, flatness=0.25, mass=850.0, lowest=0.5, highest=1.1),
    _device("tightening", "st110", name="st110", bolts=24, target=9.0, highest=9.9, angle=False),
    _device("leak_test", "st120", full_pa=3000.0, volume_m3=0.09, tau_s=12000.0, highest=0.45, lid_gap=True),
    _device("pack_voltage", "st130", nominal=350.4),
    _device("isolation", "st130", usual=800.0, lowest=200.0, begin=0.9),
    _device("scale", "st140", bare_kg=410.4, mass=850.0),
]
