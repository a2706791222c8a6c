"""What the window is given by the application: the document, the live line, studies, readers and a clock."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from viewer.base.clock import Clock, SystemClock
from viewer.base.ids import ChannelId, ScenarioId
from viewer.base.job import Job
from viewer.twin.edits import Edit
from viewer.twin.model import Twin
from viewer.twin.overlays import OverlayFrame, OverlayPlan
from viewer.twin.scenarios import Scenario

LineState = Literal["connecting", "live", "stale", "lost"]


class SignalLike(Protocol):
    """The part of psygnal's SignalInstance that the window uses."""

    def connect(self, slot: Callable[..., Any], /) -> Any: ...
    def disconnect(self, slot: Callable[..., Any] | None = None, missing_ok: bool = True) -> None: ...


class DocumentLike(Protocol):
    """The twin under edit; `viewer.twin.document.Document` in the product. Main thread."""

    @property
    def twin(self) -> Twin: ...
    @property
    def can_undo(self) -> bool: ...
    @property
    def can_redo(self) -> bool: ...
    @property
    def undo_title(self) -> str: ...
    @property
    def redo_title(self) -> str: ...
    @property
    def saved(self) -> bool: ...
    @property
    def scenarios(self) -> Sequence[Scenario]: ...
    @property
    def scenario(self) -> Scenario | None: ...
    @property
    def changed(self) -> SignalLike: ...
    @property
    def history_changed(self) -> SignalLike: ...
    @property
    def scenario_changed(self) -> SignalLike: ...
    def apply(self, edit: Edit) -> None: ...
    def undo(self) -> None: ...
    def redo(self) -> None: ...
    def preview(self, edit: Edit) -> None: ...
    def end_preview(self) -> None: ...
    def new_scenario(self, name: str) -> Scenario: ...
    def open_scenario(self, scenario: ScenarioId | None) -> None: ...
    def mark_saved(self) -> None: ...


class FeedStatusLike(Protocol):
    """How the live line is: `viewer.live.feed.FeedStatus`."""

    @property
    def state(self) -> LineState: ...
    @property
    def since_ns(self) -> int: ...
    @property
    def latency_ms(self) -> float: ...
    @property
    def gaps(self) -> int: ...
    @property
    def lost_samples(self) -> int: ...
    @property
    def samples_per_s(self) -> float: ...
    @property
    def endpoint(self) -> str: ...


class LatestLike(Protocol):
    """The newest sample of each channel asked for, in that order."""

    @property
    def values(self) -> NDArray[np.float64]: ...
    @property
    def t_ns(self) -> NDArray[np.int64]: ...
    @property
    def condition(self) -> NDArray[np.uint8]: ...


class StoreLike(Protocol):
    """Samples held in memory; any thread may ask."""

    def latest(self, channels: Sequence[ChannelId], /) -> LatestLike: ...
    def range(self, channel: ChannelId, t0_ns: int, t1_ns: int, /) -> tuple[NDArray[np.int64], NDArray[np.float64]]: ...


class FeedLike(Protocol):
    """The live line: `viewer.live.feed.LiveFeed`."""

    @property
    def store(self) -> StoreLike: ...
    def status(self) -> FeedStatusLike: ...


class OverlayLike(Protocol):
    """Channels on nodes: `viewer.twin.channel_overlay.ChannelOverlay`."""

    @property
    def plan(self) -> OverlayPlan: ...
    @property
    def channels(self) -> Sequence[ChannelId]: ...
    def frame(self, values: NDArray[np.float64], condition: NDArray[np.uint8], t_ns: int, /) -> OverlayFrame: ...


@dataclass(frozen=True, slots=True)
class ColourBy:
    """What the parts' colours tell: `bindings` (as the scene says), `states`, `channels` by a glob of their ids, `study`, `none`."""

    kind: Literal["bindings", "states", "channels", "study", "none"] = "bindings"
    glob: str = "*"


@dataclass(frozen=True, slots=True)
class Opened:
    """What came of opening a file: another document, or an edit of the one that is open."""

    document: DocumentLike | None = None
    edit: Edit | None = None
    warnings: tuple[str, ...] = ()


OpenFile = Callable[[Path, "str | None", Job, Twin], Opened]
"""(path, unit, job, the twin that is open) -> Opened. Runs on a background thread; raises UserMistake, Cancelled."""

SaveDocument = Callable[[DocumentLike, "Path | None", Job], Path]
"""(document, where to or None for where it came from, job) -> path written. Runs on a background thread."""


@dataclass(slots=True)
class Services:
    """All that the window works with. What is None is not offered."""

    document: DocumentLike | None = None
    feed: FeedLike | None = None
    clock: Clock = field(default_factory=SystemClock)
    open_file: OpenFile | None = None
    save: SaveDocument | None = None
    overlay: Callable[[Twin, ColourBy], OverlayLike] | None = None
    subscribe: Callable[[Callable[[], None]], Callable[[], None]] | None = None
    """Calls back from the receiving thread once per batch; returns what ends it."""
    studies: Any = None
    """The registry of studies, handed to the studies panel as it is."""
    runner: Any = None
    scene_path: Path | None = None
    formats: tuple[str, ...] = (".glb", ".gltf", ".stl", ".obj", ".ply", ".step", ".stp")
    """Suffixes of geometry files that `open_file` takes beside scene.toml."""
