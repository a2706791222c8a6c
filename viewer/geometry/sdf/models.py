"""The models of an SDF file, nested ones and those it includes from folders nearby, as a tree of records."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree.ElementTree import Element

from viewer.base.job import Job
from viewer.geometry.beside import note
from viewer.geometry.broken import BrokenFile, broken
from viewer.geometry.markup import named, read_robot_markup, text_of
from viewer.geometry.references import Surroundings
from viewer.geometry.sdf.words import Version, is_true, needed_name, version_of

MAX_MODELS = 20_000
MAX_DEPTH = 64
_FILE_BYTES = 64 << 20


@dataclass(slots=True)
class Scope:
    """One model where it stands: its element, and what an include says instead of it."""

    name: str
    element: Element
    version: Version
    folder: Path
    """Of the file it is written in: relative names mean files there."""
    pose: Element | None
    placement: str
    """Frame of the model that its pose speaks of; empty: the model's own."""
    is_static: bool
    uri: str = ""
    """What it was included by."""
    children: list[Scope] = field(default_factory=list["Scope"])

    def child(self, name: str) -> Scope | None:
        """The nested model of a name."""
        return next((one for one in self.children if one.name == name), None)


class Models:
    """Reads models and what they include."""

    def __init__(self, path: Path, job: Job) -> None:
        self.nearby = Surroundings(path)
        self.includes = 0
        self.missing: dict[str, list[str]] = {}
        """Why an include is not shown, and the names that wanted it."""
        self._job = job
        self._roots: dict[Path, Element] = {}
        self._files: dict[tuple[Path, str], Path] = {}
        self._count = 0

    def of(self, holder: Element, version: Version, folder: Path, above: tuple[Path, ...]) -> list[Scope]:
        """The models and includes that stand directly in a world or model, in order."""
        result: list[Scope] = []
        for element in holder:
            if element.tag == "model":
                result.append(self.model(element, version, folder, above))
            elif element.tag == "include":
                included = self._included(element, folder, above)
                result += [] if included is None else [included]
        seen: set[str] = set()
        for scope in result:
            if scope.name in seen:
                broken(f"there are two models named {scope.name!r} side by side; rename one")
            seen.add(scope.name)
        return result

    def model(self, element: Element, version: Version, folder: Path, above: tuple[Path, ...], depth: int = 0) -> Scope:
        """One model with what is nested in it. Raises BrokenFile."""
        self._count += 1
        if self._count > MAX_MODELS:
            broken(f"it has more than {MAX_MODELS} models, included ones counted; split the world")
        name = needed_name(element, "model")
        scope = Scope(
            name, element, version, folder, element.find("pose"), element.get("placement_frame", ""), is_true(element, "static")
        )
        if len(above) + self._nesting(element) > MAX_DEPTH:
            broken(f"its models are nested more than {MAX_DEPTH} deep; flatten them")
        scope.children = self.of(element, version, folder, above)
        return scope

    def _nesting(self, element: Element) -> int:
        """How deep models stand in one another within one file."""
        depth, level = 0, [element]
        while level:
            depth += 1
            level = [child for one in level for child in named(one, "model")]
        return depth

    def _included(self, include: Element, folder: Path, above: tuple[Path, ...]) -> Scope | None:
        self.includes += 1
        uri = text_of(include.find("uri"))
        called = text_of(include.find("name")) or uri
        self._job.check()
        try:
            file = self._files.get((folder, uri)) or self._model_file(folder, uri)
            self._files[folder, uri] = file
            if file in above:
                broken(f"the model {uri[:80]!r} includes itself")
            root = self._root(file)
            inner = next(named(root, "model"), None)
            if inner is None:
                broken(f"the file of {uri[:80]!r} holds no model")
            scope = self.model(inner, version_of(root), file.parent, (*above, file))
        except BrokenFile as error:
            if len(above) == 0 or "more than" not in str(error):
                self.missing.setdefault(str(error), []).append(called)
                return None
            raise
        scope.uri = uri
        scope.name = text_of(include.find("name")) or scope.name
        if include.find("pose") is not None:
            scope.pose = include.find("pose")
            scope.placement = text_of(include.find("placement_frame")) or scope.placement
        if include.find("static") is not None:
            scope.is_static = is_true(include, "static")
        return scope

    def _root(self, file: Path) -> Element:
        if file not in self._roots:
            if file.stat().st_size > _FILE_BYTES:
                broken(f"the model file {file.name!r} is over 64 MB; split the model")
            note(file)
            root = read_robot_markup(file, self._job)
            if root.tag != "sdf":
                broken(f"the model file {file.name!r} begins with <{root.tag[:40]}>, expected <sdf>")
            self._roots[file] = root
        return self._roots[file]

    def _model_file(self, folder: Path, uri: str) -> Path:
        """The SDF file that an include means: the one itself, or the newest that the folder's model.config names."""
        found = self.nearby.model_folder(folder, uri)
        if found.is_file():
            return found
        config = found / "model.config"
        names = ["model.sdf"]
        if config.is_file() and config.stat().st_size < _FILE_BYTES:
            note(config)
            named_there = sorted(named(read_robot_markup(config, self._job), "sdf"), key=_newest)
            names = [text_of(one) for one in reversed(named_there)] or names
        files = [(found / name).resolve() for name in names]
        file = next((one for one in files if one.is_file() and one.is_relative_to(found)), None)
        if file is None:
            broken(f"the model {uri[:80]!r} has no file {names[0][:80]!r} in its folder; copy it there")
        return file


def _newest(element: Element) -> tuple[int, ...]:
    return tuple(int(word) for word in re.findall(r"\d{1,6}", element.get("version", "0")))
