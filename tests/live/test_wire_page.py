"""docs/wire-format.md says what the program does: same messages, same fields, same bytes."""

import re
from pathlib import Path

import msgspec
import numpy as np
import pytest

from viewer.live import device_words, past_words, wire
from viewer.live.columns import unpack
from viewer.live.terms import Samples
from viewer.twin.catalogue import ChannelInfo, FaultInfo, FaultParameter

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "wire-format.md").read_text(encoding="utf-8")
SECTIONS: dict[str, str] = dict(re.findall(r"^### (\w+)\n(.*?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL))
MESSAGES = {one.__struct_config__.tag: one for one in (*wire.FromPeer.__args__, *wire.FromGateway.__args__)}
PARTS_OF_MESSAGES = (
    Samples,
    ChannelInfo,
    FaultInfo,
    FaultParameter,
    past_words.ChannelOrigin,
    past_words.SourceInfo,
    past_words.GapInfo,
    device_words.Waveform,
)
PARTS = {one.__name__: one for one in PARTS_OF_MESSAGES}
FROM_PEER = {one.__struct_config__.tag for one in wire.FromPeer.__args__}


def example(name: str) -> bytes:
    return bytes.fromhex("".join(re.findall(r"^    ([0-9a-f]+)$", SECTIONS[name], re.MULTILINE)))


def test_that_page_and_program_know_the_same_messages() -> None:
    assert set(SECTIONS) == set(MESSAGES) | set(PARTS)


@pytest.mark.parametrize("name", sorted({**MESSAGES, **PARTS}))
def test_that_page_and_program_know_the_same_fields_in_the_same_order(name: str) -> None:
    documented = re.findall(r"^\| (\w+) \|", SECTIONS[name], re.MULTILINE)[1:]
    assert documented == list({**MESSAGES, **PARTS}[name].__struct_fields__)


@pytest.mark.parametrize("name", sorted(MESSAGES))
def test_that_the_example_is_that_message_byte_by_byte(name: str) -> None:
    decode = wire.decode_from_peer if name in FROM_PEER else wire.decode_from_gateway
    message = decode(example(name))
    assert type(message) is MESSAGES[name]
    assert wire.encode(message) == example(name)
    assert set(msgspec.msgpack.decode(example(name))) == {"type", *MESSAGES[name].__struct_fields__}


def test_that_the_example_block_holds_the_samples_it_was_made_of() -> None:
    message = wire.decode_from_gateway(example("blocks"))
    assert isinstance(message, wire.Blocks) and (message.sequence, message.before) == (42, 1000)
    got, t0_ns = unpack(message.samples, channels=3), 1_700_000_000_000_000_000
    np.testing.assert_array_equal(got.channels, [0, 2])
    np.testing.assert_array_equal(got.counts, [2, 1])
    np.testing.assert_array_equal(got.t_ns - t0_ns, [0, 20_000_000, 5_000_000])
    np.testing.assert_array_equal(got.values, [25.0, 25.5, 3.0])
    np.testing.assert_array_equal(got.quality, [0, 0, 1])


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("protocol 2.", wire.PROTOCOL == 2),
        ("MAXMSGSIZE 1048576", wire.MAX_MESSAGE_BYTES == 1048576),
        ("HEARTBEAT_IVL 300 ms", wire.LINK_HEARTBEAT_MS == 300),
        ("HEARTBEAT_TIMEOUT 900 ms", wire.LINK_TIMEOUT_MS == 900),
        ("HANDSHAKE_IVL 2000 ms", wire.HANDSHAKE_MS == 2000),
        ("ZAP domain `genchi`", wire.ZAP_DOMAIN == b"genchi"),
        ("`heartbeat` every 300 ms", wire.HEARTBEAT_S == 0.3),
        ("1 to 20000 parts", wire.MAX_BUCKETS == 20000),
        ("at most 65536 bytes", wire.MAX_ITEM_BYTES == 65536),
        ("at most 256, see below", device_words.MAX_WAVEFORMS == 256),
        ("at most 32768", wire.MAX_BLOCK_SAMPLES == 32768),
        ("at most 2000 channels; at most 100000 in all", (wire.CATALOGUE_PAGE, wire.MAX_CHANNELS) == (2000, 100000)),
    ],
)
def test_that_the_numbers_of_the_page_are_those_of_the_program(said: str, meant: bool) -> None:
    assert said in PAGE and meant
