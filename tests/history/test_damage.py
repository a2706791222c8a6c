"""Nothing is ever silently wrong: flipped bits are found, power cuts and kills lose nothing that was acknowledged."""

import os
import random
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from viewer.base.clock import ManualClock
from viewer.base.errors import GenchiError, UserMistake
from viewer.base.ids import ChannelId
from viewer.history.records import Batch, HistoryFull
from viewer.history.store import History
from viewer.twin.catalogue import ChannelInfo
from viewer.twin.samples import Columns

S = 1_000_000_000
T0 = 1_700_000_000 * S
CHANNELS = 40
FLIPS = int(os.environ.get("GENCHI_FLIPS", "50"))
CUTS = int(os.environ.get("GENCHI_CUTS", "12"))


def batch(sequence: int, samples: int = 50) -> Batch:
    """Batch `sequence` of a device: what is in it follows from its number."""
    t_ns = T0 + (sequence * samples + np.arange(samples)) * S // 10
    values = np.round(np.sin(np.arange(CHANNELS * samples) + sequence), 4)
    counts = np.full(CHANNELS, samples)
    return Batch(
        "d", "e", sequence, Columns(np.arange(CHANNELS), counts, np.tile(t_ns, CHANNELS), values, np.zeros(len(values), np.uint8))
    )


def opened(folder: Path) -> History:
    return History(folder, ManualClock(T0 + 10**9 * S), ballast_bytes=1 << 16)


def begun(folder: Path) -> History:
    history = opened(folder)
    history.declare([ChannelInfo(f"c{i}") for i in range(CHANNELS)])
    return history


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("written")
    with begun(folder) as history:
        for sequence in range(1, 61):
            history.append([batch(sequence)])
            if sequence in (20, 40):
                history.move()
        history.append_event("alarm", T0, b"raised")
    return folder


def truth(number: int) -> tuple[np.ndarray, np.ndarray]:
    batches = [batch(sequence).columns for sequence in range(1, 61)]
    part = slice(50 * number, 50 * number + 50)
    return np.concatenate([one.t_ns[part] for one in batches]), np.concatenate([one.values[part] for one in batches])


def test_that_a_folder_is_open_only_once(tmp_path: Path) -> None:
    with begun(tmp_path), pytest.raises(UserMistake, match="another gateway"):
        opened(tmp_path)


def test_that_a_file_that_is_no_history_is_set_aside_and_said(tmp_path: Path) -> None:
    (tmp_path / "history.db").write_bytes(b"not a database at all" * 1000)
    with begun(tmp_path) as history:
        assert "set aside" in history.gaps()[0].cause
        history.append([batch(1)])
    (aside,) = tmp_path.glob("damaged-*.db")
    assert aside.read_bytes().startswith(b"not a database")


def test_that_every_flipped_bit_is_found_and_no_answer_is_silently_wrong(written: Path, tmp_path: Path) -> None:
    rng = random.Random(7)
    whole = (written / "history.db").read_bytes()
    with_sums = (written / "history.db.sums").read_bytes()
    for flip in range(FLIPS):
        folder = tmp_path / str(flip)
        folder.mkdir()
        bit = rng.randrange(8 * len(whole))
        changed = bytearray(whole)
        changed[bit // 8] ^= 1 << bit % 8
        (folder / "history.db").write_bytes(changed)
        (folder / "history.db.sums").write_bytes(with_sums)
        check_flipped(folder, bit // 8)
        shutil.rmtree(folder)


def check_flipped(folder: Path, at: int) -> None:
    try:
        history = opened(folder)
    except GenchiError:
        return
    with history:
        told = bool(history.gaps())
        assert told or history.verify(), f"a flipped bit of byte {at} was not found"
        for number in (0, 39):
            channel = ChannelId(f"c{number}")
            t_ns, values = truth(number)
            try:
                got_t, got = history.range(channel, 0, 1 << 62)
                envelope = history.envelope(channel, int(t_ns[0]), int(t_ns[-1]), 30)
                latest = history.latest_at([channel], int(t_ns[-1]))
            except GenchiError:
                continue
            right = len(got) == len(values) and (got == values).all() and (got_t == t_ns).all()
            right = right and envelope.counts.sum() == len(t_ns) and latest.values[0] == values[-1]
            assert right or history.gaps(), f"a flipped bit of byte {at} gave a wrong answer without a word"


def test_that_an_untouched_history_has_no_findings(written: Path, tmp_path: Path) -> None:
    shutil.copytree(written, tmp_path / "copy")
    with opened(tmp_path / "copy") as history:
        assert history.verify() == ()
        assert history.gaps() == ()
        assert history.range(ChannelId("c3"), 0, 1 << 62)[1].tolist() == truth(3)[1].tolist()


def test_that_a_flipped_bit_in_the_log_is_found(tmp_path: Path) -> None:
    with begun(tmp_path / "h") as history:
        for sequence in range(1, 9):
            history.append([batch(sequence)])
        crashed = tmp_path / "crashed"
        shutil.copytree(tmp_path / "h", crashed)
    log = crashed / "history.db-wal"
    data = bytearray(log.read_bytes())
    data[len(data) // 2] ^= 16
    log.write_bytes(data)
    with opened(crashed) as history:
        (gap,) = history.gaps()
        assert "a frame of its log is damaged" in gap.cause
        kept = history.progress("d", "e")
        assert history.range(ChannelId("c1"), 0, 1 << 62)[1].tolist() == truth(1)[1].tolist()[: 50 * kept]
    assert list(crashed.glob("damaged-*.db-wal"))


WRITE = """
import sys
from tests.history.test_damage import batch, begun, opened
from pathlib import Path
folder = Path(sys.argv[1])
history = opened(folder) if (folder / "history.db").exists() else begun(folder)
from viewer.twin.catalogue import ChannelInfo
history.declare([ChannelInfo(f"c{i}") for i in range(40)])
sequence = history.progress("d", "e")
while True:
    sequence += 1
    history.append([batch(sequence)])
    print(sequence, flush=True)
    if sequence % 9 == 0:
        history.move()
"""


def child(folder: Path) -> subprocess.Popen[str]:
    root = Path(__file__).resolve().parents[2]
    return subprocess.Popen([sys.executable, "-c", WRITE, str(folder)], stdout=subprocess.PIPE, text=True, cwd=root)


def kept_whole(folder: Path, acknowledged: int) -> int:
    """How many batches are kept; each must be there once, whole, and all that was acknowledged."""
    with opened(folder) as history:
        kept = history.progress("d", "e")
        assert kept >= acknowledged
        expected = np.concatenate([batch(sequence).columns.values[:50] for sequence in range(1, kept + 1)])
        assert history.range(ChannelId("c0"), 0, 1 << 62)[1].tolist() == expected.tolist()
        assert history.envelope(ChannelId("c0"), 0, 1 << 62, 10).counts.sum() == len(expected)
        assert history.gaps() == ()
        assert history.verify() == ()
        return kept


def test_that_a_killed_gateway_lost_nothing_it_acknowledged(tmp_path: Path) -> None:
    rng = random.Random(3)
    for _ in range(3):
        writer = child(tmp_path / "h")
        assert writer.stdout is not None
        stop_after = rng.randrange(5, 40)
        lines = 0
        acknowledged = 0
        for line in writer.stdout:
            acknowledged, lines = int(line), lines + 1
            if lines >= stop_after:
                break
        writer.send_signal(signal.SIGKILL)
        rest = writer.stdout.read().split()
        writer.wait()
        kept_whole(tmp_path / "h", int(rest[-1]) if rest else acknowledged)


def test_that_a_power_cut_at_any_byte_of_the_log_lost_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    """What is behind the last acknowledged commit may be cut anywhere or be garbage; what is before it was synced."""
    rng = random.Random(11)
    with begun(tmp_path / "h") as history:
        marks: list[tuple[int, int]] = []
        for sequence in range(1, 25):
            history.append([batch(sequence)])
            if sequence == 9:
                history.move()
            marks.append(((tmp_path / "h" / "history.db-wal").stat().st_size, sequence))
        image = tmp_path / "image"
        shutil.copytree(tmp_path / "h", image)
    log = (image / "history.db-wal").read_bytes()
    for i in range(CUTS):
        end = rng.randrange(marks[0][0], len(log))
        acknowledged = max(sequence for size, sequence in marks if size <= end)
        synced = max(size for size, _ in marks if size <= end)
        tail = bytearray(log[synced:end])
        for at in range(0, len(tail), 4096):
            if rng.random() < 0.5:
                tail[at : at + 4096] = bytes(len(tail[at : at + 4096]))
        folder = tmp_path / f"cut{i}"
        shutil.copytree(image, folder)
        (folder / "history.db-wal").write_bytes(log[:synced] + tail)
        (folder / "history.db-shm").unlink(missing_ok=True)
        kept_whole(folder, acknowledged)
        shutil.rmtree(folder)


def test_that_a_full_disk_is_said_and_passes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with begun(tmp_path / "h") as history:
        history.append([batch(1)])
        limit(history, 0)
        with pytest.raises(HistoryFull, match="disk is full"):
            for sequence in range(2, 100):
                history.append([batch(sequence)])
        last = history.progress("d", "e")
        assert history.full_since_ns is not None
        assert not (tmp_path / "h" / "ballast").exists()
        with pytest.raises(HistoryFull):
            history.append([batch(last + 1)])
        assert [gap.cause for gap in history.gaps()] in ([], ["disk full"])
        limit(history, 10**6)
        history.append([batch(last + 1)])
        assert history.full_since_ns is None
        assert [gap.cause for gap in history.gaps()] == ["disk full"]
        assert (tmp_path / "h" / "ballast").exists()
        assert history.range(ChannelId("c0"), 0, 1 << 62)[1].size == 50 * (last + 1)


def limit(history: History, pages: int) -> None:
    """Let SQLite find no room: so many pages, or as many as there are."""
    history._writer.do(lambda connection: connection.rows(f"PRAGMA max_page_count={max(pages, 1)}")).result()
