"""`genchi export`: a scene or geometry file as one GLB."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from viewer.base.errors import UserMistake
from viewer.base.job import Job
from viewer.geometry.gltf.shown import ShownScene
from viewer.geometry.gltf.write import write_glb
from viewer.geometry.scene import load_twin


def export_scene(scene: Path, output: Path, *, unit: str | None, job: Job) -> dict[str, Any]:
    """Write what `scene` shows at rest to the GLB `output`; what was written, as --json prints it.

    Raises UserMistake for a bad scene or place to write; Cancelled.
    """
    if output.suffix.lower() != ".glb":
        raise UserMistake(f"a scene is exported as GLB; name a file that ends in .glb: {output}")
    if output.is_dir() or not output.absolute().parent.is_dir():
        raise UserMistake(f"the file can't be written there; name a file in a folder that exists: {output}")
    loaded = load_twin(scene, job=job, unit=unit)
    written = write_glb(ShownScene(loaded.twin), output, job)
    return {
        "file": str(output),
        "nodes": written.nodes,
        "meshes": written.meshes,
        "instances": written.instances,
        "triangles": written.triangles,
        "points": written.points,
        "bytes": written.bytes,
        "warnings": [*loaded.warnings, *written.warnings],
    }
