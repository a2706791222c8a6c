"""`python -m viewer.edge`: the gateway as a child process of a window; people use `genchi edge`."""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

from viewer.base.errors import UserMistake
from viewer.edge.config import DEMO_KEEP_BYTES, DEMO_KEEP_S, GatewayConfig, load_config
from viewer.edge.main import run_gateway


def main(arguments: list[str] | None = None) -> int:
    """Run one gateway; the exit code: 2 for a user's mistake, told in one sentence."""
    parser = argparse.ArgumentParser(prog="python -m viewer.edge", description="Run a gateway.")
    parser.add_argument("config", type=Path, help="a configuration file, or a scene folder with --scene")
    parser.add_argument("--scene", action="store_true", help="CONFIG is a scene folder to simulate")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--speed", type=float, default=1.0)
    parser.add_argument("--bind", default=None)
    parser.add_argument("--child", action="store_true", help="end when standard input ends")
    given = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        if given.scene:
            config = GatewayConfig.for_scene(given.config, given.seed, speed=given.speed, bind=given.bind)
            config = config.keeping(DEMO_KEEP_S, DEMO_KEEP_BYTES)
        else:
            config = load_config(given.config)
        return run_gateway(config, json_lines=True, child=given.child)
    except UserMistake as mistake:
        sys.stderr.write(f"{mistake}\n")
        return 2


if __name__ == "__main__":
    sys.exit(main())
