"""What a reading process gives up before it looks at a stranger's file: core dumps, the network, endless memory and time.

Runs inside the process. Memory, CPU time, core dumps and the end with its parent are held by the kernel on Linux; on macOS CPU
time and core dumps are, and memory by the parent's watch; on Windows the parent puts the process into a job object (`guard`).
"""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

_NEW_USER, _NEW_NET = 0x10000000, 0x40000000  # linux/sched.h
_SET_DUMPABLE = 4  # linux/prctl.h
_PROXIES = ("http_proxy", "https_proxy", "ftp_proxy", "all_proxy", "no_proxy")


def isolate() -> None:
    """Once, first of all, while there is one thread: no core dump, no proxies, and where the kernel allows it no network."""
    for name in list(os.environ):
        if name.lower() in _PROXIES:
            del os.environ[name]
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        import ctypes

        libc = ctypes.CDLL(None)
        libc.prctl(_SET_DUMPABLE, 0, 0, 0, 0)  # core_pattern pipes (apport, systemd) don't ask RLIMIT_CORE
        # An administrator keeps the rights over all files only in the first user namespace, and may part from the network alone.
        libc.unshare(_NEW_NET if os.geteuid() == 0 else _NEW_USER | _NEW_NET)


def limit_memory(extra_bytes: int) -> None:
    """No more than `extra_bytes` beyond what is mapped now, so that numpy's own reservations don't count. Linux only."""
    if sys.platform != "linux":
        return
    import resource

    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + extra_bytes, hard))


def limit_cpu(extra_s: float) -> None:
    """The kernel ends this process once it has used `extra_s` more seconds of CPU: when nobody is left to watch the clock."""
    if sys.platform == "win32":
        return
    import resource

    used = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used + extra_s) + 1, hard))


def end_with_parent(stdin: int, *, wanted: bool) -> None:
    """Have the kernel end this process when the other end of `stdin` closes, whatever a library is doing meanwhile. Linux only.

    A signal for the pipe (SIGIO, whose default is to end the process) and not PR_SET_PDEATHSIG: that one comes already when the
    thread ends that started the process.
    """
    if sys.platform != "linux":
        return
    import fcntl

    flags = fcntl.fcntl(stdin, fcntl.F_GETFL)
    fcntl.fcntl(stdin, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(stdin, fcntl.F_SETFL, flags | os.O_ASYNC if wanted else flags & ~os.O_ASYNC)


def clear(folder: Path) -> None:
    """Remove what stands in a folder of temporary files; what can't be removed now goes with the process's folder."""
    import shutil

    with contextlib.suppress(OSError):
        for path in folder.iterdir():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
