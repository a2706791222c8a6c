"""Reads SDF: worlds and models, nested and included, with their links, visuals and the joints that can be jogged and driven."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar
from xml.etree.ElementTree import Element

from viewer.base.ids import ROOT
from viewer.base.job import Job
from viewer.geometry.broken import broken
from viewer.geometry.markup import named, read_robot_markup, root_tag
from viewer.geometry.mechanism.assembly import Assembly
from viewer.geometry.model import GeometryModel
from viewer.geometry.sdf.building import ModelBuilder
from viewer.geometry.sdf.frames import Frames
from viewer.geometry.sdf.models import Models
from viewer.geometry.sdf.words import Version, version_of

_UNSHOWN = ("actor", "population", "road", "heightmap", "joint")


@dataclass(frozen=True, slots=True)
class SdfReader:
    """A world or model of Gazebo in XML, its models and meshes in folders nearby."""

    format: ClassVar[str] = "sdf"
    title: ClassVar[str] = "SDF"
    suffixes: ClassVar[tuple[str, ...]] = (".sdf", ".world")
    heavy: ClassVar[bool] = False
    unitless: ClassVar[bool] = False
    extra: ClassVar[str] = ""
    needs: ClassVar[tuple[str, ...]] = ()

    def claims(self, head: bytes, suffix: str) -> bool:
        """By its first element."""
        return root_tag(head) in ("sdf", "gazebo")

    def read(self, path: Path, *, unit: str | None, job: Job) -> GeometryModel:
        """See Reader. SDF's units are metres and radians; `unit` is passed over."""
        root = read_robot_markup(path, job)
        version = version_of(root)
        worlds = list(named(root, "world"))
        holder = worlds[0] if worlds else root
        models = Models(path, job)
        assembly = Assembly(job, models.nearby.home)
        if len(worlds) > 1:
            assembly.tell(f"the file has {len(worlds)} worlds and only its first one is shown")
        name = (holder.get("name") or path.stem) if worlds else ""
        _build(holder, version, path, models, assembly, job)
        _tell(holder, models, assembly)
        if not models.includes and not any(True for _ in named(holder, "model")):
            broken("it holds no model, so there is nothing to show")
        return assembly.model("sdf", name)


def _build(holder: Element, version: Version, path: Path, models: Models, assembly: Assembly, job: Job) -> None:
    """Every model of the world or file, each a mechanism of its own."""
    scopes = models.of(holder, version, path.parent, ())
    frames = Frames(holder, scopes, holder.get("name") or path.stem)
    for number, scope in enumerate(scopes):
        job.progress(number / len(scopes), f"reading {scope.name}")
        job.check()
        ModelBuilder(scope, frames.inner(scope.name), models.nearby, assembly).build(ROOT, frames.pose(scope.name))


def _tell(holder: Element, models: Models, assembly: Assembly) -> None:
    """What is not shown, by name, and the counts."""
    for why, names in models.missing.items():
        shown = ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
        assembly.miss(f"{shown} {'is' if len(names) == 1 else 'are'} not shown: {why}")
    assembly.counts["includes"] = models.includes
    assembly.counts["includes_missing"] = sum(len(names) for names in models.missing.values())
    for tag in _UNSHOWN:
        count = sum(1 for _ in named(holder, tag))
        if count:
            assembly.tell(f"{count} {tag}{'s' if count > 1 else ''} of the world {'are' if count > 1 else 'is'} not shown")
