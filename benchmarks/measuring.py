"""How the benchmarks measure: CPU time of the whole process, peak memory, and a process of its own for each contender."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results"


def cpu_ms(work: Callable[[int], object], times: int = 9, warm: int = 1) -> float:
    """Median CPU time of a call, all threads of the process counted."""
    for i in range(warm):
        work(i)
    taken: list[float] = []
    for i in range(times):
        start = time.process_time()
        work(i + warm)
        taken.append((time.process_time() - start) * 1e3)
    return float(np.median(taken))


def memory_mb() -> float:
    """What this process holds now (resident)."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 2**20


def peak_mb() -> float:
    """The most this process ever held."""
    # not getrusage's maximum: a process begins with that of the one that started it
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) / 1024


def in_its_own_process(module: str, *words: str, timeout_s: float = 900.0) -> dict[str, Any]:
    """The JSON that `python -m module words` prints last; a contender that fails says so in place of figures."""
    done = subprocess.run(
        [sys.executable, "-m", module, *words], capture_output=True, text=True, cwd=ROOT, timeout=timeout_s, env={**os.environ}
    )
    if done.returncode:
        return {"failed": (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]}
    return json.loads(done.stdout.strip().splitlines()[-1])


def children_cpu_s() -> float:
    """CPU time of all ended children so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def keep(name: str, found: dict[str, Any]) -> None:
    """Print the figures, and keep them in benchmarks/results, with the machine they were made on."""
    import platform

    text = json.dumps({"machine": f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}", **found}, indent=2)
    print(text)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def rounded(values: dict[str, Any], digits: int = 2) -> dict[str, Any]:
    """With figures that can be read."""
    return {k: round(v, digits) if isinstance(v, float) else v for k, v in values.items()}


def middle(values: Sequence[float]) -> float:
    return float(np.median(values))
