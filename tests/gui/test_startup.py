"""The empty window starts without what it does not need; the figures are in benchmarks/startup.py."""

import json
import subprocess
import sys

import pytest

HEAVY = ("vtkmodules", "scipy", "pyqtgraph", "qtawesome", "OCP", "zmq", "PIL", "pint", "multiprocessing", "viewer.geometry")
SHOW_AND_TELL = """
import json, sys
from viewer.app import Opening, open_window
code = open_window(Opening(close_after_s=0.05))
print(json.dumps([code, sorted(sys.modules)]))
"""


@pytest.mark.window
def test_that_an_empty_window_opens_without_readers_renderer_sockets_and_plots() -> None:
    done = subprocess.run([sys.executable, "-c", SHOW_AND_TELL], capture_output=True, text=True, timeout=60, check=True)
    code, modules = json.loads(done.stdout.splitlines()[-1])
    assert code == 0
    assert [name for name in HEAVY if name in modules] == []


GARBAGE = """
import gc
from viewer.app import Opening, open_window
code = open_window(Opening(close_after_s=0.3, arrange=None))
print(code, gc.isenabled(), gc.get_freeze_count() > 10_000)
"""


@pytest.mark.window
def test_that_garbage_is_looked_for_again_once_the_window_stands() -> None:
    done = subprocess.run([sys.executable, "-c", GARBAGE], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split()[-3:] == ["0", "True", "True"]
