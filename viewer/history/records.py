"""What goes into the historian besides samples and what comes out: batches, gaps, events, spans, findings."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
import numpy as np

from viewer.base.errors import GenchiError
from viewer.twin.samples import Columns


class HistoryFull(GenchiError):
    """Nothing can be kept since the disk is full; what was appended is not acknowledged."""


class HistoryUnwritable(GenchiError):
    """The database could not be written for another reason, such as a server that is away; nothing is acknowledged."""


class HistoryClosed(GenchiError):
    """The historian is closed."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Samples that a device sent together. (device, epoch, sequence) is kept once, however often it comes."""

    device: str
    epoch: str
    """What begins anew when the device lost its numbering, such as its start time."""
    sequence: int
    """From 1 in each epoch."""
    columns: Columns
    """Over the order in which the channels were declared last; may be empty."""


class Gap(msgspec.Struct, frozen=True, array_like=True):
    """Something that is missing, and why. Sequences are 0 where no numbered batch is concerned."""

    device: str
    epoch: str
    first: int
    """First missing sequence."""
    last: int
    t0_ns: int
    """Nothing is missing before."""
    t1_ns: int
    """Nor after."""
    cause: str
    """Such as "never arrived", "disk full", "damaged"."""
    channels: tuple[str, ...] = ()
    """The channels concerned where they are known; none named means all of the device."""


class Event(msgspec.Struct, frozen=True, array_like=True):
    """One line of an alarm or audit journal as it was appended."""

    number: int
    """Ascending in the order of appending."""
    kind: str
    t_ns: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class Span:
    """What there is of a channel."""

    t0_ns: int
    t1_ns: int
    samples: int


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that `verify` found wrong."""

    where: str
    """Such as "blocks 17" or "page 4"."""
    what: str


def check_batch(batch: Batch, declared: int) -> None:
    """Raises ValueError where a batch is no runs over so many declared channels."""
    columns = batch.columns
    k = len(columns.t_ns)

    def wrong(what: str) -> ValueError:
        return ValueError(f"batch {batch.sequence} of «{batch.device}»: {what}")

    if batch.sequence < 1:
        raise wrong("a sequence is counted from 1")
    if not (len(columns.values) == len(columns.quality) == k and len(columns.counts) == len(columns.channels)):
        raise wrong("its columns differ in length")
    if int(columns.counts.sum()) != k or (len(columns.counts) and int(columns.counts.min()) < 1):
        raise wrong(f"its runs do not hold its {k} samples")
    if len(columns.channels) and not (int(columns.channels.min()) >= 0 and int(columns.channels.max()) < declared):
        raise wrong(f"{declared} channels are declared, but it has samples of number {int(columns.channels.max())}")
    if (np.diff(columns.channels) <= 0).any():
        raise wrong("its channels do not ascend")
