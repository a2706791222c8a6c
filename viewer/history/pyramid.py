"""The pyramid over each channel's samples: how it grows when samples are moved into blocks.

A level's tile is finished when time has passed it; its cells then go up one level. Until then they wait in rows of the owner.
What comes late for a finished tile goes into it, and up, at once. So each sample is counted once on every level it reached.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

import numpy as np

from viewer.history.cells import COARSEST, STEP, TILE_BITS, Cells, base_shift, cells_of, coarser, merged, pack_cells, unpack_cells
from viewer.history.database import Connection
from viewer.history.lanes import Lane
from viewer.history.rows import Tile, levels_of, tile_of, whole
from viewer.history.seal import Damaged

_logger = logging.getLogger(__name__)
_MOST_UNFINISHED = 8
_FIELDS = "id, owner, shift, tile, done, body"


@dataclass(slots=True)
class Growth:
    """What a move changes in the pyramid."""

    gone: list[int] = field(default_factory=list[int])
    tiles: list[Tile] = field(default_factory=list[Tile])
    levels: list[tuple[int, int, int]] = field(default_factory=list[tuple[int, int, int]])
    """Owner, shift, and up to which tile it is now finished."""


def grow(connection: Connection, lane: Lane, until_ns: int, growth: Growth) -> None:
    """Add a lane's samples. What is after `until_ns` (now) finishes nothing: a clock that is ahead must not close the present."""
    done = levels_of(connection, lane.owner)
    base = min(done) if done else base_shift(lane.columns)
    cells = cells_of(lane.columns, base)
    newest = lane.columns.t_ns[lane.columns.t_ns <= until_ns]
    newest_ns = int(newest.max()) if len(newest) else None
    for shift in range(base, COARSEST + 1, STEP):
        if not len(cells):
            break
        level = _Level(connection, lane.owner, shift, growth)
        cells = coarser(level.add(cells, done.get(shift), newest_ns))


@dataclass(frozen=True, slots=True)
class _Level:
    connection: Connection
    owner: int
    shift: int
    growth: Growth

    def add(self, cells: Cells, done: int | None, newest_ns: int | None) -> Cells:
        """Add cells; those that are finished by it, which now go up."""
        tile = cells.cell >> TILE_BITS
        before = int(tile.min()) if done is None else done
        now = before if newest_ns is None else max(before, newest_ns >> (self.shift + TILE_BITS))
        if done is None or now > before:
            self.growth.levels.append((self.owner, self.shift, now))
        waiting = self._taken(before, now) if now > before else []
        finished = merged([cells.where(tile < now), *waiting])
        self._finish(finished, before)
        self._wait(cells.where(tile >= now))
        return finished

    def _taken(self, first: int, end: int) -> list[Cells]:
        """The unfinished cells of tiles first … end-1, taken out of their rows."""
        sql = f"SELECT {_FIELDS} FROM tiles WHERE owner = ? AND shift = ? AND tile >= ? AND tile < ? AND done = 0"
        return self._read(sql, (self.owner, self.shift, first, end))

    def _read(self, sql: str, values: tuple[int, ...]) -> list[Cells]:
        found: list[Cells] = []
        for row in self.connection.rows(sql, values):
            try:
                found.append(unpack_cells(tile_of(row)[1].body))
            except (Damaged, ValueError):
                # It stays where it is, so that readers meet it and take the samples instead.
                _logger.error("tile %s of the history's pyramid is damaged", row[0])
            else:
                self.growth.gone.append(whole(row[0]))
        return found

    def _finish(self, cells: Cells, before: int) -> None:
        """Rows of one channel and tile each; what is late is joined with the row that is there."""
        for channel in np.unique(cells.channel).tolist():
            own = cells.where(cells.channel == channel)
            tiles = own.cell >> TILE_BITS
            for tile in np.unique(tiles).tolist():
                part = own.where(tiles == tile)
                if tile < before:
                    sql = f"SELECT {_FIELDS} FROM tiles WHERE owner = ? AND shift = ? AND tile = ? AND done = 1"
                    part = merged([*self._read(sql, (channel, self.shift, tile)), part])
                self.growth.tiles.append(Tile(channel, self.shift, tile, 1, pack_cells(part)))

    def _wait(self, cells: Cells) -> None:
        tiles = cells.cell >> TILE_BITS
        for tile in np.unique(tiles).tolist():
            part = cells.where(tiles == tile)
            place = (self.owner, self.shift, tile)
            count = self.connection.rows(
                "SELECT COUNT(*) FROM tiles WHERE owner = ? AND shift = ? AND tile = ? AND done = 0", place
            )
            if whole(count[0][0]) >= _MOST_UNFINISHED:
                part = merged([part, *self._taken(tile, tile + 1)])
            self.growth.tiles.append(Tile(self.owner, self.shift, tile, 0, pack_cells(part)))
