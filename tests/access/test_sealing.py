"""Sealed keys: a thief of the disk finds no secret, a wrong password opens nothing, and what was changed does not open."""

import base64
import importlib.machinery
import sys
import types
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from argon2.low_level import Type, hash_secret_raw
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from viewer.access import keyring, sealing, z85
from viewer.access.accounts import Accounts
from viewer.access.keyfile import KeyPair, change_password, is_sealed, load_keys, new_keys, public_keys
from viewer.access.sealing import Sealed, seal, sealed_from, unseal
from viewer.base.clock import ManualClock
from viewer.base.errors import UserMistake
from viewer.live import keys

QUICK = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
PASSWORD, OTHER = "correct horse battery", "staple staple staple"


def spellings(pair: KeyPair, *passwords: str) -> list[bytes]:
    """Every form in which a careless program could have written the secrets."""
    found = [password.encode(form) for password in passwords for form in ("utf-8", "utf-16-le")]
    for text in (pair.secret, pair.signing_secret):
        raw = z85.decode(text)
        found += [text.encode(), raw, raw[::-1], raw.hex().encode(), base64.b64encode(raw), base64.b64encode(text.encode())]
    return found


@pytest.mark.usefixtures("quick")
def test_that_a_thief_of_the_disk_finds_no_secret(own_home: Path) -> None:
    pair = keys.client_keys()
    assert any(spelling in path.read_bytes() for path in own_home.rglob("*") if path.is_file() for spelling in spellings(pair))
    keys.seal_client_keys(None, PASSWORD)
    accounts = Accounts(own_home / "data" / "keys" / "accounts", ManualClock(0), QUICK)
    accounts.set_password("anna", PASSWORD, "engineer")
    assert not hasattr(accounts.login("anna", OTHER), "role") and hasattr(accounts.login("anna", PASSWORD), "role")
    assert keys.client_keys(lambda owner: PASSWORD) == pair
    keys.seal_client_keys(lambda owner: PASSWORD, OTHER)
    files = [path for path in own_home.rglob("*") if path.is_file()]
    assert len(files) >= 4
    for path in files:
        data = path.read_bytes()
        assert not any(spelling in data for spelling in spellings(pair, PASSWORD, OTHER)), path
        assert path.stat().st_mode & 0o077 == 0, path
    assert keys.client_keys(lambda owner: OTHER) == pair
    assert PASSWORD not in repr(pair) and pair.secret not in repr(pair) and pair.signing_secret not in repr(pair)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seal with little work, where it is not the work that is looked at."""
    monkeypatch.setattr(sealing, "MEMORY_KIB", 64)
    monkeypatch.setattr(sealing, "LANES", 2)


@pytest.mark.usefixtures("quick")
def test_that_sealed_keys_open_for_their_password_only(tmp_path: Path) -> None:
    path = tmp_path / "k.toml"
    pair = new_keys(path, "anna", PASSWORD)
    assert is_sealed(path) and public_keys(path) == (pair.public, pair.signing)
    with pytest.raises(UserMistake, match="nobody is here to ask"):
        load_keys(path)
    for wrong in ("", PASSWORD + " ", PASSWORD.upper(), "\0"):
        with pytest.raises(UserMistake, match=r"does not open the keys of anna.*k\.toml"):
            load_keys(path, lambda owner, wrong=wrong: wrong)
    change_password(path, lambda owner: PASSWORD, OTHER)
    with pytest.raises(UserMistake, match="does not open"):
        load_keys(path, lambda owner: PASSWORD)
    assert load_keys(path, lambda owner: OTHER) == pair
    change_password(path, lambda owner: OTHER, "")
    assert load_keys(path) == pair and not is_sealed(path)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    "field", ["owner", "public", "signing", "salt", "nonce", "sealed", "passes", "memory_kib", "lanes", "kdf"]
)
def test_that_a_sealed_file_that_was_changed_does_not_open(tmp_path: Path, field: str) -> None:
    """Nobody puts other public keys under a name, or makes the next sealing weaker, by editing the file."""
    first, second = tmp_path / "a.toml", tmp_path / "b.toml"
    new_keys(first, "anna", PASSWORD)
    new_keys(second, "bert", PASSWORD)
    other = {line.split(" = ")[0]: line for line in second.read_text().splitlines()}
    other |= {"passes": "passes = 1", "memory_kib": "memory_kib = 32", "lanes": "lanes = 1", "kdf": 'kdf = "none"'}
    lines = [other[field] if line.startswith(f"{field} = ") else line for line in first.read_text().splitlines()]
    first.write_text("\n".join(lines))
    with pytest.raises(UserMistake, match=r"(does not open|damaged).*a\.toml"):
        load_keys(first, lambda owner: PASSWORD)


def test_that_the_seal_is_argon2id_and_chacha20_poly1305_as_their_rfcs_say() -> None:
    sealed = seal(b"secret", PASSWORD, b"for anna")
    assert (sealed.passes, sealed.memory_kib, sealed.lanes) == (3, 65536, 4), "RFC 9106, section 4, second recommended option"
    key = hash_secret_raw(PASSWORD.encode(), sealed.salt, 3, 65536, 4, 32, Type.ID)
    bound = f"3 65536 4 {sealed.salt.hex()}".encode() + b"\0for anna"
    assert ChaCha20Poly1305(key).decrypt(sealed.nonce, sealed.text, bound) == b"secret"
    assert unseal(sealed, PASSWORD, b"for bert") is None
    again = seal(b"secret", PASSWORD, b"for anna")
    assert again.salt != sealed.salt and again.nonce != sealed.nonce and again.text != sealed.text


@pytest.mark.parametrize(
    "wrong",
    [{"memory_kib": 1 << 40}, {"passes": 0}, {"lanes": 0}, {"memory_kib": 8}, {"salt": "AA=="}, {"nonce": "!"}, {"passes": "3"}],
)
def test_that_parameters_without_sense_are_refused_before_any_work(wrong: dict[str, object]) -> None:
    one = Sealed(b"s" * 16, b"n" * 12, b"t", 3, 65536, 4)
    table = {"kdf": "argon2id", "passes": one.passes, "memory_kib": one.memory_kib, "lanes": one.lanes}
    table |= {
        key: base64.b64encode(value).decode() for key, value in (("salt", one.salt), ("nonce", one.nonce), ("sealed", one.text))
    }
    assert sealed_from(table) == one and sealed_from({}) is None
    with pytest.raises((ValueError, TypeError)):
        sealed_from({**table, **wrong})


def test_that_keys_of_a_time_before_signatures_get_their_signing_half(own_home: Path) -> None:
    pair = keys.client_keys()
    path = keys.client_path()
    path.write_text(f'owner = "{pair.owner}"\npublic = "{pair.public}"\nsecret = "{pair.secret}"\n')
    (keys.authorised_dir() / f"{pair.owner}.toml").write_text(
        f'user = "{pair.owner}"\npublic = "{pair.public}"\nrole = "operator"\n'
    )
    again = keys.client_keys()
    assert (again.public, again.secret) == (pair.public, pair.secret) and again.signing != pair.signing
    assert [(one.signing, one.role) for one in keys.enrolled()] == [(again.signing, "operator")]
    assert keys.client_keys() == again


def test_that_a_revoked_key_is_not_enrolled_again_nor_somebody_elses(own_home: Path) -> None:
    pair = keys.client_keys()
    with pytest.raises(UserMistake, match="already"):
        keys.enrol("bert", pair.public, "viewer")
    keys.revoke(pair.owner)
    for name in (pair.owner, "bert"):
        with pytest.raises(UserMistake, match="was revoked"):
            keys.enrol(name, pair.public, "viewer")
    assert [one.public for one in keys.revoked()] == [pair.public] and keys.enrolled() == ()


@pytest.mark.usefixtures("quick")
def test_that_the_systems_store_opens_sealed_keys_and_one_that_fails_only_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    pair = keys.client_keys()
    keys.seal_client_keys(None, PASSWORD)
    with monkeypatch.context() as absent:
        absent.setattr(keyring, "available", lambda: False)
        with pytest.raises(UserMistake, match="pip install keyring"):
            keyring.remember(pair.owner, PASSWORD)
        with pytest.raises(UserMistake, match="nobody is here to ask"):
            keys.client_keys()
    kept: dict[tuple[str, str], str] = {}
    store = types.ModuleType("keyring")
    store.__spec__ = importlib.machinery.ModuleSpec("keyring", None)
    store.__dict__["get_password"] = lambda service, owner: kept.get((service, owner))
    store.__dict__["set_password"] = lambda service, owner, password: kept.__setitem__((service, owner), password)
    errors = types.ModuleType("keyring.errors")
    errors.__dict__["KeyringError"] = LookupError
    monkeypatch.setitem(sys.modules, "keyring", store)
    monkeypatch.setitem(sys.modules, "keyring.errors", errors)
    with pytest.raises(UserMistake, match="nobody is here to ask"):
        keys.client_keys()
    keyring.remember(pair.owner, PASSWORD)
    assert keys.client_keys() == pair

    for kind in (LookupError, RuntimeError):

        def locked(*words: str, kind: type[Exception] = kind) -> str:
            raise kind("the store is locked")

        store.__dict__["get_password"] = store.__dict__["set_password"] = locked
        with pytest.raises(UserMistake, match="nobody is here to ask"):
            keys.client_keys()
        with pytest.raises(UserMistake, match="the store is locked"):
            keyring.remember(pair.owner, PASSWORD)
