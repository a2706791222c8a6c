"""What the window is given by the application: the document, the live line, studies, readers and a clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from viewer.base.clock import Clock, SystemClock
from viewer.base.ids import ChannelId, NodeId
from viewer.base.job import Job
from viewer.live.status import FeedStatus
from viewer.twin.document import Document
from viewer.twin.edits import Edit
from viewer.twin.model import Twin
from viewer.twin.samples import SampleReader

if TYPE_CHECKING:
    from viewer.geometry.model import SizeDoubt, UnitQuestion
    from viewer.live.doctor import Finding


class LatestLike(Protocol):
    """The newest sample of each channel asked for, in that order; see `viewer.live.rings.Latest`."""

    @property
    def values(self) -> NDArray[np.float64]: ...
    @property
    def t_ns(self) -> NDArray[np.int64]: ...
    @property
    def condition(self) -> NDArray[np.uint8]: ...


class StoreLike(Protocol):
    """Samples held in memory, any thread may ask; see `viewer.live.rings.SampleStore`."""

    def latest(self, channels: Sequence[ChannelId]) -> LatestLike: ...
    def range(self, channel: ChannelId, t0_ns: int, t1_ns: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]: ...
    def next_stale_ns(self) -> int | None: ...


class FeedLike(Protocol):
    """The live line; see `viewer.live.feed.LiveFeed`. Callbacks come on the receiving thread."""

    @property
    def store(self) -> StoreLike: ...
    @property
    def reader(self) -> SampleReader:
        """Live memory and what lies before it as one; its questions may take a while, so not on the main thread."""
        ...

    def status(self) -> FeedStatus: ...
    def on_batch(self, callback: Callable[[], None]) -> Callable[[], None]: ...
    def on_state(self, callback: Callable[[FeedStatus], None]) -> Callable[[], None]: ...
    def taken(self) -> None: ...


@dataclass(frozen=True, slots=True)
class ColourBy:
    """What the parts' colours tell.

    scene      the colour bindings of the scene itself
    states     the states of stations and devices
    channels   the channels whose id, name or unit matches `glob`
    none       nothing: parts keep their own colours
    property   a property of nodes and parts, whose key `glob` is
    the others what nodes are: see `viewer.twin.attributes`
    """

    kind: Literal["scene", "states", "channels", "none", "property", "kind", "part", "file", "size", "volume", "triangles"] = (
        "scene"
    )
    glob: str = "*"


@dataclass(frozen=True, slots=True)
class Opened:
    """What came of opening a file: another document, or an edit of the one that is open."""

    document: Document | None = None
    edit: Edit | None = None
    warnings: tuple[str, ...] = ()
    """What its readers noticed."""
    failed: tuple[str, ...] = ()
    """Files of a scene that could not be opened: a sentence for each."""
    question: UnitQuestion | None = None
    """About the unit of a single file that has none."""
    doubt: SizeDoubt | None = None
    """Where a single file is of an impossible size."""
    about: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])
    """What its geometry files say about themselves (author, program, schema …), by their names; those that say something."""


@runtime_checkable
class ShowingJob(Protocol):
    """A job that can show what there is so far: a document that is frozen until the finished one takes its place."""

    def show(self, so_far: object) -> None: ...


OpenFile = Callable[[Path, "str | None", Job, Twin], Opened]
"""(path, unit, job, the twin that is open) -> Opened. Runs on a background thread; raises UserMistake, Cancelled."""


@dataclass(frozen=True, slots=True)
class Added:
    """What came of reading a file to be added: the edit that adds it, and the question about its unit where it has none."""

    edit: Edit
    node: NodeId
    """The node that all of it hangs under."""
    question: UnitQuestion | None = None
    warnings: tuple[str, ...] = ()
    doubt: SizeDoubt | None = None
    """Where it is of an impossible size."""


AddFile = Callable[[Document, Path, "str | None", "tuple[float, float, float] | None", Job], Added]
"""(document, path, unit, where it is to stand in metres or None for its own origin, job). Runs on a background thread."""

SaveDocument = Callable[[Document, "Path | None", Job], Path]
"""(document, where to or None for where it came from, job) -> path written. Runs on a background thread."""


@dataclass(frozen=True, slots=True)
class ReadBeside:
    """What came of reading a file beside the document that is open; where it names no unit, the question about it."""

    twin: Twin
    question: UnitQuestion | None = None


ReadTwin = Callable[[Path, "str | None", Job], ReadBeside]
"""(path, unit, job) -> what a scene or geometry file holds, beside the document that is open. Background; as OpenFile."""


@dataclass(slots=True)
class Services:
    """All that the window works with. What is None is not offered."""

    document: Document | None = None
    feed: FeedLike | None = None
    clock: Clock = field(default_factory=SystemClock)
    open_file: OpenFile | None = None
    add_file: AddFile | None = None
    save: SaveDocument | None = None
    studies: Any = None
    """The registry of studies, handed to the studies panel as it is."""
    runner: Any = None
    read_twin: ReadTwin | None = None
    examine: Callable[[], list[Finding]] | None = None
    """The doctor: looks at everything, which takes some seconds; on a background thread."""
    scene_path: Path | None = None
    formats: Callable[[], tuple[str, ...]] = tuple
    """Suffixes of the geometry files that `open_file` takes, beside scene folders and scene.toml."""
    """Those of them that never say their length unit, so that a person is asked."""
