"""Worker and cache: crashes, endless readers and cancels leave one sentence and no process; bad entries are made anew."""

import os
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path
from resource import RLIMIT_AS, RLIMIT_CORE, getrlimit
from typing import ClassVar

import numpy as np
import pytest

from tests.geometry.glb import glb
from viewer.base.errors import Cancelled, UserMistake
from viewer.base.ids import NodeId, PartId
from viewer.base.job import Job, SilentJob
from viewer.base.paths import cache_dir
from viewer.geometry.beside import as_they_are
from viewer.geometry.broken import broken
from viewer.geometry.cache import Cache
from viewer.geometry.model import GeometryModel
from viewer.geometry.packed import BrokenPack, load_packed, save_packed
from viewer.geometry.processes import RESERVE
from viewer.geometry.reading import read_model
from viewer.geometry.worker import MEMORY_BYTES, read_in_worker
from viewer.twin.parts import Mesh, Node, Part

HERE = str(Path(__file__).parent)


@dataclass(frozen=True)
class OddReader:
    """A reader that does what `deed` says."""

    deed: str
    format: ClassVar[str] = "odd"
    suffixes: ClassVar[tuple[str, ...]] = (".odd",)
    heavy: ClassVar[bool] = True
    title: ClassVar[str] = "odd"
    unitless: ClassVar[bool] = False
    extra: ClassVar[str] = ""
    needs: ClassVar[tuple[str, ...]] = ()

    def claims(self, head: bytes, suffix: str) -> bool:
        return True

    def read(self, path: Path, *, unit: str | None, job: Job) -> GeometryModel:
        job.progress(0.5, "half way")
        if self.deed == "crash":
            os.abort()
        if self.deed == "busy":
            Path(os.environ["ODD_PID"]).write_text(str(os.getpid()))
            sum(range(10**12))  # a call that hears nothing of what happens meanwhile
        if self.deed == "leave":
            os._exit(7)
        if self.deed == "hang":
            threading.Event().wait()
        if self.deed == "eat":
            np.ones(2**31, dtype=np.float64)
        if self.deed == "print":
            os.write(1, b"to standard output\n")
            os.write(2, b"the library is sorry\n")
            os.abort()
        if self.deed == "spill":
            (Path(tempfile.gettempdir()) / "left").write_bytes(bytes(1000))
            os.abort()
        if self.deed == "say":
            broken(f"limits: {_limits()}")
        if self.deed == "creep":
            kept = [np.ones(1 << 20) for _ in range(1 << 12)]
            del kept
        if self.deed == "stumble":
            raise KeyError("x")
        if self.deed == "refuse":
            broken("it is odd")
        job.warn("odd but whole")
        return model()


def _limits() -> str:
    """What the process says of itself."""
    core, memory = (getrlimit(limit)[0] for limit in (RLIMIT_CORE, RLIMIT_AS))
    proxies = [name for name in os.environ if name.lower().endswith("_proxy")]
    held = "held" if 0 < memory < 64 * 2**30 else "free"
    return f"core {core}, memory {held}, proxies {', '.join(proxies) or 'none'}"


def model(points: int = 3) -> GeometryModel:
    mesh = Mesh(np.arange(3.0 * points).reshape(-1, 3) ** 2, np.array([[0, 1, 2]], np.int32), None, np.array([4], np.int32))
    nodes = (Node(NodeId("a"), "a", kind="robot"), Node(NodeId("a.b"), "b", NodeId("a"), part=PartId("p"), colour=(1, 2, 3)))
    return GeometryModel("odd", "mm", (Part(PartId("p"), "p", mesh, (9, 8, 7), 0.5),), nodes, ("told",), points=points)


@pytest.fixture(autouse=True)
def importable(monkeypatch: pytest.MonkeyPatch) -> None:
    """The child process finds this module by its name."""
    monkeypatch.syspath_prepend(HERE)
    monkeypatch.setitem(sys.modules, OddReader.__module__, sys.modules[__name__])


def readers_alive() -> list[str]:
    """The folders of reading processes, which go with them."""
    return [folder.name for folder in (cache_dir() / "reading").glob("*")]


def run(tmp_path: Path, deed: str, job: Job | None = None, *, time_s: float = 60.0) -> GeometryModel:
    reader, path, target = OddReader(deed), tmp_path / "x.odd", tmp_path / "x.pack"
    memory_bytes = 2**28 if deed == "creep" else MEMORY_BYTES
    return read_in_worker(reader, path, target, unit=None, job=job or SilentJob(), time_s=time_s, memory_bytes=memory_bytes)


@pytest.mark.parametrize(
    ("deed", "said"),
    [
        ("crash", "crashed on it .signal 6"),
        ("leave", "exit code 7"),
        ("stumble", "KeyError"),
        ("refuse", "it is odd"),
        ("eat", "memory"),
        ("creep", "memory"),
        ("spill", "signal 6"),
    ],
)
def test_that_whatever_a_reader_does_becomes_one_sentence(tmp_path: Path, deed: str, said: str) -> None:
    with pytest.raises(UserMistake, match=f"{said}.*x.odd$"):
        run(tmp_path, deed)
    assert not readers_alive()
    assert list(tmp_path.iterdir()) == []


def test_that_the_process_may_leave_no_core_and_sees_no_network_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    RESERVE.close()
    with pytest.raises(UserMistake, match=r"limits: core 0, memory held, proxies none"):
        run(tmp_path, "say")


def test_that_what_a_crashing_library_printed_is_a_note_of_the_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserMistake, match="signal 6") as crashed:
        run(tmp_path, "print")
    assert "\n" not in str(crashed.value)
    assert crashed.value.__notes__ == ["to standard output\nthe library is sorry"]


def test_that_a_reader_ends_with_the_program_that_began_it(tmp_path: Path) -> None:
    code = f"""
import sys; sys.path[:0] = [{HERE!r}, {str(Path(HERE).parent.parent)!r}]
from pathlib import Path
from test_worker_and_cache import OddReader
from viewer.base.job import SilentJob
from viewer.geometry.worker import MEMORY_BYTES, read_in_worker
read_in_worker(OddReader("busy"), Path("x.odd"), Path({str(tmp_path / "x.pack")!r}), unit=None, job=SilentJob())
"""
    program = subprocess.Popen([sys.executable, "-c", code], env={**os.environ, "ODD_PID": str(tmp_path / "pid")})
    while not (tmp_path / "pid").exists():
        assert program.poll() is None
        time.sleep(0.02)
    reader = int((tmp_path / "pid").read_text())
    program.kill()
    program.wait()
    deadline = time.monotonic() + 5.0
    while Path(f"/proc/{reader}/stat").exists() and " Z " not in Path(f"/proc/{reader}/stat").read_text():
        assert time.monotonic() < deadline, "the reader outlived the program"
        time.sleep(0.02)


def test_that_a_process_of_our_own_readers_is_kept_for_the_next_file_and_others_are_not(tmp_path: Path) -> None:
    RESERVE.close()
    for name in ("a", "b"):
        (tmp_path / f"{name}.glb").write_bytes(glb())
        read_model(tmp_path / f"{name}.glb")
        assert len(readers_alive()) == 1
    run(tmp_path, "well")
    assert readers_alive() == []


def test_that_a_reader_that_never_ends_is_ended(tmp_path: Path) -> None:
    with pytest.raises(UserMistake, match=r"longer than the 1\.5 s"):
        run(tmp_path, "hang", time_s=1.5)
    assert not readers_alive()


def test_that_a_cancel_ends_the_child_at_once(tmp_path: Path) -> None:
    class Impatient(SilentJob):
        began = 0.0

        def progress(self, fraction: float, doing: str = "") -> None:
            self.began = time.monotonic()
            raise Cancelled("enough")

    job = Impatient()
    with pytest.raises(Cancelled):
        run(tmp_path, "hang", job)
    assert time.monotonic() - job.began < 2.0
    assert not readers_alive()


def test_that_a_model_comes_back_whole_with_progress_and_warnings(tmp_path: Path) -> None:
    heard: list[tuple[float, str]] = []

    class Listening(SilentJob):
        def progress(self, fraction: float, doing: str = "") -> None:
            heard.append((fraction, doing))

    made = run(tmp_path, "well", Listening())
    assert (0.5, "half way") in heard
    assert made.warnings == ("odd but whole", "told")
    assert_same(made, model())


def assert_same(one: GeometryModel, other: GeometryModel) -> None:
    assert one.nodes == other.nodes
    for a, b in zip(one.parts, other.parts, strict=True):
        assert (a.id, a.name, a.colour, a.opacity) == (b.id, b.name, b.colour, b.opacity)
        np.testing.assert_array_equal(a.mesh.points_in_part, b.mesh.points_in_part)
        np.testing.assert_array_equal(a.mesh.triangles, b.mesh.triangles)
        assert (a.mesh.normals is None, a.mesh.face_of_triangle is None) == (
            b.mesh.normals is None,
            b.mesh.face_of_triangle is None,
        )
        assert not a.mesh.points_in_part.flags.writeable


def test_that_every_flipped_byte_of_a_packed_model_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "m"
    save_packed(model(), path)
    assert_same(load_packed(path), model())
    whole = path.read_bytes()
    for at in range(0, len(whole), 7):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x40]) + whole[at + 1 :])
        with pytest.raises(BrokenPack):
            load_packed(path)
    for length in range(0, len(whole), 31):
        path.write_bytes(whole[:length])
        with pytest.raises(BrokenPack):
            load_packed(path)


def test_that_a_damaged_cache_entry_is_thrown_away_and_an_edited_file_has_another(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache")
    source = tmp_path / "x.odd"
    source.write_bytes(b"one")
    place = cache.place(source, "mm")
    assert cache.place(source, "inch") != place
    save_packed(model(), place)
    assert cache.load(place) is not None
    place.write_bytes(place.read_bytes()[:-1])
    assert cache.load(place) is None
    assert not place.exists()
    source.write_bytes(b"two")
    assert cache.place(source, "mm") != place


def test_that_a_kept_model_is_not_used_when_a_file_beside_it_has_changed(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache")
    (tmp_path / "x.mtl").write_text("red")
    beside = as_they_are(tmp_path, [tmp_path / "x.mtl", tmp_path / "absent.mtl"])
    assert [(one.name, bool(one.digest)) for one in beside] == [("absent.mtl", False), ("x.mtl", True)]
    place = tmp_path / "cache" / "kept"
    save_packed(replace(model(), beside=beside), place)
    assert cache.load(place, tmp_path) is not None
    (tmp_path / "absent.mtl").write_text("there now")
    assert cache.load(place, tmp_path) is None
    (tmp_path / "absent.mtl").unlink()
    (tmp_path / "x.mtl").write_text("blue")
    assert cache.load(place, tmp_path) is None


def test_that_the_cache_drops_what_was_not_used_longest(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache", limit_bytes=100_000)
    places: list[Path] = []
    for number in range(4):
        source = tmp_path / str(number)
        source.write_bytes(bytes([number]))
        places.append(cache.place(source, ""))
        save_packed(model(1500), places[-1])  # 36 kB each
        os.utime(places[-1], (1000 + number, 1000 + number))
    assert cache.load(places[0]) is not None  # used again: now the newest
    cache.trim()
    assert [place.exists() for place in places] == [True, False, False, True]
