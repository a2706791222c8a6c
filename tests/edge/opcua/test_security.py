"""Security modes, trust and credentials against a real server."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from asyncua import ua
from asyncua.crypto.permission_rules import User, UserRole
from cryptography import x509

from tests.edge.opcua.serving import Listener, Plant, free_port, trust
from viewer.base.errors import UserMistake
from viewer.edge.kind import Place
from viewer.edge.opcua.certificates import thumbprint
from viewer.edge.opcua.kind import Login, Security, read
from viewer.edge.tables import Table
from viewer.edge.tags import Tag

Ending = Callable[[Any], Any]
HEAT = Tag("Objects/Heat", "heat", kind="counter")
ALL = (
    ua.SecurityPolicyType.NoSecurity,
    ua.SecurityPolicyType.Basic256Sha256_Sign,
    ua.SecurityPolicyType.Basic256Sha256_SignAndEncrypt,
    ua.SecurityPolicyType.Aes128Sha256RsaOaep_Sign,
    ua.SecurityPolicyType.Aes128Sha256RsaOaep_SignAndEncrypt,
    ua.SecurityPolicyType.Aes256Sha256RsaPss_Sign,
    ua.SecurityPolicyType.Aes256Sha256RsaPss_SignAndEncrypt,
)


class _OneUser:
    """Lets in anna with her password only."""

    def get_user(
        self, server: Any, username: str | None = None, password: str | None = None, certificate: Any = None
    ) -> User | None:
        return User(role=UserRole.User, name="anna") if (username, password) == ("anna", "torque-wrench") else None


async def _protected(plant: Plant) -> None:
    await plant.protect(*ALL)
    await plant.add("Heat", 20.0)


@pytest.fixture(scope="module")
def protected() -> Iterator[Plant]:
    """A server that offers every security."""
    plant = Plant(free_port()).start(_protected)
    yield plant
    plant.end()


@pytest.fixture(scope="module")
def guarded() -> Iterator[Plant]:
    """The same, for anna only."""
    plant = Plant(free_port()).start(_with_user)
    yield plant
    plant.end()


async def _with_user(plant: Plant) -> None:
    plant.server.iserver.user_manager = _OneUser()
    await _protected(plant)


def _read(tmp_path: Path, **keys: object) -> Any:
    return read(Table({"kind": "opcua", **keys}, "[[source]] number 1", tmp_path), Place(tmp_path))


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({}, "url is missing"),
        ({"url": "http://127.0.0.1"}, "url is like opc.tcp"),
        ({"url": "opc.tcp://anna:secret@plc:4840"}, "url names a user"),
        ({"url": "opc.tcp://plc", "password": "secret"}, "a password stands in no configuration"),
        ({"url": "opc.tcp://plc", "user": "anna"}, "password_file or password_env"),
        ({"url": "opc.tcp://plc", "password_env": "PLC"}, "needs user"),
        ({"url": "opc.tcp://plc", "security": "Basic128Rsa15"}, "one of None, Basic256Sha256, Aes128, Aes256"),
        ({"url": "opc.tcp://plc", "security": "None", "mode": "Sign"}, "there is no mode"),
        ({"url": "opc.tcp://plc", "certificate": "own.der"}, "certificate and key go together"),
        ({"url": "opc.tcp://plc", "tag": [{"tag": "Objects/{http://x"}]}, "a namespace without its end"),
        ({"url": "opc.tcp://plc", "tag": [{"tag": "ns=2;i=many"}]}, "no number below 2^32"),
    ],
)
def test_that_a_wrong_table_is_refused_with_the_place(tmp_path: Path, keys: dict[str, object], words: str) -> None:
    with pytest.raises(UserMistake, match=r"\[\[source\]\] number 1") as caught:
        _read(tmp_path, **keys)
    assert words in str(caught.value)
    assert "secret" not in str(caught.value)


def test_that_a_table_without_more_than_its_url_asks_for_encryption(tmp_path: Path) -> None:
    config = _read(tmp_path, url="opc.tcp://plc")
    assert (config.url, config.security.policy, config.security.mode) == (
        "opc.tcp://plc:4840",
        "Basic256Sha256",
        "SignAndEncrypt",
    )


@pytest.mark.parametrize("mode", ["Sign", "SignAndEncrypt"])
@pytest.mark.parametrize("policy", ["Basic256Sha256", "Aes128", "Aes256"])
def test_that_every_security_brings_values(protected: Plant, ending: Ending, tmp_path: Path, policy: str, mode: str) -> None:
    security = Security(policy=policy, mode=mode, trusted=trust(tmp_path / "trusted", protected.certificate))
    ending(Listener(protected.url, (HEAT,), security=security)).until(lambda one: one.values() == [20.0])


def test_that_an_untrusted_server_is_refused_with_its_thumbprint_and_taken_once_it_is_trusted(
    protected: Plant, ending: Ending, tmp_path: Path
) -> None:
    folder = tmp_path / "trusted"
    seen = ending(Listener(protected.url, (HEAT,), security=Security(trusted=folder)))
    sentence = seen.until_told("is not trusted")
    assert thumbprint(protected.certificate) in sentence and str(folder) in sentence
    assert seen.rows() == []
    kept = tmp_path / "trusted-rejected" / f"{thumbprint(protected.certificate)}.der"
    trust(folder, kept.read_bytes())
    seen.until(lambda one: one.values() == [20.0], 40.0)


def test_that_the_own_certificate_is_made_once_and_its_key_is_its_users_alone(
    protected: Plant, ending: Ending, own_home: Path, tmp_path: Path
) -> None:
    security = Security(trusted=trust(tmp_path / "trusted", protected.certificate))
    own = own_home / "data" / "opcua" / "own"
    for _ in range(2):
        one = Listener(protected.url, (HEAT,), security=security).until(lambda one: one.values() == [20.0])
        one.end()
        made = (own / "genchi.der").read_bytes()
    assert (own / "genchi.pem").stat().st_mode & 0o077 == 0
    assert made == (own / "genchi.der").read_bytes()
    names = x509.load_der_x509_certificate(made).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.UniformResourceIdentifier)[0].startswith("urn:")


@pytest.mark.parametrize("right", [True, False])
def test_that_the_password_decides_and_is_never_written(
    guarded: Plant, ending: Ending, tmp_path: Path, right: bool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    password = "torque-wrench" if right else "impact-driver"
    (tmp_path / "password").write_text(password + "\n")
    security = Security(trusted=trust(tmp_path / "trusted", guarded.certificate))
    seen = ending(Listener(guarded.url, (HEAT,), security=security, login=Login("anna", tmp_path / "password")))
    if right:
        seen.until(lambda one: one.values() == [20.0])
    else:
        assert "the server refuses anna" in seen.until_told("refuses")
    everything = caplog.text + repr(seen.config) + seen.source.report().sentence
    assert password not in everything


def test_that_a_password_goes_to_no_server_that_is_not_trusted(
    guarded: Plant, ending: Ending, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLC_PASSWORD", "torque-wrench")
    seen = ending(Listener(guarded.url, (HEAT,), login=Login("anna", variable="PLC_PASSWORD")))
    assert "is not trusted" in seen.until_state("down")


def test_that_a_missing_password_is_told_by_the_name_of_its_variable(guarded: Plant, ending: Ending, tmp_path: Path) -> None:
    security = Security(trusted=trust(tmp_path / "trusted", guarded.certificate))
    seen = ending(Listener(guarded.url, (HEAT,), security=security, login=Login("anna", variable="NOBODY_SET_THIS")))
    assert "NOBODY_SET_THIS" in seen.until_state("down")


def test_that_a_security_that_the_server_lacks_is_told_with_what_it_has(own_plant: Plant, ending: Ending) -> None:
    plant = own_plant

    async def few(plant: Plant) -> None:
        await plant.protect(ua.SecurityPolicyType.Basic256Sha256_Sign)
        await plant.add("Heat", 20.0)

    plant.start(few)
    assert "only: Basic256Sha256 Sign" in ending(Listener(plant.url, (HEAT,), security=Security())).until_state("down")
