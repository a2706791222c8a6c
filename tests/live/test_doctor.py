"""The doctor of the live line finds what is wrong, and names the mend."""

import socket
from pathlib import Path

from viewer.live import keys
from viewer.live.doctor import examine_live


def ills(port: int = 0) -> dict[str, str]:
    return {one["what"]: one["mend"] for one in examine_live(port) if not one["ok"]}


def test_that_a_fresh_machine_is_well() -> None:
    assert ills() == {}


def test_that_a_secret_others_can_read_is_found(own_home: Path) -> None:
    keys.client_keys()
    path = own_home / "data" / "keys" / "client.toml"
    path.chmod(0o644)
    assert ills() == {"key files": f"chmod 600 {path}"}


def test_that_a_damaged_enrolment_and_a_revoked_own_key_are_found(own_home: Path) -> None:
    own = keys.client_keys()
    keys.revoke(own.owner)
    assert "move its file back" in ills()["enrolled keys"]
    (keys.authorised_dir() / "broken.toml").write_text('user = "x"\n')
    assert "mend or remove" in ills()["enrolled keys"]


def test_that_a_port_taken_by_another_program_is_told() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        (found,) = [one["found"] for one in examine_live(port) if one["what"] == f"port {port}"]
    assert "taken by another program" in found
