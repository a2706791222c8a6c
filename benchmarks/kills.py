"""Random kills and freezes of gateways, devices and viewers in a recorded run: nothing missing, nothing twice, every gap named.

    python -m benchmarks.kills [--kills 200] [--seed 1] [-o result.json]

A site's gateway with four devices feeds a plant's gateway; a viewer watches the plant. Each is killed (SIGKILL) or frozen
(SIGSTOP, up to 3 s) at random; those that were killed start again at once on what lies on their disk. The record names each
event and its time.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.measuring import RESULTS
from tests.edge.plant import Plant, environment, expected
from viewer.base.clock import SystemClock
from viewer.history.store import History
from viewer.live import keys
from viewer.live.feed import LiveFeed

DEVICES = ("d1", "d2", "d3", "d4")
UPLINK = """
[uplink]
endpoint = "{endpoint}#{key}"
prefix = "site."
"""
WATCH = "import sys\nfrom viewer.live.tap import tap\nfor one in tap(sys.argv[1], timeout_s=60.0): pass\n"


class Site:
    """All processes of the run."""

    def __init__(self, folder: Path, batches_per_s: float) -> None:
        self.rate = batches_per_s
        self.above = Plant(folder, "above")
        self.above.start_gateway()
        keys.enrol("site", keys.gateway_keys("site").public, "gateway", channels=("site.*",))
        uplink = UPLINK.format(endpoint=self.above.ready["endpoint"], key=self.above.ready["key"])
        self.below = Plant(folder, "site", uplink)
        self.below.start_gateway()
        for name in DEVICES:
            self.below.start_device(name, batches_per_s)
        self.endpoint = f"{self.above.ready['endpoint']}#{self.above.ready['key']}"
        self.viewer = self.new_viewer()

    def new_viewer(self) -> subprocess.Popen[bytes]:
        """A viewer of the plant that reads all there is."""
        return subprocess.Popen([sys.executable, "-c", WATCH, self.endpoint], env=environment())

    def process(self, victim: str) -> subprocess.Popen[bytes]:
        """Of the plant's gateway, the site's, the viewer or a device."""
        if victim == "viewer":
            return self.viewer
        found = {"above": self.above.gateway, "site": self.below.gateway}.get(victim) or self.below.devices[victim]
        assert found is not None
        return found

    def kill(self, victim: str) -> None:
        """Kill it, and start it again."""
        if victim == "viewer":
            self.viewer.kill()
            self.viewer.wait()
            self.viewer = self.new_viewer()
        elif victim in DEVICES:
            self.below.kill(victim)
            self.below.start_device(victim, self.rate)
        else:
            gateway = self.above if victim == "above" else self.below
            gateway.kill()
            gateway.start_gateway()


def run(given: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """The run, its record, and what the histories have."""
    chance = random.Random(given.seed)
    site = Site(folder, given.rate)
    began_s, record = time.monotonic(), list[dict[str, Any]]()
    for _ in range(given.kills):
        time.sleep(chance.uniform(0.02, 0.6))
        victim = chance.choice(("above", "above", "site", "site", "viewer", *DEVICES))
        freeze_s = chance.choice((0.0, 0.0, 0.0, chance.uniform(0.1, 3.0)))
        record.append({"s": round(time.monotonic() - began_s, 3), "victim": victim, "frozen_s": round(freeze_s, 3)})
        if freeze_s:
            process = site.process(victim)
            process.send_signal(signal.SIGSTOP)
            time.sleep(freeze_s)
            process.send_signal(signal.SIGCONT)
        else:
            site.kill(victim)
    counts = {name: site.below.finish(name, 60.0) for name in DEVICES}
    complete = wait_for(site.above, counts)
    site.viewer.kill()
    site.viewer.wait()
    site.below.stop()
    site.above.stop()
    spent_s = time.monotonic() - began_s
    found = {
        f"{one.name} {name}": examined(one, name, prefix, counts[name])
        for one, prefix in ((site.below, ""), (site.above, "site."))
        for name in DEVICES
    }
    return {
        "kills": sum(not one["frozen_s"] for one in record),
        "freezes": sum(bool(one["frozen_s"]) for one in record),
        "seed": given.seed,
        "seconds": spent_s,
        "samples": counts,
        "complete_above": complete,
        "found": found,
        "gaps": {one.name: gaps(one) for one in (site.below, site.above)},
        "record": record,
    }


def wait_for(above: Plant, counts: dict[str, int]) -> bool:
    """Until the plant has the newest sample of each device of the site."""
    feed = LiveFeed(above.ready["endpoint"], above.ready["public_key"], keys.client_keys(), SystemClock())
    feed.start()
    wanted = np.array([counts[name] - 1.0 for name in DEVICES])
    ids = [f"site.{name}.n" for name in DEVICES]
    try:
        return feed.wait_for(lambda status: np.array_equal(feed.store.latest(ids).values, wanted), 60.0)
    finally:
        feed.stop()


def examined(plant: Plant, name: str, prefix: str, count: int) -> dict[str, int]:
    """Missing, twice, and out of order."""
    times, values = plant.kept(name, prefix)
    kept = np.unique(values)
    good_times = np.array_equal(times, expected(len(times))[0]) if len(times) == count else False
    return {
        "kept": len(values),
        "missing": count - len(kept),
        "twice": len(values) - len(kept),
        "disordered": int((np.diff(values) < 0).sum()),
        "times_exact": int(good_times),
    }


def gaps(plant: Plant) -> list[str]:
    """What the history says is missing."""
    with History(plant.history, SystemClock()) as history:
        return [f"{one.device} {one.epoch} {one.first}-{one.last}: {one.cause}" for one in history.gaps()]


def main(words: Sequence[str] | None = None) -> int:
    """Run, print and keep the record."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=float, default=50.0, help="batches of each device a second")
    parser.add_argument("-o", "--output", type=Path, default=RESULTS / "kills.json")
    given = parser.parse_args(words)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["GENCHI_HOME"] = folder
        result = run(given, Path(folder))
    given.output.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(json.dumps({key: value for key, value in result.items() if key != "record"}, indent=2))
    wrong = [
        one for one in result["found"].values() if one["missing"] or one["twice"] or one["disordered"] or not one["times_exact"]
    ]
    return 1 if wrong or not result["complete_above"] else 0


if __name__ == "__main__":
    sys.exit(main())
