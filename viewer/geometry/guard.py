"""Watches a reading process from outside: what memory it holds, and on Windows a job object that limits and ends it."""

from __future__ import annotations

import ctypes
import subprocess
import sys
from pathlib import Path

_PROCESS_MEMORY, _KILL_ON_CLOSE, _NO_DIALOGS = 0x100, 0x2000, 0x400
_EXTENDED = 9


class _BasicLimits(ctypes.Structure):
    """JOBOBJECT_BASIC_LIMIT_INFORMATION (winnt.h)."""

    _fields_ = (
        ("process_time", ctypes.c_int64), ("job_time", ctypes.c_int64), ("flags", ctypes.c_uint32),
        ("least_set", ctypes.c_size_t), ("most_set", ctypes.c_size_t), ("processes", ctypes.c_uint32),
        ("affinity", ctypes.c_size_t), ("priority", ctypes.c_uint32), ("scheduling", ctypes.c_uint32),
    )  # fmt: skip


class _Limits(ctypes.Structure):
    """JOBOBJECT_EXTENDED_LIMIT_INFORMATION (winnt.h)."""

    _fields_ = (
        ("basic", _BasicLimits), ("io", ctypes.c_uint64 * 6), ("process_memory", ctypes.c_size_t),
        ("job_memory", ctypes.c_size_t), ("peak_process", ctypes.c_size_t), ("peak_job", ctypes.c_size_t),
    )  # fmt: skip


class _Counters(ctypes.Structure):
    """PROCESS_MEMORY_COUNTERS (psapi.h)."""

    _fields_ = (
        ("size", ctypes.c_uint32), ("faults", ctypes.c_uint32), ("peak_set", ctypes.c_size_t), ("set", ctypes.c_size_t),
        ("quotas", ctypes.c_size_t * 4), ("pagefile", ctypes.c_size_t), ("peak_pagefile", ctypes.c_size_t),
    )  # fmt: skip


class Guard:
    """One process's memory, and its end."""

    def __init__(self, process: subprocess.Popen[bytes], memory_bytes: int) -> None:
        """From its start on; `memory_bytes` is what Windows lets it commit."""
        self._process = process
        self._job = _job_object(process, memory_bytes)

    def memory_bytes(self) -> int:
        """What it holds of its own, without files that are mapped; 0 where that can't be known."""
        if sys.platform == "linux":
            return _held_linux(self._process.pid)
        if sys.platform == "darwin":
            return _held_darwin(self._process.pid)
        if sys.platform == "win32":
            return _held_windows(_handle(self._process))
        return 0

    def close(self) -> None:
        """Let go of the job object, which ends what is left in it."""
        if sys.platform == "win32" and self._job:
            ctypes.windll.kernel32.CloseHandle(ctypes.c_void_p(self._job))
        self._job = 0


def _held_linux(pid: int) -> int:
    """Resident minus shared pages (proc(5), statm)."""
    import resource

    try:
        fields = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()
        return (int(fields[1]) - int(fields[2])) * resource.getpagesize()
    except (OSError, IndexError, ValueError):
        return 0  # it has just ended


def _held_darwin(pid: int) -> int:
    """Resident size of proc_pidinfo's PROC_PIDTASKINFO (sys/proc_info.h: virtual size, then resident size, 96 bytes in all)."""
    told = (ctypes.c_uint64 * 12)()
    size = ctypes.CDLL(None).proc_pidinfo(pid, 4, ctypes.c_uint64(0), ctypes.byref(told), ctypes.sizeof(told))
    return int(told[1]) if size >= 16 else 0


def _held_windows(handle: int) -> int:
    """What the process has committed for itself."""
    if sys.platform != "win32":
        return 0
    counters = _Counters(size=ctypes.sizeof(_Counters))
    known = ctypes.windll.psapi.GetProcessMemoryInfo(ctypes.c_void_p(handle), ctypes.byref(counters), counters.size)
    return int(counters.pagefile) if known else 0


def _handle(process: subprocess.Popen[bytes]) -> int:
    return int(vars(process)["_handle"])  # where Windows' Popen keeps it; elsewhere there is none


def _job_object(process: subprocess.Popen[bytes], memory_bytes: int) -> int:
    """A job object that holds the process, limits its memory and ends it when this program ends; 0 on other systems."""
    if sys.platform != "win32":
        return 0
    kernel = ctypes.windll.kernel32
    kernel.CreateJobObjectW.restype = ctypes.c_void_p
    job = ctypes.c_void_p(kernel.CreateJobObjectW(None, None))
    limits = _Limits(process_memory=memory_bytes)
    limits.basic.flags = _PROCESS_MEMORY | _KILL_ON_CLOSE | _NO_DIALOGS
    kernel.SetInformationJobObject(job, _EXTENDED, ctypes.byref(limits), ctypes.sizeof(limits))
    kernel.AssignProcessToJobObject(job, ctypes.c_void_p(_handle(process)))
    return int(job.value or 0)
