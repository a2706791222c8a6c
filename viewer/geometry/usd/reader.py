"""Reads OpenUSD (.usd, .usda, .usdc, .usdz): the tree of prims, shared instances, colours; the world turned to z up, metres."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from immutables import Map

from viewer.base.job import Job
from viewer.base.units import LENGTH_M
from viewer.geometry.broken import broken
from viewer.geometry.lengths import metres_in
from viewer.geometry.model import GeometryModel
from viewer.geometry.usd.sdk import sdk
from viewer.geometry.zip_heads import names_in_head

_TEXT, _CRATE = b"#usda", b"PXR-USDC"
_LAYERS = (".usd", ".usda", ".usdc")


@dataclass(frozen=True, slots=True)
class UsdReader:
    """OpenUSD through usd-core, C++ on bytes of others: always in a worker process."""

    format: ClassVar[str] = "usd"
    title: ClassVar[str] = "USD"
    suffixes: ClassVar[tuple[str, ...]] = (".usd", ".usda", ".usdc", ".usdz")
    heavy: ClassVar[bool] = True
    unitless: ClassVar[bool] = False
    extra: ClassVar[str] = "usd"
    needs: ClassVar[tuple[str, ...]] = ("pxr",)

    def claims(self, head: bytes, suffix: str) -> bool:
        """By the magic of text and crate files, or a package whose first file is one."""
        names = names_in_head(head)
        packed = bool(names) and (names[0].lower().endswith(_LAYERS) or suffix == ".usdz")
        return packed or head.startswith((_TEXT, _CRATE))

    def read(self, path: Path, *, unit: str | None, job: Job) -> GeometryModel:
        """See Reader. `unit` takes the file's numbers in another unit than it says."""
        (geom,) = sdk("UsdGeom")
        from viewer.geometry.usd.layers import open_stage, sentences
        from viewer.geometry.usd.tree import UsdTree

        job.progress(0.05, "opening the stage")
        _check_suffix(path)
        stage, _kept, left_out = open_stage(path, job)
        with sentences():  # as metadata and not by UsdGeom: some programs write the number in another type than that asks for
            metres = metres_in(unit) if unit is not None else _metres(stage.GetMetadata("metersPerUnit"))
        if unit is None and not geom.StageHasAuthoredMetersPerUnit(stage):
            job.warn("the stage names no length unit: taken as cm, as USD has it; say --unit if it is another")
        tree = UsdTree(stage, metres, job)
        with sentences():
            tree.build(y_up=geom.GetStageUpAxis(stage) == "Y")
        for sentence in tree.told():
            job.warn(sentence)
        if stage.HasAuthoredTimeCodeRange() and stage.GetStartTimeCode() != stage.GetEndTimeCode():
            job.warn("its animation is not played: everything stands as at its first time")
        if not tree.parts or not any(node.part is not None for node in tree.nodes):
            broken(_nothing(left_out))
        points = sum(len(part.mesh.points_in_part if part.cloud is None else part.cloud.points) for part in tree.parts)
        facts = {"prims": float(tree.prims), "meshes": float(len(tree.parts))}
        default = stage.GetDefaultPrim()
        name = default.GetName() if default else ""  # the layer may name one that is not there
        return GeometryModel(
            "usd", unit or _unit_name(metres), tuple(tree.parts), tuple(tree.nodes), points=points, facts=Map(facts), name=name
        )


def _nothing(left_out: tuple[str, ...]) -> str:
    """Why there is nothing to show."""
    if left_out:
        return (
            f"what it shows lies in other files, such as {left_out[0][:80]!r}, that are not in its folder or can't be read; "
            "copy them there or flatten the stage"
        )
    return "it holds no surfaces that are to be rendered, so there is nothing to show; export it again with meshes"


def _check_suffix(path: Path) -> None:
    """USD chooses how to read a file by its name, also where the content would say it."""
    if path.suffix.lower() not in UsdReader.suffixes:
        broken("it is USD and its name does not say so; give it the suffix .usd, .usda, .usdc or .usdz")


def _metres(per_unit: Any) -> float:
    if not isinstance(per_unit, int | float) or not math.isfinite(per_unit) or per_unit <= 0:
        broken(f"its length unit is {per_unit} m, which can't be; set metersPerUnit and export it again")
    return float(per_unit)


def _unit_name(metres: float) -> str:
    return next((name for name, size in LENGTH_M.items() if math.isclose(size, metres, rel_tol=1e-6)), "m")
