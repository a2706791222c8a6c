"""The project's tasks, with nothing but Python's standard library: run, test, lint, bench, fuzz, shots, package.

    python tasks.py run      the bundled plant, live (further words go to the program: python tasks.py run inspect FILE)
    python tasks.py test     everything CI checks (further words go to pytest)

Each task makes `.venv` if it is not there, installs what the lock file names, brings the system libraries that a window needs
(on Debian and Ubuntu, when it may), and does the job.
"""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Generator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
RUN_LOCK, DEV_LOCK, BENCH_LOCK = (ROOT / f"requirements{kind}.lock" for kind in ("", "-dev", "-bench"))
SUPPORTED = ((3, 11), (3, 14))
BENCHMARKS = (
    "render", "levels", "window", "picking", "scalars", "loading", "startup", "tolerance", "live", "history", "alarms", "trust",
    "sources", "forgeries", "kills", "stream", "report",
)  # fmt: skip
"""In the order they are run; the last makes the page of figures from what the others left."""

# What Qt and VTK load on Linux and their wheels do not carry: shared object -> Debian package.
SYSTEM_LIBRARIES = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libOpenGL.so.0": "libopengl0",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libfontconfig.so.1": "libfontconfig1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libX11.so.6": "libx11-6",
    "libXrender.so.1": "libxrender1",
    "libXext.so.6": "libxext6",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-xinerama.so.0": "libxcb-xinerama0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
}

# Servers that tests start on loopback, with a folder and port of their own, and stop again: Debian package -> program below /usr.
TEST_SERVERS = {"mosquitto": "sbin/mosquitto", "postgresql": "lib/postgresql/*/bin/postgres"}


def say(text: str) -> None:
    """One line to the person, at once."""
    print(f"tasks: {text}", file=sys.stderr, flush=True)


def stop(sentence: str) -> None:
    """End with one clear sentence."""
    say(sentence)
    raise SystemExit(2)


def run(words: Sequence[str | Path], env: dict[str, str] | None = None) -> None:
    """Run a command in the project's root; end with its exit code where it fails."""
    code = subprocess.run([str(w) for w in words], cwd=ROOT, env=env).returncode
    if code:
        raise SystemExit(code)


# --- Python and packages ---------------------------------------------------------------------------------------------


def base_python() -> str:
    """A supported Python: this one, else another on the path."""
    low, high = SUPPORTED
    if low <= sys.version_info[:2] < high:
        return sys.executable
    for minor in range(high[1] - 1, low[1] - 1, -1):
        found = shutil.which(f"python3.{minor}")
        if found:
            return found
    stop(
        f"Python {low[0]}.{low[1]} to {high[0]}.{high[1] - 1} is needed, not {sys.version.split()[0]}: install one and try again."
    )
    raise AssertionError


def fingerprint(lock: Path) -> str:
    """What decides whether the environment is up to date: the lock and the project's own metadata."""
    return hashlib.sha256(lock.read_bytes() + (ROOT / "pyproject.toml").read_bytes()).hexdigest()


def up_to_date(lock: Path) -> bool:
    """Whether this lock, or a larger one that contains it, is what is installed."""
    stamp = VENV / "installed"
    if not PYTHON.exists() or not stamp.exists():
        return False
    sizes = (RUN_LOCK, DEV_LOCK, BENCH_LOCK)
    wanted = {fingerprint(one) for one in sizes[sizes.index(lock) :]}
    return stamp.read_text(encoding="utf-8").strip() in wanted


def ensure_environment(lock: Path) -> None:
    """Make `.venv` and install what the lock names, hashes checked, then the project itself in place."""
    if up_to_date(lock):
        return
    if not PYTHON.exists():
        make_venv()
    say(f"installing what {lock.name} names into .venv (the first time this takes a few minutes)")
    pip = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    run([*pip, "--no-deps", "--require-hashes", "-r", lock])
    run([*pip, "--no-deps", "--no-build-isolation", "--editable", "."])
    (VENV / "installed").write_text(fingerprint(lock) + "\n", encoding="utf-8")


def make_venv() -> None:
    """Make `.venv`; where Debian has split venv off from Python, bring it."""
    python = base_python()
    if subprocess.run([python, "-c", "import ensurepip"], capture_output=True).returncode:
        version = subprocess.run(
            [python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"], capture_output=True, text=True
        ).stdout
        bring_packages([f"python{version.strip()}-venv"], why="to make a virtual environment")
    say("making .venv")
    run([python, "-m", "venv", VENV])


# --- System libraries and displays -----------------------------------------------------------------------------------


def loads(shared_object: str) -> bool:
    try:
        ctypes.CDLL(shared_object)
    except OSError:
        return False
    return True


def has_software_gl() -> bool:
    """Whether Mesa's drivers are there (a graphics card's own driver also does)."""
    folders = [Path("/usr/lib"), Path("/usr/lib64"), *Path("/usr/lib").glob("*-linux-gnu")]
    return any(next(f.glob(p), None) for f in folders for p in ("dri/*_dri.so", "libgallium*.so", "libEGL_nvidia.so*"))


def has_program(pattern: str) -> bool:
    """Whether a server is installed, on the path or where Debian puts it."""
    return bool(shutil.which(pattern.rpartition("/")[2])) or any(Path("/usr").glob(pattern))


def missing_packages(*, tests: bool) -> list[str]:
    """Debian packages that a window needs and this Linux lacks."""
    missing = [package for library, package in SYSTEM_LIBRARIES.items() if not loads(library)]
    if not has_software_gl():
        missing += ["libgl1-mesa-dri", "libegl-mesa0"]
    if tests and not shutil.which("Xvfb") and not os.environ.get("DISPLAY"):
        missing.append("xvfb")
    if tests:
        missing += [package for package, program in TEST_SERVERS.items() if not has_program(program)]
    return missing


def bring_packages(packages: Sequence[str], *, why: str) -> None:
    """Install Debian packages when it may; else end with the one command that does."""
    command = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    if not shutil.which("apt-get"):
        stop(f"these are missing {why}: {', '.join(packages)} (Debian's names); install them with your package manager.")
    prefix: list[str] = []
    if os.geteuid() != 0:
        may = shutil.which("sudo") and subprocess.run(["sudo", "-n", "true"], capture_output=True).returncode == 0
        if not may:
            stop(f"these are missing {why}; run: sudo apt-get update && sudo {' '.join(command)}")
        prefix = ["sudo", "-n"]
    say(f"installing {', '.join(packages)} {why}")
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run([*prefix, "apt-get", "update", "-qq"], env=env, stdout=subprocess.DEVNULL)
    if subprocess.run([*prefix, *command, "-qq"], env=env, stdout=subprocess.DEVNULL).returncode:
        stop(f"the installation failed; run it yourself and see why: {' '.join([*prefix, *command])}")


def ensure_system(*, tests: bool) -> None:
    """Bring the libraries that a window needs on Linux."""
    if sys.platform.startswith("linux") and (packages := missing_packages(tests=tests)):
        bring_packages(packages, why="for windows and 3D")


@contextlib.contextmanager
def display() -> Generator[dict[str, str]]:
    """The environment with a display in it: the one that is there, else a virtual one that ends with the task."""
    env = dict(os.environ)
    if not sys.platform.startswith("linux") or env.get("DISPLAY"):
        yield env
        return
    env.pop("WAYLAND_DISPLAY", None)
    read_end, write_end = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write_end), "-screen", "0", "1920x1080x24", "-nolisten", "tcp"],
        pass_fds=[write_end],
        stderr=subprocess.DEVNULL,
    )
    os.close(write_end)
    with os.fdopen(read_end) as answer:
        number = answer.readline().strip()  # the server writes its number once it takes clients; nothing if it died
    if not number:
        stop("the virtual screen Xvfb did not start; run it by hand to see why: Xvfb :99")
    try:
        yield {**env, "DISPLAY": f":{number}", "QT_QPA_PLATFORM": "xcb"}
    finally:
        server.terminate()
        server.wait()


# --- Tasks -----------------------------------------------------------------------------------------------------------


def task_run(words: list[str]) -> None:
    """The program; without further words the bundled plant, live."""
    ensure_system(tests=False)
    ensure_environment(RUN_LOCK)
    run([PYTHON, "-m", "viewer", *words])


def task_lint(words: list[str]) -> None:
    """Style, types and the layers of the house."""
    ensure_environment(DEV_LOCK)
    run([BIN / "ruff", "check", "."])
    run([BIN / "ruff", "format", "--check", "--quiet", "."])
    run([BIN / "lint-imports"])
    run([BIN / "basedpyright", *words])


def task_test(words: list[str]) -> None:
    """Everything CI checks: lint, then the tests with a display of their own."""
    ensure_system(tests=True)
    ensure_environment(DEV_LOCK)
    if not words:
        task_lint([])
    with display() as env:
        run([PYTHON, "-m", "pytest", *words], env)


def task_bench(words: list[str]) -> None:
    """The benchmarks, each beside its peers in one run, and the page of figures."""
    ensure_system(tests=True)
    ensure_environment(BENCH_LOCK)
    with display() as env:
        for name in words or BENCHMARKS:
            run([PYTHON, "-m", f"benchmarks.{name}"], env)


def task_fuzz(words: list[str]) -> None:
    """Mutated files through the door that all geometry takes; words go to benchmarks/fuzz.py."""
    ensure_system(tests=True)
    ensure_environment(DEV_LOCK)
    with display() as env:
        run([PYTHON, "-m", "benchmarks.fuzz", *words], env)


def task_shots(words: list[str]) -> None:
    """The pictures of the documentation, made by the program itself."""
    ensure_system(tests=True)
    ensure_environment(DEV_LOCK)
    with display() as env:
        run([PYTHON, ROOT / "docs" / "shots.py", *words], env)


def task_package(words: list[str]) -> None:
    """The wheel and the source archive, in dist/."""
    ensure_environment(DEV_LOCK)
    run([PYTHON, "-m", "build", "--no-isolation", "--outdir", ROOT / "dist", *words, ROOT])


TASKS = {
    "run": task_run,
    "test": task_test,
    "lint": task_lint,
    "bench": task_bench,
    "fuzz": task_fuzz,
    "shots": task_shots,
    "package": task_package,
}


def main() -> None:
    """Do the task that the first word names."""
    words = sys.argv[1:]
    if not words or words[0] not in TASKS:
        print(__doc__)
        for name, task in TASKS.items():
            print(f"    {name:8} {(task.__doc__ or '').splitlines()[0]}")
        raise SystemExit(0 if not words or words[0] in ("-h", "--help") else 2)
    try:
        TASKS[words[0]](words[1:])
    except KeyboardInterrupt:
        raise SystemExit(130) from None


if __name__ == "__main__":
    main()
