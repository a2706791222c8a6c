"""Units of OPC UA: UNECE common codes in EUInformation (OPC 10000-8, 5.6.4.3), and what they ask of a tag's scale."""

from __future__ import annotations

import math
from typing import Final

from viewer.base.errors import UserMistake
from viewer.base.units import check_unit, convert, same_kind

UNECE_URI: Final = "http://www.opcfoundation.org/UA/units/un/cefact"
UNECE: Final = {
    # Length, area, volume
    "MTR": "m", "MMT": "mm", "CMT": "cm", "DMT": "dm", "KMT": "km", "4H": "um", "C45": "nm", "INH": "inch", "FOT": "ft",
    "MTK": "m**2", "MMK": "mm**2", "CMK": "cm**2", "MTQ": "m**3", "LTR": "l", "MLT": "ml", "CMQ": "cm**3", "MMQ": "mm**3",
    # Angle, turning, time, frequency
    "C81": "rad", "C25": "mrad", "DD": "deg", "D61": "arcmin", "D62": "arcsec", "M44": "turn",
    "2A": "rad/s", "2B": "rad/s**2", "E96": "deg/s", "M45": "deg/s**2", "RPM": "rpm", "C97": "1/s", "RPS": "turn/s",
    "SEC": "s", "C26": "ms", "B98": "us", "C47": "ns", "MIN": "min", "HUR": "h", "DAY": "day", "WEE": "week", "ANN": "year",
    "HTZ": "Hz", "KHZ": "kHz", "MHZ": "MHz", "A86": "GHz", "C94": "1/min",
    # Speed, acceleration, flow
    "MTS": "m/s", "C16": "mm/s", "2X": "m/min", "KMH": "km/h", "MSK": "m/s**2", "H81": "mm/min",
    "MQS": "m**3/s", "MQH": "m**3/h", "L2": "l/min", "G51": "l/s", "E32": "l/h", "41": "ml/min", "KGS": "kg/s", "F31": "kg/min",
    "E93": "kg/h", "F32": "kg/h",
    # Mass, density
    "KGM": "kg", "GRM": "g", "MGM": "mg", "MC": "ug", "TNE": "t", "LBR": "lb", "KMQ": "kg/m**3", "23": "g/cm**3",
    # Force, torque, pressure
    "NEW": "N", "B47": "kN", "B73": "MN", "C20": "mN", "B51": "kgf", "C78": "lbf", "NU": "N*m", "B48": "kN*m", "D83": "mN*m",
    "J72": "cN*m", "M92": "lbf*ft", "F21": "lbf*inch", "PAL": "Pa", "A97": "hPa",
    "KPA": "kPa", "MPA": "MPa", "GPA": "GPa", "BAR": "bar", "MBR": "mbar", "HBA": "hbar", "PS": "psi", "ATM": "atm",
    "C56": "N/mm**2", "4P": "N/m",
    # Energy, power
    "JOU": "J", "KJO": "kJ", "3B": "MJ", "WHR": "W*h", "KWH": "kW*h", "MWH": "MW*h", "WTT": "W", "KWT": "kW", "MAW": "MW",
    "C31": "mW", "D46": "V*A", "KVA": "kV*A", "D44": "V*A", "KVR": "kV*A", "BHP": "hp",
    # Electricity, magnetism, light, sound
    "AMP": "A", "4K": "mA", "B84": "uA", "B22": "kA", "AMH": "A*h", "VLT": "V", "2Z": "mV", "D82": "uV", "KVT": "kV",
    "OHM": "ohm", "E45": "mohm", "B49": "kohm", "B75": "Mohm", "FAR": "F", "4O": "uF", "C41": "nF", "4T": "pF", "81": "H",
    "C14": "mH", "COU": "C", "SIE": "S", "D33": "T", "C29": "mT", "WEB": "Wb", "LUX": "lux", "LUM": "lm", "CDL": "cd",
    # Temperature, heat, amount, ratio
    "KEL": "K", "CEL": "degC", "FAH": "degF", "C34": "mol", "P1": "%", "59": "ppm", "C62": "", "NAR": "",
    "D53": "W/(m*K)", "D74": "kg/mol", "Q30": "", "2N": "dB", "C7": "cP", "C24": "mPa*s", "C65": "Pa*s",
    "4C": "cSt", "S4": "m**2/s", "H87": "", "EA": "",
}  # fmt: skip
"""Common codes of UNECE recommendation 20 that machines of a plant use, as pint writes the unit."""
_DISPLAYED: Final = {
    "°C": "degC", "°F": "degF", "°": "deg", "Nm": "N*m", "N·m": "N*m", "N.m": "N*m", "kNm": "kN*m", "mNm": "mN*m", "µm": "um",
    "μm": "um", "Ω": "ohm", "mΩ": "mohm", "kΩ": "kohm", "min⁻¹": "1/min", "1/min": "1/min", "r/min": "rpm", "rev/min": "rpm",
    "m³/h": "m**3/h", "m/s²": "m/s**2", "mm²": "mm**2", "N/mm²": "N/mm**2", "kWh": "kW*h", "Wh": "W*h", "Ah": "A*h", "µs": "us",
}  # fmt: skip
"""What servers write as the display name of units without a code."""


def code_of(unit_id: int) -> str:
    """The common code behind a unitId: its characters, one a byte, the first the highest."""
    if not 0 < unit_id < 1 << 24:
        return ""
    letters = unit_id.to_bytes(3, "big").lstrip(b"\0")
    return letters.decode("ascii") if all(48 <= one < 91 for one in letters) else ""


def unit_of(namespace: str | None, unit_id: int, display: str | None) -> str | None:
    """The unit of an EUInformation as pint reads it; None where it is not known."""
    if namespace in (UNECE_URI, None, "") and (known := UNECE.get(code_of(unit_id))) is not None:
        return known
    text = (display or "").strip()
    if not text or len(text) > 40:
        return None
    text = _DISPLAYED.get(text, text)
    try:
        return check_unit(text)
    except UserMistake:
        return None


def objection(server_unit: str, unit: str, scale: float, offset: float) -> str:
    """Why a tag's unit, scale and offset can't be right for the unit that the server tells; empty where they can.

    A channel without a unit is not judged: nothing is claimed there.
    """
    if not unit:
        return ""
    try:
        alike = same_kind(server_unit, unit)
    except UserMistake as mistake:
        return str(mistake)
    if not alike:
        return f"the server tells it in {server_unit or 'no unit'}, which is no {unit}"
    needed_offset = convert(0.0, server_unit, unit)
    needed_scale = convert(1.0, server_unit, unit) - needed_offset
    fits = math.isclose(scale, needed_scale, rel_tol=1e-6) and math.isclose(offset, needed_offset, rel_tol=1e-6, abs_tol=1e-9)
    if fits:
        return ""
    remedy = f"scale = {needed_scale:.10g}" + (f" and offset = {needed_offset:.10g}" if needed_offset else "")
    return f"the server tells it in {server_unit or 'no unit'}: write {remedy} to have it in {unit}, or unit = '{server_unit}'"
