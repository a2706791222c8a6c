"""Small robots and worlds, written by the tests that read them."""

import struct
from dataclasses import replace
from pathlib import Path

from viewer.base.job import SilentJob
from viewer.geometry.model import GeometryModel, Reader
from viewer.geometry.reading import read_here

ROBOT = """<robot name="arm"><material name="red"><color rgba="1 0 0 0.5"/></material>
<link name="base"><visual><geometry><box size="1 2 3"/></geometry><material name="red"/></visual></link>
<link name="one"><inertial><mass value="12.5"/></inertial>
<visual><origin xyz="0 0 1"/><geometry>{shape}</geometry></visual></link>
<link name="two"><visual><geometry><sphere radius="0.5"/></geometry></visual></link>
<joint name="j1" type="revolute"><parent link="base"/><child link="one"/><origin xyz="0 0 3" rpy="0 0 1.5707963267948966"/>
<axis xyz="0 0 2"/><limit lower="-1" upper="2" velocity="3" effort="100"/></joint>
<joint name="j2" type="{kind}"><parent link="one"/><child link="two"/><origin xyz="4 0 0"/>{mimic}</joint>
</robot>"""
CYLINDER = '<cylinder radius="0.5" length="2"/>'


def robot(shape: str = CYLINDER, kind: str = "prismatic", mimic: str = '<mimic joint="j1" multiplier="2" offset="0.25"/>') -> str:
    """A base, a link that turns, and one that shifts as the first turns."""
    return ROBOT.format(shape=shape, kind=kind, mimic=mimic)


def stl(path: Path, size: float = 1.0) -> Path:
    """One triangle with legs of `size`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    corners = (0, 0, 1, 0, 0, 0, size, 0, 0, 0, size, 0)
    path.write_bytes(b"\0" * 80 + struct.pack("<I12fH", 1, *corners, 0))
    return path


def read_text(reader: Reader, path: Path, text: str) -> GeometryModel:
    """What the reader makes of a text, with all that was told."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    job = SilentJob()
    model = read_here(reader, path, unit=None, job=job)
    return replace(model, warnings=(*job.warnings, *model.warnings))
