"""A PostgreSQL server of the tests' own: on loopback, in its own folder, gone with the session."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Server:
    """A running server, and how to stop it hard and start it again."""

    programs: Path
    folder: Path
    port: int
    user: str | None

    @property
    def address(self) -> str:
        return f"host=127.0.0.1 port={self.port} dbname=postgres user=genchi"

    def run(self, program: str, *words: str) -> None:
        # The server's own output goes to a file: a pipe would stay open as long as it runs.
        with (self.folder / "out.txt").open("ab") as out:
            command = [self.programs / program, *words]
            done = subprocess.run(command, user=self.user, stdout=out, stderr=out, cwd=self.folder, timeout=60)
        if done.returncode:
            said = (self.folder / "out.txt").read_text(encoding="utf-8", errors="replace")
            pytest.fail(f"PostgreSQL's {program} failed: {said[-2000:]}")

    def start(self) -> None:
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c shared_buffers=32MB"
        self.run("pg_ctl", "-D", str(self.folder / "data"), "-w", "-l", str(self.folder / "log.txt"), "-o", options, "start")

    def stop(self, how: str = "fast") -> None:
        self.run("pg_ctl", "-D", str(self.folder / "data"), "-w", "-m", how, "stop")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        pytest.fail("PostgreSQL is absent: `python tasks.py test` brings it, or install Debian's package postgresql")
    folder = Path(tempfile.mkdtemp(prefix="genchi-postgres-"))
    user = _other_user() if os.geteuid() == 0 else None
    if user is not None:
        shutil.chown(folder, user)
    server = Server(found[-1].parent, folder, _free_port(), user)
    server.run("initdb", "-D", str(folder / "data"), "-U", "genchi", "-A", "trust", "-k", "-E", "UTF8", "--locale=C", "-N")
    server.start()
    yield server
    server.stop("immediate")
    shutil.rmtree(folder)


def _other_user() -> str:
    """PostgreSQL refuses to run as root."""
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]
