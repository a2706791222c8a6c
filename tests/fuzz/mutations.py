"""Ways to spoil a file: of bytes, of words and numbers in texts, and of structure (JSON, XML, STEP, ZIP, E57 pages)."""

from __future__ import annotations

import io
import json
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from random import Random
from typing import Any

Bytes = bytes
Mutation = Callable[[Random, bytes], bytes]

NUMBERS = (
    b"0", b"-1", b"1", b"-0.0", b"1e308", b"-1e308", b"1e400", b"1e-320", b"nan", b"inf", b"-inf", b"NaN", b"Infinity",
    b"2147483647", b"2147483648", b"4294967295", b"-2147483649", b"9223372036854775807", b"9223372036854775808",
    b"18446744073709551616", b"1e9", b"999999999", b"0x10", b"1,5", b"1_0", b"", b"1e", b"--1", b"9" * 400,
    b"0." + b"0" * 400 + b"1", b"\xd9\xa3",
)  # fmt: skip
_NUMBER = re.compile(rb"-?\d+\.?\d*(?:[eE][-+]?\d+)?")
_WORD = re.compile(rb"[A-Za-z_][\w.:-]*")
_REFERENCE = re.compile(rb"#\d+")
_QUOTED = re.compile(rb"\"[^\"\n]*\"|'[^'\n]*'")
_TAG = re.compile(rb"<(\w[\w:.-]*)(?:\s[^<>]*)?>[^<>]*</\1>|<\w[^<>]*/>")
TEXTS = (
    b"", b"../../../../etc/passwd", b"/etc/passwd", b"file:///etc/passwd", b"http://127.0.0.1:9/x", b"C:\\x", b"\0",
    b"A" * 70_000, b"\xff\xfe\xfd", "Ünïcödé \u202e".encode(), b"%s%n%x", b"]]>", b"&amp;&x;", b"';--", b"$", b"*", b"#self",
    b"x.stl", b"true",
)  # fmt: skip
_EXTREMES: tuple[tuple[str, tuple[float, ...]], ...] = (
    ("<B", (0, 1, 127, 128, 255)),
    ("<H", (0, 1, 0x7FFF, 0x8000, 0xFFFF)),
    ("<I", (0, 1, 3, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x10000000)),
    ("<Q", (0, 1, 2**31, 2**32, 2**40, 2**63 - 1, 2**63, 2**64 - 1)),
    ("<f", (float("nan"), float("inf"), -float("inf"), 3e38, -3e38, 1e-45, 0.0)),
    ("<d", (float("nan"), float("inf"), -float("inf"), 1.7e308, -1.7e308, 5e-324, 0.0)),
)


def mutated(random: Random, data: bytes, others: list[bytes], ways: tuple[Mutation, ...]) -> bytes:
    """One to four changes, now and then a splice with another file."""
    if random.random() < 0.05 and others:
        data = spliced(random, data, random.choice(others))
    for _ in range(random.choice((1, 1, 1, 2, 2, 4))):
        data = random.choice(ways)(random, data)
    return data


# Bytes


def flipped_bits(random: Random, data: bytes) -> bytes:
    """Some bits anywhere."""
    result = bytearray(data)
    for _ in range(random.choice((1, 1, 2, 8, 64)) if result else 0):
        result[random.randrange(len(result))] ^= 1 << random.randrange(8)
    return bytes(result)


def run_of_bytes(random: Random, data: bytes) -> bytes:
    """A stretch of zeros, of ones, or of anything."""
    start = random.randrange(len(data) + 1)
    length = random.choice((1, 2, 4, 16, 256))
    return data[:start] + random.choice((bytes(length), b"\xff" * length, random.randbytes(length))) + data[start + length :]


def truncated(random: Random, data: bytes) -> bytes:
    """Cut off."""
    return data[: random.randrange(len(data) + 1)]


def removed_block(random: Random, data: bytes) -> bytes:
    """A block less."""
    start, length = random.randrange(len(data) + 1), random.choice((1, 2, 4, 12, 100, 1000))
    return data[:start] + data[start + length :]


def doubled_block(random: Random, data: bytes) -> bytes:
    """A block twice, or a hundred times."""
    start, length = random.randrange(len(data) + 1), random.choice((1, 4, 12, 50, 400))
    return data[:start] + data[start : start + length] * random.choice((2, 2, 3, 100)) + data[start + length :]


def spliced(random: Random, data: bytes, other: bytes) -> bytes:
    """The head of one and the tail of another."""
    return data[: random.randrange(len(data) + 1)] + other[random.randrange(len(other) + 1) :]


def extreme_number(random: Random, data: bytes) -> bytes:
    """The greatest, least and oddest number of some width, mostly in the head, where counts and offsets stand."""
    form, values = random.choice(_EXTREMES)
    size = struct.calcsize(form)
    if len(data) < size:
        return data
    most = (len(data) if random.random() < 0.5 else min(len(data), 512)) // size
    at = random.randrange(max(1, most)) * size
    if random.random() < 0.3:
        at = random.randrange(len(data) - size + 1)
    value = random.choice(values)
    packed = struct.pack(form, value) if form in ("<f", "<d") else struct.pack(form, int(value))
    return data[:at] + packed + data[at + size :]


BYTES: tuple[Mutation, ...] = (
    flipped_bits,
    run_of_bytes,
    truncated,
    removed_block,
    doubled_block,
    extreme_number,
    extreme_number,
)

# Texts


def _swapped(pattern: re.Pattern[bytes], replacements: Callable[[Random, list[bytes]], bytes]) -> Mutation:
    def swap(random: Random, data: bytes) -> bytes:
        found = [match.span() for match in pattern.finditer(data[:300_000])]
        if not found:
            return flipped_bits(random, data)
        words = [data[a:b] for a, b in found[:2000]]
        for start, stop in sorted(random.sample(found, min(len(found), random.choice((1, 1, 1, 3)))), reverse=True):
            data = data[:start] + replacements(random, words) + data[stop:]
        return data

    return swap


other_number = _swapped(_NUMBER, lambda random, words: random.choice(NUMBERS) if random.random() < 0.7 else random.choice(words))
other_word = _swapped(_WORD, lambda random, words: random.choice(words))
other_reference = _swapped(_REFERENCE, lambda random, words: random.choice([*words, b"#0", b"#99999999", b"$", b"()"]))
other_text = _swapped(
    _QUOTED, lambda random, words: random.choice(words) if random.random() < 0.4 else b'"' + random.choice(TEXTS) + b'"'
)
other_element = _swapped(_TAG, lambda random, words: random.choice([b"", *words]) * random.choice((1, 2, 50)))


def other_line(random: Random, data: bytes) -> bytes:
    """A line away, twice, many times, or two exchanged."""
    lines = data.split(b"\n")
    at, to = random.randrange(len(lines)), random.randrange(len(lines))
    choice = random.randrange(4)
    if choice == 0:
        del lines[at]
    elif choice == 1:
        lines.insert(to, lines[at])
    elif choice == 2:
        lines[at:at] = [lines[at]] * 300
    else:
        lines[at], lines[to] = lines[to], lines[at]
    return b"\n".join(lines)


WORDS: tuple[Mutation, ...] = (other_number, other_number, other_word, other_line, other_text)
STEP: tuple[Mutation, ...] = (*WORDS, other_reference, other_reference)
XML: tuple[Mutation, ...] = (*WORDS, other_element, other_text)

# JSON and GLB

_ODD: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    1,
    1e308,
    2**31,
    2**53,
    2**64,
    "",
    "x",
    [],
    {},
    [0],
    [[]],
    "../../x",
    0.5,
    [1e400],
    {"a": {}},
)


def other_json(random: Random, data: bytes) -> bytes:
    """One value of a JSON document is another one: extreme, of another kind, away, doubled, or a link to elsewhere."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return other_number(random, data)
    places: list[tuple[Any, Any]] = []
    _collect(document, places)
    for _ in range(random.choice((1, 1, 2, 3)) if places else 0):
        holder, key = random.choice(places)
        if (isinstance(holder, dict) and key not in holder) or (isinstance(holder, list) and key >= len(holder)):
            continue
        _change(random, holder, key)
    return json.dumps(document).encode()


def _collect(value: Any, places: list[tuple[Any, Any]]) -> None:
    keys = value.keys() if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        places.append((value, key))
        _collect(value[key], places)


def _change(random: Random, holder: Any, key: Any) -> None:
    old = holder[key]
    choice = random.randrange(6)
    if choice == 0:
        del holder[key]
    elif choice == 1 and isinstance(holder, list):
        holder.extend([old] * random.choice((1, 100)))
    elif choice == 2 and isinstance(old, int):
        holder[key] = random.randrange(-1, 6)
    elif choice == 3 and isinstance(old, int | float):
        holder[key] = random.choice((0, -1, 2**31 - 1, 2**31, 2**48, 2**63, 1e308, -1e308, 1e-320, 5120, 5126, 4))
    else:
        holder[key] = random.choice(_ODD)


def glb_json(random: Random, data: bytes) -> bytes:
    """The same in the JSON chunk of a GLB, whose lengths stay right, so that it is looked into."""
    if len(data) < 20 or data[:4] != b"glTF":
        return flipped_bits(random, data)
    length = struct.unpack_from("<I", data, 12)[0]
    text = other_json(random, data[20 : 20 + length])
    text += b" " * (-len(text) % 4)
    rest = data[20 + length :]
    return struct.pack("<4sIIII", b"glTF", 2, 20 + len(text) + len(rest), len(text), 0x4E4F534A) + text + rest


def glb_binary(random: Random, data: bytes) -> bytes:
    """Only the numbers of a GLB's binary chunk."""
    if len(data) < 20 or data[:4] != b"glTF":
        return flipped_bits(random, data)
    start = min(len(data), 28 + struct.unpack_from("<I", data, 12)[0])
    tail = extreme_number(random, data[start:]) if random.random() < 0.7 else flipped_bits(random, data[start:])
    return data[:start] + tail


# ZIP


def inside_zip(random: Random, data: bytes) -> bytes:
    """One file of an archive spoilt as XML, or its name, and all packed again."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            files = {name: archive.read(name) for name in archive.namelist()}
    # NotImplementedError is zipfile's word for a method or version that it can't read
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, EOFError, RuntimeError, NotImplementedError, struct.error):
        return flipped_bits(random, data)
    if not files:
        return data
    name = random.choice(sorted(files))
    choice = random.randrange(12)
    if choice == 0:
        files[random.choice(("../x", "/x", "a/../../b", name.upper(), "x" * 300))] = files.pop(name)
    elif choice == 1:
        del files[name]
    elif choice == 2:
        files[f"{name}.more"] = files[name]
    else:
        files[name] = random.choice((*XML, *BYTES))(random, files[name])
    return _zipped(files)


def _zipped(files: Mapping[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return made.getvalue()


# E57: pages of 1024 bytes, the last four a CRC-32C (ASTM E2807), without which the library looks no further

_CRC = [0] * 256
for _n in range(256):
    _c = _n
    for _ in range(8):
        _c = (_c >> 1) ^ (0x82F63B78 if _c & 1 else 0)
    _CRC[_n] = _c


def crc32c(data: bytes) -> int:
    """CRC-32C (Castagnoli)."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = (crc >> 8) ^ _CRC[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


def e57_pages(way: Mutation) -> Mutation:
    """`way`, and the checksums of the pages put right again."""

    def change(random: Random, data: bytes) -> bytes:
        changed = way(random, data)
        pages = [changed[at : at + 1024] for at in range(0, len(changed), 1024)]
        mended = [
            page
            if page == data[i * 1024 : i * 1024 + 1024] or len(page) < 1024
            else page[:1020] + struct.pack(">I", crc32c(page[:1020]))
            for i, page in enumerate(pages)
        ]
        return b"".join(mended)

    return change


def e57_xml(random: Random, data: bytes) -> bytes:
    """Numbers and words in the XML that ends an E57 file, of the same length, so that all offsets stay right."""
    start = data.rfind(b"<?xml")
    if start < 0:
        return flipped_bits(random, data)
    tail = data[start:]
    found = [match.span() for match in _NUMBER.finditer(tail)]
    if found:
        a, b = random.choice(found)
        digits = random.choice(("9", "0", "1", "-", "e")) * (b - a)
        tail = tail[:a] + digits.encode() + tail[b:]
    return data[:start] + tail


WAYS: dict[str, tuple[Mutation, ...]] = {
    "glb": (*BYTES, glb_json, glb_json, glb_json, glb_json, glb_binary, glb_binary),
    "draco": (*BYTES, glb_json, glb_json, glb_binary, glb_binary, glb_binary),
    "gltf": (*BYTES, other_json, other_json, other_json, other_json, other_number),
    "stl": (*BYTES, *WORDS),
    "obj": (*BYTES, *WORDS, *WORDS),
    "ply": (*BYTES, *WORDS),
    "xyz": (*BYTES, *WORDS),
    "step": (*BYTES, *STEP, *STEP),
    "iges": (*BYTES, *WORDS, *WORDS),
    "ifc": (*BYTES, *STEP, *STEP),
    "dae": (*BYTES, *XML, *XML),
    "urdf": (*BYTES, *XML, *XML),
    "sdf": (*BYTES, *XML, *XML),
    "usd": (*BYTES, *WORDS),
    "3mf": (*BYTES, inside_zip, inside_zip, inside_zip, inside_zip, inside_zip),
    "3dxml": (*BYTES, inside_zip, inside_zip, inside_zip, inside_zip, inside_zip),
    "e57": (*(e57_pages(way) for way in (*BYTES, e57_xml, e57_xml, e57_xml, other_number)), flipped_bits),
    "las": BYTES,
    "laz": BYTES,
}
