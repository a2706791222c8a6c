"""A real broker (Debian's mosquitto) for the session, on loopback with a folder and ports of its own: one port open, one with TLS
and passwords; and what speaks to it."""

import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from viewer.edge.source import Source

_PROGRAM = shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin:/opt/homebrew/sbin")


def free_port() -> int:
    """A port of loopback that nobody has."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def until(done: Callable[[], bool], within_s: float = 10.0) -> None:
    """Wait for something that happens elsewhere; fail if it does not."""
    end = time.monotonic() + within_s
    while not done():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.005)


@dataclass
class BrokerProcess:
    """A mosquitto that can be stopped and started again."""

    folder: Path
    port: int
    tls_port: int
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, and wait until it listens."""
        assert _PROGRAM is not None
        log = (self.folder / "mosquitto.log").open("ab")
        self.process = subprocess.Popen([_PROGRAM, "-c", str(self.folder / "mosquitto.conf")], stdout=log, stderr=log)
        log.close()
        until(self._listens)

    def stop(self) -> None:
        """As if the machine went."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def _listens(self) -> bool:
        assert self.process is not None and self.process.poll() is None, (self.folder / "mosquitto.log").read_text()
        with socket.socket() as one:
            return one.connect_ex(("127.0.0.1", self.port)) == 0

    @property
    def password_file(self) -> Path:
        """A file with the password of the user «press»."""
        return self.folder / "password.txt"

    @property
    def authority(self) -> Path:
        """Who signed the broker's certificate: itself."""
        return self.folder / "server.crt"


def _certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "server.crt").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_bytes = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "server.key").write_bytes(key_bytes)


def _prepared(folder: Path) -> BrokerProcess:
    if _PROGRAM is None:
        pytest.fail("mosquitto is absent: `python tasks.py test` brings it, or install your system's package of that name")
    broker = BrokerProcess(folder, free_port(), free_port())
    _certificate(folder)
    broker.password_file.write_text("weld the sill\n")
    words = ["mosquitto_passwd", "-b", "-c", str(folder / "users"), "press", "weld the sill"]
    subprocess.run(words, check=True, capture_output=True)
    lines = [
        "per_listener_settings true",
        "user root",
        "max_queued_messages 0",
        f"listener {broker.port} 127.0.0.1",
        "allow_anonymous true",
        f"listener {broker.tls_port} 127.0.0.1",
        "allow_anonymous false",
        f"password_file {folder / 'users'}",
        f"certfile {folder / 'server.crt'}",
        f"keyfile {folder / 'server.key'}",
    ]
    (folder / "mosquitto.conf").write_text("\n".join(lines) + "\n")
    return broker


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrokerProcess]:
    """The session's broker; who stops it starts it again."""
    one = _prepared(tmp_path_factory.mktemp("mosquitto"))
    one.start()
    yield one
    one.stop()


@dataclass
class Heard:
    """What a source has brought, as the gateway would take it."""

    source: Source
    samples: list[tuple[str, int, float, int]]

    def step(self) -> None:
        """Take what it has."""
        block = self.source.step(0)
        names = self.source.channels()
        rows = zip(block.channel.tolist(), block.t_ns.tolist(), block.values.tolist(), block.quality.tolist(), strict=True)
        self.samples += [(names[channel].id, t_ns, value, quality) for channel, t_ns, value, quality in rows]

    def of(self, channel: str) -> list[tuple[int, float, int]]:
        """Time, value and quality of one channel's samples so far."""
        self.step()
        return [sample[1:] for sample in self.samples if sample[0] == channel]

    def values(self, channel: str) -> list[float]:
        """The values of those that are good."""
        return [value for _, value, quality in self.of(channel) if quality == 0]
