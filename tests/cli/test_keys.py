"""`genchi keys` as scripts and people use it: a mistake is one sentence, a secret never lies open, an audit is judged."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from viewer.access.keyfile import load_keys
from viewer.base.clock import SystemClock
from viewer.cli import main
from viewer.edge.audit import audit_path, open_audit
from viewer.live import keys

Capture = pytest.CaptureFixture[str]
PASSWORD = "a rather long password"


def said(capfd: Capture, *words: str) -> dict[str, Any]:
    """The one JSON object of a verb that goes well."""
    assert main(["keys", *words, "--json"]) == 0
    return json.loads(capfd.readouterr().out)


def refused(capfd: Capture, *words: str) -> str:
    """The one sentence of a verb that does not."""
    assert main(["keys", *words]) == 2
    out, err = capfd.readouterr()
    assert out == "" and err.count("\n") == 1
    return err


def typed(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))


def test_that_mistakes_are_one_sentence(capfd: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert "nobody named «nobody»" in refused(capfd, "revoke", "nobody")
    assert "40 characters" in refused(capfd, "enrol", "anna", "short")
    assert "letters, digits" in refused(capfd, "new", "../anna")
    assert "needs the channels" in refused(capfd, "new", "st080", "--role", "device")
    assert "no such file" in refused(capfd, "audit", "nowhere")
    typed(monkeypatch, "short")
    assert "12 to 1000 characters" in refused(capfd, "seal")
    said(capfd, "new", "st080", "--role", "device", "--channels", "st080.*")
    assert "a file already" in refused(capfd, "new", "st080", "--role", "device", "--channels", "st080.*")
    assert list(tmp_path.iterdir()) == [tmp_path / "st080.keys.toml"]


def test_that_keys_are_made_listed_and_revoked(capfd: Capture, tmp_path: Path) -> None:
    file = tmp_path / "robot.toml"
    made = said(capfd, "new", "st080.r1", "--role", "device", "--channels", "st080.*", "--channels", "x", "-o", str(file))
    pair = load_keys(file)
    assert (made["public"], made["signing"], made["channels"]) == (pair.public, pair.signing, ["st080.*", "x"])
    assert file.stat().st_mode & 0o777 == 0o600
    keys.client_keys()
    states = {one["user"]: one["state"] for one in said(capfd, "list")["keys"]}
    assert states == {"st080.r1": "enrolled", keys.user_name(): "own"}
    said(capfd, "revoke", "st080.r1")
    states = {one["user"]: one["state"] for one in said(capfd, "list")["keys"]}
    assert states == {"st080.r1": "revoked", keys.user_name(): "own"}
    assert "was revoked" in refused(capfd, "enrol", "other", pair.public)


def test_that_own_keys_are_sealed_changed_and_opened(capfd: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    pair = keys.client_keys()
    typed(monkeypatch, PASSWORD)
    assert said(capfd, "seal")["sealed"]
    assert keys.client_keys(lambda owner: PASSWORD) == pair and pair.secret not in keys.client_path().read_text()
    assert [one["state"] for one in said(capfd, "list")["keys"]] == ["own"], "looking needs no password"
    typed(monkeypatch, "not the password", "another long password")
    assert "does not open" in refused(capfd, "seal")
    typed(monkeypatch, PASSWORD, "another long password")
    said(capfd, "seal")
    typed(monkeypatch, "another long password")
    assert not said(capfd, "seal", "--open")["sealed"]
    assert keys.client_keys() == pair


def test_that_an_audit_is_whole_or_what_is_wrong_with_it_is_said(capfd: Capture) -> None:
    chain = open_audit("hall", SystemClock(), keys.gateway_keys("hall").signer)
    for i in range(5):
        chain.note("set point", value=i)
    chain.close()
    assert said(capfd, "audit", "hall") == {"ok": True, "gateway": "hall", "heads": 1, "findings": []}
    path = audit_path("hall")
    path.write_bytes(path.read_bytes().replace(b'"value":2', b'"value":7'))
    assert main(["keys", "audit", "hall"]) == 1
    assert capfd.readouterr().out.startswith("edited: line 4 ")
