"""Words and signs of drawings (ASME Y14.5-2018, ISO 1101:2017) for what STEP files name, and numbers as drawings write them."""

from __future__ import annotations

from viewer.base.units import pretty_unit

SIZES = {
    "diameter": "⌀ ", "spherical diameter": "S⌀ ", "radius": "R ", "spherical radius": "SR ", "controlled radius": "CR ",
    "curve length": "⌒ ", "curved distance": "⌒ ", "square": "□ ", "depth": "↧ ",
}  # fmt: skip
"""Before a dimension's value, by its type."""

TOLERANCES = {
    "ANGULARITY_TOLERANCE": ("angularity", "∠"),
    "CIRCULAR_RUNOUT_TOLERANCE": ("circular runout", "↗"),
    "COAXIALITY_TOLERANCE": ("coaxiality", "◎"),
    "CONCENTRICITY_TOLERANCE": ("concentricity", "◎"),
    "CYLINDRICITY_TOLERANCE": ("cylindricity", "⌭"),
    "FLATNESS_TOLERANCE": ("flatness", "⏥"),
    "LINE_PROFILE_TOLERANCE": ("profile of a line", "⌒"),
    "PARALLELISM_TOLERANCE": ("parallelism", "∥"),
    "PERPENDICULARITY_TOLERANCE": ("perpendicularity", "⟂"),
    "POSITION_TOLERANCE": ("position", "⌖"),
    "ROUNDNESS_TOLERANCE": ("circularity", "○"),
    "STRAIGHTNESS_TOLERANCE": ("straightness", "⏤"),
    "SURFACE_PROFILE_TOLERANCE": ("profile of a surface", "⌓"),
    "SYMMETRY_TOLERANCE": ("symmetry", "⌯"),
    "TOTAL_RUNOUT_TOLERANCE": ("total runout", "⌰"),
}
"""Type and sign by the entity's name."""

MODIFIERS = {
    "MAXIMUM_MATERIAL_REQUIREMENT": ("maximum material condition", "Ⓜ"),
    "MAXIMUM_MATERIAL_CONDITION": ("maximum material condition", "Ⓜ"),
    "LEAST_MATERIAL_REQUIREMENT": ("least material condition", "Ⓛ"),
    "LEAST_MATERIAL_CONDITION": ("least material condition", "Ⓛ"),
    "REGARDLESS_OF_FEATURE_SIZE": ("regardless of feature size", "Ⓢ"),
    "RECIPROCITY_REQUIREMENT": ("reciprocity", "Ⓡ"),
    "FREE_STATE": ("free state", "Ⓕ"),
    "TANGENT_PLANE": ("tangent plane", "Ⓣ"),
    "STATISTICAL_TOLERANCE": ("statistical tolerance", "⟨ST⟩"),
    "COMMON_ZONE": ("common zone", "CZ"),
    "SEPARATE_REQUIREMENT": ("separate requirement", "SEP REQT"),
    "SEPARATE_ZONE": ("separate zone", "SZ"),
    "UNITED_FEATURE": ("united feature", "UF"),
    "EACH_RADIAL_ELEMENT": ("each radial element", "EACH RADIAL ELEMENT"),
    "LINE_ELEMENT": ("line element", "LE"),
    "MAJOR_DIAMETER": ("major diameter", "MD"),
    "MINOR_DIAMETER": ("minor diameter", "LD"),
    "PITCH_DIAMETER": ("pitch diameter", "PD"),
    "NOT_CONVEX": ("not convex", "NC"),
    "ANY_CROSS_SECTION": ("any cross section", "ACS"),
    "ANY_LONGITUDINAL_SECTION": ("any longitudinal section", "ALS"),
    "BASIC": ("basic", "[BSC]"),
    "CONTACTING_FEATURE": ("contacting feature", "CF"),
    "DISTANCE_VARIABLE": ("variable distance", "DV"),
    "ORIENTATION": ("orientation only", "><"),
    "TRANSLATION": ("translation", "▷"),
    "POINT": ("point", "PT"),
    "LINE": ("line", "SL"),
    "PLANE": ("plane", "PL"),
    **{f"DEGREE_OF_FREEDOM_CONSTRAINT_{axis}": (f"freedom {axis.lower()} constrained", f"[{axis.lower()}]") for axis in "XYZUVW"},
}
"""Words and sign by the enumeration item, of tolerances and of datum references."""

ALL_AROUND, ALL_OVER, UNEQUALLY, PROJECTED = ("all around", "⌮"), ("all over", "◎"), "Ⓤ", "Ⓟ"


def number_text(value: float, decimals: int | None = None) -> str:
    """A number as a drawing writes it: with the digits asked for, else no more than it needs; a true minus sign."""
    text = f"{value:.{decimals}f}" if decimals is not None else f"{value:.6f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text.replace("-", "\u2212")


def unit_text(unit: str) -> str:
    """What follows a number: nothing for millimetres and inches, which a drawing says once for all."""
    return "" if unit in ("mm", "inch") else "°" if unit == "deg" else f" {pretty_unit(unit)}"


def deviations_text(plus: float, minus: float, unit: str, decimals: int | None) -> str:
    """«±0.1» or «+0.2 / −0.1»."""
    after = unit_text(unit)
    if abs(plus + minus) <= 1e-9 * max(abs(plus), abs(minus), 1e-9) and plus >= 0.0:
        return f"±{number_text(plus, decimals)}{after}"
    upper, lower = (f"{'+' if one > 0 else ''}{number_text(one, None if one == 0 else decimals)}{after}" for one in (plus, minus))
    return f"{upper} / {lower}"
