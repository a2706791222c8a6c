"""The audit chain: five kinds of tampering and forged heads are found, floods stay small, and nothing is lost in a crash."""

import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest

from viewer.access.audit import AuditChain, Head
from viewer.access.audit_check import HeadFile, check, read_heads
from viewer.access.signatures import new_signing_pair, sign
from viewer.base.clock import ManualClock
from viewer.base.errors import Fault

S = 1_000_000_000
SIGNER = new_signing_pair()


class Kept:
    """A chain of 40 lines in a minute each, and its heads in another folder."""

    def __init__(self, folder: Path) -> None:
        self.path, self.heads = folder / "here" / "a.jsonl", folder / "elsewhere" / "a.heads"
        self.clock = ManualClock(1_700_000_000 * S)
        self.chain = self.open()
        for i in range(40):
            self.chain.note("set point", user="anna", value=float(i))
            self.clock.advance(30.0)
            self.chain.beat()
        self.chain.close()

    def open(self) -> AuditChain:
        return AuditChain(self.path, self.clock, signer=SIGNER, heads=(HeadFile(self.heads),))

    def kinds(self) -> set[str]:
        return {one.kind for one in check(self.path, read_heads(self.heads), SIGNER[0])}

    def lines(self) -> list[bytes]:
        return self.path.read_bytes().splitlines()

    def write(self, lines: list[bytes]) -> None:
        self.path.write_bytes(b"".join(line + b"\n" for line in lines))


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(tmp_path)


def chained_anew(lines: list[bytes], first: int = 0) -> list[bytes]:
    """As somebody would who knows the format but has no signing key: every hash is right again, from a line on."""
    done = lines[:first]
    for line in lines[first:]:
        entry = msgspec.json.decode(line)
        entry["number"] = len(done) + 1
        entry["before"] = hashlib.sha256(done[-1]).hexdigest() if done else ""
        done.append(msgspec.json.encode(entry))
    return done


def edited(lines: list[bytes], at: int = 20) -> list[bytes]:
    return [line.replace(b'"anna"', b'"bert"') if i == at else line for i, line in enumerate(lines)]


TAMPERINGS: dict[str, tuple[Callable[[list[bytes]], list[bytes]], set[str]]] = {
    "edit inside": (edited, {"edited"}),
    "edit of the first line": (lambda x: [x[0].replace(b'"salt":"', b'"salt":"0'), *x[1:]], {"edited", "rewritten"}),
    "edit of the last line": (lambda x: edited(x, len(x) - 1), {"rewritten"}),
    "deletion inside": (lambda x: x[:10] + x[12:], {"edited", "missing lines"}),
    "deletion of the beginning": (lambda x: x[5:], {"missing lines", "rewritten"}),
    "cut tail": (lambda x: x[:-3], {"cut tail"}),
    "cut to the first line": (lambda x: x[:1], {"cut tail"}),
    "cut to nothing": (lambda x: [], {"rewritten"}),
    "two lines exchanged": (lambda x: [*x[:10], x[11], x[10], *x[12:]], {"missing lines", "wrong order"}),
    "a line twice": (lambda x: [*x[:10], x[9], *x[10:]], {"wrong order"}),
    "rewritten from a line on": (lambda x: chained_anew(edited(x), 20), {"rewritten"}),
    "rewritten wholly": (
        lambda x: chained_anew([msgspec.json.encode({"t_ns": 1, "event": "chain begins"}), *edited(x)[1:]]),
        {"rewritten"},
    ),
    "deleted and chained anew": (lambda x: chained_anew(x[:10] + x[12:]), {"cut tail", "rewritten"}),
    "garbage": (lambda x: [*x[:10], b"\xff{", *x[11:]], {"damaged line"}),
}


def test_that_a_chain_nobody_touched_is_whole_with_and_after_a_restart(kept: Kept) -> None:
    assert kept.kinds() == set()
    again = kept.open()
    again.note("set point", user="anna", value=41.0)
    again.close()
    assert kept.kinds() == set() and len(kept.lines()) == 42
    assert [msgspec.json.decode(line)["number"] for line in kept.lines()] == list(range(1, 43))


@pytest.mark.parametrize("name", TAMPERINGS)
def test_that_tampering_is_found(kept: Kept, name: str) -> None:
    tamper, kinds = TAMPERINGS[name]
    kept.write(tamper(kept.lines()))
    assert kept.kinds() == kinds


def test_that_each_byte_of_a_line_counts(kept: Kept) -> None:
    lines = kept.lines()
    for at in range(len(lines[30])):
        kept.write([*lines[:30], lines[30][:at] + bytes([lines[30][at] ^ 4]) + lines[30][at + 1 :], *lines[31:]])
        assert kept.kinds(), at


def test_that_a_forged_head_is_found_and_hides_nothing(kept: Kept) -> None:
    mallory = new_signing_pair()
    last = kept.lines()[-4]
    chain = hashlib.sha256(kept.lines()[0]).hexdigest()
    head = Head(chain, 38, hashlib.sha256(last).hexdigest(), kept.clock.now_ns(), SIGNER[0])
    forged = [
        msgspec.structs.replace(head, signature=sign(mallory[1], "audit head", head.signed_text())),
        msgspec.structs.replace(head, signer=mallory[0], signature=b"x" * 64),
        msgspec.structs.replace(head, signature=sign(SIGNER[1], "command", head.signed_text())),
    ]
    true = read_heads(kept.heads)
    kept.write(kept.lines()[:-3])
    assert {one.kind for one in check(kept.path, forged, SIGNER[0])} == {"forged head"}
    assert {one.kind for one in check(kept.path, [*true, *forged, None], SIGNER[0])} == {"forged head", "cut tail"}
    edited_head = msgspec.structs.replace(true[-1], number=3)
    assert {one.kind for one in check(kept.path, [edited_head], SIGNER[0])} == {"forged head"}


def test_that_a_head_is_told_each_minute_and_at_the_end(kept: Kept) -> None:
    numbers = [head.number for head in read_heads(kept.heads) if head]
    assert len(numbers) == 21 and numbers[-1] == 41, "one at the first beat, one for each later minute of twenty, one at closing"


def test_that_heads_go_to_several_places_and_one_that_is_away_stops_nothing(tmp_path: Path) -> None:
    def away(head: Head) -> None:
        raise OSError("no route")

    got: list[Head] = []
    chain = AuditChain(tmp_path / "a", ManualClock(S), signer=SIGNER, heads=(away, got.append))
    chain.beat()
    assert [head.number for head in got] == [1]
    chain.note("more")
    chain._sinks = (away,)
    with pytest.raises(OSError, match="no route"):
        chain.tell_head()


def test_that_what_a_crash_left_of_a_line_is_told_and_the_chain_goes_on(kept: Kept) -> None:
    whole = kept.path.read_bytes()
    kept.path.write_bytes(whole + b'{"number":42,"t_ns":17000')
    kept.open().close()
    assert kept.kinds() == set()
    assert msgspec.json.decode(kept.lines()[-1])["event"] == "torn line" and kept.path.read_bytes().startswith(whole)


def test_that_a_damaged_last_line_is_not_written_over(kept: Kept) -> None:
    with kept.path.open("ab") as file:
        file.write(b"something else\n")
    with pytest.raises(Fault, match=r"damaged.*a\.jsonl"):
        kept.open()


def test_that_an_older_file_that_was_no_chain_is_kept_and_named(tmp_path: Path) -> None:
    path = tmp_path / "old.jsonl"
    path.write_bytes(b'{"t_ns":1,"event":"admitted"}\n')
    chain = AuditChain(path, ManualClock(S))
    chain.close()
    first = msgspec.json.decode(path.read_bytes())
    (older,) = [other for other in tmp_path.iterdir() if other != path]
    assert first["older"] == hashlib.sha256(older.read_bytes()).hexdigest()


def test_that_a_flood_is_audited_whole_and_stays_small(tmp_path: Path) -> None:
    clock = ManualClock(S)
    chain = AuditChain(tmp_path / "a", clock)
    for i in range(50_000):
        chain.count("refused", f"key {i % 7}", why="unknown key")
        clock.advance(0.001)
    for i in range(20_000):
        chain.count("refused", f"stranger {i}", why="unknown key")
    clock.advance(11.0)
    chain.beat()
    chain.close()
    lines = [msgspec.json.decode(line) for line in chain.path.read_bytes().splitlines()]
    assert sum(line.get("times", line["event"] == "refused") for line in lines) == 70_000
    assert len(lines) < 2_500 and chain.path.stat().st_size < 1_000_000
    assert {line["why"] for line in lines if line["event"] == "refused"} == {"unknown key"}


def test_that_a_full_disk_is_told_and_loses_no_count(tmp_path: Path) -> None:
    clock = ManualClock(S)
    chain = AuditChain(tmp_path / "a", clock)
    kept, chain._file = chain._file, os.open("/dev/full", os.O_WRONLY)
    with pytest.raises(OSError, match="No space left"):
        chain.note("lost")
    assert not chain.healthy
    for _ in range(9):
        with suppress(OSError):
            chain.count("refused", "k")
        clock.advance(4.0)
    os.close(chain._file)
    chain._file = kept
    clock.advance(20.0)
    chain.beat()
    assert chain.healthy
    told = [msgspec.json.decode(line) for line in chain.path.read_bytes().splitlines()][1:]
    assert sum(line.get("times", 1) for line in told) == 9
    assert check(chain.path, [], SIGNER[0]) == []


@pytest.mark.parametrize("facts", [{"number": 3}, {"before": ""}, {"event2": object()}, {"text": "\ud800"}])
def test_that_facts_that_are_the_chains_own_or_no_json_are_refused(tmp_path: Path, facts: dict[str, object]) -> None:
    chain = AuditChain(tmp_path / "a", ManualClock(S))
    with pytest.raises(ValueError, match="facts"):
        chain.note("x", **facts)
    chain.note("y")
    assert check(chain.path, [], SIGNER[0]) == []
