"""Who is enrolled: files that say nonsense admit nobody, revoked keys stay out, and asking costs the same with more people."""

import fnmatch
import time
from pathlib import Path

import numpy as np
import pytest
import zmq
from hypothesis import given
from hypothesis import strategies as st
from zmq.utils import z85 as zmq_z85

from tests.access.site import People
from viewer.access import z85
from viewer.access.identity import Identity, read_identity, to_toml
from viewer.access.registry import ChannelRights, Registry, channel_mask
from viewer.access.signatures import is_weak, new_curve_pair, new_signing_pair, public_of, sign, verify
from viewer.base.errors import UserMistake

KEY = new_curve_pair()[0]


@given(st.binary(min_size=32, max_size=32))
def test_that_keys_are_written_as_zeromq_writes_them(raw: bytes) -> None:
    assert z85.encode(raw) == zmq_z85.encode(raw).decode() and z85.decode(z85.encode(raw)) == raw


@pytest.mark.parametrize("text", ["", "0" * 39, "0" * 41, "~" * 40, "é" * 40, "#" * 40, "0" * 39 + "\0"])
def test_that_what_is_no_key_is_none(text: str) -> None:
    assert not z85.is_key(text)


def test_that_the_connection_keys_are_those_of_curve() -> None:
    public, secret = new_curve_pair()
    assert zmq.curve_public(secret.encode()).decode() == public


def test_that_a_signature_holds_for_its_key_text_and_purpose_only() -> None:
    (public, secret), (other, _) = new_signing_pair(), new_signing_pair()
    signature = sign(secret, "command", b"open the valve")
    assert verify(public, "command", b"open the valve", signature) and public_of(secret) == public
    assert not verify(other, "command", b"open the valve", signature)
    assert not verify(public, "limits", b"open the valve", signature)
    assert not verify(public, "command", b"open the valves", signature)
    assert not verify("no key", "command", b"open the valve", signature)
    for at in range(64):
        assert not verify(public, "command", b"open the valve", signature[:at] + bytes([signature[at] ^ 1]) + signature[at + 1 :])
    order = 2**252 + 27742317777372353535851937790883648493  # RFC 8032, 5.1: S + L must not pass for S
    s_and_order = int.from_bytes(signature[32:], "little") + order
    assert not verify(public, "command", b"open the valve", signature[:32] + s_and_order.to_bytes(32, "little"))


@pytest.mark.parametrize(
    "point",
    [  # the points of small order of edwards25519, as libsodium's ge25519_has_small_order lists them
        "00" * 32,
        "01" + "00" * 31,
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "ec" + "ff" * 30 + "7f",
        "ed" + "ff" * 30 + "7f",
        "ee" + "ff" * 30 + "7f",
    ],
)
def test_that_a_key_for_which_anybody_can_sign_is_refused(point: str) -> None:
    raw = bytes.fromhex(point)
    assert is_weak(raw) and is_weak(raw[:31] + bytes([raw[31] | 0x80]))
    assert not verify(z85.encode(raw), "command", b"x", raw + bytes(32))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "needs user"),
        ('user = "a"', "needs public"),
        ('user = "../a"\npublic = "KEY"', "letters, digits"),
        ('user = "a"\npublic = "short"', "40 characters"),
        ('user = "a"\npublic = 3', "is a text"),
        ('user = "a"\npublic = "KEY"\nrole = "root"', "a role is one of"),
        ('user = "a"\npublic = "KEY"\nrole = 1', "is a text"),
        ('user = "a"\npublic = "KEY"\nsigning = "short"', "40 characters"),
        ('user = "a"\npublic = "KEY"\nchannels = "st*"', "list of patterns"),
        ('user = "a"\npublic = "KEY"\nchannels = [1]', "list of patterns"),
        ('user = "a"\npublic = "KEY"\nchannels = [""]', "patterns of at most"),
        ('user = "a"\npublic = "KEY"\nrole_ = "admin"', "no key «role_»"),
        ('user = "a', "can't be read"),
        ("user = " + "[" * 5000, "can't be read"),
        ('user = "a" # ' + "x" * 2_000_000, "can't be read"),
    ],
)
def test_that_an_enrolment_that_says_nonsense_is_one_sentence_and_admits_nobody(tmp_path: Path, text: str, why: str) -> None:
    folder = tmp_path / "authorised"
    folder.mkdir()
    path = folder / "a.toml"
    path.write_text(text.replace("KEY", KEY))
    with pytest.raises(UserMistake, match=why) as caught:
        read_identity(path)
    assert str(caught.value).endswith(str(path))
    good = Identity("b", new_curve_pair()[0], "viewer")
    (folder / "b.toml").write_text(to_toml(good))
    assert list(Registry(folder)) == [good]


@given(
    st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20), max_size=4),
    st.sampled_from(["viewer", "device"]),
)
def test_that_an_enrolment_reads_as_it_was_written(tmp_path_factory: pytest.TempPathFactory, globs: list[str], role) -> None:
    one = Identity("anna@desk", KEY, role, "2026-11-22T10:00:00+00:00", new_signing_pair()[0], tuple(globs), "anna")
    path = tmp_path_factory.mktemp("e") / "anna.toml"
    path.write_text(to_toml(one), encoding="utf-8")
    assert read_identity(path) == one


def test_that_an_enrolment_of_an_earlier_release_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(f'user = "anna"\npublic = "{KEY}"\nrole = "engineer"\nsince = "2026-01-01"\n')
    assert read_identity(tmp_path / "a.toml") == Identity("anna", KEY, "engineer", "2026-01-01")


def test_that_changes_on_disk_are_seen_and_nothing_is_read_without_one(tmp_path: Path) -> None:
    people = People(tmp_path)
    registry = people.registry()
    anna = people.enrol("anna", "viewer").identity
    assert registry.by_public(anna.public) is None
    assert registry.refresh() and registry.by_public(anna.public) == anna and registry.by_signing(anna.signing) == anna
    assert not registry.refresh() and registry.version == 2
    people.revoke("anna")
    assert registry.refresh() and not registry.admits(anna) and registry.by_signing(anna.signing) is None
    assert registry.once_signed(anna.signing) == anna


def test_that_a_flood_of_questions_is_no_flood_of_looks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    people = People(tmp_path)
    registry = people.registry()
    people.enrol("anna", "viewer")
    now_s = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now_s)
    assert not registry.refresh(after_s=0.2)
    now_s += 0.3
    assert registry.refresh(after_s=0.2) and len(list(registry)) == 1


def test_that_a_revoked_key_is_out_under_any_name_and_with_any_other_half(tmp_path: Path) -> None:
    people = People(tmp_path)
    anna = people.enrol("anna", "engineer").identity
    people.revoke("anna")
    (people.folder / "bert.toml").write_text(to_toml(Identity("bert", anna.public, "viewer")))
    (people.folder / "carl.toml").write_text(to_toml(Identity("carl", KEY, "engineer", signing=anna.signing)))
    assert list(people.registry()) == []


def test_that_a_key_that_two_share_is_nobodys(tmp_path: Path) -> None:
    people = People(tmp_path)
    anna, dora = people.enrol("anna", "engineer").identity, people.enrol("dora", "viewer").identity
    (people.folder / "bert.toml").write_text(to_toml(Identity("bert", anna.public, "viewer")))
    assert list(people.registry()) == [dora]
    (people.folder / "bert.toml").write_text(to_toml(Identity("bert", KEY, "viewer", signing=dora.signing)))
    assert list(people.registry()) == [anna]


def test_that_keys_at_two_desks_are_one_person() -> None:
    names = ("anna@desk1", "Anna@desk2", "anna")
    assert {Identity(name, KEY, "engineer").bearer for name in names} == {"anna"}
    assert Identity("line.operator", KEY, "operator", person="Anna").bearer == "anna"


IDS = st.text("ab.*?[]", min_size=1, max_size=6)


@given(st.lists(IDS, max_size=8), st.lists(IDS, max_size=4))
def test_that_a_mask_is_what_a_shell_would_match(ids: list[str], globs: list[str]) -> None:
    assert channel_mask(ids, globs).tolist() == [any(fnmatch.fnmatchcase(one, glob) for glob in globs) for one in ids]


def test_that_a_device_sends_its_own_channels_and_no_others() -> None:
    ids = ["st010.a", "st010.b", "st020.a"]
    rights, device = ChannelRights(ids), Identity("st010", KEY, "device", channels=("st010.*",))
    for channels, allowed in (([0, 1], True), ([1], True), ([0, 2], False), ([3], False), ([-1], False), ([], True)):
        assert rights.allows(device, np.array(channels, np.int64)) is allowed, channels
    assert not rights.allows(Identity("st010", KEY, "device"), np.array([0]))
    with pytest.raises(ValueError, match="read-only"):
        rights.mask(device)[2] = True


def test_that_asking_takes_as_long_with_ten_thousand_people_as_with_ten() -> None:
    """The best of many, since this machine does other things too; a search through all would take a thousand times as long."""
    taken: list[float] = []
    for many in (10, 10_000):
        registry = Registry(Path("nowhere"))
        registry._take(
            [Identity(f"d{i}", z85.encode(i.to_bytes(32, "big")), "device", channels=("c1*",)) for i in range(many)], []
        )
        rights, keys = ChannelRights([f"c{i}" for i in range(2000)]), [one.public for one in registry]
        channels = np.arange(1000, 1999)
        best = float("inf")
        for public in keys[:10] * 40:
            start = time.perf_counter()
            one = registry.by_public(public)
            assert one is not None and rights.allows(one, channels)
            best = min(best, time.perf_counter() - start)
        taken.append(best)
    assert taken[1] < 10 * taken[0]
