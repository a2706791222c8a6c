"""The page on files says what the readers do: the same formats, limits and keys."""

import re
from pathlib import Path

import pytest

from tests.geometry.glb import glb
from viewer.base.errors import UserMistake
from viewer.base.job import SilentJob
from viewer.base.units import LENGTH_M
from viewer.geometry import archive, cache, health, lengths, readers, reading, worker
from viewer.geometry.gltf import accessors as gltf_accessors
from viewer.geometry.gltf import tree as gltf_tree
from viewer.geometry.inspect import inspect_file

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = (ROOT / "docs/user/files.md").read_text(encoding="utf-8")
FORMAT_ROWS = re.findall(r"^\| ([^|]+) \| ((?:`\.\w+` ?)+)\|", PAGE, re.MULTILINE)


def test_that_the_page_lists_exactly_the_suffixes_of_the_readers() -> None:
    listed = [suffix for _, cell in FORMAT_ROWS for suffix in re.findall(r"`(\.\w+)`", cell)]
    assert sorted(listed) == sorted(suffix for reader in readers.readers() for suffix in reader.suffixes)


def test_that_the_refusal_names_every_format_that_opens(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(b"PK\x05\x06" + bytes(30))
    with pytest.raises(UserMistake) as refused:
        reading.read_model(tmp_path / "x.zip")
    assert [reader.title for reader in readers.readers() if reader.title not in str(refused.value)] == []


def test_that_the_limits_are_those_of_the_code() -> None:
    text = " ".join(PAGE.split())
    said = (
        f"may have {reading.MAX_BYTES >> 30} GB, {gltf_tree.MAX_NODES:,} nodes nested {gltf_tree.MAX_DEPTH} deep",
        f"{gltf_accessors.MAX_ELEMENTS:,} vertices and corners",
        f"{worker.MEMORY_BYTES >> 30} GB of memory and {worker.TIME_S / 60:g} minutes",
        f"{archive.LIMITS.entries:,} files and {archive.LIMITS.bytes >> 30} GB unpacked",
        f"none packed more than {archive.LIMITS.ratio} to 1",
        f"more than {health.EXAMINED_TRIANGLES:,} triangles",
        f"up to {cache.LIMIT_BYTES >> 30} GB",
        f"over {lengths.LARGEST_M:g} m, under {lengths.SMALLEST_M * 1000:g} mm",
    )
    assert [one for one in said if one not in text] == []


def test_that_every_unit_and_every_key_is_on_the_page(tmp_path: Path) -> None:
    units = PAGE.partition("Units: ")[2].partition("\n\n")[0]
    assert {LENGTH_M[unit] for unit in re.findall(r"`(\w+)`", units)} == set(LENGTH_M.values())
    (tmp_path / "x.glb").write_bytes(glb())
    found = inspect_file(tmp_path / "x.glb", job=SilentJob())
    assert [key for key in (*found, *found["mesh_health"]) if f"`{key}`" not in PAGE] == []
