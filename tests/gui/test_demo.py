"""The demo as a newcomer starts it: real processes, a real window, and what happens when the gateway dies."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest
from PIL import Image

from viewer.live.discovery import RunningGateway, running_gateways

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.window


T = TypeVar("T")


def waited(ask: Callable[[], T | None], limit_s: float) -> T:
    """The first answer that is one."""
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        answer = ask()
        if answer is not None:
            return answer
        time.sleep(0.1)
    pytest.fail(f"nothing within {limit_s} s")


def the_gateway(other_than: int = 0) -> RunningGateway | None:
    return next((g for g in running_gateways() if g.pid != other_than), None)


@pytest.mark.timeout(180)
def test_that_the_demo_lives_can_be_tapped_and_comes_back_after_its_gateway_was_killed(tmp_path: Path) -> None:
    picture = tmp_path / "demo.png"
    command = [sys.executable, "-m", "viewer", "demo", "--for", "25", "--shot", str(picture)]
    window = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    try:
        gateway = waited(the_gateway, 60)
        tap = [sys.executable, "-m", "viewer", "tap", "--count", "5", "--json"]
        first = json.loads(subprocess.run(tap, capture_output=True, text=True, check=True, timeout=30).stdout)["samples"]
        assert len(first) == 5
        assert all(s["quality"] == "good" and s["channel"] and s["t_ns"] > 0 for s in first)
        os.kill(gateway.pid, signal.SIGKILL)
        again = waited(lambda: the_gateway(other_than=gateway.pid), 20)
        assert (again.endpoint, again.public_key) == (gateway.endpoint, gateway.public_key)
        later = json.loads(subprocess.run(tap, capture_output=True, text=True, check=True, timeout=30).stdout)["samples"]
        assert later[0]["t_ns"] > first[-1]["t_ns"]
        _, errors = window.communicate(timeout=110)
    finally:
        window.kill()
        window.wait()
    assert window.returncode == 0, errors
    assert "Traceback" not in errors
    with Image.open(picture) as image:
        colours = image.convert("RGB").getcolors(1 << 24)
        assert image.size[0] >= 1200
        assert len(colours) > 5000
        assert max(count for count, _ in colours) < 0.6 * image.size[0] * image.size[1], "the window is mostly one colour"
    assert running_gateways() == ()
