"""Point clouds in the scene: which points are drawn from here, refined while the camera rests, and picked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from viewer.base.ids import NodeId
from viewer.render.camera import Camera
from viewer.render.chunks import PartTextures
from viewer.render.cloud_picking import CloudPicker
from viewer.render.cloud_shaders import HEIGHT, INTENSITY, PLAIN, RAMP_STOPS, SCAN
from viewer.render.cloud_shading import EyeDome
from viewer.render.cloud_slabs import Slab
from viewer.render.cloud_table import ChunkTable, DrawnCloud, Worth, worth
from viewer.render.picking import Hit
from viewer.render.slots import SlotTable
from viewer.render.stage import Stage
from viewer.twin.cloud_look import CloudLook
from viewer.twin.colour_maps import colour_map
from viewer.twin.deltas import Delta
from viewer.twin.model import Twin

_OVERVIEW = 120_000
"""Points that are always there, an even sample of all clouds: what one sees at once, and while the camera moves."""
_SLAB = 250_000
"""Points that one frame at rest adds."""
_MISSING = 0.08
"""Share of the worthwhile points that may be missing from what lies on the card already."""
_LEAST_IN_MOTION, _MOTION_S = 60_000, 0.045
_MOST_PX, _SMALLEST_PX = 14.0, 1.6
_CLOSED = 1.35
"""Points this much larger than their spacing leave no holes."""
_HEIGHT_SHARES = (1.0, 99.0)
_RAMP = "viridis"

Source = Callable[[], tuple[SlotTable, PartTextures]]
Keeps = Callable[[NDArray[np.float64]], NDArray[np.bool_]]
"""Which points (n, 3) of the world the section leaves."""


@dataclass(slots=True)
class _Part:
    """What a slab is to hold: rows of the chunk table and the points of each."""

    rows: NDArray[np.int64]
    begin: NDArray[np.int64]
    end: NDArray[np.int64]
    spacing_px: float


class CloudLayer:
    """A SceneLayer. Pose, visibility, marks and colours of its nodes stand in the scene's own slots, so it follows every edit,
    drag and overlay without being told. Main thread.
    """

    def __init__(self, stage: Stage, source: Source, keeps: Keeps) -> None:
        self._stage, self._source, self._keeps = stage, source, keeps
        self._twin = Twin()
        self._textures: PartTextures | None = None
        self._chunks = ChunkTable(())
        self._picker = CloudPicker(self._chunks)
        self._overview: Slab | None = None
        self._shown = np.zeros(0, dtype=np.int64)
        self._details: list[Slab] = []
        self._dome: EyeDome | None = None
        self._plan: list[_Part] = []
        self._built = 0
        self._last: tuple[Camera, tuple[int, int], int] | None = None
        self._heights = (0.0, 1.0)
        self._in_motion = 300_000
        self.look = CloudLook()
        self.drawn = 0
        """Points in the last frame."""
        self.unfinished = False
        """Whether another frame at rest would show more."""

    # -- what there is

    def set_twin(self, twin: Twin) -> None:
        """See SceneLayer."""
        self._twin = twin
        self._drop()

    def apply(self, twin: Twin, delta: Delta) -> None:
        """See SceneLayer."""
        self._twin = twin
        if delta.added or delta.removed:
            self._drop()

    def show_only(self, shown: frozenset[NodeId] | None, hidden: frozenset[NodeId]) -> None:
        """See SceneLayer; the slots know."""

    @property
    def points(self) -> int:
        """All points of the scene's clouds."""
        return self._chunks.points

    def set_look(self, look: CloudLook) -> None:
        """Colours, size and number of points."""
        self.look = look
        self._paint()
        self._last = None

    def _build(self, table: SlotTable, textures: PartTextures) -> None:
        found: list[DrawnCloud] = []
        for node, slot in table.slot_of.items():
            record = self._twin.nodes.get(node)
            part = None if record is None or record.part is None else self._twin.parts.get(record.part)
            if part is not None and part.cloud is not None and len(part.cloud.points):
                found.append(DrawnCloud(slot, part.cloud, np.array(part.cloud.origin_m) - table.centre_in_part[slot]))
        self._textures = textures
        self._chunks = ChunkTable(found)
        self._picker = CloudPicker(self._chunks)
        self._shown = np.zeros(len(self._chunks), dtype=np.int64)
        if not found:
            return
        share = min(1.0, _OVERVIEW / self._chunks.points)
        self._shown = np.minimum(np.ceil(self._chunks.count * share), self._chunks.count).astype(np.int64)
        self._dome = self._dome or EyeDome(self._stage)
        rows = np.arange(len(self._chunks))
        self._overview = self._slab(textures)
        self._overview.fill(self._chunks, rows, np.zeros_like(self._shown), self._shown)
        self._measure_heights(table)
        self._paint()

    def _slab(self, textures: PartTextures) -> Slab:
        slab = Slab(textures)
        self._stage.add_first(slab.actor)
        return slab

    def _measure_heights(self, table: SlotTable) -> None:
        middle, half = self._chunks.placed(table)
        low, high = np.percentile(np.concatenate([middle[:, 2] - half[:, 2], middle[:, 2] + half[:, 2]]), _HEIGHT_SHARES)
        self._heights = (float(low - table.origin[2]), float(max(high - low, 1e-6)))

    def _drop(self) -> None:
        for slab in (*([self._overview] if self._overview is not None else []), *self._details):
            slab.leave()
            self._stage.remove(slab.actor)
        self._overview, self._textures = None, None
        self._details.clear()
        self._plan.clear()
        self._built, self._last = 0, None
        self._chunks = ChunkTable(())
        self._picker = CloudPicker(self._chunks)

    def _paint(self) -> None:
        low, span = self._heights
        stops = colour_map(_RAMP)[np.linspace(8, 247, RAMP_STOPS).astype(int)] / 255.0
        ramp = np.concatenate([stops, np.ones((RAMP_STOPS, 1))], axis=1)
        for slab in (*([self._overview] if self._overview is not None else []), *self._details):
            slab.paint((float(self.mode), 0.0, low, 1.0 / span), ramp)

    @property
    def mode(self) -> int:
        """What the colours tell: as chosen, or what the scans have."""
        coloured = any(one.cloud.rgb is not None for one in self._chunks.clouds)
        bright = any(one.cloud.intensity is not None for one in self._chunks.clouds)
        chosen = {"scan": SCAN, "intensity": INTENSITY, "height": HEIGHT, "plain": PLAIN}.get(self.look.colour)
        if chosen is None or (chosen == SCAN and not coloured) or (chosen == INTENSITY and not bright):
            return SCAN if coloured else INTENSITY if bright else HEIGHT
        return chosen

    # -- drawing

    def prepare(self, camera: Camera, size_px: tuple[int, int], *, origin_m: NDArray[np.float64], draft: bool) -> None:
        """See SceneLayer."""
        table, textures = self._source()
        if textures is not self._textures:
            self._drop()
            self._build(table, textures)
        if self._overview is None:
            self.unfinished, self.drawn = False, 0
            if self._dome is not None:
                self._dome.prepare(shown=False, pixel_ratio=1.0)
            return
        now = (camera, size_px, table.poses_version + table.looks_version)
        moving = draft or (self._last is not None and self._last[0] != camera)
        if not moving and (self._last is None or self._last[:2] != now[:2] or not self._plan):
            self._choose(table, camera, size_px)
        self._last = None if draft else now
        if not moving and self._built < len(self._plan):
            self._build_next()
        self.unfinished = moving or self._built < len(self._plan)
        self._show(moving=moving, factor=0.5 if draft else 1.0)
        if self._dome is not None:
            self._dome.prepare(shown=self.look.shaded, pixel_ratio=textures.facts.pixel_ratio)

    def complete(self, camera: Camera, size_px: tuple[int, int], *, origin_m: NDArray[np.float64]) -> None:
        """Everything that is worth drawing at once, for a still picture."""
        self._last = None
        self.prepare(camera, size_px, origin_m=origin_m, draft=False)
        while self.unfinished:
            self.prepare(camera, size_px, origin_m=origin_m, draft=False)

    def frame_took(self, seconds: float, *, draft: bool) -> None:
        """What the last frame cost: in motion the number of points follows it."""
        if draft and seconds > _MOTION_S:
            self._in_motion = max(_LEAST_IN_MOTION, round(self._in_motion * 0.8))
        elif seconds < 0.5 * _MOTION_S and self.drawn >= 0.9 * self._in_motion:
            self._in_motion = min(round(self._in_motion * 1.25), 20_000_000)

    def _choose(self, table: SlotTable, camera: Camera, size_px: tuple[int, int]) -> None:
        """Plan the slabs for this viewpoint, unless nearly all that is worth drawing lies on the card already."""
        wanted = worth(self._chunks, table, camera, size_px, self.look.budget)
        held = self._shown.copy()
        for part in self._plan[: self._built]:
            np.maximum.at(held, part.rows, part.end)
        missing = np.maximum(wanted.points - held, 0).sum()
        if self._plan and missing <= _MISSING * max(int(wanted.points.sum()), 1):
            self._respace(wanted)
            return
        self._plan, self._built = _parts(wanted, self._shown), 0
        self._overview_spacing(wanted)

    def _overview_spacing(self, wanted: Worth) -> None:
        seen = wanted.points > 0
        if self._overview is not None and seen.any():
            apart = wanted.spacing_px * np.sqrt(np.maximum(wanted.points, 1) / np.maximum(self._shown, wanted.points).clip(1))
            self._overview.spacing_px = float(np.average(apart[seen], weights=self._shown[seen].clip(1)))

    def _respace(self, wanted: Worth) -> None:
        self._overview_spacing(wanted)
        for slab, part in zip(self._details, self._plan[: self._built], strict=False):
            seen = wanted.points[part.rows] > 0
            if seen.any():
                slab.spacing_px = float(np.average(wanted.spacing_px[part.rows][seen]))

    def _build_next(self) -> None:
        part = self._plan[self._built]
        if self._built == len(self._details):
            assert self._textures is not None
            self._details.append(self._slab(self._textures))
            self._paint()
        slab = self._details[self._built]
        slab.fill(self._chunks, part.rows, part.begin, part.end)
        slab.spacing_px = part.spacing_px
        self._built += 1

    def _show(self, *, moving: bool, factor: float) -> None:
        assert self._overview is not None
        self.drawn = self._overview.points
        left = (self._in_motion if moving else 1 << 40) - self.drawn
        alone = not self._built
        self._overview.show(True, self._size(self._overview.spacing_px if alone else min(self._overview.spacing_px, 2.0), factor))
        for number, slab in enumerate(self._details):
            shown = number < max(self._built, len(self._plan) if moving else 0) and slab.points <= left
            if shown:
                left -= slab.points
                self.drawn += slab.points
            slab.show(shown, self._size(slab.spacing_px, factor))

    def _size(self, spacing_px: float, factor: float) -> float:
        size = min(max(_CLOSED * spacing_px, _SMALLEST_PX), _MOST_PX) * self.look.size
        return max(size * factor, 1.0)

    # -- asking

    def pick(self, origin_m: NDArray[np.float64], direction: NDArray[np.float64], pixels_per_m: float) -> Hit | None:
        """See SceneLayer."""
        if self._overview is None:
            return None
        table, _ = self._source()
        parallel = self._last is not None and self._last[0].parallel
        return self._picker.first(table, origin_m, direction, pixels_per_m, parallel=parallel, keeps=self._keeps)

    def bounds(self, ids: frozenset[NodeId] | None) -> NDArray[np.float64] | None:
        """See SceneLayer; the slots' boxes are the clouds' own, so there is nothing to add."""
        return None

    def close(self) -> None:
        """See SceneLayer."""
        self._drop()
        if self._dome is not None:
            self._dome.close()


def _parts(wanted: Worth, held: NDArray[np.int64]) -> list[_Part]:
    """Slabs of about equal size over what lacks, the widest spaced chunks first: there a holey picture shows most."""
    lacking = np.maximum(wanted.points - held, 0)
    rows = np.flatnonzero(lacking)
    rows = rows[np.argsort(-wanted.spacing_px[rows], kind="stable")]
    slab_of = (np.cumsum(lacking[rows]) - lacking[rows]) // _SLAB
    result: list[_Part] = []
    for number in range(int(slab_of.max()) + 1 if len(rows) else 0):
        some = rows[slab_of == number]
        if len(some):
            apart = float(np.average(wanted.spacing_px[some], weights=lacking[some]))
            result.append(_Part(some, held[some], wanted.points[some], apart))
    return result
