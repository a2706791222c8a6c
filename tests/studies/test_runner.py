"""The runner: crash, hang, cancel and replacement first, then that the same spec gives the same bytes."""

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from viewer.base.errors import Cancelled, Fault, UserMistake
from viewer.plugin_host.discovery import Found
from viewer.plugin_host.registry import Registry, find_plugins
from viewer.studies.events import Ended, Failed, Progress, Started
from viewer.studies.runner import StudyRunner
from viewer.twin.model import Twin

MANIFEST = """id = "odd"
name = "Odd"
version = "1.0.0"
api = 1
description = "Does odd things."
[[contributes.studies]]
id = "odd"
title = "Odd"
description = "Does odd things."
object = "study:STUDY"
"""
CODE = """
import os, time
from viewer.api import Parameter, StudyInfo, StudyResult, UserMistake
class Odd:
    info = StudyInfo("odd", "Odd", "")
    def parameters(self, twin):
        return (Parameter("do", "Do", "text", ""), Parameter("x", "x", "number", 1.0, lower=0.0, upper=9.0))
    def load(self, text): return {}
    def run(self, twin, parameters, *, seed, job):
        do = parameters["do"]
        if do == "die": os._exit(3)
        if do == "fault": raise ZeroDivisionError("oh")
        if do == "mistake": raise UserMistake("x is odd")
        if do == "work":
            while True: job.progress(0.5, "working"); time.sleep(0.001)
        if do == "deaf":
            while True: time.sleep(0.01)
        threads = os.environ.get("OMP_NUM_THREADS")
        return StudyResult({"pid": os.getpid(), "x": parameters["x"], "seed": seed, "threads": threads, "name": twin.name})
STUDY = Odd()
"""


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    folder = tmp_path / "odd"
    folder.mkdir()
    (folder / "plugin.toml").write_text(MANIFEST, encoding="utf-8")
    (folder / "study.py").write_text(CODE, encoding="utf-8")
    return find_plugins([Found("user", folder)])


@pytest.fixture
def runner(registry: Registry) -> Iterator[StudyRunner]:
    runner = StudyRunner(registry, grace_s=0.3)
    yield runner
    runner.close()


def test_that_a_crash_is_one_sentence_and_the_next_run_goes_well(runner: StudyRunner) -> None:
    with pytest.raises(Fault, match=r"ended unexpectedly \(exit code 3\)"):
        runner.run("odd", Twin(), {"do": "die"}).result(30)
    assert runner.run("odd", Twin(), {"x": 4}).result(30).summary["x"] == 4.0


def test_that_mistakes_and_faults_are_told_apart(runner: StudyRunner) -> None:
    for values, sentence in (({"do": "mistake"}, "x is odd"), ({"x": 10}, "at most 9"), ({"y": 1}, "no parameter 'y'")):
        with pytest.raises(UserMistake, match=sentence):
            runner.run("odd", Twin(), values).result(30)
    last = runner.run("odd", Twin(), {"do": "fault"}).wait(30)
    assert isinstance(last, Failed) and not last.mistake and "ZeroDivisionError" in last.traceback


def test_that_a_cancel_is_heard_and_the_worker_stays(runner: StudyRunner) -> None:
    pid = runner.run("odd", Twin(), {}).result(30).summary["pid"]
    handle = runner.run("odd", Twin(), {"do": "work"})
    while not isinstance(handle.events.get(timeout=30), Progress):
        continue
    handle.cancel()
    with pytest.raises(Cancelled):
        handle.result(30)
    assert runner.run("odd", Twin(), {}).result(30).summary["pid"] == pid


def test_that_a_study_that_does_not_listen_is_ended_after_the_grace_and_the_newer_run_answers(runner: StudyRunner) -> None:
    deaf = runner.run("odd", Twin(), {"do": "deaf"})
    assert isinstance(deaf.events.get(timeout=30), Started)
    newer = runner.run("odd", Twin(name="second"), {"x": 2})
    assert isinstance(deaf.wait(30), Ended)
    assert newer.result(30).summary["name"] == "second"


def test_that_only_the_newest_of_many_requests_must_answer(runner: StudyRunner) -> None:
    handles = [runner.run("odd", Twin(), {"do": "work", "x": i % 9}) for i in range(8)] + [runner.run("odd", Twin(), {"x": 7})]
    assert handles[-1].result(30).summary["x"] == 7.0
    assert all(isinstance(one.wait(30), Ended) for one in handles[:-1])


def test_that_a_run_over_its_time_is_ended(runner: StudyRunner) -> None:
    last = runner.run("odd", Twin(), {"do": "deaf"}, limit_s=1.0).wait(30)
    assert isinstance(last, Failed) and "longer than 1 s" in last.sentence


def test_that_closing_leaves_no_process(runner: StudyRunner) -> None:
    summary = runner.run("odd", Twin(), {}).result(30).summary
    assert summary["pid"] != os.getpid() and summary["threads"] == "1"
    runner.close()
    assert runner.worker_pids() == ()
    with pytest.raises(ProcessLookupError):
        os.kill(summary["pid"], 0)


def test_that_the_same_spec_and_seed_give_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    runner = StudyRunner(find_plugins())
    try:
        for name, seed in (("a", 1), ("b", 1), ("c", 2)):
            runner.run("tolerance", Twin(), {"samples": 5000}, seed=seed, folder=tmp_path / name).result(60)
    finally:
        runner.close()
    summaries = [(tmp_path / name / "summary.json").read_bytes() for name in "abc"]
    assert summaries[0] == summaries[1] != summaries[2]
    spec = json.loads((tmp_path / "a" / "spec.json").read_text(encoding="utf-8"))
    assert spec["seed"] == 1 and spec["parameters"]["samples"] == 5000 and len(spec["twin"]) == 64
    lines = (tmp_path / "a" / "events.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(lines[i])["event"] for i in (0, -1)] == ["started", "finished"]


def test_that_a_warm_slider_is_answered_within_a_tenth_of_a_second() -> None:
    """The quickest of ten, so that a busy machine does not fail it; benchmarks/ holds the figures."""
    runner = StudyRunner(find_plugins())
    twin = Twin()
    try:
        runner.run("tolerance", twin, {}).result(60)
        times: list[float] = []
        for i in range(10):
            begin = time.perf_counter()
            runner.run("tolerance", twin, {"scale": 1.0 + i / 20}).result(60)
            times.append(time.perf_counter() - begin)
    finally:
        runner.close()
    assert min(times) < 0.1
