"""What a file holds, as counts, sizes and names: the data behind `genchi inspect`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from viewer.base.ids import ROOT
from viewer.base.job import Job, SilentJob
from viewer.base.units import format_number, grouped
from viewer.geometry.checks import bounds_in_world
from viewer.geometry.health import health_of
from viewer.geometry.lengths import length_text
from viewer.geometry.model import GeometryModel, MeshHealth, PmiCounts
from viewer.geometry.reading import read_model
from viewer.geometry.scene import is_scene, load_twin
from viewer.twin.model import Twin
from viewer.twin.parts import Node, Part

MEASURE_DEFLECTION_M = 0.0001
"""CAD surfaces are measured with triangles at most 0.1 mm off, so that counts compare from file to file and tool to tool."""
_NAMES = 1000
_PMI_KINDS = ("dimensions", "tolerances", "datums")

Facts = dict[str, Any]


def inspect_file(path: Path, *, unit: str | None = None, job: Job | None = None) -> Facts:
    """What a geometry file, scene folder or scene.toml holds, ready for JSON.

    `parts` are shapes and `instances` the places where they stand: for STEP the products without components and all their
    occurrences, also those that hold only annotations; for glTF each mesh's surface of one material, as other tools count them.
    `triangles` are those of all instances, `points` those stored. `bounds_m` is the box of all the file holds in the world, exact
    for STEP and with its curves and annotations; `bounds_of_surfaces_m` that of the triangles alone.
    Raises UserMistake with one sentence, Cancelled.
    """
    job = job or SilentJob()
    if is_scene(path):
        return _of_scene(path, unit, job)
    return model_facts(path, read_model(path, unit=unit, job=job, deflection_m=MEASURE_DEFLECTION_M))


def model_facts(path: Path, model: GeometryModel) -> Facts:
    """What `inspect_file` says of a geometry file that has been read with MEASURE_DEFLECTION_M."""
    facts = dict(model.facts)
    instances = sum(node.part is not None for node in model.nodes)
    result: Facts = {
        "file": str(path),
        "format": model.format,
        "units": model.unit,
        "units_assumed": model.unit_question is not None,
        "parts": int(facts.pop("surfaces", facts.get("part_labels", len(model.parts)))),
        "instances": int(facts.pop("surface_instances", facts.get("leaf_instances", instances))),
        **_common(model.nodes, model.parts, model),
        **_pmi([model.pmi]),
        "mesh_health": _health(model.parts, model.health),
        "about": dict(model.about),
    }
    return {**result, **{k: _whole(v) for k, v in sorted(facts.items())}, "warnings": list(model.warnings)}


def _of_scene(path: Path, unit: str | None, job: Job) -> Facts:
    loaded = load_twin(path, job=job, unit=unit)
    twin, models = loaded.twin, loaded.models
    nodes, parts = _parents_first(twin), tuple(twin.parts.values())
    model = GeometryModel("scene", "m", parts, nodes, points=sum(m.points for m in models.values()))
    return {
        "file": str(path),
        "format": "scene",
        "name": twin.name,
        "units": "m",
        "units_assumed": any(m.unit_question is not None for m in models.values()),
        "parts": len(parts),
        "instances": sum(node.part is not None for node in nodes),
        **_common(nodes, parts, model),
        **_pmi([m.pmi for m in models.values()]),
        "mesh_health": _health(parts, None),
        "geometry": {entry.id: entry.path.name for entry in loaded.document.geometry},
        "channels": len(twin.channels),
        "bindings": len(twin.bindings),
        "stations": len(twin.stations),
        "flows": len(twin.flows),
        "paths": len(twin.paths),
        "characteristics": len(twin.characteristics),
        "views": len(twin.views),
        "scenarios": len(loaded.document.scenarios),
        "warnings": list(loaded.warnings),
    }


def _health(parts: Sequence[Part], known: MeshHealth | None) -> dict[str, int]:
    """Looked at here where the model has too many triangles to be looked at on opening."""
    health = known or health_of(parts, most=2**62)
    return {} if health is None else asdict(health)


def _health_in_words(facts: Facts) -> str:
    """«13 parts closed, 9,561 open edges, 10,419 triangles without area»; nothing where there is no mesh."""
    counts = facts["mesh_health"]
    closed = counts.get("closed_parts", 0)
    said = [f"{grouped(closed)} parts closed"] if closed else []
    said += [f"{grouped(n)} {key.replace('_', ' ')}" for key, n in counts.items() if n and key != "closed_parts"]
    return ", ".join(said)


def _pmi(counts: Sequence[PmiCounts]) -> Facts:
    """What the kernel labels, as other tools count it, and how much of what is in the file was read."""

    def total(name: str) -> int:
        return sum(getattr(one, name) for one in counts)

    return {
        "pmi": {kind: total(kind) for kind in _PMI_KINDS},
        "pmi_read": {kind: {"read": total(f"{kind}_read"), "in_file": total(f"{kind}_in_file")} for kind in _PMI_KINDS},
    }


def _pmi_in_words(facts: Facts) -> str:
    """«8 of 12 dimensions, 6 of 6 tolerances, 3 of 3 datums read»; nothing where the file has none."""
    read = facts["pmi_read"]
    if any(one["in_file"] for one in read.values()):
        return ", ".join(f"{one['read']} of {one['in_file']} {kind}" for kind, one in read.items()) + " read"
    pmi = facts["pmi"]
    return ", ".join(f"{number} {kind}" for kind, number in pmi.items()) if any(pmi.values()) else ""


def _common(nodes: Sequence[Node], parts: Sequence[Part], model: GeometryModel) -> Facts:
    """What models and scenes are told alike."""
    triangles = {part.id: len(part.mesh.triangles) for part in parts}
    surfaces = bounds_in_world(model)
    bounds = surfaces if model.bounds_m is None else np.array(model.bounds_m).reshape(2, 3)
    names = [model.name, *(node.name for node in nodes), *(part.name for part in parts)]
    names += [node.properties.get("product", "") for node in nodes]
    return {
        "nodes": len(nodes),
        "triangles": sum(triangles[node.part] for node in nodes if node.part is not None),
        "points": model.points,
        "bounds_m": _corners(bounds),
        "bounds_of_surfaces_m": _corners(surfaces),
        "size_m": [round(float(v), 9) for v in bounds[1] - bounds[0]],
        "names": [name for name in dict.fromkeys(names) if name][:_NAMES],
        "colours": _colours(nodes, parts),
    }


def _corners(bounds: NDArray[np.float64]) -> list[list[float]]:
    return [[round(float(v), 9) + 0.0 for v in corner] for corner in bounds]


def _colours(nodes: Sequence[Node], parts: Sequence[Part]) -> list[str]:
    """Every colour used, `#rrggbb`, sorted."""
    found = {part.colour for part in parts if part.mesh.rgb_of_triangle is None} | {node.colour for node in nodes}
    for part in parts:
        if part.mesh.rgb_of_triangle is not None:
            found |= {tuple(row) for row in np.unique(part.mesh.rgb_of_triangle, axis=0)[:_NAMES].tolist()}
    return sorted("#{:02x}{:02x}{:02x}".format(*one) for one in found if one is not None)[:_NAMES]


def _parents_first(twin: Twin) -> tuple[Node, ...]:
    return tuple(twin.nodes[node] for node in twin.descendants(ROOT))


def _whole(value: float) -> float | int:
    return int(value) if float(value).is_integer() else value


def format_inspection(facts: Facts) -> str:
    """The same for people, a line for each thing."""
    size = " x ".join(length_text(v) for v in facts["size_m"])
    assumed = " (assumed)" if facts["units_assumed"] else ""
    lines = [
        ("file", facts["file"]),
        ("format", facts["format"]),
        ("units", f"{facts['units']}{assumed}"),
        ("size", size),
        ("parts", f"{facts['parts']} in {facts['instances']} instances, {facts['nodes']} nodes"),
        ("triangles", f"{facts['triangles']} ({facts['points']} points stored)"),
    ]
    lines += [(key.replace("_", " "), _value(facts[key])) for key in _EXTRA if facts.get(key)]
    lines.append(("PMI", _pmi_in_words(facts)))
    lines.append(("mesh health", _health_in_words(facts)))
    lines += [(key, value) for key, value in facts.get("about", {}).items()]
    lines += [("colours", _listed(facts["colours"], 8)), ("names", _listed(facts["names"], 8))]
    text = [f"{key:<15} {value}" for key, value in lines if value != ""]
    return "\n".join(text + [f"{'warning':<16}{warning}" for warning in facts["warnings"]])


_EXTRA = (
    "assemblies", "models", "includes", "includes_missing", "links", "joints", "actuated", "mimic", "solids", "faces",
    "volume_of_solids_mm3", "meshes", "products", "products_with_geometry", "storeys", "spaces",
    "openings", "types", "geometry", "channels", "bindings",
    "stations", "flows", "paths", "characteristics", "views", "scenarios",
    "scans", "points_shown", "images",
)  # fmt: skip


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{k} ({v})" for k, v in value.items())
    return format_number(float(value), digits=7)


def _listed(items: Sequence[str], most: int) -> str:
    return ", ".join(items[:most]) + (f" … and {len(items) - most} more" if len(items) > most else "")
