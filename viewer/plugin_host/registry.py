"""The registry: which plugins there are, which of them failed and why, and the studies they bring; code is loaded on demand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, cast

from immutables import Map

from viewer.base.errors import UserMistake
from viewer.plugin_host.discovery import Found, discover
from viewer.plugin_host.imports import check_imports
from viewer.plugin_host.loading import load_object
from viewer.plugin_host.manifest import Manifest, PanelEntry, StudyEntry, read_manifest
from viewer.studies.contract import Study, StudyInfo
from viewer.studies.version import API_VERSION

State = Literal["ready", "failed"]


@dataclass(frozen=True, slots=True)
class Plugin:
    """One plugin as found: ready (its manifest and imports are sound), or failed with a reason of one sentence."""

    id: str
    name: str
    version: str
    source: str
    folder: Path
    state: State
    reason: str = ""
    manifest: Manifest | None = None


class Registry:
    """All plugins. Used by one thread at a time; a copy can be sent to another process."""

    def __init__(self, plugins: Iterable[Plugin]) -> None:
        self._plugins = {plugin.folder: plugin for plugin in plugins}
        self._studies: dict[str, tuple[Plugin, StudyEntry]] = {}
        self._loaded: dict[str, Study] = {}
        for plugin in self.plugins:
            if plugin.manifest is not None and plugin.state == "ready":
                self._studies.update({entry.id: (plugin, entry) for entry in plugin.manifest.studies})

    def __reduce__(self) -> tuple[type[Registry], tuple[tuple[Plugin, ...]]]:
        return (Registry, (self.plugins,))

    @property
    def plugins(self) -> tuple[Plugin, ...]:
        """Sorted by id, failed ones too."""
        return tuple(sorted(self._plugins.values(), key=lambda one: (one.id, one.source)))

    def studies(self) -> tuple[StudyInfo, ...]:
        """What can be run, sorted by id, known without importing any plugin."""
        return tuple(self._info(*self._studies[study_id]) for study_id in sorted(self._studies))

    def panels(self) -> tuple[tuple[Plugin, PanelEntry], ...]:
        """The panels that sound plugins contribute."""
        return tuple(
            (one, panel) for one in self.plugins if one.manifest and one.state == "ready" for panel in one.manifest.panels
        )

    def examples(self, study_id: str) -> tuple[Path, ...]:
        """Input files that come with a study. Raises UserMistake where there is no such study."""
        plugin, entry = self._entry(study_id)
        return tuple(plugin.folder / one for one in entry.examples)

    def load(self, study_id: str) -> Study:
        """The study, imported at the first call. Raises UserMistake where there is none or its plugin fails."""
        if study_id not in self._loaded:
            plugin, entry = self._entry(study_id)
            try:
                study = load_object(plugin.id, plugin.folder, entry.object)
                if not callable(getattr(study, "run", None)) or not callable(getattr(study, "parameters", None)):
                    raise UserMistake(
                        f"the plugin {plugin.id!r} gives as {entry.object!r} something that is no study: {plugin.folder}"
                    )
            except UserMistake as mistake:
                self._fail(plugin, str(mistake))
                raise
            self._loaded[study_id] = cast(Study, study)
        return self._loaded[study_id]

    def _fail(self, plugin: Plugin, reason: str) -> None:
        self._plugins[plugin.folder] = replace(plugin, state="failed", reason=reason)
        for study_id in [key for key, (owner, _) in self._studies.items() if owner.folder == plugin.folder]:
            del self._studies[study_id]

    def _entry(self, study_id: str) -> tuple[Plugin, StudyEntry]:
        if study_id not in self._studies:
            failed = [one.reason for one in self.plugins if one.state == "failed" and one.id == study_id.partition(".")[0]]
            if failed:
                raise UserMistake(f"the study {study_id!r} can't be used because {failed[0]}")
            known = ", ".join(sorted(self._studies)) or "none"
            raise UserMistake(f"there is no study {study_id!r}; there are: {known}")
        return self._studies[study_id]

    @staticmethod
    def _info(plugin: Plugin, entry: StudyEntry) -> StudyInfo:
        return StudyInfo(
            entry.id, entry.title, entry.description, plugin.id, Map({"version": plugin.version, "source": plugin.source})
        )


def find_plugins(found: Iterable[Found] | None = None) -> Registry:
    """The registry of all plugins that are found now; nothing is imported."""
    plugins: list[Plugin] = []
    owners: dict[str, Path] = {}
    for one in discover() if found is None else found:
        plugin = _looked_at(one)
        if plugin.state == "ready" and plugin.id in owners:
            reason = f"its id {plugin.id!r} is taken already by another plugin ({owners[plugin.id]}): {plugin.folder}"
            plugin = replace(plugin, state="failed", reason=reason)
        owners.setdefault(plugin.id, plugin.folder)
        plugins.append(plugin)
    return Registry(plugins)


def _looked_at(found: Found) -> Plugin:
    manifest: Manifest | None = None
    try:
        if found.problem:
            raise UserMistake(found.problem)
        manifest = read_manifest(found.folder)
        if manifest.api != API_VERSION:
            raise UserMistake(f"it is written for plugin API {manifest.api}, and this program has {API_VERSION}: {found.folder}")
        check_imports(found.folder, manifest)
    except UserMistake as mistake:
        name = found.folder.name
        if manifest is None:
            return Plugin(name, name, "", found.source, found.folder, "failed", str(mistake))
        return Plugin(manifest.id, manifest.name, manifest.version, found.source, found.folder, "failed", str(mistake), manifest)
    return Plugin(manifest.id, manifest.name, manifest.version, found.source, found.folder, "ready", "", manifest)
