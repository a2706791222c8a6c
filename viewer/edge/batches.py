"""A device's batch as the gateway keeps it: whether it may send it, and its samples and waveforms over the catalogue."""

from __future__ import annotations

import math
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from viewer.access.registry import channel_mask
from viewer.base.errors import UserMistake
from viewer.edge.collector import Fed
from viewer.edge.devices import DeviceSource
from viewer.edge.source import Source
from viewer.live import device_words as words
from viewer.live import wire
from viewer.live.columns import unpack
from viewer.live.keys import Enrolled
from viewer.twin.samples import Columns, in_runs

_MAX_T_NS: Final = 1 << 62


def check_rights(person: Enrolled, source: DeviceSource) -> None:
    """Whether this identity may send all channels of its source. Raises UserMistake with the first it may not."""
    ids = [one.id for one in source.channels()]
    allowed = channel_mask(ids, person.channels)
    if not allowed.all():
        refused = ids[int(np.argmin(allowed))]
        raise UserMistake(f"{person.user} may not send the channel «{refused}»: its enrolment names others")


def columns_of(batch: words.Batch, channels: int) -> Columns:
    """The batch's samples, those of waveforms among them, each channel's by time. Raises WireError."""
    columns = unpack(batch.samples, channels=channels)
    if not batch.waveforms:
        return columns
    index, times = [np.repeat(columns.channels, columns.counts)], [columns.t_ns]
    values, quality = [columns.values], [columns.quality]
    for wave in batch.waveforms:
        curve = _curve(wave, channels)
        index.append(np.full(len(curve), wave.channel, np.int64))
        times.append(wave.t0_ns + np.round(np.arange(len(curve)) * wave.step_ns).astype(np.int64))
        values.append(curve)
        quality.append((~np.isfinite(curve)).astype(np.uint8))
    channel, t_ns = np.concatenate(index), np.concatenate(times)
    if len(channel) > wire.MAX_BLOCK_SAMPLES or int(t_ns.max(initial=0)) > _MAX_T_NS:
        raise wire.WireError(f"a batch has at most {wire.MAX_BLOCK_SAMPLES} samples with its waveforms, and times below 2^62")
    order = np.lexsort((t_ns, channel))
    return in_runs(channel[order], t_ns[order], np.concatenate(values)[order], np.concatenate(quality)[order])


def _curve(wave: words.Waveform, channels: int) -> NDArray[np.float64]:
    spans = math.isfinite(wave.step_ns) and 0.0 < wave.step_ns * len(wave.values) <= _MAX_T_NS
    if wave.channel >= channels or len(wave.values) % 8 or not spans:
        raise wire.WireError(f"a waveform of channel {wave.channel} with {len(wave.values)} bytes of values")
    return np.frombuffer(wave.values, "<f8")


def over_catalogue(columns: Columns, fed: Fed) -> Columns:
    """A device's columns over the gateway's catalogue."""
    index = fed.index[columns.channels]
    if (index[1:] > index[:-1]).all():
        return Columns(index, columns.counts, columns.t_ns, columns.values, columns.quality)
    return in_runs(np.repeat(index, columns.counts), columns.t_ns, columns.values, columns.quality)


def wave_note(device: str, source: Source, wave: words.Waveform) -> bytes:
    count = len(wave.values) // 8
    return msgspec.msgpack.encode(
        {
            "device": device,
            "channel": source.channels()[wave.channel].id,
            "trigger_ns": wave.trigger_ns,
            "t0_ns": wave.t0_ns,
            "step_ns": wave.step_ns,
            "samples": count,
            "cause": wave.cause,
            "facts": wave.facts,
        }
    )
