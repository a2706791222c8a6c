"""XML and archives that others made: bombs, ways out and damage give one sentence, sound ones come through whole."""

import gzip
import io
import struct
import zipfile
from pathlib import Path

import pytest

from viewer.geometry.archive import Archive, ArchiveLimits, unpack_gzip
from viewer.geometry.broken import BrokenFile
from viewer.geometry.xml import XmlLimits, tree_of_xml, walk_xml

LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><robot>&b;</robot>"""
BAD_XML = {
    "billion laughs": LAUGHS,
    "a file as an entity": b'<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]><r>&a;</r>',
    "a parameter entity": b'<!DOCTYPE r [<!ENTITY % p SYSTEM "http://127.0.0.1/x">%p;]><r/>',
    "an undefined entity": b"<r>&nobody;</r>",
    "depth 20,000": b"<a>" * 20_000 + b"</a>" * 20_000,
    "many attributes": b"<a " + b" ".join(b'x%d=""' % i for i in range(2000)) + b"/>",
    "one attribute twice": b'<a x="1" x="2"/>',
    "cut off": b"<a><b>",
    "two roots": b"<a/><b/>",
    "no XML": b"\xff\xfe\x00",
    "nothing": b"",
    "an encoding nobody knows": b'<?xml version="1.0" encoding="klingon"?><a/>',
    "a wide encoding": b'<?xml version="1.0" encoding="utf-32"?><a/>',
    "bytes that are no UTF-8": b"<a>\xc3\x28</a>",
}


@pytest.mark.parametrize("kind", BAD_XML)
def test_that_hostile_xml_is_refused_in_one_sentence(kind: str) -> None:
    with pytest.raises(BrokenFile) as refused:
        tree_of_xml(BAD_XML[kind])
    assert "\n" not in str(refused.value)


def test_that_too_many_elements_and_too_many_bytes_are_refused() -> None:
    many = b"<a>" + b"<b/>" * 100 + b"</a>"
    with pytest.raises(BrokenFile, match="over 50 elements"):
        tree_of_xml(many, limits=XmlLimits(elements=50))
    with pytest.raises(BrokenFile, match="a tag of its XML is over 1 MB"):
        tree_of_xml(b"<a x='" + b" " * (9 << 20) + b"'/>", limits=XmlLimits(tag_bytes=1 << 20))
    with pytest.raises(BrokenFile, match="over 1 MB"):
        tree_of_xml(b"<a>" + b" " * (2 << 20) + b"</a>", limits=XmlLimits(bytes=1 << 20))


def test_that_sound_xml_keeps_names_namespaces_texts_and_encodings(tmp_path: Path) -> None:
    text = '<?xml version="1.0" encoding="{}"?><!DOCTYPE X3D PUBLIC "x" "y"><a xmlns="m" xmlns:p="urn:p" p:k="ü"><p:b>é</p:b></a>'
    for encoding in ("utf-8", "utf-16", "latin-1", "windows-1252"):
        (tmp_path / "x").write_bytes(text.format(encoding).encode(encoding))
        root = tree_of_xml(tmp_path / "x")
        assert (root.tag, root.attrib, root[0].tag, root[0].text) == ("{m}a", {"{urn:p}k": "ü"}, "{urn:p}b", "é")


def test_that_a_walk_tells_tags_and_text_in_order_and_passes_on_what_callbacks_raise() -> None:
    told: list[object] = []
    walk_xml(io.BytesIO(b'<a k="1">x<b/>y</a>'), lambda tag, keys: told.append((tag, keys)), told.append, told.append)
    assert told == [("a", {"k": "1"}), "x", ("b", {}), "b", "y", "a"]
    with pytest.raises(ValueError, match="could not convert"):
        walk_xml(b"<a k='one'/>", lambda _tag, keys: float(keys["k"]), lambda _: None)


LONG = b" ".join(b"%d" % (i * i) for i in range(200_000))


def archived(*files: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return made.getvalue()


def flagged(data: bytes, offset: int, value: int) -> bytes:
    """The archive with a field of its first directory entry changed."""
    at = data.index(b"PK\1\2") + offset
    return data[:at] + struct.pack("<H", value) + data[at + 2 :]


def fifield(layers: int) -> bytes:
    """Directory entries that all point at the same bytes."""
    whole = archived(("a", bytes(900_000)))
    start, end = whole.index(b"PK\1\2"), whole.index(b"PK\5\6")
    entry = whole[start:end]
    entries = b"".join(entry[:46] + b"%c" % (97 + i) + entry[47:] for i in range(layers))
    tail = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, layers, layers, len(entries), start, 0)
    return whole[:start] + entries + tail


BAD_ARCHIVES = {
    "a way up": archived(("../../etc/x", b"")),
    "an absolute name": archived(("/etc/x", b"")),
    "a drive": archived(("C:/x", b"")),
    "a backslash": archived(("..\\x", b"")),
    "a bomb": archived(("a.model", bytes(30_000_000))),
    "overlapping files": fifield(20),
    "encrypted": flagged(archived(("a", b"x")), 8, 1),
    "an odd method": flagged(archived(("a", b"x")), 10, 98),
    "bzip2": archived(("a", b"x"), method=zipfile.ZIP_BZIP2),
    "cut off": archived(("a", b"x"))[:-10],
    "no archive": b"PK\3\4" + bytes(100),
    "a huge directory": struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 9, 9, 0xFFFFFFF0, 0, 0),
    "a directory past the start": struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 9, 9, 5000, 9999, 0),
    "too many": archived(*((str(i), b"") for i in range(30))),
}


@pytest.mark.parametrize("kind", BAD_ARCHIVES)
def test_that_hostile_archives_are_refused_in_one_sentence(tmp_path: Path, kind: str) -> None:
    (tmp_path / "x.zip").write_bytes(BAD_ARCHIVES[kind])
    with pytest.raises(BrokenFile) as refused:
        Archive(tmp_path / "x.zip", ArchiveLimits(entries=25))
    assert "\n" not in str(refused.value)
    assert [p.name for p in tmp_path.iterdir()] == ["x.zip"]


def test_that_one_name_twice_is_refused(tmp_path: Path) -> None:
    data = archived(("a", b"1"), ("b", b"2")).replace(b"b", b"a")
    (tmp_path / "x.zip").write_bytes(data)
    with pytest.raises(BrokenFile, match="twice"):
        Archive(tmp_path / "x.zip")


def test_that_damage_within_a_file_is_told_where_it_is_read(tmp_path: Path) -> None:
    data = bytearray(archived(("a", b"".join(b"%d " % (i * i) for i in range(5000)))))
    data[200:210] = bytes(10)
    (tmp_path / "x.zip").write_bytes(bytes(data))
    with Archive(tmp_path / "x.zip") as archive, pytest.raises(BrokenFile, match="damaged"):
        archive.read("a")


def test_that_a_sound_archive_gives_its_files_in_all_ways(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(archived(("3D/a.model", LONG), ("b", b"")))
    with Archive(tmp_path / "x.zip") as archive:
        assert archive.names == ("3D/a.model", "b")
        assert archive.find("/3d/A.model") == "3D/a.model"
        assert archive.find("c") is None
        assert archive.read("3D/a.model") == LONG
        assert archive.unpack("3D/a.model", tmp_path / "out").read_bytes() == LONG
        with pytest.raises(BrokenFile, match="at most 1 MB"):
            archive.read("3D/a.model", most=1 << 20)
        with pytest.raises(BrokenFile, match="no 'c'"):
            archive.read("c")


def test_that_gzip_bombs_and_cut_off_gzip_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "sound").write_bytes(gzip.compress(b"ISO-10303-21;" * 100))
    unpack_gzip(tmp_path / "sound", tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == b"ISO-10303-21;" * 100
    (tmp_path / "bomb").write_bytes(gzip.compress(bytes(30_000_000)))
    (tmp_path / "cut").write_bytes((tmp_path / "sound").read_bytes()[:-9])
    for name, what in (("bomb", "made to harm"), ("cut", "damaged")):
        with pytest.raises(BrokenFile, match=what):
            unpack_gzip(tmp_path / name, tmp_path / "out")
