"""Monte Carlo samples per second of the tolerance study, cold and warm, against plain numpy, and how soon a slider is answered.

    python -m benchmarks.tolerance [--samples 1000000] [-o result.json]

The peer draws every contributor anew in float64 and evaluates the formula at once, in the same process and the same run: what a
short numpy script does. Cold has no draws kept; warm is a moved slider, whose draws are there already. The slider's time is
from asking the runner to having the result here, through the worker process, without drawing it on a screen.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.measuring import RESULTS, ROOT
from viewer.base.job import SilentJob
from viewer.plugin_host.registry import find_plugins
from viewer.studies.parameters import settled
from viewer.studies.runner import StudyRunner
from viewer.twin.model import Twin

REPEATS = 5
STACKS = {"clutch": "one_way_clutch.toml", "pack lid gap": "pack_lid_gap.toml"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=1_000_000)
    parser.add_argument("-o", "--output", type=Path, default=RESULTS / "tolerance.json")
    asked = parser.parse_args()
    result = {"machine": machine(), "samples": asked.samples, "repeats": REPEATS}
    result |= {name: measured(file, asked.samples) for name, file in STACKS.items()}
    text = json.dumps(result, indent=1)
    print(text)
    if asked.output is not None:
        asked.output.write_text(text + "\n", encoding="utf-8")


def machine() -> dict[str, Any]:
    """What it ran on, and how busy that was."""
    return {
        "cpus": os.cpu_count(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "load_average": round(os.getloadavg()[0], 2),
    }


def measured(file: str, samples: int) -> dict[str, Any]:
    """One stack: samples per second of the study's kernel and of numpy, and the slider."""
    registry = find_plugins()
    study: Any = registry.load("tolerance")
    values = study.load((ROOT / "plugins" / "tolerance" / "examples" / file).read_text(encoding="utf-8"))
    package = type(study).__module__.rpartition(".")[0]
    kernel = sys.modules[f"{package}.monte_carlo"]
    stack, job = sys.modules[f"{package}.stack"], SilentJob()
    parameters = settled(study.parameters(Twin()), values)
    problem = stack.prepared(sys.modules[type(study).__module__].stack_of(Twin(), parameters, job))
    store = kernel.DrawStore()
    cold = median_s(lambda: kernel.sampled(problem, samples, 0, job, kernel.DrawStore()))
    kernel.sampled(problem, samples, 0, job, store)
    warm = median_s(lambda: kernel.sampled(problem, samples, 0, job, store))
    peer = median_s(lambda: by_numpy(problem, samples))
    return {
        "ours_cold_samples_per_s": round(samples / cold),
        "ours_warm_samples_per_s": round(samples / warm),
        "numpy_samples_per_s": round(samples / peer),
        "cold_times_numpy": round(peer / cold, 2),
        "warm_times_numpy": round(peer / warm, 2),
        "slider_ms": slider_ms(registry, dict(parameters)),
    }


def by_numpy(problem: Any, samples: int) -> tuple[float, float, float, Any]:
    """Mean, sigma, yield and histogram as a short script has them."""
    rng = np.random.default_rng(0)
    values: dict[str, Any] = {}
    for i, (name, kind) in enumerate(zip(problem.names, problem.kinds, strict=True)):
        centre, half, sigma = float(problem.centre[i]), float(problem.half_width[i]), float(problem.sigma[i])
        match kind:
            case "uniform":
                values[name] = rng.uniform(centre - half, centre + half, samples)
            case "triangular":
                values[name] = rng.triangular(centre - half, centre, centre + half, samples)
            case "truncated normal":
                draws = rng.normal(centre, sigma, samples)
                while (outside := np.flatnonzero(np.abs(draws - centre) > half)).size:
                    draws[outside] = rng.normal(centre, sigma, outside.size)
                values[name] = draws
            case _:
                values[name] = rng.normal(centre, sigma, samples)
    found = np.asarray(problem.formula.evaluate(values)) * problem.factor
    low, high = problem.stack.lower, problem.stack.upper
    inside = np.mean(~((found < low) | (found > high)))
    return float(found.mean()), float(found.std(ddof=1)), float(inside), np.histogram(found, 80)


def slider_ms(registry: Any, parameters: dict[str, Any]) -> dict[str, float]:
    """A slider's moves, one after another: from asking to the whole result here, 200 000 samples."""
    runner, took = StudyRunner(registry), list[float]()
    try:
        runner.run("tolerance", Twin(), parameters).result(60.0)
        for step in range(40):
            begin = time.perf_counter()
            runner.run("tolerance", Twin(), parameters | {"scale": 0.5 + 0.02 * step}).result(60.0)
            took.append(1e3 * (time.perf_counter() - begin))
    finally:
        runner.close()
    return {"median": round(statistics.median(took), 1), "worst": round(max(took), 1)}


def median_s(run: Callable[[], object]) -> float:
    """Median wall time of some runs."""
    took: list[float] = []
    for _ in range(REPEATS):
        begin = time.perf_counter()
        run()
        took.append(time.perf_counter() - begin)
    return statistics.median(took)


if __name__ == "__main__":
    main()
