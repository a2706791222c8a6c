"""Make the pictures of the documentation with the program itself: `python tasks.py shots [NAME …]`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PICTURES = Path(__file__).resolve().parent / "pictures"
SHOTS = {
    "demo": ["demo", "--for", "25", "--shot", "{picture}"],
    "snapshot": ["snapshot", "battery_line", "-o", "{picture}", "--live", "5", "--size", "1920x1080"],
}


def main(names: list[str]) -> None:
    """Make the named pictures, or all."""
    PICTURES.mkdir(exist_ok=True)
    for name in names or SHOTS:
        words = [word.format(picture=PICTURES / f"{name}.png") for word in SHOTS[name]]
        subprocess.run([sys.executable, "-m", "viewer", *words], check=True)


main(sys.argv[1:])
