"""The manifest `plugin.toml`: what a plugin says about itself, read and checked before any of its code is imported."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from viewer.base.errors import UserMistake

MANIFEST = "plugin.toml"
PERMISSIONS: dict[str, str] = {
    "network": "opens network connections",
    "process": "starts other processes",
    "window": "shows widgets of its own",
}
"""What a plugin may ask for beyond computing, and what each means."""

_ID = re.compile(r"[a-z][a-z0-9_]{0,39}")
_STUDY_ID = re.compile(r"[a-z][a-z0-9_]{0,39}(\.[a-z0-9_]{1,40})?")
_OBJECT = re.compile(r"[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)*:[A-Za-z_][A-Za-z0-9_]*")
_VERSION = re.compile(r"\d+\.\d+\.\d+([-+.][0-9A-Za-z.-]+)?")

FIELDS = ("id", "name", "version", "api", "description", "permissions", "contributes")
"""Keys of a manifest; `permissions` and `contributes` may be left out."""
STUDY_FIELDS = ("id", "title", "description", "object", "examples")
"""Keys of one `[[contributes.studies]]`; `examples` may be left out."""
PANEL_FIELDS = ("id", "title", "object")
"""Keys of one `[[contributes.panels]]`."""


@dataclass(frozen=True, slots=True)
class StudyEntry:
    """A study that a plugin contributes; `object` is «module:name» inside the plugin's folder."""

    id: str
    title: str
    description: str
    object: str
    examples: tuple[str, ...] = ()
    """Input files inside the plugin's folder, offered in the form."""


@dataclass(frozen=True, slots=True)
class PanelEntry:
    """A panel that a plugin contributes; `object` is «module:name» of a callable that makes the widget."""

    id: str
    title: str
    object: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """A checked manifest."""

    id: str
    name: str
    version: str
    api: int
    """Version of `viewer.api` it was written for."""
    description: str
    permissions: tuple[str, ...] = ()
    studies: tuple[StudyEntry, ...] = ()
    panels: tuple[PanelEntry, ...] = ()


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a plugin's folder. Raises UserMistake with one sentence that names the key and the file."""
    path = folder / MANIFEST
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise UserMistake(f"a plugin's folder needs a {MANIFEST}, and there is none: {path}") from error
    except OSError as error:
        raise UserMistake(f"the manifest can't be read ({error.strerror}): {path}") from error
    except UnicodeDecodeError as error:
        raise UserMistake(f"the manifest is not UTF-8 text: {path}") from error
    except tomllib.TOMLDecodeError as error:
        raise UserMistake(f"the manifest is not valid TOML: {error}: {path}") from error
    return _Reading(path).manifest(table)


class _Reading:
    """Checks one file's tables; every mistake names the file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def manifest(self, table: dict[str, Any]) -> Manifest:
        self._only(table, FIELDS, "the manifest")
        contributes = self._table(table.get("contributes", {}), "contributes")
        self._only(contributes, ("studies", "panels"), "[contributes]")
        plugin_id = self._text(table, "id", _ID, "lower-case letters, digits and _, starting with a letter")
        return Manifest(
            id=plugin_id,
            name=self._text(table, "name"),
            version=self._text(table, "version", _VERSION, "three numbers such as 1.0.0"),
            api=self._api(table),
            description=self._text(table, "description"),
            permissions=self._permissions(table),
            studies=tuple(self._study(one, plugin_id) for one in self._tables(contributes, "studies")),
            panels=tuple(self._panel(one) for one in self._tables(contributes, "panels")),
        )

    def _study(self, table: dict[str, Any], plugin_id: str) -> StudyEntry:
        self._only(table, STUDY_FIELDS, "[[contributes.studies]]")
        study_id = self._text(table, "id", _STUDY_ID, "the plugin's id, or the plugin's id, a dot and a name")
        if study_id.split(".")[0] != plugin_id:
            raise self._mistake(f"study id {study_id!r} must be {plugin_id!r} or start with '{plugin_id}.'")
        return StudyEntry(
            id=study_id,
            title=self._text(table, "title"),
            description=self._text(table, "description"),
            object=self._object(table),
            examples=self._examples(table),
        )

    def _panel(self, table: dict[str, Any]) -> PanelEntry:
        self._only(table, PANEL_FIELDS, "[[contributes.panels]]")
        return PanelEntry(self._text(table, "id"), self._text(table, "title"), self._object(table))

    def _object(self, table: dict[str, Any]) -> str:
        return self._text(table, "object", _OBJECT, "«module:name»")

    def _api(self, table: dict[str, Any]) -> int:
        api = table.get("api")
        if isinstance(api, bool) or not isinstance(api, int):
            raise self._mistake(f"'api' must be the whole number of the API version it was written for, not {api!r}")
        return api

    def _permissions(self, table: dict[str, Any]) -> tuple[str, ...]:
        wanted = self._texts(table, "permissions")
        for one in wanted:
            if one not in PERMISSIONS:
                raise self._mistake(f"unknown permission {one!r}; there are {', '.join(PERMISSIONS)}")
        return wanted

    def _examples(self, table: dict[str, Any]) -> tuple[str, ...]:
        wanted = self._texts(table, "examples")
        home = self._path.parent.resolve()
        for one in wanted:
            file = (home / one).resolve()
            if not file.is_relative_to(home) or not file.is_file():
                raise self._mistake(f"'examples' names {one!r}, which is no file inside the plugin's folder")
        return wanted

    def _texts(self, table: dict[str, Any], key: str) -> tuple[str, ...]:
        value = table.get(key, [])
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise self._mistake(f"{key!r} must be a list of texts, not {value!r}")
        return tuple(value)

    def _text(self, table: dict[str, Any], key: str, form: re.Pattern[str] | None = None, expected: str = "") -> str:
        value = table.get(key)
        if not isinstance(value, str) or not value.strip():
            raise self._mistake(f"{key!r} must be a text" + (f", not {value!r}" if key in table else ", and it is missing"))
        if form is not None and not form.fullmatch(value):
            raise self._mistake(f"{key!r} must be {expected}, not {value!r}")
        return value

    def _tables(self, table: dict[str, Any], key: str) -> list[dict[str, Any]]:
        value = table.get(key, [])
        if not isinstance(value, list):
            raise self._mistake(f"'contributes.{key}' must be a list of tables, written [[contributes.{key}]]")
        return [self._table(one, f"contributes.{key}") for one in value]

    def _table(self, value: object, key: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise self._mistake(f"{key!r} must be a table")
        return value

    def _only(self, table: dict[str, Any], known: tuple[str, ...], where: str) -> None:
        for key in table:
            if key not in known:
                raise self._mistake(f"{where} has the unknown key {key!r}; known keys: {', '.join(known)}")

    def _mistake(self, what: str) -> UserMistake:
        return UserMistake(f"{what}: {self._path}")
