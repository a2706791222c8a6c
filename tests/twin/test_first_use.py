"""Several threads may read their first scene at the same moment."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RACE = """
import sys, threading
import msgspec
from viewer.twin import scene_file, schema
sys.setswitchinterval(1e-7)
barrier, wrong = threading.Barrier(6), []
data = {"scene": {"schema": 1, "name": "x"}, "node": [{"id": "a", "name": "b"}]}
def read():
    barrier.wait()
    try:
        msgspec.convert(data, schema.SceneFile)
    except Exception as error:
        wrong.append(error)
threads = [threading.Thread(target=read) for _ in range(6)]
[one.start() for one in threads]
[one.join() for one in threads]
sys.exit(len(wrong))
"""


def test_that_threads_that_read_their_first_scene_at_once_neither_crash_nor_fail() -> None:
    """Without what scene_file makes on import every fifth of these processes died of a segmentation fault."""
    runs = [subprocess.Popen([sys.executable, "-c", RACE], cwd=ROOT) for _ in range(8)]
    assert [one.wait(60) for one in runs] == [0] * 8
